"""Whom a name on the command line means, and what is said of a change."""

from types import SimpleNamespace

import pytest

from quilowatt.cli.usage_point_words import changed_lines, find_usage_point
from quilowatt.errors import SettingsError


class Town:
    """A server that knows customers by name, as the API matches them: by any part of it."""

    def __init__(self, *names):
        self.names = names

    def ask(self, call):
        who = call.query.get("customer", "\0").casefold()
        found = [name for name in self.names if who in name.casefold()]
        return SimpleNamespace(
            items=[SimpleNamespace(id=name, customer=SimpleNamespace(name=name)) for name in found]
        )


@pytest.mark.parametrize(
    ("who", "meant"),
    [
        ("Ana", "Ana Almeida"),
        ("santana", "Rafael Santana"),
        ("flat 1", "Flat 1"),
        ("raf", "Rafael Santana"),
    ],
)
def test_a_name_or_a_word_of_it_excludes_those_that_have_it_inside(who, meant):
    town = Town("Ana Almeida", "Rafael Santana", "Flat 1", "Flat 10", "Flat 1 back")
    assert find_usage_point(town, who, "en").customer.name == meant


@pytest.mark.parametrize("who", ["a", "Flat", "nobody"])
def test_what_means_several_or_nobody_is_refused(who):
    with pytest.raises(SettingsError):
        find_usage_point(Town("Ana Almeida", "Flat 1", "Flat 2"), who, "en")


def test_a_change_that_was_known_says_so():
    known = SimpleNamespace(is_new=False, from_day="2026-11-01")
    [line] = changed_lines(known, "en", "", is_billed=False)
    assert line == "Nothing new: all of it holds on 2026-11-01 already."
