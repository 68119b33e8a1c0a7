"""Channels by which alerts reach people, and the notices on their way there.

A URL holds a token more often than not: answers show only what `masked_url` leaves of it. The
secret that signs a webhook is shown once, to whoever adds the channel.
"""

import secrets
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Body, Header, Path, Query, Request
from starlette.responses import Response

from quilowatt.api.accepted import IDEMPOTENCY_KEY
from quilowatt.api.accepted_alerts import CHANNEL_ID, NOTICE_ID
from quilowatt.api.alert_actions import LIST, ORDER, Nothing
from quilowatt.api.consumption import zone_of
from quilowatt.api.delivery_words import delivery_detail
from quilowatt.api.formats import json_response, page_response
from quilowatt.api.lists import services_of
from quilowatt.api.moments import local_text
from quilowatt.api.places import customer_of
from quilowatt.api.questions import ChannelsQuestion, NoticesQuestion
from quilowatt.api.services import Services
from quilowatt.api.tongue import tongue_of
from quilowatt.client.models import Page
from quilowatt.client.models_alerts import (
    Channel,
    ChannelOrder,
    ChannelRemoval,
    ChannelTested,
    Notice,
)
from quilowatt.core.calendar import local_date
from quilowatt.core.words import Language, language
from quilowatt.errors import ChannelRefused, RequestRefused
from quilowatt.jobs.channel_url import check_url, masked_url
from quilowatt.limits import CHANNELS_MAX, NAME_SIZE_MAX
from quilowatt.store import Attempt, ChannelRequest, ChannelTerms, Client
from quilowatt.store import Channel as KeptChannel
from quilowatt.store import Notice as KeptNotice

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["channels"])

SECRET_BYTES = 32
"""Of a secret that is made here: as long as the digest that it keys (RFC 2104 §3). [B]"""

ChannelId = Annotated[UUID, Path(alias="id", description=CHANNEL_ID.en)]
NoticeId = Annotated[int, Path(alias="id", ge=1, le=2**53, description=NOTICE_ID.en)]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=NAME_SIZE_MAX, description=IDEMPOTENCY_KEY.en),
]


@router.get("/channels", response_model=Page[Channel], responses=LIST)
def channels(request: Request, question: Annotated[ChannelsQuestion, Query()]) -> Response:
    """List channels that are in use, without their secrets."""
    services = services_of(request)
    kept = services.ledger.channels.all()
    if question.customer is not None:
        kept = [each for each in kept if each.customer_uuid == question.customer]
    some, cursor = question.page(kept, lambda channel: channel.id)
    return page_response(request, Channel, [_item(each) for each in some], cursor)


@router.post("/channels", response_model=Channel, status_code=HTTPStatus.CREATED, **ORDER)
def add_channel(
    request: Request,
    order: Annotated[ChannelOrder, Body()],
    _question: Nothing,
    key: IdempotencyKey = None,
) -> Response:
    """Add a channel. The answer shows the secret that signs a webhook; nothing shows it again."""
    services = services_of(request)
    check_url(order.url)
    kept_all = services.ledger.channels.all()
    is_known = key is not None and any(each.asked.idempotency_key == key for each in kept_all)
    if len(kept_all) >= CHANNELS_MAX and not is_known:
        raise ChannelRefused(
            f"there are {CHANNELS_MAX} channels already: remove one first",
            f"já há {CHANNELS_MAX} canais: remova um primeiro",
        )
    asked = _asked(services, order, key, tongue_of(request.scope))
    kept = services.ledger.channels.add(asked, at_s=services.now_s())
    item = _item(kept)
    if kept.asked.uuid == asked.uuid:
        item["secret"] = kept.asked.secret or None
    return json_response(item, HTTPStatus.CREATED)


@router.get("/channels/{id}", response_model=Channel)
def channel(request: Request, identity: ChannelId, _question: Nothing) -> Response:
    """Show a channel, also one that was removed."""
    services = services_of(request)
    return json_response(_item(_channel(services, identity)))


@router.post("/channels/{id}/remove", response_model=Channel, **ORDER)
def remove_channel(
    request: Request,
    identity: ChannelId,
    order: Annotated[ChannelRemoval, Body()],
    _question: Nothing,
) -> Response:
    """Use a channel no more; what waits for it is withdrawn, and the record stays."""
    services = services_of(request)
    found = _channel(services, identity)
    gone = services.ledger.channels.remove(found.id, author=order.author, at_s=services.now_s())
    assert gone is not None
    return json_response(_item(gone))


@router.post("/channels/{id}/test", response_model=ChannelTested, **ORDER)
def send_test(request: Request, identity: ChannelId, _question: Nothing) -> Response:
    """Send a message that says that the channel works, now, and tell how it went."""
    services = services_of(request)
    outcome = services.notifier.test(_channel(services, identity))
    detail = delivery_detail(outcome.detail, tongue_of(request.scope))
    return json_response({"is_sent": outcome.is_sent, "detail": detail})


