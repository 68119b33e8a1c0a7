"""What the printed bill says in each state, and what it leaves out."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from harness import papers
from quilowatt.billing.barcode import interleaved_2_of_5, qr_modules
from quilowatt.billing.invoice import Quality
from quilowatt.billing.paper import ISSUED, Standing
from quilowatt.billing.paper.drawing import bars_svg, squares_svg
from quilowatt.billing.paper.phrases import ISSUE_WORDS, PHRASES
from quilowatt.billing.paper.sheet import COPY_LINE_SIZE, sheet_of
from quilowatt.billing.paper.tables import items_table, taxes_table
from quilowatt.billing.paper.writing import Writer
from quilowatt.billing.tariff import Text

PAID = date(2026, 6, 20)


def sheet(invoice=None, language="en", standing=ISSUED):
    return sheet_of(invoice or papers.an_invoice(), language, standing)


def test_a_sheet_is_texts_whole_numbers_and_lists():
    found = sheet(papers.an_invoice(is_solar=True))
    assert json.loads(json.dumps(found)) == found


def test_phrases_differ_by_language_or_are_the_same_word():
    same = {key for key, each in {**PHRASES, **ISSUE_WORDS}.items() if each.en == each.pt}
    assert same == {"item", "total", "tax_base"}


@pytest.mark.parametrize(
    ("standing", "label", "ribbon", "when"),
    [
        (ISSUED, "To pay", [], "25 Jun 2026"),
        (Standing("running"), "So far", ["In progress, not payable"], None),
        (Standing("paid", PAID), "Paid", ["Paid. Thank you."], "20 Jun 2026"),
        (Standing("paid"), "Paid", ["Paid. Thank you."], None),
        (Standing("overdue"), "To pay", ["Overdue since 25 Jun 2026"], "25 Jun 2026"),
        (Standing("replaced"), "It was", ["No longer valid"], None),
        (Standing("replaced", replaced_by="2026-9"), "It was", ["Replaced by 2026-9"], None),
    ],
)
def test_each_state_says_what_is_to_be_done(standing, label, ribbon, when):
    found = sheet(standing=standing)
    assert found["tone"] == standing.state
    assert found["hero"]["label"] == label
    assert found["hero"]["amount"] == "R$277.57"
    assert all(part in said for part, said in zip(ribbon, found["ribbon"], strict=True))
    assert (found["hero"]["when"] or {"value": None})["value"] == when
    is_payable = standing.state in {"issued", "overdue"}
    assert (found["payment"] is not None) == is_payable


def test_a_running_bill_has_neither_number_nor_proof():
    found = sheet(standing=Standing("running"))
    assert papers.NUMBER not in json.dumps({**found, "items": None})
    assert found["proof"] is None
    assert "so far" in found["title"]


def test_late_charges_change_what_is_to_be_paid_and_old_codes_say_so():
    standing = Standing("overdue", date(2026, 7, 10), Decimal("284.00"))
    found = sheet(standing=standing)
    assert found["hero"]["amount"] == "R$284.00"
    assert found["hero"]["notes"] == ["The bill came to R$277.57."]
    assert found["ribbon"] == ["Overdue since 25 Jun 2026; amount for payment on 10 Jul 2026."]
    assert found["payment"]["note"] == "These codes are for the bill's R$277.57."


def test_new_codes_take_the_place_of_the_old_ones():
    codes = papers.ways_to_pay(Decimal("284.00"))
    standing = Standing("overdue", None, Decimal("284.00"), codes=codes)
    found = sheet(standing=standing)["payment"]
    assert found["note"] == ""
    assert "".join(found["codes"][0]["copy"]) == codes[0].copy


def test_what_is_paid_in_parts_already_is_not_asked_again():
    assert sheet(standing=Standing(to_pay=Decimal("0.00")))["payment"] is None


def test_a_credit_note_is_none_to_pay():
    found = sheet(papers.credit_note())
    assert (found["tone"], found["title"]) == ("credit", "Credit note")
    assert found["hero"]["label"] == "Credited to you"
    assert (found["payment"], found["hero"]["when"]) == (None, None)
    assert found["ribbon"][1].startswith("Reason: 12 estimated hours")
    assert ["For bill", papers.NUMBER] in found["facts"]


def test_a_replacement_says_which_one_it_replaces():
    found = sheet(papers.an_invoice(replaces="2026-000001"), "pt")
    assert found["ribbon"] == ["Esta fatura substitui a de número 2026-000001."]


def test_a_bill_in_the_customer_s_favour_says_so_without_a_minus():
    invoice = papers.an_invoice(codes=())
    invoice = replace(invoice, bill=replace(invoice.bill, total=Decimal("-12.30")))
    found = sheet(invoice)["hero"]
    assert (found["label"], found["amount"], found["when"]) == ("In your favour", "R$12.30", None)


def test_a_copy_is_marked():
    assert sheet(language="pt", standing=Standing(is_copy=True))["tag"] == "2ª via"
    assert sheet()["tag"] == ""


def test_every_number_of_an_item_is_there():
    row = sheet(language="pt")["items"]["rows"][0]
    assert row == [
        {"text": "Consumo - TE (energia)", "note": ""},
        "230,4",
        "kWh",
        "0,25765",
        "0,34291403",
        "79,01",
        "16,20",
        "0,62",
        "2,83",
    ]


def test_taxes_list_base_rate_and_value_and_what_is_left():
    (taxes,) = sheet()["small"]
    assert taxes["rows"][0] == ["ICMS", "277.57", "20.5%", "56.90"]
    assert taxes["total"] == ["Without taxes", "", "", "208.55"]


def test_a_bill_without_taxes_has_no_table_of_them():
    found = sheet(papers.empty())
    assert found["small"] == []
    assert len(found["items"]["heads"]) == 6


def test_more_taxes_than_columns_stand_in_their_table_alone():
    invoice = papers.an_invoice()
    more = replace(invoice.bill.taxes[0], code="other")
    bill = replace(invoice.bill, taxes=(*invoice.bill.taxes, more))
    found = sheet(replace(invoice, bill=bill))
    assert len(found["items"]["heads"]) == 6
    assert len(found["small"][0]["rows"]) == 4


def test_a_line_for_part_of_the_cycle_says_its_days():
    rows = sheet(papers.long_one(5))["items"]["rows"]
    assert rows[0][0]["note"] == ""
    assert rows[4][0]["note"] == "14 May 2026 to 10 Jun 2026 (28 days)"


def test_a_flag_says_for_how_many_days_it_held():
    rows = sheet(language="pt")["items"]["rows"]
    assert [row[0]["note"] for row in rows[2:]] == ["em vigor por 20 dias", "em vigor por 10 dias"]


def test_registers_show_both_directions_of_a_solar_home():
    rows = sheet(papers.an_invoice(is_solar=True))["registers"]["rows"]
    assert [row[1] for row in rows] == ["from the grid", "to the grid"]
    assert rows[0][2:] == [
        "11 May 2026 23:55", "12,345.678", "10 Jun 2026 23:58", "12,576.078", "230.400", "30",
    ]  # fmt: skip


def test_a_register_that_was_not_read_is_a_dash():
    invoice = papers.an_invoice()
    readout = replace(invoice.meters[0], first_time_s=0, serial="")
    rows = sheet(replace(invoice, meters=(readout,)))["registers"]["rows"]
    assert rows[0][:4] == [papers.METER[:8], "from the grid", "–", "–"]
    assert sheet(replace(invoice, meters=()))["registers"] is None


def test_credits_and_demand_have_tables_of_their_own():
    solar = papers.an_invoice(is_solar=True)
    bill = replace(solar.bill, demand_w={"te": 4321}, lapsed_wh=1500)
    _, credits_, demand = sheet(replace(solar, bill=bill))["small"]
    assert credits_["rows"] == [["11 Apr 2026", "28.223"], ["11 Jun 2026", "312.390"]]
    assert credits_["note"] == "1.500 kWh lapsed by age in this cycle."
    assert demand["rows"] == [["Consumption - TE (energy)", "4.321"]]


def test_quality_never_rounds_to_all_or_nothing():
    quality = Quality(2_592_000 - 60, 60, 0, 0, 12)
    found = sheet(papers.an_invoice(quality=quality))["quality"]
    assert [part["said"] for part in found["parts"]] == ["99.9% measured", "0.1% estimated"]
    assert found["lines"] == ["0.012 kWh lie in hours that were estimated."]
    whole = sheet()["quality"]
    assert [part["said"] for part in whole["parts"]] == ["100% measured"]
    assert whole["lines"] == ["All readings came and fitted together."]


def test_issues_are_counted_in_words_most_frequent_first():
    found = sheet(papers.estimated(), "pt")["quality"]["lines"]
    assert found[1] == "14 × leituras atrasadas, contadas na hora certa"
    assert len(found) == 6


def test_the_chart_fits_its_height_and_shows_what_was_estimated():
    for invoice in (papers.an_invoice(is_solar=True), papers.estimated(), papers.empty()):
        chart = sheet(invoice)["chart"]
        for bar in chart["bars"]:
            assert 0 <= bar["guessed"] <= bar["taken"] <= chart["rise"] <= 10_000
            assert bar["sent"] <= 10_000 - chart["rise"]
        assert [bar["is_now"] for bar in chart["bars"]].count(True) == 1
    assert sheet(papers.estimated())["chart"]["bars"][-1]["guessed"] > 0


@pytest.mark.parametrize(
    ("energy_wh", "unit", "label"),
    [(99_999_499, "kWh", "99,999"), (10**11 - 1, "MWh", "100,000"), (10**12, "GWh", "1,000")],
)
def test_figures_of_the_chart_are_short_enough_to_stand_side_by_side(energy_wh, unit, label):
    past = replace(papers.an_invoice().history[-1], import_wh=energy_wh)
    chart = sheet(papers.an_invoice(history=(past,)))["chart"]
    assert chart["title"] == f"Energy by cycle, in {unit}"
    assert chart["bars"][0]["taken_said"] == label


@pytest.mark.parametrize(
    ("before_wh", "words"),
    [
        (115_200, "100% more a day"),
        (460_800, "50% less a day"),
        (230_400, "as much a day"),
        (0, None),
    ],
)
def test_the_change_since_the_cycle_before_is_by_day(before_wh, words):
    past = replace(papers.an_invoice().history[-1], import_wh=before_wh, days=30)
    notes = sheet(papers.an_invoice(history=(past,)))["hero"]["used"]["notes"]
    assert len(notes) == (3 if words else 2)
    assert words is None or notes[2].startswith(words)


def test_a_long_code_is_cut_into_lines_that_join_again():
    code = replace(papers.an_invoice().codes[0], copy="ab " * 100 + " " * 5 + "x" * 90)
    (found,) = sheet(papers.an_invoice(codes=(code,)))["payment"]["codes"]
    assert "".join(found["copy"]) == code.copy
    assert max(map(len, found["copy"])) <= COPY_LINE_SIZE
    assert not any(line[0] == " " or line[-1] == " " for line in found["copy"][:-1])


def test_drawings_have_one_unit_a_module():
    assert 'viewBox="0 0 21 21"' in squares_svg(qr_modules("quilowatt"))
    assert bars_svg(interleaved_2_of_5("05")).count("M") == 9


def test_the_proof_says_where_to_check():
    rows = dict(sheet()["proof"]["rows"])
    assert rows["Readings, A1B2-004711"] == "c41d" * 16
    assert len(rows["Bill"]) == 64
    assert "quilowatt verify" in sheet()["proof"]["where"]
    at = sheet(standing=Standing(verify_at="https://example.org/verify"))["proof"]["where"]
    assert at == "Check it at https://example.org/verify"


def with_tax_names(name):
    """An invoice whose taxes are called so."""
    invoice = papers.an_invoice()
    taxes = tuple(replace(tax, name=name) for tax in invoice.bill.taxes)
    return replace(invoice, bill=replace(invoice.bill, taxes=taxes))


def test_columns_of_taxes_have_short_heads_and_what_stands_in_brackets_is_told_below():
    invoice = with_tax_names(Text("ICMS (alíquota a confirmar)", "ICMS (rate to be confirmed)"))
    made = items_table(invoice, Writer("pt", ZoneInfo("America/Bahia"), "BRL"))
    assert set(made["heads"][6:]) == {"ICMS"}
    told = taxes_table(invoice.bill, Writer("pt", ZoneInfo("America/Bahia"), "BRL"))
    assert told["rows"][0][0] == "ICMS (alíquota a confirmar)"


def test_a_tax_with_a_long_name_leaves_the_room_to_the_items():
    invoice = with_tax_names(Text("Contribuição de melhoria urbana", "Urban improvement levy"))
    assert len(items_table(invoice, Writer("pt", ZoneInfo("America/Bahia"), "BRL"))["heads"]) == 6
