"""What may be asked of usage points, customers and tariffs: query parameters, as in `questions`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from quilowatt.api import accepted
from quilowatt.api.questions import EnglishList, NameText, Question
from quilowatt.client.models_terms import DayText  # noqa: TC001 - pydantic reads it

__all__ = ["DayQuestion", "TariffsQuestion", "TermsQuestion", "UsagePointsQuestion"]

AttributeText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}=[^\x00]{1,200}$")]


class UsagePointsQuestion(EnglishList):
    """Parameters of `/v1/usage-points`."""

    customer: NameText | None = Field(None, description=accepted.CUSTOMER.en)
    meter: NameText | None = Field(None, description=accepted.METER.en)
    tariff: NameText | None = Field(None, description=accepted.TARIFF_CODE.en)
    attribute: AttributeText | None = Field(None, description=accepted.ATTRIBUTE.en)


class DayQuestion(Question):
    """Parameters of one usage point or customer."""

    day: DayText | None = Field(None, description=accepted.DAY.en)


class TermsQuestion(EnglishList):
    """Parameters of `/v1/usage-points/{id}/terms`."""


class TariffsQuestion(EnglishList):
    """Parameters of `/v1/tariffs`."""

    code: NameText | None = Field(None, description=accepted.TARIFF_PART.en)
