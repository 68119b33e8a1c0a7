"""From drafts to lines: taxes go in or on top, and each amount is rounded, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from quilowatt.billing.bill import BillLine, ContainedTax
from quilowatt.billing.formula import amount_formula, exact_text, tax_formula, tax_text
from quilowatt.billing.tariff import Text
from quilowatt.core.money import round_exact, round_product
from quilowatt.errors import BillingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from quilowatt.billing.plan import Segment
    from quilowatt.billing.point import Item
    from quilowatt.billing.pricing import Draft
    from quilowatt.billing.tariff import Rounding, Tariff, TaxTable

__all__ = ["LineMaker"]

RATE_PLACES: Final = 8
"""Decimals of a shown price after tax: what distributors print. [digits]"""

QUANTITY_PLACES: Final = 6
"""Decimals of a shown quantity that isn't whole in Wh. [digits]"""

AMOUNT_MAX: Final = 10**20
"""A line beyond this is no money, and sums of such lines may not fit 28 digits. [currency]"""


@dataclass(frozen=True, slots=True)
class Tag:
    """A price with its taxes: the same for every meter, so worked out once.

    Parameters
    ----------
    layers : list of dict of str to Decimal
        Rates of the taxes inside, outermost first. [-]
    kept : Fraction
        Share of the price that is left when all of them are taken out. [-]
    before, after : Decimal
        Price without and with them. [currency/unit]
    words : str
        The taxes in a formula.
    """

    layers: list[dict[str, Decimal]]
    kept: Fraction
    before: Decimal
    after: Decimal
    words: str


@dataclass(frozen=True, slots=True)
class LineMaker:
    """Makes the lines of all bills by one tariff.

    Parameters
    ----------
    tariff : Tariff
        Names, rounding, currency.
    is_bare : bool
        True where nobody reads the lines: formulas and contained taxes are left out.
    tags : dict
        Prices worked out so far.
    texts : dict
        Names put together so far.
    """

    tariff: Tariff
    is_bare: bool = False
    tags: dict[object, Tag] = field(default_factory=dict)
    texts: dict[tuple[str, ...], Text] = field(default_factory=dict)

    def line(
        self, draft: Draft, segment: Segment, taxes: TaxTable | None
    ) -> tuple[BillLine, Fraction]:
        """Put the taxes inside and round.

        Returns
        -------
        tuple of BillLine, Fraction
            And the amount without rounding. [currency]

        Raises
        ------
        BillingError
            If the amount is beyond all money.
        """
        tag = self._tag(draft, segment, taxes)
        exact = draft.exact / tag.kept
        if abs(exact.numerator) > AMOUNT_MAX * exact.denominator:
            quantity = f"{exact_text(draft.quantity)} {draft.unit}"
            most = f"{AMOUNT_MAX} {self.tariff.currency}"
            raise BillingError(
                f"{draft.code} of {quantity} costs more than {most}",
                f"{draft.code} de {quantity} custa mais que {most}",
            )
        rounding = self.tariff.rounding
        amount = round_exact(exact, rounding.places, rounding.rule)
        span = (segment.last - segment.first, rounding.rule)
        line = BillLine(
            code=".".join((draft.code, *draft.parts)),
            name=self._name((draft.code, *draft.parts)),
            start_s=segment.start_s,
            end_s=segment.end_s,
            quantity=_shown(draft.quantity, rounding.rule),
            unit=draft.unit,
            rate_before_tax=tag.before,
            rate=tag.after,
            amount=amount,
            formula="" if self.is_bare else _formula(draft, tag, span, amount),
            taxes=() if self.is_bare else self._contained(tag.layers, amount),
            act=segment.terms.version.act,
            days=_shown(draft.days, rounding.rule) if draft.days else Decimal(0),
        )
        return line, exact

    def on_top(
        self, code: str, rate: Decimal, base: tuple[Decimal, Fraction], segment: Segment
    ) -> tuple[BillLine, Fraction]:
        """Make the line of a tax that is added to a sum of rounded lines [currency]."""
        rounding = self.tariff.rounding
        tax = _contained_tax(self.tariff.names[code], (code, rate), base[0], rounding)
        line = BillLine(
            code=code,
            name=tax.name,
            start_s=segment.start_s,
            end_s=segment.end_s,
            quantity=base[0],
            unit=self.tariff.currency,
            rate_before_tax=rate,
            rate=rate,
            amount=tax.amount,
            formula=tax.formula,
            taxes=(tax,),
            act=segment.terms.version.act,
        )
        return line, base[1] * Fraction(rate)

    def item(self, item: Item, segment: Segment) -> BillLine:
        """Make the line of an amount that others have set."""
        rounding = self.tariff.rounding
        amount = round_exact(item.amount, rounding.places, rounding.rule)
        return BillLine(
            code=item.code,
            name=item.name,
            start_s=segment.start_s,
            end_s=segment.end_s,
            quantity=Decimal(1),
            unit="",
            rate_before_tax=item.amount,
            rate=item.amount,
            amount=amount,
            formula=amount_formula("", item.amount, "", amount),
            taxes=(),
            act="",
        )

    def _tag(self, draft: Draft, segment: Segment, taxes: TaxTable | None) -> Tag:
        # By their digits: 0.1 and 0.10 are equal, but a bill shows what its own document says.
        rates = None if taxes is None else tuple((c, str(r)) for c, r in taxes.rates.items())
        # Money that depends on the meter has a price of its own: not worth keeping.
        is_kept = isinstance(draft.rate, Decimal)
        key = (segment.first, draft.code, str(draft.rate), draft.taxes, rates)
        tag = self.tags.get(key) if is_kept else None
        if tag is None:
            layers = _layers(draft.taxes, taxes)
            kept = _kept_share(layers)
            rule = self.tariff.rounding.rule
            before = draft.rate
            if not isinstance(before, Decimal):
                before = round_exact(before, RATE_PLACES, rule)
            after = round_exact(Fraction(draft.rate) / kept, RATE_PLACES, rule)
            tag = Tag(layers, kept, before, after, tax_text(layers))
            if is_kept:
                self.tags[key] = tag
        return tag

    def _name(self, codes: tuple[str, ...]) -> Text:
        if len(codes) == 1:
            return self.tariff.names[codes[0]]
        if codes not in self.texts:
            words = [_word(code, self.tariff.names) for code in codes]
            self.texts[codes] = Text(
                " · ".join(word.pt for word in words), " · ".join(word.en for word in words)
            )
        return self.texts[codes]

    def _contained(
        self, layers: list[dict[str, Decimal]], amount: Decimal
    ) -> tuple[ContainedTax, ...]:
        """Take the taxes out of a rounded amount, layer by layer."""
        taxes: list[ContainedTax] = []
        base = amount
        for layer in layers:
            found = [
                _contained_tax(self.tariff.names[code], (code, rate), base, self.tariff.rounding)
                for code, rate in layer.items()
            ]
            taxes += found
            base -= sum((tax.amount for tax in found), Decimal(0))
        return tuple(taxes)


