"""What was decided about a meter's readings, and how they came: a list for people to check.

The decisions are those of the load profile and so of the bill; here they are told one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.api.consumption import zone_of
from quilowatt.api.formats import kwh, page_response
from quilowatt.api.meter_data import profile_of
from quilowatt.api.moments import local_text
from quilowatt.api.questions import IssuesQuestion, period_of
from quilowatt.api.tongue import tongue_of
from quilowatt.client.models import MeterIssue
from quilowatt.core.calendar import Resolution, interval_edges_s, month_start_s
from quilowatt.core.words import Phrase, format_energy_kwh
from quilowatt.limits import LOAD_PROFILE_POINTS_MAX
from quilowatt.profile import arrival_issues

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from fastapi import Request
    from numpy.typing import NDArray
    from starlette.responses import Response

    from quilowatt.api.services import Services
    from quilowatt.core.words import Language
    from quilowatt.profile import ProfileIssue
    from quilowatt.store import Client, Edit

__all__ = ["issues_response"]

HOUR_S = 3600

EDIT_KINDS: Final = {"reading": "manual_reading", "leave_out": "left_out", "restore": "restored"}
EDIT_TEXTS: Final = {
    "reading": Phrase(
        "{author} entered a register of {register}: {reason}",
        "{author} informou um registro de {register}: {reason}",
    ),
    "leave_out": Phrase(
        "{author} left the readings out: {reason}",
        "{author} desconsiderou as leituras: {reason}",
    ),
    "restore": Phrase(
        "{author} lets the readings count again: {reason}",
        "{author} voltou a considerar as leituras: {reason}",
    ),
}
"""What to tell people of each kind of edit; fields that a sentence lacks are not said."""


def issues_response(
    request: Request, services: Services, meter: Client, question: IssuesQuestion
) -> Response:
    """Answer the issues of a period, oldest first, a page at a time.

    Raises
    ------
    RequestRefused
        422, if the period is backwards or too long.
    """
    zone, tongue = zone_of(meter.timezone), tongue_of(request.scope)
    edges_s = _hours_s(services, question, zone)
    found = [*profile_of(services, meter, edges_s).issues, *_arrivals(services, meter, edges_s)]
    items = [_item(issue, zone, tongue) for issue in found]
    items += [_edit_item(edit, zone, tongue) for edit in _edits(services, meter, edges_s)]
    items.sort(key=lambda item: (item["time"], item["direction"], item["kind"], item["start"]))
    first = question.after() or 0
    last = first + question.page_limit
    cursor = question.cursor_after(last) if last < len(items) else None
    return page_response(request, MeterIssue, items[first:last], cursor)


def _hours_s(services: Services, question: IssuesQuestion, zone: ZoneInfo) -> NDArray[np.int64]:
    start, end = period_of(question, "start", "end")
    now_s = services.now_s()
    end_s = end.end_s(zone) if end else now_s
    start_s = start.start_s(zone) if start else month_start_s(min(now_s, end_s), zone)
    if not 0 < end_s - start_s <= LOAD_PROFILE_POINTS_MAX * HOUR_S:
        raise question.refusal("end" if end else "start")
    return interval_edges_s(start_s, end_s, Resolution.HOUR, zone)


def _arrivals(services: Services, meter: Client, edges_s: NDArray[np.int64]) -> list[ProfileIssue]:
    number = np.array([meter.meter_number], np.int32)
    return arrival_issues(services.readings.facts(number, int(edges_s[0]), int(edges_s[-1])))


def _edits(services: Services, meter: Client, edges_s: NDArray[np.int64]) -> list[Edit]:
    kept = services.ledger.edits.of_meters([meter.meter_number])
    start_s, end_s = int(edges_s[0]), int(edges_s[-1])
    return [e for e in kept if e.asked.start_s < end_s and e.asked.end_s > start_s]


def _edit_item(edit: Edit, zone: ZoneInfo, tongue: Language) -> dict[str, Any]:
    """Tell a person's decision as an issue; of readings left out the registers aren't told."""
    asked = edit.asked
    register = kwh(asked.import_wh or 0)
    return {
        "time": local_text(asked.start_s, zone),
        "start": local_text(asked.start_s, zone),
        "end": local_text(asked.end_s, zone),
        "kind": EDIT_KINDS[asked.kind],
        "direction": "import",
        "before_kwh": register,
        "after_kwh": register,
        "counted_kwh": 0.0,
        "message": EDIT_TEXTS[asked.kind]
        .spoken(tongue)
        .format(
            author=asked.author,
            reason=asked.reason,
            register=format_energy_kwh(asked.import_wh or 0, tongue),
        ),
    }


def _item(issue: ProfileIssue, zone: ZoneInfo, tongue: Language) -> dict[str, Any]:
    return {
        "time": local_text(issue.at_s, zone),
        "start": local_text(issue.start_s, zone),
        "end": local_text(issue.end_s, zone),
        "kind": issue.kind.value,
        "direction": issue.register,
        "before_kwh": kwh(issue.before_wh),
        "after_kwh": kwh(issue.after_wh),
        "counted_kwh": kwh(issue.energy_wh),
        "message": issue.text(tongue),
    }
