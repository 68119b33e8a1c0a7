"""What `A` promises, and which readings are taken, kept, refused or revised."""

import random
import time

import pytest

from harness.caller import HungUp
from quilowatt.limits import CLOCK_AHEAD_MAX_S, REGISTER_WH_MAX

NEW_YEAR_S = 1_767_225_600


def lines(count, start_s=NEW_YEAR_S, step_s=900):
    return [f"R {start_s + step_s * n} {100 + n} {n}" for n in range(count)]


def facts(count, start_s=NEW_YEAR_S, step_s=900):
    return [(start_s + step_s * n, 100 + n, n) for n in range(count)]


def test_an_acknowledged_reading_is_visible_at_once(line, caller, meter):
    for count in range(1, 26):
        caller.say(lines(count)[-1])
        caller.expect("A", NEW_YEAR_S + 900 * (count - 1))
        assert line.server.readings(meter.uuid) == facts(count)


def test_readings_are_acknowledged_in_their_order_and_the_last_one_is(line, caller, meter):
    caller.say(*lines(20_000))
    times_s = caller.expect_acknowledged(NEW_YEAR_S + 900 * 19_999)
    assert times_s == sorted(set(times_s))
    assert len(times_s) < 2_000, "one A answers many"
    assert line.server.readings(meter.uuid) == facts(20_000)


def test_what_is_not_a_whole_line_is_not_acknowledged(line, caller, meter):
    caller.send(b"R 1767225600 100 0\nR 1767226500 1")
    caller.expect("A", NEW_YEAR_S)
    caller.say("01 1", "PING")
    assert sorted(caller.hear()[0] for _ in range(2)) == ["A", "P"]
    caller.send(b"R 1767227400 102")
    caller.hang_up()
    assert line.server.readings(meter.uuid) == facts(2)


@pytest.mark.parametrize("bad", ["R 1767225601 5", "PING", "R 1767225601 -1 0", "NONSENSE", ""])
def test_one_odd_line_among_thousands_costs_only_itself(line, caller, meter, bad):
    good = lines(5_000)
    caller.say(*good[:2_500], bad, *good[2_500:])
    heard = []
    while f"A {NEW_YEAR_S + 900 * 4_999}" not in heard:
        heard.append(caller.hear())
    others = [text for text in heard if not text.startswith("A ")]
    assert len(others) == 1
    if bad != "PING":
        assert others[0].startswith("ERR 422" if bad.startswith("R") else "ERR 400")
    assert line.server.readings(meter.uuid) == facts(5_000)


def test_odd_lines_of_one_meter_dont_disturb_another_in_the_same_commit(line, caller, meter):
    with line.call() as other:
        other_meter = other.become_meter()
        for number in range(30):
            caller.say("NONSENSE", "R 1 2", *lines(3, NEW_YEAR_S + 10_000 * number), "R x 1 1")
            other.say(*lines(3, NEW_YEAR_S + 10_000 * number))
            other.expect_acknowledged(NEW_YEAR_S + 10_000 * number + 1800)
        while caller.hear() != f"A {NEW_YEAR_S + 290_000 + 1800}":
            pass
        expected = [fact for n in range(30) for fact in facts(3, NEW_YEAR_S + 10_000 * n)]
        assert line.server.readings(meter.uuid) == expected
        assert line.server.readings(other_meter.uuid) == expected


# --- 422 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reading", "named"),
    [
        ("R", "-"),
        ("R ", "-"),
        ("R 1767225600", "-"),
        ("R 1767225600 1", "-"),
        ("R 1767225600 1 2 3", "-"),
        ("R 1767225600  1 2", "-"),
        ("R x 1 2", "-"),
        ("R +1767225600 1 2", "-"),
        ("R 1_767 1 2", "-"),
        ("R 1767225600.0 1 2", "-"),
        ("R ١٧٦٧٢٢٥٦٠٠ 1 2", "-"),
        ("R -1 1 2", "-"),
        ("R 0 1 2", "0"),
        ("R 1767225600 -1 0", "1767225600"),
        ("R 1767225600 1 0x5", "1767225600"),
        ("R 1767225600 1e3 0", "1767225600"),
        ("R 1767225600 NaN 0", "1767225600"),
        (f"R 1767225600 {REGISTER_WH_MAX + 1} 0", "1767225600"),
        (f"R 1767225600 0 {REGISTER_WH_MAX + 1}", "1767225600"),
        (f"R 1767225600 {2**64} 0", "1767225600"),
        (f"R 1767225600 {'9' * 500} 0", "1767225600"),
        (f"R {2**40 + 1} 0 0", str(2**40 + 1)),
        (f"R {2**63} 0 0", str(2**63)),
    ],
)
def test_a_reading_that_cant_be_true_is_named_and_the_talk_goes_on(
    line, caller, meter, reading, named
):
    caller.say(reading, "R 1767226500 7 0")
    caller.expect("ERR", "422", named)
    caller.expect("A", "1767226500")
    assert line.server.readings(meter.uuid) == [(1767226500, 7, 0)]


