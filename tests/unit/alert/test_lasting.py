"""What lasts, what stands still and what does not fit: one street, to each home what happens."""

from dataclasses import replace

import numpy as np
import pytest

from harness.alert_street import AFTER, DAY_S, FROM_S, HOUR, ordinary_wh, since, street_batch
from quilowatt.alert import DetectorState, MeterFacts, detect
from quilowatt.alert.signal import SEVERITY

HOUR_S = 3600


def plus(power_w, where):
    return lambda wh: wh + power_w // 2 * where


def times(factor, where):
    return lambda wh: np.where(where, np.round(wh * factor), wh).astype(np.int64)


def become(value_wh, where):
    return lambda wh: np.where(where, value_wh, wh)


def away(wh):
    return np.where(since(0, 8), np.minimum(wh, 120), wh)


STREET = {
    "nothing": lambda wh: wh,
    "one odd evening": plus(4000, since(0, 18, 3 / 24)),
    "two busy evenings": plus(1500, since(0, 18, 4 / 24) | since(1, 18, 4 / 24)),
    "three times everything": times(3, since(0, 14)),
    "three times everything, for four days": times(3, since(0, 14, 4)),
    "a kilowatt day and night": plus(1000, since(0, 14)),
    "a heater by day": plus(2400, since(0) & (HOUR >= 9) & (HOUR < 15)),
    "people leave": away,
    "half of it bypassed": times(0.4, since(0, 10)),
    "a pump by night": plus(300, since(0) & (HOUR < 6)),
    "register stands": become(0, since(0, 10)),
    "register stands for a day": become(0, since(0, 10, 1)),
    "flat line": become(251, since(0, 10)),
    "flat line for a day": become(251, since(0, 10, 1)),
    "four fifths more": times(1.8, since(0)),
    "four fifths more, sensitive": times(1.8, since(0)),
    "three times everything, insensitive": times(3, since(0, 14)),
    "vacant": become(20, np.ones(HOUR.size, bool)),
    "vacant, then lived in": lambda wh: np.where(since(0), wh, 20 + HOUR.astype(np.int64) % 7),
    "feeds in": lambda wh: wh,
    "has panels": lambda wh: wh,
    "fed in always": lambda wh: wh,
    "connection full": plus(4500, since(0, 18, 2 / 24)),
    "far east": plus(1000, since(0, 14)),
}
NAMES = list(STREET)


def row(name):
    return NAMES.index(name)


@pytest.fixture(scope="module")
def told():
    homes_wh = [change(ordinary_wh(home)) for home, change in enumerate(STREET.values())]
    exports_wh = np.zeros((len(NAMES), HOUR.size), np.int64)
    exports_wh[row("feeds in"), since(0, 9, 5) & (HOUR >= 9) & (HOUR < 15)] = 400
    exports_wh[row("has panels")] = exports_wh[row("feeds in")]
    exports_wh[row("fed in always"), (HOUR >= 9) & (HOUR < 15)] = 400
    facts = MeterFacts.unknown(len(NAMES))
    facts.sensitivity_pct[row("four fifths more, sensitive")] = 300
    facts.sensitivity_pct[row("three times everything, insensitive")] = 25
    facts.capacity_w[row("connection full")] = 6900
    facts.offset_s[row("far east")] = 9 * HOUR_S
    is_vacant = np.array([name.startswith("vacant") for name in NAMES])
    has_panels = np.array([name == "has panels" for name in NAMES])
    facts = replace(facts, is_vacant=is_vacant, may_export=has_panels, is_export_known=has_panels)
    batch = street_batch(homes_wh, exports_wh)
    state, signals = detect(DetectorState.empty(), batch, facts)
    assert state.size_bytes <= 1024
    found = {name: [] for name in NAMES}
    for signal in signals:
        found[NAMES[signal.meter]].append(signal)
    return found


def opened(signals):
    return [signal.kind for signal in signals if signal.phase == "opened"]


def of(told, name, kind):
    return [signal for signal in told[name] if signal.kind == kind]


SILENT = [
    "nothing",
    "two busy evenings",
    "vacant",
    "has panels",
    "fed in always",
]


@pytest.mark.parametrize("name", SILENT)
def test_is_no_alert(told, name):
    assert told[name] == []


@pytest.mark.parametrize("name", ["four fifths more", "three times everything, insensitive"])
def test_is_no_lasting_increase(told, name):
    assert "lasting_increase" not in opened(told[name])


