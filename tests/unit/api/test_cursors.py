"""Cursors: they come back whole, and only to the question that they belong to."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quilowatt.api.cursors import make_cursor, read_cursor

QUESTION = {"question": "Clientes", "nome": "Ana", "medidor": None}


@given(st.integers(0, 2**63 - 1))
def test_a_cursor_comes_back(after):
    assert read_cursor(QUESTION, make_cursor(QUESTION, after)) == after


@given(st.integers(0, 2**63 - 1), st.integers(0, 19), st.sampled_from(string.printable))
def test_a_changed_cursor_is_refused(after, place, sign):
    cursor = make_cursor(QUESTION, after)
    changed = cursor[:place] + sign + cursor[place + 1 :]
    if changed != cursor:
        with pytest.raises(ValueError, match="not a cursor"):
            read_cursor(QUESTION, changed)


@given(st.text(max_size=60))
def test_any_text_is_refused(text):
    with pytest.raises(ValueError, match="not a cursor"):
        read_cursor(QUESTION, text)


def test_a_cursor_that_names_a_key_beyond_any_database_is_refused():
    with pytest.raises(ValueError, match="nobody wrote"):
        read_cursor(QUESTION, make_cursor(QUESTION, 2**63))


def test_a_cursor_of_another_question_is_refused():
    cursor = make_cursor(QUESTION, 7)
    with pytest.raises(ValueError, match="of this question"):
        read_cursor(QUESTION | {"nome": "Bia"}, cursor)
