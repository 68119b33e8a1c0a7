"""What is left to say when the past has changed."""

from dataclasses import replace

from quilowatt.alert import AlertSignal
from quilowatt.alert.recount import Episode, recounted

FROM_S, UNTIL_S = 1000, 100_000
OPENED = AlertSignal(3, "night_load", "opened", 6000, 5000, 400, 200, 700)
CLOSED = replace(OPENED, phase="closed", at_s=20_000)
GROWN = replace(OPENED, phase="updated", at_s=9000, power_w=900)


def said(told, signals):
    return recounted(told, signals, from_s=FROM_S, until_s=UNTIL_S)


def test_what_is_new_is_told_with_its_end():
    assert said([], [OPENED, GROWN, CLOSED]) == [OPENED, CLOSED]


def test_what_is_new_and_goes_on_is_told_as_it_is_now():
    (signal,) = said([], [OPENED, GROWN])
    assert (signal.phase, signal.power_w, signal.since_s) == ("opened", 900, 5000)


def test_what_was_told_is_not_told_again_though_it_begins_elsewhere_now():
    told = [Episode(3, "night_load", 4000, 19_000)]
    assert said(told, [OPENED, GROWN, CLOSED]) == []


def test_what_goes_on_is_brought_up_to_date():
    (signal,) = said([Episode(3, "night_load", 4000, None)], [OPENED, GROWN])
    assert (signal.phase, signal.since_s, signal.power_w) == ("updated", 4000, 900)


def test_what_is_over_now_ends():
    (signal,) = said([Episode(3, "night_load", 4000, None)], [OPENED, CLOSED])
    assert (signal.phase, signal.since_s, signal.at_s) == ("closed", 4000, 20_000)


def test_what_never_was_ends():
    (signal,) = said([Episode(3, "night_load", 4000, None)], [])
    assert (signal.phase, signal.since_s, signal.at_s) == ("closed", 4000, UNTIL_S)


def test_what_was_told_before_the_history_is_let_be():
    assert said([Episode(3, "night_load", FROM_S - 1, None)], []) == []
    assert said([], [replace(OPENED, since_s=FROM_S - 1)]) == []


def test_another_kind_and_another_meter_are_others():
    told = [Episode(3, "flat_line", 4000, 9000), Episode(4, "night_load", 4000, 9000)]
    assert said(told, [OPENED, CLOSED]) == [OPENED, CLOSED]


def test_twice_is_once():
    told = [Episode(3, "night_load", OPENED.since_s, CLOSED.at_s)]
    assert said(told, [OPENED, CLOSED]) == []


def test_what_is_found_elsewhere_has_moved_and_what_was_told_ends_first():
    lost = Episode(3, "night_load", 30_000, None)
    assert said([lost], [OPENED, CLOSED]) == [
        replace(CLOSED, at_s=UNTIL_S, since_s=30_000, power_w=0, usual_power_w=0, excess_wh=0),
        replace(OPENED, moved_from_s=30_000),
        replace(CLOSED, moved_from_s=30_000),
    ]
    again = Episode(3, "night_load", 2000, 4000, moved_from_s=1500)
    assert [each.moved_from_s for each in said([again], [OPENED, CLOSED])] == [1500, 1500]


def test_the_nearest_within_a_day_has_moved_and_each_only_once():
    told = [Episode(3, "night_load", 1000 * n, 1000 * n + 500) for n in (2, 3, 95, 96)]
    later = replace(OPENED, since_s=7000), replace(CLOSED, since_s=7000)
    froms = [each.moved_from_s for each in said(told, [OPENED, CLOSED, *later])]
    assert froms == [3000, 2000, 3000, 2000]
    far = [Episode(3, "night_load", CLOSED.at_s + 86_401, None)]
    assert [each.moved_from_s for each in said(far, [OPENED, CLOSED])[1:]] == [0, 0]
