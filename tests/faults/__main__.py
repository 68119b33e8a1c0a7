"""Prints the scoreboard; `--write FILE` puts it into a page, between its two marks."""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from faults.faults import ESTIMATED, EXACT
from faults.homes import HOMES, SUMMER_HOMES, truth_of
from faults.report import table
from faults.scoreboard import scores

BEGIN, END = "<!-- scoreboard begins -->\n", "<!-- scoreboard ends -->"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    write = parser.parse_args().write
    with tempfile.TemporaryDirectory() as directory:
        found = list(
            scores(HOMES + SUMMER_HOMES, truth_of, EXACT | ESTIMATED, Path(directory) / "readings")
        )
    shown = table(found)
    sys.stdout.write(shown + "\n\n")
    shares = {
        fault: statistics.median(
            float(score.share)
            for score in found
            if score.system == "quilowatt" and score.fault == fault
        )
        for fault in ESTIMATED
    }
    for fault, share in shares.items():
        sys.stdout.write(f"{fault}: median error of the time-of-use bill {share:.2%}\n")
    if write:
        page = write.read_text()
        head, rest = page.split(BEGIN)
        write.write_text(f"{head}{BEGIN}\n{shown}\n\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
