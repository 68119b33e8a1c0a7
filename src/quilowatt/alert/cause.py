"""What an alert says to a person, in both languages: what, how much, since when, at which hours.

What it costs, a job that knows the tariff has worked out (`cost`); without that, no money is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from babel.dates import format_datetime

from quilowatt.alert import signal as kinds
from quilowatt.alert.cost import UNMEASURED_KINDS
from quilowatt.alert.signal import AlertSignal, Phase
from quilowatt.core.words import Language, Phrase, Words, format_date_time, format_time

if TYPE_CHECKING:
    from datetime import tzinfo

    from quilowatt.alert.cost import AlertCost

__all__ = ["Told", "cause", "cost_in_words", "hours_in_words"]

DAY_H: Final = 24
WEEK_S: Final = 6 * 86_400
"""For so long the name of the day says which one. [s]"""

LOCALES: Final[dict[Language, str]] = {"en": "en", "pt": "pt_BR"}

GOING_ON: Final[dict[str, Phrase]] = {
    kinds.ABRUPT_INCREASE: Phrase(
        "Abrupt increase: about {power} since {start}; usually it is at most {usual} here. "
        "{excess} above that so far.",
        "Aumento abrupto do consumo: cerca de {power} desde {start}; o máximo habitual aqui é "
        "{usual}. Até agora, {excess} acima disso.",
    ),
    kinds.LASTING_INCREASE: Phrase(
        "Since {start} about {more} more than usual{hours}: {per_day} more a day, where a usual "
        "day has {usual_day}. {excess} more so far.",
        "Desde {start}, cerca de {more} acima do habitual{hours}: {per_day} a mais por dia, onde "
        "um dia habitual tem {usual_day}. Até agora, {excess} a mais.",
    ),
    kinds.LASTING_DECREASE: Phrase(
        "Since {start} about {more} less than usual{hours}: {per_day} less a day, where a usual "
        "day has {usual_day}. Is nobody at home, or does something not run?",
        "Desde {start}, cerca de {more} abaixo do habitual{hours}: {per_day} a menos por dia, onde "
        "um dia habitual tem {usual_day}. Ninguém em casa, ou algo deixou de funcionar?",
    ),
    kinds.POSSIBLE_TAMPERING: Phrase(
        "Since {start} less is measured at all hours, at night too: {per_day} less a day, where a "
        "usual day has {usual_day}. Have the meter and its connection looked at.",
        "Desde {start}, mede-se menos a todas as horas, também à noite: {per_day} a menos por dia, "
        "onde um dia habitual tem {usual_day}. Convém inspecionar o medidor e a ligação.",
    ),
    kinds.NIGHT_LOAD: Phrase(
        "Since {start} something runs all night: at least {power}, usually {usual}. In six hours "
        "of a night this is {night} more.",
        "Desde {start}, algo funciona a noite toda: ao menos {power}, habitualmente {usual}. Em "
        "seis horas de uma noite, são {night} a mais.",
    ),
    kinds.STUCK_REGISTER: Phrase(
        "The register has stood still since {start}, though readings come. Either the meter has "
        "failed, or nothing at all is taken.",
        "O registrador está parado desde {start}, embora cheguem leituras. Ou o medidor falhou, "
        "ou nada é consumido.",
    ),
    kinds.FLAT_LINE: Phrase(
        "Since {start} every interval shows the same {power}. No home lives so: have the meter "
        "or its gateway looked at.",
        "Desde {start}, todos os intervalos mostram os mesmos {power}. Nenhuma casa consome "
        "assim: convém inspecionar o medidor ou o concentrador.",
    ),
    kinds.VACANT_CONSUMPTION: Phrase(
        "Consumption where nobody lives: about {power} since {start}, {excess} more in a day than "
        "an empty place may take.",
        "Consumo em imóvel vago: cerca de {power} desde {start}; em um dia, {excess} acima do que "
        "um imóvel vazio pode consumir.",
    ),
    kinds.NO_COMMUNICATION: Phrase(
        "No reading has come since {start}. The meter keeps what it measures and sends it later.",
        "Nenhuma leitura chega desde {start}. O medidor guarda o que mede e envia depois.",
    ),
    kinds.CLOCK_WRONG: Phrase(
        "Since {start} the times of the readings do not agree with their arrival: the meter's "
        "clock is wrong{offset}.",
        "Desde {start}, os horários das leituras não condizem com a chegada: o relógio do medidor "
        "está errado{offset}.",
    ),
    kinds.UNEXPECTED_EXPORT: Phrase(
        "Since {start} energy is fed in where no generation is known: {excess} so far.",
        "Desde {start}, injeta-se energia onde não se conhece geração: {excess} até agora.",
    ),
    kinds.CAPACITY_NEARLY_REACHED: Phrase(
        "The connection is nearly full: {power} at {start}, and it carries {usual}.",
        "A ligação está quase no limite: {power} às {start}, e ela suporta {usual}.",
    ),
    kinds.SUM_MISMATCH: Phrase(
        "Since {start} master meter and submeters do not agree: {per_day} a day are missing beyond "
        "the usual, {excess} so far. Is something tapped, or does a submeter stand?",
        "Desde {start}, o medidor geral e os individuais não conferem: faltam {per_day} por dia "
        "além do habitual, {excess} até agora. Há uma derivação, ou um medidor individual parado?",
    ),
}

OUTAGE: Final = Phrase(
    "No reading has come from {meters} meters since {start}: the network or the power is out.",
    "Nenhuma leitura chega de {meters} medidores desde {start}: falta rede ou energia.",
)

SURPLUS: Final = Phrase(
    "Since {start} the submeters together show more than fits their master meter: {per_day} a day. "
    "Does one of them measure something else too, or does the master meter read too little?",
    "Desde {start}, os medidores individuais somam mais do que cabe no medidor geral: {per_day} "
    "por dia. Algum deles mede também outra coisa, ou o medidor geral mede a menos?",
)

OVER: Final[dict[str, Phrase]] = {
    kinds.ABRUPT_INCREASE: Phrase(
        "Abrupt increase, now over: up to about {power} from {start} to {end}; usually it is at "
        "most {usual} here. {excess} above that in all.",
        "Aumento abrupto do consumo, já encerrado: até cerca de {power}, de {start} a {end}; o "
        "máximo habitual aqui é {usual}. No total, {excess} acima disso.",
    ),
    kinds.LASTING_INCREASE: Phrase(
        "Lasting increase, now over: about {more} more than usual from {start} to {end}. {excess} "
        "more in all.",
        "Aumento duradouro, já encerrado: cerca de {more} acima do habitual de {start} a {end}. No "
        "total, {excess} a mais.",
    ),
    kinds.LASTING_DECREASE: Phrase(
        "Lasting decrease, now over: about {more} less than usual from {start} to {end}. {excess} "
        "less in all.",
        "Queda duradoura, já encerrada: cerca de {more} abaixo do habitual de {start} a {end}. No "
        "total, {excess} a menos.",
    ),
    kinds.POSSIBLE_TAMPERING: Phrase(
        "Less was measured at all hours from {start} to {end}: {excess} in all. It is over, or has "
        "become usual.",
        "Mediu-se menos a todas as horas de {start} a {end}: {excess} no total. Terminou, ou "
        "tornou-se habitual.",
    ),
    kinds.NIGHT_LOAD: Phrase(
        "New night load, over or usual by now: about {more} more from {start} to {end}, usually "
        "{usual}.",
        "Nova carga noturna, encerrada ou já habitual: cerca de {more} a mais de {start} a {end}; "
        "habitualmente {usual}.",
    ),
    kinds.STUCK_REGISTER: Phrase(
        "The register stood still from {start} to {end} and moves again.",
        "O registrador ficou parado de {start} a {end} e voltou a andar.",
    ),
    kinds.FLAT_LINE: Phrase(
        "Every interval showed the same {power} from {start} to {end}; now they differ again.",
        "Todos os intervalos mostraram os mesmos {power} de {start} a {end}; agora variam de novo.",
    ),
    kinds.VACANT_CONSUMPTION: Phrase(
        "Consumption where nobody lives, now over: from {start} to {end}.",
        "Consumo em imóvel vago, já encerrado: de {start} a {end}.",
    ),
    kinds.NO_COMMUNICATION: Phrase(
        "No reading came from {start} to {end}; now they come again.",
        "Nenhuma leitura chegou de {start} a {end}; agora chegam de novo.",
    ),
    kinds.CLOCK_WRONG: Phrase(
        "The meter's clock was wrong from {start} to {end}; now it is right.",
        "O relógio do medidor esteve errado de {start} a {end}; agora está certo.",
    ),
    kinds.UNEXPECTED_EXPORT: Phrase(
        "Energy was fed in from {start} to {end} where no generation is known.",
        "Injetou-se energia de {start} a {end} onde não se conhece geração.",
    ),
    kinds.CAPACITY_NEARLY_REACHED: Phrase(
        "The connection was nearly full from {start} to {end}; it carries {usual}.",
        "A ligação esteve quase no limite de {start} a {end}; ela suporta {usual}.",
    ),
    kinds.SUM_MISMATCH: Phrase(
        "Master meter and submeters did not agree from {start} to {end}; now they do.",
        "O medidor geral e os individuais não conferiram de {start} a {end}; agora conferem.",
    ),
}

COST: Final[dict[str, Phrase]] = {
    "rate_and_sum": Phrase(
        "It costs about {rate}; {so_far} so far.",
        "Custa cerca de {rate}; até agora, {so_far}.",
    ),
    "rate": Phrase("It costs about {rate}.", "Custa cerca de {rate}."),
    "unmeasured": Phrase(
        "What is not measured is worth about {rate}.",
        "O que não é medido vale cerca de {rate}.",
    ),
    "sum": Phrase("It cost about {so_far}.", "Custou cerca de {so_far}."),
    "nothing": Phrase(
        "As things stand it adds nothing to the bill.",
        "Por enquanto, não acrescenta nada à fatura.",
    ),
    "nothing_over": Phrase("It added nothing to the bill.", "Não acrescentou nada à fatura."),
    "hour": Phrase("{amount} an hour", "{amount} por hora"),
    "day": Phrase("{amount} a day", "{amount} por dia"),
    "week": Phrase("{amount} a week", "{amount} por semana"),
}
"""What it costs, after all else."""

BY_DAY_FROM: Final = 10
"""What costs this much a day is told by the day, what costs less by the week. [currency]"""

ALL_HOURS: Final = 0b11111111
NAMED_HOURS: Final[dict[int, Phrase]] = {
    ALL_HOURS: Phrase("day and night", "dia e noite"),
    0b00000011: Phrase("at night", "à noite"),
    0b10000011: Phrase("at night", "à noite"),
    0b11000000: Phrase("in the evening", "à noite, das 18 às 24 h"),
    0b01000000: Phrase("in the early evening", "no começo da noite"),
    0b00111100: Phrase("by day", "de dia"),
}
AHEAD: Final = Phrase(", {size} ahead", ", {size} adiantado")
BEHIND: Final = Phrase(", {size} behind", ", {size} atrasado")


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of an episode, from a signal or from the ledger.

    Parameters
    ----------
    kind : str
        A key of `signal.SEVERITY`.
    since_s, latest_s : int
        When it began, and the latest news of it or its end. [s since 1970-01-01 UTC]
    is_over : bool
        Whether it has ended.
    power_w, usual_w : int
        As in `AlertSignal`. [W]
    excess_wh : int
        Energy beyond the usual so far. [Wh]
    hours : int
        As in `AlertSignal`; 0 = not known. [bits]
    meters : int
        How many it takes at once. [1]
    offset_s : int
        How far a clock is ahead. [s]
    cost : AlertCost or None
        What it costs; None where that is not known.
    """

    kind: str
    since_s: int
    latest_s: int
    is_over: bool
    power_w: int
    usual_w: int
    excess_wh: int
    hours: int = 0
    meters: int = 1
    offset_s: int = 0
    cost: AlertCost | None = None

    @classmethod
    def by(cls, signal: AlertSignal) -> Told:
        """Take it from a signal."""
        return cls(
            signal.kind,
            signal.since_s,
            signal.at_s,
            signal.phase == Phase.CLOSED.value,
            signal.power_w,
            signal.usual_power_w,
            signal.excess_wh,
            signal.hours,
            signal.meters,
            signal.offset_s,
        )

    @property
    def per_day_wh(self) -> int:
        """Energy of a day beyond the usual, if it takes all hours alike. [Wh/d]"""
        return (self.power_w - self.usual_w) * DAY_H