def test_a_time_a_day_ahead_is_the_limit(line, caller, meter):
    now_s = int(time.time())
    early, late = now_s + CLOCK_AHEAD_MAX_S - 60, now_s + CLOCK_AHEAD_MAX_S + 60
    caller.say(f"R {late} 1 0")
    caller.expect("ERR", "422", late)
    caller.say(f"R {early} 1 0")
    caller.expect("A", early)
    assert line.server.readings(meter.uuid) == [(early, 1, 0)]


def test_readings_that_cant_be_true_never_close(caller, meter):
    caller.say(*[f"R {n} -1 0" for n in range(1, 201)], "PING")
    for number in range(1, 201):
        caller.expect("ERR", "422", number)
    caller.expect("PONG")


def test_numbers_at_the_edge_of_their_range_are_taken(line, caller, meter):
    caller.say(f"R 1 {REGISTER_WH_MAX} 0", f"R 00{NEW_YEAR_S} 000 {REGISTER_WH_MAX}")
    caller.expect_acknowledged(NEW_YEAR_S)
    (_, import_wh, _), (_, _, export_wh) = line.server.readings(meter.uuid)
    assert abs(import_wh - REGISTER_WH_MAX) <= 1, "kWh as a JSON number has 53 bits"
    assert abs(export_wh - REGISTER_WH_MAX) <= 1


# --- repeated, late, revised ---------------------------------------------------------------


def test_a_reading_sent_twice_is_there_once(line, caller, meter):
    for _ in range(2):
        caller.say(*lines(100), *lines(100))
        caller.expect_acknowledged(NEW_YEAR_S + 900 * 99)
    caller.say("PING")
    while not caller.hear().startswith("PONG"):
        pass
    assert line.server.readings(meter.uuid) == facts(100)


def test_readings_may_come_in_any_order(line, caller, meter):
    mixed = lines(500)
    random.Random(7).shuffle(mixed)
    for start in range(0, 500, 50):
        part = mixed[start : start + 50]
        caller.say(*part)
        caller.expect_acknowledged(int(part[-1].split()[1]))
    assert line.server.readings(meter.uuid) == facts(500)


def test_other_values_for_the_same_time_revise_it_and_the_later_count(line, caller, meter):
    caller.say(*lines(3))
    caller.expect_acknowledged(NEW_YEAR_S + 1800)
    caller.say(f"R {NEW_YEAR_S + 900} 999 0", f"R {NEW_YEAR_S + 900} 777 0")
    caller.expect_acknowledged(NEW_YEAR_S + 900)
    assert line.server.readings(meter.uuid)[1] == (NEW_YEAR_S + 900, 777, 0)
    items = line.server.items(f"/v1/meters/{meter.uuid}/readings")
    assert [item["is_revised"] for item in items] == [False, True, False]


def test_a_register_that_runs_backwards_is_a_fact(line, caller, meter):
    caller.say(f"R {NEW_YEAR_S} 5000 0", f"R {NEW_YEAR_S + 900} 10 0")
    caller.expect_acknowledged(NEW_YEAR_S + 900)
    assert [wh for _, wh, _ in line.server.readings(meter.uuid)] == [5000, 10]


def test_welcome_names_the_newest_durable_reading(line, caller, meter):
    caller.say(*reversed(lines(10)))
    caller.expect_acknowledged(NEW_YEAR_S)
    with line.call() as newer:
        last_s, interval_s, _ = newer.log_in(meter)
        assert (last_s, interval_s) == (NEW_YEAR_S + 900 * 9, 900)


def test_what_was_sent_when_the_line_broke_is_safe_or_not_acknowledged(line):
    with line.call() as caller:
        meter = caller.become_meter()
    acknowledged = 0
    for _ in range(5):
        with line.call() as caller:
            last_s, *_ = caller.log_in(meter)
            assert last_s >= acknowledged
            start_s = max(last_s, NEW_YEAR_S) + 900
            caller.say(*lines(2_000, start_s))
            acknowledged = int(caller.expect("A")[0])
    said = [time_s for time_s, *_ in line.server.readings(meter.uuid)]
    assert acknowledged in said
    assert len(said) == len(set(said))


def test_many_meters_at_once_are_each_answered_with_their_own(line):
    callers = [line.call() for _ in range(40)]
    meters = [caller.become_meter() for caller in callers]
    for round_number in range(5):
        for number, caller in enumerate(callers):
            caller.say(f"R {NEW_YEAR_S + 1000 * round_number + number} {number} 0")
        for number, caller in enumerate(callers):
            caller.expect("A", NEW_YEAR_S + 1000 * round_number + number)
    for number, meter in enumerate(meters):
        said = line.server.readings(meter.uuid)
        assert said == [(NEW_YEAR_S + 1000 * n + number, number, 0) for n in range(5)]
    for caller in callers:
        caller.say("BYE")
        with pytest.raises(HungUp):
            caller.hear()
        caller.hang_up()
