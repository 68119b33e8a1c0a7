"""Prints the scoreboard; `--write FILE` puts it into a page, between its two marks."""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from faults.faults import ESTIMATED, EXACT, hole
from faults.homes import HOMES, SUMMER_HOMES, many_homes, truth_of
from faults.report import holes, table
from faults.scoreboard import scores

MARKS = ("scoreboard", "holes")


HOLE_HOMES = 60
"""Of which each loses five days of its own."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    write = parser.parse_args().write
    with tempfile.TemporaryDirectory() as directory:
        found = list(
            scores(HOMES + SUMMER_HOMES, truth_of, EXACT | ESTIMATED, Path(directory) / "readings")
        )
    shown = table(found)
    many = holes(lost_days())
    sys.stdout.write(f"{shown}\n\n{many}\n\n")
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
        for mark, lines in zip(MARKS, (shown, many), strict=True):
            begin, end = f"<!-- {mark} begins -->\n", f"<!-- {mark} ends -->"
            head, rest = page.split(begin)
            page = f"{head}{begin}\n{lines}\n\n{end}{rest.split(end)[1]}"
        write.write_text(page)


def lost_days():
    """Score one fault for many homes."""
    homes = many_homes(HOLE_HOMES)
    with tempfile.TemporaryDirectory() as directory:
        return list(scores(homes, truth_of, {"hole": hole()}, Path(directory) / "readings"))


if __name__ == "__main__":
    main()
