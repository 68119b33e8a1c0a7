"""What every `ReadingStore` must do with late and revised readings, and as of earlier moments."""

from __future__ import annotations

import numpy as np

from harness.houses import (
    NOW_S,
    START_S,
    at,
    plain,
)

# --- revisions and repetitions --------------------------------------------------------------


def test_of_two_facts_the_newer_counts_and_both_stay(house):
    house.append(at(0), at(1), at(2))
    house.settle()
    house.append(at(1, wh=9))
    house.settle()
    assert house.all([1]) == [(*at(0), False), (*at(1, wh=9), True), (*at(2), False)]
    assert house.facts([1]) == [
        (*at(0), False),
        (*at(1), True),
        (*at(1, wh=9), True),
        (*at(2), False),
    ]


def test_a_difference_in_the_export_alone_is_a_revision(house):
    house.append((1, START_S, 5, 1))
    house.settle()
    house.append((1, START_S, 5, 2))
    house.settle()
    assert house.all([1]) == [(1, START_S, 5, 2, True)]


def test_the_same_again_changes_nothing(house):
    for _ in range(4):
        house.append(at(0), at(1), at(1))
        house.settle()
        assert house.all([1]) == house.facts([1]) == plain(at(0), at(1))


def test_older_values_that_return_are_a_revision_too(house):
    for wh in (5, 6, 6, 5, 5):
        house.append(at(0, wh=wh))
        house.settle()
    assert house.all([1]) == [(*at(0, wh=5), True)]
    assert house.facts([1]) == [(*at(0, wh=wh), True) for wh in (5, 6, 5)]


def test_a_batch_that_contradicts_itself_counts_as_it_came(house):
    house.append(at(0, wh=5), at(1), at(0, wh=6), at(0, meter=2), at(0, wh=4), at(0, wh=4))
    house.settle()
    assert house.facts([1, 2]) == [
        *((*at(0, wh=wh), True) for wh in (5, 6, 4)),
        (*at(1), False),
        (*at(0, meter=2), False),
    ]
    assert house.all([1]) == [(*at(0, wh=4), True), (*at(1), False)]
    assert house.latest(1) == [(START_S, *at(1)[1:], START_S, 4)]


def test_a_meter_that_says_the_same_instant_over_and_over_holds_nobody_up(house):
    """Tens of thousands in one batch, as a peer in a loop can send them."""
    times = 20_000
    commit = house.append(*[at(0)] * times, *(at(1, wh=turn % 2) for turn in range(times)))
    assert np.flatnonzero(commit.is_fresh).tolist() == [0, times]
    house.settle()
    assert house.all([1]) == [(*at(0), False), (*at(1, wh=1), True)]
    assert len(house.facts([1])) == 1 + times


def test_a_revision_made_after_the_clock_went_back_still_counts(house):
    house.append(at(0, wh=5), now_s=NOW_S + 0.3)
    house.settle()
    house.append(at(0, wh=6), now_s=NOW_S - 5)
    house.settle()
    assert house.all([1]) == [(*at(0, wh=6), True)]
    house.reopen()
    house.append(at(0, wh=7), now_s=NOW_S - 100)
    house.settle()
    assert house.all([1]) == [(*at(0, wh=7), True)]
    assert house.latest(1)[0][2] == 7


def test_late_readings_take_their_places(house):
    rows = [at(quarter) for quarter in (5, 1, 4, 0, 3, 2)]
    for row in rows:
        house.append(row)
        house.settle()
    assert house.all([1]) == plain(*sorted(rows))


# --- as of ----------------------------------------------------------------------------------


def test_every_whole_second_of_the_past_stays_as_it_was(house):
    """The answers asked for when each second was over are the answers for ever after."""
    told = {}
    for second in range(6):
        house.append(at(second), at(0, wh=second), now_s=NOW_S + second + 0.2)
        house.append(at(second, meter=2), at(1, wh=second), now_s=NOW_S + second + 0.7)
        told[NOW_S + second + 1] = house.all([1, 2]), house.facts([1, 2])
    for _ in range(3):
        house.settle()
        for time_s, (readings, facts) in told.items():
            as_of = house.store.commit_at(time_s)
            assert house.all([1, 2], as_of=as_of) == readings
            assert house.facts([1, 2], as_of=as_of) == facts
        house.append(at(0, wh=99), at(3, wh=99, meter=2))


def test_as_of_before_everything_is_nothing(house):
    house.append(at(0))
    house.settle()
    assert house.all([1], as_of=house.store.commit_at(NOW_S - 1)) == []
    assert house.all([1], as_of=house.store.commit_at(NOW_S - 1), with_neighbours=True) == []


def test_a_reading_is_not_revised_as_of_a_moment_before_its_revision(house):
    house.append(at(0))
    before = house.store.commit_at(house.now_s)
    house.settle()
    house.append(at(0, wh=9))
    house.settle()
    assert house.all([1], as_of=before) == plain(at(0))


def test_a_repetition_does_not_move_a_reading_to_a_later_moment(house):
    house.append(at(0))
    before = house.store.commit_at(house.now_s)
    house.settle()
    house.append(at(0))
    house.settle()
    assert house.all([1], as_of=before) == plain(at(0))


def test_commit_at_includes_exactly_what_was_committed_by_then(house):
    exactly = house.append(at(0), now_s=NOW_S).number
    house.append(at(1), now_s=NOW_S + 0.5)
    assert house.store.commit_at(NOW_S) >= exactly
    house.settle()
    assert house.all([1], as_of=house.store.commit_at(NOW_S)) == plain(at(0))
    assert house.all([1], as_of=house.store.commit_at(NOW_S + 1)) == plain(at(0), at(1))
