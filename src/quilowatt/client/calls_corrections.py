"""Calls about corrections, differences and other tariffs; `Client.ask` makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from quilowatt.client.calls import Call, PageFilter, query
from quilowatt.client.models import Page
from quilowatt.client.models_corrections import (
    BillDifference,
    Correction,
    CorrectionIssued,
    CorrectionOrder,
    WhatIf,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack
    from uuid import UUID

__all__ = ["correct", "corrections", "difference", "what_if"]


def corrections(month: str, **page: Unpack[PageFilter]) -> Call[Page[Correction]]:
    """List the invoices of a month that would come out differently now."""
    return Call("/v1/corrections", query(month=month, **page), Page[Correction])


def correct(number: str, order: CorrectionOrder) -> Call[CorrectionIssued]:
    """Take an invoice back and issue its replacement."""
    path = f"/v1/invoices/{quote(number, safe='')}/correction"
    return Call(path, {}, CorrectionIssued, "POST", order.model_dump(mode="json"))


def difference(number: str) -> Call[BillDifference]:
    """Ask why an invoice differs from the cycle before."""
    return Call(f"/v1/invoices/{quote(number, safe='')}/difference", {}, BillDifference)


def what_if(
    identity: UUID | str,
    tariffs: Sequence[str],
    *,
    of: Literal["meters", "usage-points"] = "meters",
) -> Call[WhatIf]:
    """Ask what the last cycles of a meter or a usage point would have cost under other tariffs."""
    return Call(f"/v1/{of}/{identity}/what-if", {"tariff": list(tariffs)}, WhatIf)
