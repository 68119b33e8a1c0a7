"""The scores as tables in Markdown."""

from alert_score.scoring import OURS

HEAD = (
    "| kind | events | found | precision | median delay | alerts on untouched homes, a year | "
    "of them real | false alarms a year |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)
RIVALS = "| kind | rule | found | precision | median delay | alerts a year | false alarms a year |"


def table(scores):
    """Lay our scores out, a row a kind."""
    return "\n".join([HEAD, *(_row(score) for score in scores)])


def comparison(scores):
    """Lay the scores of all methods out, by kind."""
    kinds = list(dict.fromkeys(score.kind for score in scores))
    ordered = sorted(scores, key=lambda score: (kinds.index(score.kind), score.method != OURS))
    lines = [RIVALS, "| --- | --- |" + " ---: |" * 5]
    for score in ordered:
        name = f"**{score.method}**" if score.method == OURS else score.method
        lines.append(
            f"| `{score.kind}` | {name} | {score.recall:.1%} | {score.precision:.0%} | "
            f"{_hours(score)} | {score.alarms_per_year:.2f} | {score.false_per_year:.2f} |"
        )
    return "\n".join(lines)


def silence_line(due, told):
    """Say how exact the alerts of silence are."""
    return (
        f"`no_communication`: {len(due)} silences of homes that read every half-hour, their own "
        f"gaps and four of half an hour to five days put into each. {len(due & told)} told at the "
        f"half-hour at which they were due, with their end; {len(due - told)} missed, "
        f"{len(told - due)} false."
    )


def _row(score):
    return (
        f"| `{score.kind}` | {score.events} | {score.recall:.1%} | {score.precision:.0%} | "
        f"{_hours(score)} | {score.alarms_per_year:.2f} | {score.real} of {score.alarms} | "
        f"{score.false_per_year:.2f} |"
    )


def _hours(score):
    return "–" if score.delay_h is None else f"{score.delay_h:.1f} h"
