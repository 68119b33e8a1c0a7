"""Codes keep order and nearly the value; ranks and medians leave out what is not known."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quilowatt.alert.rings import median_code, packed, pushed, ranked, unpacked

energies = st.lists(st.integers(-1, 2**32), min_size=1, max_size=40)


@given(energies)
def test_codes_are_near_and_in_order(values):
    values = np.array(sorted(values), np.int64)
    codes = packed(values)
    assert (np.diff(codes) >= 0).all()
    near = np.abs(unpacked(codes) - values) <= np.maximum(np.abs(values) * 0.0006, 0.5)
    assert near.all()


@given(energies, st.integers(1, 4), st.booleans())
def test_a_rank_is_that_of_what_is_known(values, rank, is_highest):
    codes = packed(np.array(values, np.int64))
    known = sorted(codes[codes >= 0].tolist(), reverse=is_highest)
    found = int(ranked(codes[:, np.newaxis], rank, least=1, is_highest=is_highest)[0])
    assert found == (known[rank - 1] if len(known) >= rank else -1)


@given(energies)
def test_a_median_is_that_of_what_is_known(values):
    codes = packed(np.array(values, np.int64))
    known = sorted(codes[codes >= 0].tolist())
    found = int(median_code(codes[:, np.newaxis], least=1)[0])
    assert found == (known[(len(known) - 1) // 2] if known else -1)


def test_too_little_is_nothing():
    ring = packed(np.array([[5], [6], [-1]]))
    assert ranked(ring, 1, least=3, is_highest=True)[0] == -1
    assert median_code(ring, least=3)[0] == -1


def test_the_oldest_goes():
    ring = np.array([[1], [2], [3]], np.int16)
    assert pushed(ring, np.array([9], np.int16)).ravel().tolist() == [9, 1, 2]
