"""The scores as tables in Markdown."""

from forecast_score.scoring import ISSUE_DAYS

SHOWN_MONTHS = range(2, 13)

HEAD = (
    "| issued after | forecasts | mean total | same as last month | mean per day so far "
    "| quilowatt "
    "| below the better | bias | in the range | width |"
)
RULE = "| --- |" + " ---: |" * 9


def energy_table(scores):
    return _table(scores, ISSUE_DAYS, "kWh")


def money_table(scores, currency):
    return _table(scores, ISSUE_DAYS, currency)


def first_cycle_table(scores):
    rows = [
        f"| {_days(day)} | {part.actual.size} | {part.error('so_far'):.1f} | {part.error():.1f} "
        f"| {part.coverage():.1%} | {part.width():.0%} |"
        for day, part in ((day, scores.issued_on(day)) for day in (1, *ISSUE_DAYS))
    ]
    head = (
        "| issued after | forecasts | mean per day so far, kWh | quilowatt, kWh | in the range "
        "| width |"
    )
    return "\n".join([head, "| --- |" + " ---: |" * 5, *rows])


def month_table(scores):
    rows = []
    for month in SHOWN_MONTHS:
        part = scores.rows(scores.month == month)
        rows.append(
            f"| {month} | {part.error('last'):.1f} | {part.error('so_far'):.1f} "
            f"| {part.error():.1f} | {part.bias():+.1f} | {part.coverage():.0%} |"
        )
    head = "| month | same as last month | mean per day so far | quilowatt | bias | in the range |"
    return "\n".join([head, "| ---: |" + " ---: |" * 5, *rows])


def _table(scores, issue_days, unit):
    parts = [(_days(day), scores.issued_on(day)) for day in issue_days]
    rows = [_row(name, part, unit) for name, part in [*parts, ("all", scores)]]
    return "\n".join([HEAD, RULE, *rows])


def _row(name, part, unit):
    return (
        f"| {name} | {part.actual.size} | {part.actual.mean():.1f} {unit} "
        f"| {part.error('last'):.2f} | {part.error('so_far'):.2f} | {part.error():.2f} "
        f"| {part.gain():.1%} "
        f"| {part.bias():+.1f} | {part.coverage():.1%} | {part.width():.0%} |"
    )


def _days(count):
    return f"{count} day" if count == 1 else f"{count} days"
