"""Scores the alerts; `--write FILE` puts the tables into a page, between its two marks."""

import argparse
import sys
from pathlib import Path

from alert_score import field
from alert_score.events import KINDS, cases, control
from alert_score.homes import homes
from alert_score.report import comparison, silence_line, table
from alert_score.scoring import scores_of_baselines, scores_of_ours

BEGIN, END = "<!-- alert score begins -->\n", "<!-- alert score ends -->"
PER_HOME = 2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--half", choices=("choice", "judgement"), default="judgement")
    asked = parser.parse_args()
    shown = _shown(homes(asked.half))
    sys.stdout.write(shown + "\n")
    if asked.write:
        page = asked.write.read_text()
        head, rest = page.split(BEGIN)
        asked.write.write_text(f"{head}{BEGIN}\n{shown}\n\n{END}{rest.split(END)[1]}")


def _shown(every):
    controls = [control(home) for home in every]
    by_kind = {kind: cases(kind, every, PER_HOME) for kind in KINDS if kind != "no_communication"}
    ours = list(scores_of_ours(controls, by_kind))
    rivals = list(scores_of_baselines(controls, by_kind))
    return "\n\n".join(
        [
            table([*ours, *field.scores(every)]),
            silence_line(*field.silences(every)),
            comparison([*ours, *rivals]),
        ]
    )


if __name__ == "__main__":
    main()
