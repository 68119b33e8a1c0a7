"""What stands in each panel, as styled text of a given size. Pure; `widgets` puts it on screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from quilowatt.core.words import format_number, format_time
from quilowatt.tui.chart import draw_bars, draw_trace
from quilowatt.tui.figures import FIGURE_ROWS, big_text
from quilowatt.tui.palette import ALARM, DAY_RAMP, FAINT, FIGURE, GOOD, MUTED, WARN, role_style
from quilowatt.tui.series import short_date
from quilowatt.tui.wording import MISSING, alert_kind, alert_sentence, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo
    from decimal import Decimal

    from quilowatt.client import Alert, CycleForecast, Invoice, InvoiceLine
    from quilowatt.core.words import Words
    from quilowatt.tui.chart import Bar, Span

__all__ = [
    "alert_banner",
    "alert_details",
    "alert_rows",
    "bill_details",
    "bill_rows",
    "chart_text",
    "figure_text",
    "forecast_rows",
    "spread",
    "stacked",
    "status_style",
]

WHOLE_FROM = 100
"""From so much on a range is told without cents. [currency]"""

HIGHEST_KINDS = frozenset(("abrupt_increase", "capacity_nearly_reached"))
"""Kinds whose usual power is a highest one, or a limit; that of the others is a mean."""

TRACE_COLUMNS_MIN = 6
"""A trace narrower than this tells nothing. [columns]"""


def spread(left: str, right: str, width: int, styles: tuple[str, str] = ("", "")) -> Text:
    """Set one text at the left and one at the right; the left one gives way.

    Parameters
    ----------
    left, right : str
        What to write.
    width : int
        Room. [columns]
    styles : tuple of str
        Styles of both.
    """
    tail = Text(right, styles[1])
    head = Text(left, styles[0])
    head.truncate(max(0, width - tail.cell_len - 1), overflow="ellipsis")
    gap = max(0, width - head.cell_len - tail.cell_len)
    return Text.assemble(head, " " * gap, tail)


def stacked(rows: Sequence[Text]) -> Text:
    """Join rows to one text."""
    return Text("\n").join(rows)


def figure_text(
    figure: str, unit: str, *, width: int, style: str = FIGURE, trace: Sequence[float] = ()
) -> Text:
    """Set a figure big where there is room, with its unit, and a trace of its past beside it.

    Parameters
    ----------
    figure, unit : str
        As in "1,240" and "W".
    width : int
        Room. [columns]
    style : str
        Colour of the figure.
    trace : sequence of float
        Its last values, oldest first. [any unit]
    """
    big = big_text(figure)
    if big is None or len(big[0]) + 1 + len(unit) > width:
        plain = Text.assemble((figure, f"bold {style}"), (f" {unit}", MUTED))
        return stacked([Text(), plain, Text()])
    rows = [Text.assemble((row, style)) for row in big]
    rows[2].append(f" {unit}", MUTED)
    room = width - len(big[0]) - len(unit) - 4
    if len(trace) > 1 and room >= TRACE_COLUMNS_MIN:
        drawn = draw_trace(trace, width=room, height=FIGURE_ROWS)
        for row, spans in zip(rows, drawn, strict=True):
            row.append(" " * (width - room - row.cell_len))
            row.append_text(_styled(spans, DAY_RAMP))
    return stacked(rows)


def chart_text(
    bars: Sequence[Bar], size: tuple[int, int], *, ramp: tuple[str, str, str], words: Words
) -> Text:
    """Draw bars in colour.

    Parameters
    ----------
    bars : sequence of Bar
        Oldest first.
    size : tuple of int
        Width and height. [columns, rows]
    ramp : tuple of str
        Colours from low to high.
    words : Words
        Who writes the numbers of the axis.
    """
    width, height = size
    rows = draw_bars(
        bars, width=width, height=height, tick=lambda value: format_number(value, words.language)
    )
    return stacked([_styled(row, ramp) for row in rows])


def bill_rows(invoice: Invoice, size: tuple[int, int], words: Words) -> list[Text]:
    """Lines of a bill and its total; where rows are short the lines give way, never the total.

    Parameters
    ----------
    invoice : Invoice
        With or without lines.
    size : tuple of int
        Width and height. [columns, rows]
    words : Words
        The table.
    """
    width, height = size
    if invoice.total is None or invoice.currency is None:
        return [Text(note, MUTED) for note in invoice.notes] or [Text(words("no_bill"), MUTED)]
    currency = invoice.currency
    rows = [_bill_line(line, currency, width, words) for line in invoice.lines]
    room = max(0, height - 1)
    if len(rows) > room:
        kept = rows[: max(0, room - 1)]
        more = Text(words("more_lines", count=len(rows) - len(kept)), MUTED)
        rows = [*kept, more][:room]
    if len(rows) < room:
        rows.append(Text("─" * width, FAINT))
    key = "total_so_far" if invoice.state == "running" else "total"
    total = words.money(invoice.total, currency)
    rows.append(spread(words(key), total, width, ("bold", f"bold {FIGURE}")))
    return rows


def forecast_rows(
    forecast: CycleForecast, width: int, words: Words, *, is_long: bool = False
) -> list[Text]:
    """Tell what a running bill will come to; in full with notes and the track record [columns].

    In short it is a row like those of the bill: the range without cents, which no range needs.
    """
    money = forecast.money
    if money is None or forecast.currency is None:
        return []
    ends = {"expected": money.expected, "low": money.low, "high": money.high}
    figures = {name: words.money(end, forecast.currency) for name, end in ends.items()}
    if not is_long:
        decimals = 0 if money.low >= WHOLE_FROM else 2
        low, high = (format_number(e, words.language, decimals) for e in (money.low, money.high))
        label = words("expected_short", low=low, high=high)
        return [spread(label, figures["expected"], width, (MUTED, MUTED))]
    line = Text(words("expected", **figures), MUTED)
    rows = [Text(), line, *(Text(note, MUTED) for note in forecast.notes)]
    record = forecast.track_record
    if record is not None:
        error, held = round(record.error_share * 100), round(record.in_range * 100)
        rows.append(Text(words("record", error=error, held=held), MUTED))
    return rows


def bill_details(invoice: Invoice, width: int, words: Words) -> list[Text]:
    """Tell a bill line by line with the formula behind each, and the taxes inside [columns]."""
    total = bill_rows(invoice.model_copy(update={"lines": []}), (width, 2), words)
    if invoice.currency is None:
        return total
    rows = []
    for line in invoice.lines:
        amount = words.money(line.amount, invoice.currency)
        rows.append(spread(line.description, amount, width, ("bold", "bold")))
        rows.append(Text(f"  {_local_points(line.formula, words)}\n", MUTED))
    rows += total
    if invoice.taxes:
        rows.append(Text(f"\n{words('taxes_inside')}", MUTED))
    for tax in invoice.taxes:
        percent = format_number(tax.rate * 100, words.language)
        amount = words.money(tax.amount, invoice.currency)
        rows.append(spread(f"  {tax.description} {percent} %", amount, width, (MUTED, MUTED)))
    return [*rows, *(Text(f"\n{note}", MUTED) for note in invoice.notes)]


def alert_rows(
    alerts: Sequence[Alert], *, width: int, now_s: float, zone: tzinfo, words: Words
) -> list[Text]:
    """Tell alerts, the newest first, two rows each.

    Parameters
    ----------
    alerts : sequence of Alert
        In the order to show.
    width : int
        Room. [columns]
    now_s : float
        The present. [s since 1970-01-01 UTC]
    zone : tzinfo
        Whose wall clock.
    words : Words
        The table.
    """
    rows = []
    for alert in alerts:
        sign, colour = ("▲", ALARM) if alert.is_open else ("✓", GOOD)
        when = moment(alert.began_at, now_s=now_s, zone=zone, words=words)
        kind = alert_kind(alert.kind, words)
        rows.append(spread(f"{sign} {kind}", when, width, (f"bold {colour}", MUTED)))
        rows.append(spread(f"  {_short(alert, words)}", alert_end(alert, zone, words), width))
    return rows


def _short(alert: Alert, words: Words) -> str:
    """Tell the figures of an alert."""
    budget = alert.budget
    if budget is None:
        if alert.power_w == alert.usual_power_w == 0:
            return ""
        power, usual = words.rough_power(alert.power_w), words.rough_power(alert.usual_power_w)
        key = "alert_short" if alert.kind in HIGHEST_KINDS else "alert_mean"
        return words(key, power=power, usual=usual)
    figures = (budget.used, budget.expected, budget.limit)
    used, expected, limit = (_budget_figure(f, budget.currency, words) for f in figures)
    if alert.kind.endswith("_forecast"):
        return words("budget_coming", expected=expected, limit=limit)
    return words("budget_short", used=used, limit=limit)


def _budget_figure(figure: Decimal | None, currency: str | None, words: Words) -> str:
    if figure is None:
        return MISSING
    if currency is not None:
        return words.money(figure, currency)
    return words.energy_kwh(int(figure * 1000), 0)


def alert_details(
    alerts: Sequence[Alert], *, width: int, now_s: float, zone: tzinfo, words: Words
) -> list[Text]:
    """Tell alerts in whole sentences, with whose they are; parameters as `alert_rows`."""
    rows = []
    for alert in alerts:
        rows += alert_rows([alert], width=width, now_s=now_s, zone=zone, words=words)[:1]
        rows.append(spread(f"  {alert.customer.name}", alert_end(alert, zone, words), width))
        sentence = alert_sentence(alert, zone, words)
        rows.append(Text(f"{sentence}{_excess(alert, words)}\n", MUTED))
    return rows


def alert_end(alert: Alert, zone: tzinfo, words: Words) -> str:
    """Tell whether an alert goes on, what somebody did with it, or when it was over."""
    if alert.closed_at is None:
        if alert.is_acknowledged:
            return words("alert_known", name=alert.acknowledged_by or MISSING)
        if alert.snoozed_until is not None:
            until = format_time(int(alert.snoozed_until.timestamp()), zone)[:5]
            return words("alert_snoozed", time=until)
        return words("alert_muted" if alert.is_muted else "alert_open")
    began, ended = alert.began_at.astimezone(zone), alert.closed_at.astimezone(zone)
    # The beginning stands beside it, with its day.
    day = "" if began.date() == ended.date() else f"{short_date(ended, words)} "
    return words("alert_closed", time=f"{day}{ended:%H:%M}")


def alert_banner(alert: Alert, *, zone: tzinfo, words: Words, hint: str, width: int) -> Text:
    """Tell one alert so that nobody overlooks it.

    Parameters
    ----------
    alert : Alert
        The one that matters most now.
    zone : tzinfo
        Whose wall clock.
    words : Words
        The table.
    hint : str
        Keys that help; at the right of the first row.
    width : int
        Room. [columns]
    """
    head = f" ▲ {alert_kind(alert.kind, words).upper()}  ·  {alert.customer.name} "
    text = spread(head, hint, width, ("bold #ffffff on #d7263d", "#f3b6bd"))
    text.append(f"\n{alert_sentence(alert, zone, words)}", "bold #ffffff")
    text.append(_excess(alert, words), "#ffffff")
    if alert.kind == "abrupt_increase":
        text.append(f" {words('alert_check')}", "#ffffff")
    return text


def status_style(name: str) -> str:
    """Colour of a state of the line."""
    return {"link_live": GOOD, "link_connecting": WARN}.get(name, ALARM)


def _excess(alert: Alert, words: Words) -> str:
    """Tell energy and money beyond the usual, each after a space; other kinds' messages do so."""
    said = ""
    if alert.kind != "abrupt_increase":
        return said
    if alert.excess_kwh > 0:
        energy = words.energy_kwh(round(alert.excess_kwh * 1000), 2)
        said += f" {words('alert_excess' if alert.is_open else 'alert_excess_all', energy=energy)}"
    rate, cost, currency = alert.cost_per_hour, alert.cost_so_far, alert.currency
    if not rate or not cost or currency is None:
        return said
    about = words.about_money(cost, currency)
    if not alert.is_open:
        return f"{said} {words('alert_cost_all', cost=about)}"
    return f"{said} {words('alert_cost', rate=words.about_money(rate, currency), cost=about)}"


def _bill_line(line: InvoiceLine, currency: str, width: int, words: Words) -> Text:
    return spread(line.description, words.money(line.amount, currency), width, ("", "bold"))


def _local_points(formula: str, words: Words) -> str:
    """Write the decimal points of a formula as the language does."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", formula) if words.language == "pt" else formula


def _styled(spans: Sequence[Span], ramp: tuple[str, str, str]) -> Text:
    return Text.assemble(*((s.text, role_style(s.role, s.level, ramp)) for s in spans))