def _word(code: str, names: Mapping[str, Text]) -> Text:
    if code in names:
        return names[code]
    number = code.removeprefix("tier")
    return Text(f"faixa {number}", f"tier {number}")


def _shown(quantity: Fraction, rule: str) -> Decimal:
    places = 3 if 1000 % quantity.denominator == 0 else QUANTITY_PLACES
    return round_exact(quantity, places, rule)


def _formula(draft: Draft, tag: Tag, context: tuple[int, str], amount: Decimal) -> str:
    count, rule = context
    if draft.is_sum:
        exact = round_exact(draft.exact, RATE_PLACES, rule)
        words = f"Σ {count} × (kWh × price) = "
        return words + amount_formula("", exact, tag.words, amount)
    quantity = f"{exact_text(draft.quantity)} {draft.unit}" if draft.unit else ""
    return amount_formula(quantity, tag.before, tag.words, amount)


def _layers(codes: frozenset[str] | None, taxes: TaxTable | None) -> list[dict[str, Decimal]]:
    """Rates of the taxes on a charge, outermost layer first."""
    if taxes is None:
        return []
    layers: Iterator[dict[str, Decimal]] = (
        {code: taxes.rates[code] for code in layer if codes is None or code in codes}
        for layer in taxes.layers
    )
    return [layer for layer in layers if layer]


def _kept_share(layers: list[dict[str, Decimal]]) -> Fraction:
    """Share of the price that is left when all taxes are taken out of it."""
    share = Fraction(1)
    for layer in layers:
        share *= 1 - sum(map(Fraction, layer.values()), Fraction(0))
    return share


def _contained_tax(
    name: Text, tax: tuple[str, Decimal], base: Decimal, rounding: Rounding
) -> ContainedTax:
    code, rate = tax
    amount = round_product(base, rate, rounding.places, rounding.rule)
    return ContainedTax(code, name, rate, base, amount, tax_formula(base, rate, amount))
