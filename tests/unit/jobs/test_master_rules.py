"""Masters form trees on every day, whatever is said of which day first."""

from datetime import date

import pytest

from quilowatt.jobs.master_rules import master_refusals
from quilowatt.store import Terms, TermsChange, TermsHistory

NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)


class Places:
    """Usage points by name; the name is the UUID."""

    def __init__(self, *names):
        self.known = {
            name: TermsHistory(key, "UTC", 1, 0, Terms("x", 1)) for key, name in enumerate(names, 1)
        }

    def say(self, name, master, day):
        """Record it as the desk would; give what it says against it."""
        change = TermsChange(master=master)
        refused = master_refusals(self.known[name], change, day, self.known.get)
        if not refused:
            self.known[name] = self.known[name].with_change(change, day)
        return [phrase.en for _, phrase in refused]


@pytest.fixture
def places():
    return Places("house", "floor", "flat")


def test_several_levels_are_fine_and_a_ring_over_them_is_not(places):
    assert places.say("flat", "floor", NOVEMBER) == []
    assert places.say("floor", "house", NOVEMBER) == []
    (text,) = places.say("house", "flat", DECEMBER)
    assert "from 2026-12-01 on" in text
    assert places.say("flat", "", DECEMBER) == []
    assert places.say("house", "flat", DECEMBER) == []


def test_a_ring_that_would_come_later_is_refused_with_its_day(places):
    places.say("flat", "floor", JANUARY)
    (text,) = places.say("floor", "flat", NOVEMBER)
    assert "from 2027-01-01 on" in text
    places.say("floor", "house", DECEMBER)
    assert places.say("floor", "flat", NOVEMBER) == []


def test_nobody_is_under_itself_or_under_who_is_not_there(places):
    assert "itself" in places.say("flat", "flat", NOVEMBER)[0]
    assert "no usage point" in places.say("flat", "nobody", NOVEMBER)[0]
    assert places.say("flat", "", NOVEMBER) == []
