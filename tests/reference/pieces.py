"""What the calendar says about energy, one small piece of time after the other."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import gcd

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

EASTER = {
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
}
"""From an almanac."""

QUARTER_MIN = 15
"""Clocks are put forward and back, and days begin, at whole quarters."""


class Refused(Exception):
    """The tariff can't price this."""


@dataclass(frozen=True)
class Piece:
    """A stretch of time in which nothing that a tariff may name can change."""

    start_s: int
    end_s: int
    local: datetime
    taken_wh: int
    given_wh: int

    @property
    def day(self):
        return self.local.date()

    def wh(self, flow):
        return self.given_wh if flow == "export" else self.taken_wh


def cut_small(document, case, zone):
    """Cut intervals into pieces; each has its share of the energy by time, whole Wh, rounded down.

    Rounded is the energy since the interval's beginning, so that nothing is lost.
    """
    step_s = 60 * grain_min(document)
    found = []
    rows = zip(case.edges_s, case.edges_s[1:], case.import_wh, case.export_wh, strict=False)
    for start_s, end_s, taken_wh, given_wh in rows:
        at_s, taken, given = start_s, 0, 0
        while at_s < end_s:
            next_s = min(end_s, (at_s // step_s + 1) * step_s)
            taken_now = taken_wh * (next_s - start_s) // (end_s - start_s)
            given_now = given_wh * (next_s - start_s) // (end_s - start_s)
            local = datetime.fromtimestamp(at_s, zone)
            found.append(Piece(at_s, next_s, local, taken_now - taken, given_now - given))
            at_s, taken, given = next_s, taken_now, given_now
    return found


def grain_min(document):
    """Length of a piece [min]: every time that the document names lies on its multiples."""
    grain = QUARTER_MIN
    for schedule in document.get("schedule", {}).values():
        for window in schedule["windows"]:
            grain = gcd(grain, minute(window["from"]), minute(window["to"]))
    for series in document.get("series", {}).values():
        grain = gcd(grain, series.get("step_minutes", 0), instant(series["from"]) // 60)
        grain = gcd(grain, instant(series["until"]) // 60 if "until" in series else 0)
        for run in series.get("runs", ()):
            start, length, _ = run.split()
            grain = gcd(grain, instant(start) // 60, int(length[:-1]))
    return grain


def minute(text):
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def instant(text):
    return int(datetime.fromisoformat(text).timestamp())


def period_of(document, name, local):
    """Name the period of an instant: that of the first window that fits."""
    schedule = document["schedule"][name]
    day, now = local.date(), local.hour * 60 + local.minute
    kind = WEEKDAYS[day.weekday()]
    for holiday in document.get("holidays", {}).get(schedule.get("holidays"), ()):
        if is_holiday(holiday, day):
            kind = "holiday"
    for window in schedule["windows"]:
        start, end = minute(window["from"]), minute(window["to"])
        is_over_midnight = start >= end
        is_now = now >= start or now < end if is_over_midnight else start <= now < end
        if is_now and is_on(window, day, kind):
            return window["period"]
    return schedule["default"]


def is_on(window, day, kind):
    """Say whether a window exists on a day that counts as some kind of day."""
    return (
        kind in window.get("days", (*WEEKDAYS, "holiday"))
        and day.month in window.get("months", range(1, 13))
        and window.get("since", "0001-01-01") <= str(day) <= window.get("until", "9999-12-31")
        and in_season(f"{day:%m-%d}", *window.get("season", ("01-01", "12-31")))
    )


def periods_of(document, name):
    """All periods, those of the windows first."""
    schedule = document["schedule"][name]
    names = [window["period"] for window in schedule["windows"]] + [schedule["default"]]
    return list(dict.fromkeys(names))


def is_holiday(holiday, day):
    if not holiday.get("from_year", 1) <= day.year <= holiday.get("until_year", 9999):
        return False
    if "easter" in holiday:
        return day == EASTER[day.year] + timedelta(days=holiday["easter"])
    return f"{day:%m-%d}" == holiday["date"]


def in_season(day, first, last):
    return first <= day <= last if first <= last else day >= first or day <= last


def series_price(series, start_s):
    """The price of the series at an instant, as it is written."""
    first_s = instant(series["from"])
    if "prices" in series:
        number = (start_s - first_s) // (60 * series["step_minutes"])
        if not 0 <= number < len(series["prices"]):
            raise Refused("no price")
        return series["prices"][number]
    if not first_s <= start_s < instant(series["until"]):
        raise Refused("no price")
    for run in series.get("runs", ()):
        start, length, level = run.split()
        if instant(start) <= start_s < instant(start) + 60 * int(length[:-1]):
            return series["levels"][level]
    return series["levels"][series["default"]]


def label_of(table, day):
    """The label of a day's month."""
    month = f"{day:%Y-%m}"
    last = max(table["months"])
    if table.get("carry_on") and month > last:
        month = last
    if month not in table["months"]:
        raise Refused("no label")
    return table["months"][month]


def label_price(table, day, label):
    """What a kilowatt-hour costs under a label on some day; "0" where nothing is said."""
    in_force = [entry for entry in table["prices"] if entry["from"] <= str(day)]
    if not in_force:
        return "0"
    return max(in_force, key=lambda entry: entry["from"])["rates"].get(label, "0")


def is_midnight(time_s, zone):
    """Say whether a local day begins at an instant."""
    before = datetime.fromtimestamp(time_s, UTC) - timedelta(seconds=1)
    after = before + timedelta(seconds=1)
    return before.astimezone(zone).date() != after.astimezone(zone).date()


def day_starts_s(day, count, zone):
    """First instants of so many dates and of the one after them [s]."""
    return [day_start_s(day + timedelta(days=number), zone) for number in range(count + 1)]


def day_start_s(day, zone):
    """First instant of a date, found quarter by quarter from before any midnight on [s]."""
    at_s = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) - 3 * 3600
    while datetime.fromtimestamp(at_s, zone).date() != day:
        at_s += 900
    return at_s
