"""Laws of comparing names."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from quilowatt.store import fold_name
from quilowatt.store.names import is_storable

names = st.text(max_size=40)


@given(names)
def test_folding_again_changes_nothing(name):
    assert fold_name(fold_name(name)) == fold_name(name)


@given(names)
def test_case_and_composition_make_no_difference(name):
    for other in (name.casefold(), unicodedata.normalize("NFD", name)):
        assert fold_name(other) == fold_name(name)


@given(names, names, names)
def test_a_part_is_found_in_the_whole(before, part, after):
    assert fold_name(part) in fold_name(f"{before} {part} {after}")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_whatever_is_utf8_can_be_kept(name):
    assert is_storable(name)
