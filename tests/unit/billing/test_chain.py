"""A head stands for every reading behind it."""

import hashlib
import struct
from uuid import UUID

import numpy as np
import pytest

from quilowatt.billing.chain import FIRST_HEAD, chain_link

METER = "2b1d8e4e-6b5c-4d3a-9f57-0c6a5f6d7e8f"
PERIOD_S = (1_000, 5_000)
TIMES = [1_000, 1_900, 2_800]
IMPORTS = [7, 2**53 - 1, 2**53 - 1]
EXPORTS = [0, 3, 4]


def arrays(times=TIMES, imports=IMPORTS, exports=EXPORTS):
    return tuple(np.array(numbers, np.int64) for numbers in (times, imports, exports))


def test_a_head_is_the_hash_of_bytes_that_anyone_can_write():
    expected = hashlib.sha256(b"quilowatt readings 1\0" + bytes(32) + UUID(METER).bytes)
    expected.update(struct.pack(">qqq", *PERIOD_S, 3))
    for reading in zip(TIMES, IMPORTS, EXPORTS, strict=True):
        expected.update(struct.pack(">qqq", *reading))
    link = chain_link(METER, PERIOD_S, arrays())
    assert link.head == expected.hexdigest()
    assert (link.meter, link.start_s, link.end_s, link.readings) == (METER, *PERIOD_S, 3)
    assert link.previous == FIRST_HEAD == "0" * 64


def test_the_next_link_stands_on_the_one_before():
    first = chain_link(METER, PERIOD_S, arrays())
    second = chain_link(METER, (5_000, 9_000), arrays(), first.head)
    assert second.previous == first.head
    assert second.head != chain_link(METER, (5_000, 9_000), arrays()).head


@pytest.mark.parametrize(
    "changed",
    [
        {"times": [1_000, 1_901, 2_800]},
        {"imports": [7, 2**53 - 2, 2**53 - 1]},
        {"exports": [0, 3, 5]},
        {"times": TIMES[:2], "imports": IMPORTS[:2], "exports": EXPORTS[:2]},
        {"imports": [0, 3, 4], "exports": IMPORTS},
    ],
)
def test_another_past_has_another_head(changed):
    assert (
        chain_link(METER, PERIOD_S, arrays(**changed)).head
        != chain_link(METER, PERIOD_S, arrays()).head
    )


def test_another_meter_or_period_has_another_head():
    heads = {
        chain_link(METER, PERIOD_S, arrays()).head,
        chain_link(METER.replace("2b", "2c"), PERIOD_S, arrays()).head,
        chain_link(METER, (1_001, 5_000), arrays()).head,
        chain_link(METER, (1_000, 5_001), arrays()).head,
    }
    assert len(heads) == 4