@router.get("/notices", response_model=Page[Notice])
def notices(request: Request, question: Annotated[NoticesQuestion, Query()]) -> Response:
    """List what channels were told or will be, the newest first; `dead` is what was given up."""
    services = services_of(request)
    channel_id = None
    if question.channel is not None:
        channel_id = _channel(services, question.channel).id
    limit = question.page_limit
    kept = services.ledger.notices.notices(
        state=question.state,
        channel_id=channel_id,
        alert_id=question.alert,
        after=question.after(),
        limit=limit + 1,
    )
    cursor = question.cursor_after(kept[limit - 1].id) if len(kept) > limit else None
    items = _notice_items(services, kept[:limit], tongue_of(request.scope))
    return json_response({"items": items, "next_cursor": cursor})


@router.post("/notices/{id}/retry", response_model=Notice, **ORDER)
def retry_notice(request: Request, identity: NoticeId, _question: Nothing) -> Response:
    """Send a dead notice after all, now."""
    services = services_of(request)
    kept = services.ledger.notices.revive(identity, at_s=services.now_s())
    if kept is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_notice", notice=str(identity))
    services.notifier.wake()
    return json_response(_notice_items(services, [kept], tongue_of(request.scope))[0])


def _channel(services: Services, identity: UUID) -> KeptChannel:
    found = services.ledger.channels.find(identity)
    if found is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_channel", channel=str(identity))
    return found


def _asked(
    services: Services, order: ChannelOrder, key: str | None, tongue: Language
) -> ChannelRequest:
    customer = None if order.customer is None else customer_of(services, order.customer)
    zone = str(services.zone) if customer is None else customer.timezone
    is_webhook = order.url.lower().startswith(("http://", "https://"))
    secret = (order.secret or secrets.token_urlsafe(SECRET_BYTES)) if is_webhook else ""
    terms = ChannelTerms(
        language=order.language or _language(services, customer) or tongue,
        timezone=order.timezone or zone,
        quiet_start_min=_minutes(order.quiet_start),
        quiet_end_min=_minutes(order.quiet_end),
        digest_hour=order.digest_hour,
        severity_min=order.severity_min,
        kinds=tuple(order.kinds),
        tells_end=order.tells_end,
    )
    return ChannelRequest(
        uuid=uuid4(),
        customer_id=None if customer is None else customer.customer_id,
        name=order.name,
        url=order.url,
        secret=secret,
        terms=terms,
        author=order.author,
        idempotency_key=key,
    )


def _language(services: Services, customer: Client | None) -> Language | None:
    """Find which language a customer asked to be written to in; None if nobody said."""
    if customer is None:
        return None
    today = local_date(services.now_s(), zone_of(customer.timezone))
    details = services.ledger.terms.details([customer.customer_id], today)
    said = details[customer.customer_id].language
    return language(said, {}) if said else None


def _minutes(clock: str | None) -> int | None:
    return None if clock is None else int(clock[:2]) * 60 + int(clock[3:])


def _clock(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def _item(kept: KeptChannel) -> dict[str, Any]:
    asked, terms = kept.asked, kept.asked.terms
    removed_s = kept.removed_at_s
    return {
        "id": str(asked.uuid),
        "name": asked.name,
        "url": masked_url(asked.url),
        "secret": None,
        "customer": None if kept.customer_uuid is None else str(kept.customer_uuid),
        "language": terms.language,
        "timezone": terms.timezone,
        "quiet_start": _clock(terms.quiet_start_min),
        "quiet_end": _clock(terms.quiet_end_min),
        "digest_hour": terms.digest_hour,
        "severity_min": terms.severity_min,
        "kinds": list(terms.kinds),
        "tells_end": terms.tells_end,
        "author": asked.author,
        "added_at": local_text(kept.at_s, zone_of(terms.timezone)),
        "removed_at": None if removed_s is None else local_text(removed_s, zone_of(terms.timezone)),
    }


def _notice_items(
    services: Services, kept: list[KeptNotice], tongue: Language
) -> list[dict[str, Any]]:
    channels = {each.id: each for each in services.ledger.channels.all(with_removed=True)}
    attempts: dict[int, list[Attempt]] = {}
    for attempt in services.ledger.notices.attempts(notice.id for notice in kept):
        attempts.setdefault(attempt.notice_id, []).append(attempt)
    return [
        _notice_item(notice, channels[notice.channel_id], attempts.get(notice.id, []), tongue)
        for notice in kept
    ]


def _notice_item(
    notice: KeptNotice, channel: KeptChannel, attempts: list[Attempt], tongue: Language
) -> dict[str, Any]:
    zone = zone_of(channel.asked.terms.timezone)
    is_waiting = notice.state == "waiting"
    return {
        "id": notice.id,
        "channel": str(channel.asked.uuid),
        "channel_name": channel.asked.name,
        "alert": notice.alert_id,
        "phase": notice.phase,
        "state": notice.state,
        "planned_at": local_text(notice.planned_s, zone),
        "next_at": local_text(notice.next_s, zone) if is_waiting else None,
        "attempts": [
            {
                "at": local_text(attempt.at_s, zone),
                "is_sent": attempt.is_sent,
                "detail": delivery_detail(attempt.detail, tongue),
            }
            for attempt in attempts
        ],
    }