TOLD = [
    ("one odd evening", "abrupt_increase", 0),
    ("three times everything", "lasting_increase", 40),
    ("a kilowatt day and night", "lasting_increase", 40),
    ("a heater by day", "lasting_increase", 48),
    ("people leave", "lasting_decrease", 96),
    ("half of it bypassed", "possible_tampering", 96),
    ("a pump by night", "night_load", 32),
    ("register stands", "stuck_register", 7),
    ("flat line", "flat_line", 7),
    ("four fifths more, sensitive", "lasting_increase", 60),
    ("vacant, then lived in", "vacant_consumption", 24),
    ("feeds in", "unexpected_export", 13),
    ("connection full", "capacity_nearly_reached", 1),
]


@pytest.mark.parametrize(("name", "kind", "within_h"), TOLD)
def test_is_told_once_and_in_time(told, name, kind, within_h):
    signals = [signal for signal in told[name] if signal.kind == kind]
    assert opened(signals) == [kind]
    began_s = FROM_S + {"one odd evening": 18, "connection full": 18}.get(name, 0) * HOUR_S
    if within_h:
        assert began_s < signals[0].at_s <= began_s + (within_h + 14) * HOUR_S
    assert signals[0].severity == SEVERITY[kind]


def test_an_odd_evening_is_no_lasting_increase(told):
    assert opened(told["one odd evening"]) == ["abrupt_increase"]


def test_who_leaves_is_no_thief_and_who_taps_has_not_left(told):
    assert "possible_tampering" not in opened(told["people leave"])
    # A decrease is seen first, and called by its name when three nights have shown it.
    assert opened(told["half of it bypassed"]) == ["lasting_decrease", "possible_tampering"]
    decrease, *_, tampering = [s for s in told["half of it bypassed"] if s.phase != "updated"]
    assert decrease.since_s == tampering.since_s


def test_a_shift_is_dated_and_sized(told):
    first = of(told, "a kilowatt day and night", "lasting_increase")[0]
    assert abs(first.since_s - (FROM_S + 14 * HOUR_S)) <= 3 * HOUR_S
    assert first.power_w - first.usual_power_w == pytest.approx(1000, rel=0.2)
    assert first.excess_per_day_wh == pytest.approx(24_000, rel=0.2)
    assert first.hours == 0b11111111


def test_a_shift_names_its_hours(told):
    assert of(told, "a heater by day", "lasting_increase")[0].hours == 0b00011000


def test_a_home_elsewhere_has_its_own_days(told):
    # 14:00 UTC is 23:00 there: two nights are over when the day has risen too, told as one.
    assert opened(told["far east"]) == ["lasting_increase"]
    assert told["far east"][0].hours == 0b11111111


def test_an_increase_is_updated_and_becomes_usual(told):
    phases = [s.phase for s in of(told, "three times everything", "lasting_increase")]
    assert phases[0] == "opened"
    assert set(phases[1:]) == {"updated"}
    assert len(phases) <= 6


def test_an_increase_ends_with_its_cause(told):
    signals = of(told, "three times everything, for four days", "lasting_increase")
    assert [signal.phase for signal in signals if signal.phase != "updated"] == ["opened", "closed"]
    back_s = FROM_S + 4 * DAY_S + 14 * HOUR_S
    assert back_s < signals[-1].at_s <= back_s + 2 * DAY_S


@pytest.mark.parametrize("name", ["register stands for a day", "flat line for a day"])
def test_what_stood_still_and_moves_again_is_over(told, name):
    signals = told[name]
    assert [signal.phase for signal in signals] == ["opened", "closed"]
    back_s = FROM_S + DAY_S + 10 * HOUR_S
    assert back_s < signals[-1].at_s <= back_s + HOUR_S
    assert abs(signals[0].since_s - (FROM_S + 10 * HOUR_S)) <= HOUR_S


def test_feeding_in_ends_after_a_day_without(told):
    assert told["feeds in"][-1].phase == "closed"
    assert told["feeds in"][-1].at_s <= FROM_S + 8 * DAY_S


def test_a_new_meter_is_left_in_peace_but_for_hard_limits():
    wh = ordinary_wh()
    young = plus(1500, since(0))(wh)[-(AFTER + 10) * 48 :]
    _, signals = detect(DetectorState.empty(), street_batch([young]))
    assert signals == []
    facts = replace(MeterFacts.unknown(1), capacity_w=np.array([2000]))
    _, signals = detect(DetectorState.empty(), street_batch([young]), facts)
    assert opened(signals)[0] == "capacity_nearly_reached"
