"""The readings and the load profile of one meter, as JSON, CSV or Parquet.

Thousands of rows are one answer here, so they are written from arrays, without a model per row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from quilowatt.api.consumption import zone_of
from quilowatt.api.formats import (
    CSV,
    JSON,
    PARQUET,
    csv_response,
    json_response,
    kwh,
    kwh_column,
    negotiate,
    parquet_response,
    with_next,
)
from quilowatt.api.moments import local_text, local_texts
from quilowatt.api.questions import LoadProfileQuestion, ReadingsQuestion, period_of
from quilowatt.api.tongue import tongue_of
from quilowatt.client.models import Interval, Reading
from quilowatt.core import ReadingColumns
from quilowatt.core.calendar import Resolution, day_start_s, interval_edges_s
from quilowatt.jobs.billed_places import power_limits_w
from quilowatt.limits import CLOCK_AHEAD_MAX_S, LOAD_PROFILE_POINTS_MAX
from quilowatt.profile import (
    CONTEXT_S,
    Connection,
    LoadProfile,
    ProfileIssue,
    Quality,
    load_profile,
    meters_with_more_to_read,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from fastapi import Request
    from numpy.typing import NDArray
    from starlette.responses import Response

    from quilowatt.api.services import Services
    from quilowatt.core.words import Language
    from quilowatt.store import Client

__all__ = ["load_profile_response", "profile_of", "readings_response"]

SHORTEST_S: Final = {"1d": 23 * 3600, "1mo": 28 * 86_400}
"""Shortest interval of the resolutions that the calendar decides. [s]"""

SECONDS_PER_HOUR: Final = 3600

QUALITIES: Final = {quality.value: quality.name.lower() for quality in Quality}


@dataclass(frozen=True, slots=True)
class _Profile:
    """A load profile with what its rows need besides: where nothing at all was read."""

    profile: LoadProfile
    is_blank: NDArray[np.bool_]
    power_w: NDArray[np.int64]


def load_profile_response(
    request: Request, services: Services, meter: Client, question: LoadProfileQuestion
) -> Response:
    """Answer the energy of a meter by interval.

    Raises
    ------
    RequestRefused
        422, if the period is backwards or has too many intervals.
    """
    media = negotiate(request, (JSON, CSV, PARQUET))
    zone = zone_of(meter.timezone)
    found = _profile(services, meter, _edges_s(services, question, zone))
    name = f"load-profile-{meter.meter_uuid}-{question.resolution}"
    if media == PARQUET:
        return _vary(parquet_response(_profile_columns(found), name))
    rows = _interval_rows(found, zone)
    if media == CSV:
        return _vary(csv_response(Interval, rows))
    profile, tongue = found.profile, tongue_of(request.scope)
    return _vary(
        json_response(
            {
                "meter": str(meter.meter_uuid),
                "timezone": meter.timezone,
                "resolution": question.resolution,
                "start": local_text(int(profile.start_s[0]), zone),
                "end": local_text(int(profile.end_s[-1]), zone),
                "import_kwh": kwh(int(profile.import_wh.sum())),
                "export_kwh": kwh(int(profile.export_wh.sum())),
                "intervals": rows,
                "issues": [_issue_item(issue, zone, tongue) for issue in profile.issues],
            }
        )
    )


def _edges_s(
    services: Services, question: LoadProfileQuestion, zone: ZoneInfo
) -> NDArray[np.int64]:
    start, end = period_of(question, "start", "end")
    now_s = services.now_s()
    end_s = end.end_s(zone) if end else now_s
    start_s = start.start_s(zone) if start else day_start_s(min(now_s, end_s), zone)
    if end_s <= start_s:
        raise question.refusal("end" if end else "start")
    resolution = Resolution(question.resolution)
    shortest_s = resolution.seconds or SHORTEST_S[question.resolution]
    if (end_s - start_s) // shortest_s >= LOAD_PROFILE_POINTS_MAX:
        raise question.refusal("end" if end else "start")
    return interval_edges_s(start_s, end_s, resolution, zone)


def _profile(services: Services, meter: Client, edges_s: NDArray[np.int64]) -> _Profile:
    profile = profile_of(services, meter, edges_s)
    first_s, last_s = profile.known_s
    is_blank = (profile.end_s <= first_s) | (profile.start_s >= last_s)
    span_s = profile.end_s - profile.start_s
    power_w = np.rint(profile.import_wh * float(SECONDS_PER_HOUR) / span_s).astype(np.int64)
    return _Profile(profile, is_blank, power_w)


def profile_of(services: Services, meter: Client, edges_s: NDArray[np.int64]) -> LoadProfile:
    """Build the load profile of one meter between edges [s since 1970-01-01 UTC]."""
    limit_w = int(power_limits_w(services.ledger.terms, [meter])[0])
    connection = Connection(limit_w, zone_of(meter.timezone))
    return load_profile(
        _around(services, meter, edges_s, connection),
        edges_s,
        digits=meter.digits,
        interval_s=meter.interval_s,
        connection=connection,
    )


def _around(
    services: Services, meter: Client, edges_s: NDArray[np.int64], connection: Connection
) -> ReadingColumns:
    """Fetch a period's readings; of one with odd steps or holes also what helps to judge them."""
    number = np.array([meter.meter_number], np.int32)
    start_s, end_s = int(edges_s[0]), int(edges_s[-1])
    columns = services.readings.readings(number, start_s, end_s, with_neighbours=True)
    if not meters_with_more_to_read(columns, edges_s, connection).size:
        return columns
    return services.readings.readings(
        number, max(start_s - CONTEXT_S, 0), end_s + CONTEXT_S, with_neighbours=True
    )


