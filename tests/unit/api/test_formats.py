"""The format of an answer: negotiated, exact, and harmless in a spreadsheet."""

from decimal import Decimal

import numpy as np
import pytest
from pydantic import BaseModel
from starlette.requests import Request

from quilowatt.api.formats import CSV, JSON, PARQUET, csv_response, kwh, kwh_column, negotiate
from quilowatt.errors import RequestRefused


def request(accept):
    headers = [] if accept is None else [(b"accept", accept.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("", JSON),
        ("text/csv", CSV),
        ("Text/CSV; charset=utf-8", CSV),
        ("application/vnd.apache.parquet", PARQUET),
        ("text/html, */*;q=0.1", JSON),
        ("text/html, text/*;q=0.5, */*;q=0.1", CSV),
        ("application/json;q=0.2, text/csv;q=0.8", CSV),
        ("application/json;q=0, */*", CSV),
        ("text/csv;q=nonsense, application/json;q=0.1", JSON),
    ],
)
def test_chooses_by_quality_and_by_how_specific_a_range_is(accept, chosen):
    assert negotiate(request(accept), (JSON, CSV, PARQUET)) == chosen


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "application/xml, text/html"])
def test_refuses_what_it_cannot_write(accept):
    with pytest.raises(RequestRefused, match="application/json, text/csv"):
        negotiate(request(accept), (JSON, CSV))


def test_kilowatt_hours_are_printed_with_the_watt_hours_that_they_have():
    for energy_wh in (0, 1, 10, 999, 1000, 1234567, 2**53 - 1, 10**15 + 1):
        assert Decimal(repr(kwh(energy_wh))) * 1000 == energy_wh or energy_wh > 8 * 10**15


def test_a_column_of_kilowatt_hours_is_exact():
    energy_wh = np.array([0, 1, -1, 2**53 - 1], np.int64)
    assert kwh_column(energy_wh).to_pylist() == [Decimal(int(wh)).scaleb(-3) for wh in energy_wh]
    is_null = np.array([False, True, False, False])
    assert kwh_column(energy_wh, is_null).to_pylist()[1] is None


class Inner(BaseModel):
    id: int


class Row(BaseModel):
    name: str
    inner: Inner | None
    parts: list[int]
    is_open: bool


def test_csv_flattens_fields_leaves_lists_out_and_defuses_formulas():
    rows = [
        {"name": "=1+1", "inner": {"id": 5}, "parts": [1], "is_open": True},
        {"name": 'say "hi", all', "inner": None, "parts": [], "is_open": False},
    ]
    body = csv_response(Row, rows).body.decode()
    assert body == ('name,inner_id,is_open\r\n\'=1+1,5,true\r\n"say ""hi"", all",,false\r\n')


def test_csv_of_nothing_still_names_its_columns():
    assert csv_response(Row, []).body == b"name,inner_id,is_open\r\n"
