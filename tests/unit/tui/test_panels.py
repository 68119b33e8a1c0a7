"""What stands in a panel of a given size."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from quilowatt.tui.palette import DAY_RAMP, level_colour
from quilowatt.tui.panels import (
    alert_banner,
    alert_details,
    alert_rows,
    bill_details,
    bill_rows,
    figure_text,
    spread,
)

METER = UUID(int=1)


def lines(rows):
    return [row.plain.replace("\N{NO-BREAK SPACE}", " ") for row in rows]


def test_bill_in_local_money(make_invoice, portuguese):
    rows = lines(bill_rows(make_invoice(METER), (30, 6), portuguese))
    assert rows == [
        "Energy               R$ 233,58",
        "Grid               R$ 1.000,00",
        "──────────────────────────────",
        "Total até agora    R$ 1.233,58",
    ]


def test_total_never_gives_way(make_invoice, english):
    for height in (1, 2, 3):
        rows = lines(bill_rows(make_invoice(METER), (40, height), english))
        assert len(rows) <= height
        assert rows[-1].startswith("Total so far")


def test_lines_that_do_not_fit_are_counted(make_invoice, english):
    rows = lines(bill_rows(make_invoice(METER), (40, 2), english))
    assert rows[0] == "… 2 more lines: press b"


def test_bill_without_a_total_says_why(make_invoice, english):
    invoice = make_invoice(METER, total=None, currency=None, notes=["The tariff has no price."])
    assert lines(bill_rows(invoice, (40, 6), english)) == ["The tariff has no price."]
    nothing = make_invoice(METER, total=None, currency=None)
    assert lines(bill_rows(nothing, (40, 6), english))[0].startswith("No bill yet")


def test_bill_of_a_month_that_is_over_is_no_running_total(make_invoice, english):
    rows = lines(bill_rows(make_invoice(METER, state="unissued"), (40, 6), english))
    assert rows[-1].startswith("Total   ")


def test_details_tell_each_formula_with_local_points(make_invoice, portuguese):
    text = "\n".join(lines(bill_details(make_invoice(METER), 60, portuguese)))
    assert "212,345 kWh × 1,10 = 233,58" in text


def test_details_without_currency_say_why(make_invoice, english):
    invoice = make_invoice(METER, total=None, currency=None, notes=["No tariff."])
    assert lines(bill_details(invoice, 60, english)) == ["No tariff."]


def test_alerts_open_and_over(make_alert, now, zone, english):
    alerts = [
        make_alert(METER, "Ana"),
        make_alert(METER, "Ana", id=6, is_open=False, closed_at=now),
    ]
    options = {"width": 44, "now_s": now.timestamp(), "zone": zone, "words": english}
    rows = lines(alert_rows(alerts, **options))
    assert rows[0] == "▲ Abrupt increase                   14:31:07"
    assert rows[1].endswith("going on")
    assert rows[2].startswith("✓")
    assert rows[3].endswith("  until 14:32")
    details = "\n".join(lines(alert_details(alerts, **options)))
    assert "So far, 0.09 kWh above that." in details
    assert "In all, 0.09 kWh above that." in details
    assert "cost" not in details
    priced = make_alert(
        METER, "Ana", cost_so_far=Decimal("0.08"), cost_per_hour=Decimal("6.45"), currency="BRL"
    )
    details = "\n".join(lines(alert_details([priced], **options)))
    assert "It costs about R$6.50 an hour; R$0.08 so far." in details.replace("\n", " ")


def test_an_end_on_another_day_says_which(make_alert, now, zone, english, portuguese):
    closed = make_alert(METER, "Ana", kind="night_load", is_open=False, closed_at=now)
    closed = closed.model_copy(update={"began_at": now - timedelta(days=2)})
    options = {"width": 60, "now_s": now.timestamp() + 40 * 86_400, "zone": zone}
    rows = lines(alert_rows([closed], words=english, **options))
    assert rows[1].endswith("  until 23 Nov 14:32")
    assert ", usual 650 W" in rows[1]
    assert lines(alert_rows([closed], words=portuguese, **options))[1].endswith("até 23/11 14:32")
    details = "\n".join(lines(alert_details([closed], words=english, **options)))
    assert "above that" not in details


def test_banner_says_whose_what_and_how_much(make_alert, zone, portuguese):
    alert = make_alert(METER, "Ana Souza")
    text = alert_banner(alert, zone=zone, words=portuguese, hint="x ocultar", width=78).plain
    assert text.splitlines()[0].startswith(" ▲ AUMENTO ABRUPTO  ·  Ana Souza")
    assert "saltou para cerca de 6,2 kW" in text
    assert "Até agora, 0,09 kWh acima disso." in text


def test_figure_is_big_where_there_is_room():
    assert figure_text("1,240", "W", width=30).plain.splitlines()[0].startswith("▀█ ")
    assert figure_text("1,240", "W", width=10).plain.split() == ["1,240", "W"]


def test_left_text_gives_way():
    assert spread("a long name", "R$ 1", 10).plain == "a lo… R$ 1"


def test_colours_run_from_low_to_high():
    assert level_colour(-1, DAY_RAMP) == DAY_RAMP[0]
    assert level_colour(2, DAY_RAMP) == DAY_RAMP[2]


def test_taxes_inside_the_total_are_listed(make_invoice, english):
    from quilowatt.client import InvoiceTax  # noqa: PLC0415

    tax = InvoiceTax(
        code="icms",
        description="ICMS",
        rate=Decimal("0.205"),
        base=Decimal(100),
        amount=Decimal("20.5"),
    )
    text = "\n".join(lines(bill_details(make_invoice(METER, taxes=[tax]), 60, english)))
    assert "ICMS 20.5 %" in text