def _interval_rows(found: _Profile, zone: ZoneInfo) -> list[dict[str, Any]]:
    profile = found.profile
    edges = local_texts(np.append(profile.start_s, profile.end_s[-1:]), zone)
    return [
        {
            "start": start,
            "end": end,
            "import_kwh": None if blank else import_kwh,
            "export_kwh": None if blank else export_kwh,
            "power_w": None if blank else power,
            "quality": QUALITIES[quality],
        }
        for start, end, import_kwh, export_kwh, power, quality, blank in zip(
            edges[:-1],
            edges[1:],
            (profile.import_wh / 1000).tolist(),
            (profile.export_wh / 1000).tolist(),
            found.power_w.tolist(),
            profile.quality.tolist(),
            found.is_blank.tolist(),
            strict=True,
        )
    ]


def _profile_columns(found: _Profile) -> dict[str, Any]:
    profile, blank = found.profile, found.is_blank
    return {
        "start": _instants(profile.start_s),
        "end": _instants(profile.end_s),
        "import_kwh": kwh_column(profile.import_wh, blank),
        "export_kwh": kwh_column(profile.export_wh, blank),
        "power_w": pa.array(found.power_w, mask=blank),
        "quality": pa.array([QUALITIES[code] for code in profile.quality.tolist()]),
    }


def _instants(times_s: NDArray[np.int64]) -> pa.Array:
    return pa.array(times_s).cast(pa.timestamp("s", tz="UTC"))


def _issue_item(issue: ProfileIssue, zone: ZoneInfo, tongue: Language) -> dict[str, str]:
    return {
        "time": local_text(issue.at_s, zone),
        "kind": issue.kind.value,
        "message": issue.text(tongue),
    }


def readings_response(
    request: Request, services: Services, meter: Client, question: ReadingsQuestion
) -> Response:
    """Answer the readings of a meter, oldest first, a page at a time."""
    media = negotiate(request, (JSON, CSV, PARQUET))
    zone, limit = zone_of(meter.timezone), question.page_limit
    columns = _readings(services, meter, question)
    cursor = question.cursor_after(int(columns.time_s[limit - 1])) if len(columns) > limit else None
    columns = _head(columns, limit)
    if media == PARQUET:
        response = parquet_response(_reading_columns(columns), f"readings-{meter.meter_uuid}")
    elif media == CSV:
        response = csv_response(Reading, _reading_rows(columns, zone))
    else:
        response = json_response({"items": _reading_rows(columns, zone), "next_cursor": cursor})
    return with_next(response, request, cursor)


def _readings(services: Services, meter: Client, question: ReadingsQuestion) -> ReadingColumns:
    """Fetch a page and one reading more, in growing spans so that a long history isn't read."""
    zone = zone_of(meter.timezone)
    start, end = period_of(question, "start", "end")
    number = np.array([meter.meter_number], np.int32)
    latest = services.readings.latest(number)
    after = question.after()
    start_s = max(start.start_s(zone) if start else 0, int(latest.first_time_s[0]))
    start_s = start_s if after is None else max(start_s, after + 1)
    last_s = services.now_s() + CLOCK_AHEAD_MAX_S
    end_s = max(min(end.end_s(zone) if end else last_s, last_s), start_s)
    span_s = 2 * question.page_limit * meter.interval_s
    while True:
        until_s = min(start_s + span_s, end_s)
        columns: ReadingColumns = services.readings.readings(number, start_s, until_s)
        if len(columns) > question.page_limit or until_s == end_s:
            return columns
        span_s *= 4


def _head(columns: ReadingColumns, limit: int) -> ReadingColumns:
    return ReadingColumns(
        columns.meter[:limit],
        columns.time_s[:limit],
        columns.import_wh[:limit],
        columns.export_wh[:limit],
        columns.commit[:limit],
        columns.is_revised[:limit],
    )


def _reading_rows(columns: ReadingColumns, zone: ZoneInfo) -> list[dict[str, Any]]:
    return [
        {"time": time, "import_kwh": imported, "export_kwh": exported, "is_revised": is_revised}
        for time, imported, exported, is_revised in zip(
            local_texts(columns.time_s, zone),
            (columns.import_wh / 1000).tolist(),
            (columns.export_wh / 1000).tolist(),
            columns.is_revised.tolist(),
            strict=True,
        )
    ]


def _reading_columns(columns: ReadingColumns) -> dict[str, Any]:
    return {
        "time": _instants(columns.time_s),
        "import_kwh": kwh_column(columns.import_wh),
        "export_kwh": kwh_column(columns.export_wh),
        "is_revised": pa.array(columns.is_revised),
    }


def _vary(response: Response) -> Response:
    response.headers["Vary"] = "Accept"
    return response