def cause(told: Told, zone: tzinfo, tongue: Language) -> str:
    """Say what an alert is about; a kind without words says its name.

    Parameters
    ----------
    told : Told
        The episode.
    zone : tzinfo
        Whose wall clock: that of the place where the meter is.
    tongue : {"en", "pt"}
        Language of the reader.

    Examples
    --------
    >>> from datetime import UTC
    >>> told = Told("lasting_increase", 50_400, 180_000, False, 900, 500, 9600, hours=255)
    >>> cause(told, UTC, "en")  # doctest: +NORMALIZE_WHITESPACE
    'Since Thursday 14:00 about 400 W more than usual, day and night: 9.6 kWh more a day, where a
    usual day has 12.0 kWh. 9.600 kWh more so far.'
    """
    phrases = OVER if told.is_over else GOING_ON
    if told.kind not in phrases:
        return told.kind
    words = Words(tongue, phrases | {"outage": OUTAGE, "surplus": SURPLUS})
    fields = {
        "power": words.rough_power(told.power_w),
        "usual": words.rough_power(told.usual_w),
        "more": words.rough_power(abs(told.power_w - told.usual_w)),
        "excess": words.energy_kwh(abs(told.excess_wh)),
        "per_day": words.energy_kwh(abs(told.per_day_wh), 1),
        "night": words.energy_kwh(abs(told.per_day_wh) // 4, 1),
        "usual_day": words.energy_kwh(told.usual_w * DAY_H, 1),
        "hours": _hours(told.hours, tongue),
        "offset": _offset(told.offset_s, tongue),
        "meters": told.meters,
        "start": _start(told, zone, tongue),
    }
    if told.is_over:
        # The day is told once, with the start.
        fields["end"] = _moment(told.latest_s, told.since_s, zone, tongue)
    sentences = [words(_wording(told), **fields), cost_in_words(told, tongue)]
    return " ".join(sentence for sentence in sentences if sentence)


def cost_in_words(told: Told, tongue: Language) -> str:
    """Say what an episode costs; nothing where that is not known.

    Examples
    --------
    >>> from quilowatt.alert.cost import AlertCost, CostBasis
    >>> basis = CostBasis(50_400, 180_000, 9600, 14_400, 255)
    >>> cost = AlertCost(basis, "BRL", Decimal("1.37"), Decimal("9.60"), Decimal("2.06"))
    >>> told = Told(kinds.LASTING_INCREASE, 50_400, 180_000, False, 900, 500, 9600, cost=cost)
    >>> cost_in_words(told, "en")
    'It costs about R$9.60 a week; R$2.10 so far.'
    """
    cost, words = told.cost, Words(tongue, COST)
    if cost is None or cost.currency is None:
        return ""
    going_on = cost.per_hour if cost.per_day is None else cost.per_day
    leading = cost.so_far if told.is_over else going_on
    if leading is None:
        return ""
    if leading <= 0:
        return words("nothing_over" if told.is_over else "nothing")
    so_far = words.about_money(cost.so_far or Decimal(0), cost.currency)
    if told.is_over:
        return words("sum", so_far=so_far)
    key = "rate_and_sum" if cost.so_far else "rate"
    if told.kind in UNMEASURED_KINDS:
        key = "unmeasured"
    return words(key, rate=_rate(cost, words), so_far=so_far)


def _wording(told: Told) -> str:
    if told.meters > 1 and not told.is_over:
        return "outage"
    is_surplus = told.kind == kinds.SUM_MISMATCH and told.excess_wh < 0 and not told.is_over
    return "surplus" if is_surplus else told.kind


def hours_in_words(hours: int) -> Phrase:
    """Name the three-hour parts of the local day. [bits]

    Examples
    --------
    >>> hours_in_words(0b11111111).en, hours_in_words(0b11000101).en
    ('day and night', 'from 6 to 9 and from 18 to 3')
    """
    if hours in NAMED_HOURS:
        return NAMED_HOURS[hours]
    spans, last = [], None
    for part in range(9):
        is_in = part < 8 and hours >> part & 1  # noqa: PLR2004 - the parts of a day
        if is_in and last is None:
            last = part
        if not is_in and last is not None:
            spans.append((3 * last, 3 * part))
            last = None
    if len(spans) > 1 and spans[0][0] == 0 and spans[-1][1] == DAY_H:
        (_, end), *spans, (first, _) = spans
        spans.append((first, end))
    return Phrase(
        _listed([f"from {first} to {end}" for first, end in spans], "and"),
        _listed([f"das {first} às {end} h" for first, end in spans], "e"),
    )


def _listed(parts: list[str], last: str) -> str:
    """Write a list as people do: the last one after a word."""
    return f" {last} ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


def _rate(cost: AlertCost, words: Words) -> str:
    """Tell it by the hour, the day or the week."""
    unit, amount = "week", cost.per_week
    if cost.per_day is None:
        unit, amount = "hour", cost.per_hour
    elif cost.per_day >= BY_DAY_FROM:
        unit, amount = "day", cost.per_day
    assert amount is not None
    return words(unit, amount=words.about_money(amount, cost.currency or ""))


def _hours(hours: int, tongue: Language) -> str:
    return f", {hours_in_words(hours).spoken(tongue)}" if hours else ""


def _offset(offset_s: int, tongue: Language) -> str:
    if not offset_s:
        return ""
    minutes = max(1, round(abs(offset_s) / 60))
    phrase = AHEAD if offset_s > 0 else BEHIND
    return phrase.spoken(tongue).format(size=f"{minutes} min")


def _start(told: Told, zone: tzinfo, tongue: Language) -> str:
    if told.is_over:
        return format_date_time(told.since_s, zone, tongue)
    names_day = told.kind != kinds.ABRUPT_INCREASE
    lasted_s = told.latest_s - told.since_s
    if names_day and 0 <= lasted_s < WEEK_S:
        moment = datetime.fromtimestamp(told.since_s, zone)
        return format_datetime(moment, "EEEE HH:mm", tzinfo=zone, locale=LOCALES[tongue])
    return _moment(told.since_s, told.latest_s, zone, tongue)


def _moment(time_s: int, other_s: int, zone: tzinfo, tongue: Language) -> str:
    """Write the time of day, with its date where the other instant is on another day."""
    day_and_time = format_date_time(time_s, zone, tongue)
    is_same_day = day_and_time[:-5] == format_date_time(other_s, zone, tongue)[:-5]
    return format_time(time_s, zone)[:5] if is_same_day else day_and_time
