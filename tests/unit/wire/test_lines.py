"""Registration details and refusals: what is kept, what is refused, and in which words."""

import json
import re
from uuid import UUID

import pytest

from quilowatt.errors import WireError
from quilowatt.limits import LINE_SIZE_MAX
from quilowatt.wire import Refusal, RegistrationDetails, parse_head_end_line
from quilowatt.wire.registration import parse_details

PLACE = UUID("1d0e86ff-8c3f-4a3e-9bb6-1b2c3d4e5f60")


def test_every_known_key():
    text = json.dumps(
        {
            "name": " Ana ",
            "serial": "S1",
            "model": "M",
            "phases": 3,
            "interval": 60,
            "digits": 6,
            "enrolment": "key",
            "usage_point": str(PLACE),
            "colour": "blue",
        }
    )
    assert parse_details(text) == RegistrationDetails(
        "Ana", "S1", "M", 3, 60, 6, "key", PLACE, {"colour": "blue"}
    )


def test_null_is_absent():
    assert parse_details('{"name":"Ana","phases":null,"serial":null}') == RegistrationDetails("Ana")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "what follows the UUID is not JSON"),
        ("{name: 1}", "what follows the UUID is not JSON"),
        ("[" * 900, "what follows the UUID is not JSON"),
        ('{"name":"a","x":NaN}', "what follows the UUID is not JSON"),
        ('{"name":"\\ud800"}', "what follows the UUID is not JSON"),
        ("[1]", "is not a JSON object"),
        ("{}", '"name" is required'),
        ('{"name":"  "}', '"name" is required'),
        ('{"name":7}', '"name" is not a text'),
        ('{"name":"a\\u0000b"}', '"name" holds control characters'),
        ('{"name":"a\\u001b[2J"}', '"name" holds control characters'),
        (json.dumps({"name": "a" * 201}), '"name" has 201 characters, limit 200'),
        ('{"name":"a","phases":4}', "\"phases\" is '4', not a whole number in 1..3"),
        ('{"name":"a","phases":true}', "\"phases\" is 'True', not a whole number in 1..3"),
        ('{"name":"a","interval":0}', "\"interval\" is '0', not a whole number in 1..2678400"),
        ('{"name":"a","interval":1.5}', "\"interval\" is '1.5', not a whole number"),
        ('{"name":"a","digits":16}', "\"digits\" is '16', not a whole number in 0..15"),
        ('{"name":"a","usage_point":"x"}', "\"usage_point\": 'x' is not a UUID"),
    ],
)
def test_what_cannot_be_registered(text, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        parse_details(text)


def test_a_refusal_is_one_line_whatever_it_repeats():
    refusal = Refusal.of(WireError(400, "two\nlines\r\nand a lot: " + "é" * 2000))
    line = refusal.encode()
    assert line.count(b"\n") == 1
    assert len(line) <= LINE_SIZE_MAX
    assert parse_head_end_line(line[:-1]).code == 400


@pytest.mark.parametrize(
    ("code", "text", "time_s"),
    [(422, "77 ahead of the clock", 77), (422, "- no reading", None), (400, "77 what", None)],
)
def test_the_time_of_a_refused_reading(code, text, time_s):
    assert Refusal(code, text).time_s == time_s
