"""What the commands of usage points and tariffs print, in both languages; and whom they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from quilowatt.cli.remote import client_of, tongue_of
from quilowatt.cli.table import table
from quilowatt.client import calls_terms
from quilowatt.core.words import Phrase, Words
from quilowatt.errors import ApiError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from quilowatt.client import (
        Client,
        TariffRecord,
        TermsEntry,
        UsagePointChanged,
        UsagePointRecord,
    )
    from quilowatt.core.words import Language

__all__ = [
    "changed_lines",
    "entry_lines",
    "find_customer",
    "find_usage_point",
    "list_lines",
    "master_name",
    "tariff_lines",
    "usage_point_lines",
]

NOT_FOUND: Final = 404
USUAL_PCT: Final = 100
SHOWN_MAX: Final = 5
"""Of the usage points that a name may mean, so many are named. [1]"""

PHRASES: Final = {
    "nobody": Phrase(
        "no usage point for “{who}”: give its UUID, a meter's UUID or serial number, or part of "
        "the customer's name",
        "nenhuma unidade consumidora para “{who}”: dê seu UUID, o UUID ou número de série de um "
        "medidor, ou parte do nome do cliente",
    ),
    "several": Phrase(
        "“{who}” may mean {names}; give the UUID of one",
        "“{who}” pode ser {names}; dê o UUID de uma delas",
    ),
    "customer": Phrase("customer", "cliente"),
    "usage_point": Phrase("usage point", "unidade consumidora"),
    "meter": Phrase("meter", "medidor"),
    "tariff": Phrase("tariff", "tarifa"),
    "billing_day": Phrase("billing day", "dia de faturamento"),
    "last": Phrase("the last of the month", "o último do mês"),
    "phases": Phrase("phases", "fases"),
    "attributes": Phrase("attributes", "atributos"),
    "contracted": Phrase("contracted power", "potência contratada"),
    "limit": Phrase("connection carries", "a ligação suporta"),
    "address": Phrase("address", "endereço"),
    "vacant": Phrase("vacant", "desocupado"),
    "yes": Phrase("yes", "sim"),
    "no": Phrase("no", "não"),
    "sensitivity": Phrase("alert sensitivity", "sensibilidade dos alertas"),
    "generation": Phrase("generation", "geração"),
    "master": Phrase("measured under", "medida sob"),
    "cycle": Phrase("cycle", "ciclo"),
    "cycle_is": Phrase("{start} to {end}, billed by {tariff}", "{start} a {end}, pela {tariff}"),
    "recorded": Phrase(
        "Recorded: holds from {day} on, billed from the cycle that begins on {billed}.",
        "Registrado: vale a partir de {day}, faturado a partir do ciclo que começa em {billed}.",
    ),
    "recorded_fact": Phrase(
        "Recorded: holds from {day} on; bills stay as they are.",
        "Registrado: vale a partir de {day}; as faturas não mudam.",
    ),
    "known": Phrase(
        "Nothing new: all of it holds on {day} already.",
        "Nada de novo: tudo isso já vale em {day}.",
    ),
    "entry": Phrase("from {day}: {what}", "a partir de {day}: {what}"),
    "said_by": Phrase("{author}, {moment}{reason}", "{author}, {moment}{reason}"),
    "until": Phrase("until {day}", "até {day}"),
}


def find_usage_point(api: Client, who: str, tongue: Language) -> UsagePointRecord:
    """Find the one usage point that a person means.

    Parameters
    ----------
    api : Client
        Whom to ask.
    who : str
        UUID of it or of a meter, serial number, or part of the customer's name.
    tongue : {"en", "pt"}
        Language of the reader.

    Raises
    ------
    SettingsError
        If there is none, or more than one.
    """
    found = list(_meant(api, who))
    words = Words(tongue, PHRASES)
    if not found:
        raise SettingsError(words("nobody", who=who))
    if len(found) > 1:
        names = ", ".join(f"{each.customer.name} ({each.id})" for each in found[:SHOWN_MAX])
        names += ", …" if len(found) > SHOWN_MAX else ""
        raise SettingsError(words("several", who=who, names=names))
    return found[0]


def find_customer(api: Client, who: str, tongue: Language) -> UsagePointRecord:
    """Find the one customer that a person means, at one of the usage points.

    Parameters
    ----------
    api : Client
        Whom to ask.
    who : str
        As `find_usage_point` takes it, or the customer's UUID.
    tongue : {"en", "pt"}
        Language of the reader.

    Raises
    ------
    SettingsError
        If there is none, or more than one.
    """
    found = list(_meant(api, who))
    if len({each.customer.id for each in found}) == 1:
        return found[0]
    return find_usage_point(api, who, tongue)


def usage_point_lines(found: UsagePointRecord, tongue: Language, master: str = "") -> list[str]:
    """Show what holds at a usage point, its master by name; what is not known is left out."""
    words = Words(tongue, PHRASES)
    cycle, fed, sensitivity = found.cycle, found.has_generation, found.alert_sensitivity_pct
    rows = [
        ("customer", found.customer.name),
        ("usage_point", str(found.id)),
        ("meter", f"{found.meter} {found.serial}".rstrip()),
        ("tariff", found.tariff),
        ("billing_day", words("last") if found.billing_day == 31 else str(found.billing_day)),  # noqa: PLR2004 - the calendar's
        ("phases", str(found.phases)),
        ("attributes", ", ".join(f"{key}={text}" for key, text in found.attributes.items())),
        ("contracted", f"{found.contracted_kw} kW" if found.contracted_kw else ""),
        ("limit", f"{found.limit_w} W" if found.limit_w else ""),
        ("address", ", ".join(found.address)),
        ("vacant", words("yes") if found.is_vacant else ""),
        ("sensitivity", f"{sensitivity} %" if sensitivity != USUAL_PCT else ""),
        ("generation", "" if fed == "unknown" else words("yes" if fed else "no")),
        ("master", " ".join(filter(None, (master, str(found.master))))),
        ("cycle", words("cycle_is", start=cycle.start, end=cycle.end, tariff=cycle.tariff)),
    ]
    width = max(len(words(name)) for name, _ in rows)
    return [f"{words(name):<{width}}  {text}" for name, text in rows if text]


def master_name(api: Client, found: UsagePointRecord) -> str:
    """Ask for the customer's name of the place under which a usage point is measured."""
    return api.ask(calls_terms.usage_point(found.master)).customer.name if found.master else ""


def changed_lines(
    changed: UsagePointChanged, tongue: Language, master: str, *, is_billed: bool
) -> list[str]:
    """Say what a change has led to, for bills too if it is one of those that are billed."""
    words = Words(tongue, PHRASES)
    if not changed.is_new:
        return [words("known", day=changed.from_day)]
    key = "recorded" if is_billed else "recorded_fact"
    said = words(key, day=changed.from_day, billed=changed.billed_from)
    return [said, *usage_point_lines(changed.usage_point, tongue, master)]


def entry_lines(entries: Iterable[TermsEntry], tongue: Language) -> Iterator[str]:
    """Yield what was said of a usage point, two lines each."""
    words = Words(tongue, PHRASES)
    for entry in entries:
        what = ", ".join(f"{name} {_said(value)}" for name, value in entry.change.items())
        yield words("entry", day=entry.from_day, what=what)
        reason = f": {entry.reason}" if entry.reason else ""
        moment = entry.recorded_at.strftime("%Y-%m-%d %H:%M")
        yield "    " + words("said_by", author=entry.author, moment=moment, reason=reason)


def list_lines(found: Iterable[UsagePointRecord], tongue: Language) -> list[str]:
    """Show usage points as a table."""
    words = Words(tongue, PHRASES)
    head = [words(name) for name in ("usage_point", "customer", "tariff", "billing_day")]
    rows = [[*head, words("attributes")]]
    for each in found:
        attributes = ", ".join(f"{key}={text}" for key, text in each.attributes.items())
        rows.append(
            [str(each.id), each.customer.name, each.tariff, str(each.billing_day), attributes]
        )
    return table(rows)


def tariff_lines(server: str, token: str | None, lang: str | None, code: str) -> list[str]:
    """Show the tariffs that a server has as a table."""
    words = Words(tongue_of(lang), PHRASES)

    def row(tariff: TariffRecord) -> list[str]:
        last = words("until", day=tariff.last_day) if tariff.last_day else ""
        return [tariff.code, tariff.name, tariff.currency, str(tariff.first_day), last]

    with client_of(server, token, lang) as api:
        filters: calls_terms.TariffFilter = {"code": code} if code else {}
        pages = api.walk(lambda cursor: api.ask(calls_terms.tariffs({**filters, "cursor": cursor})))
        return table([row(tariff) for tariff in pages])


def _meant(api: Client, who: str) -> Iterator[UsagePointRecord]:
    try:
        identity = UUID(who)
    except ValueError:
        identity = None
    if identity is not None:
        try:
            yield api.ask(calls_terms.usage_point(identity))
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise
        else:
            return
    by_meter = api.ask(calls_terms.usage_points({"meter": who})).items
    yield from by_meter or _nearest(api.ask(calls_terms.usage_points({"customer": who})).items, who)


def _nearest(found: Sequence[UsagePointRecord], who: str) -> Sequence[UsagePointRecord]:
    """Choose whose name is just that, else who has it as words of the name: Ana, not Santana."""
    meant = who.casefold()
    same = [each for each in found if each.customer.name.casefold() == meant]
    named = [each for each in found if f" {meant} " in f" {each.customer.name.casefold()} "]
    return same or named or found


def _said(value: object) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{key}={_said(text)}" for key, text in value.items())
        return f"({inner})"
    if isinstance(value, list):
        return "[" + ", ".join(map(_said, value)) + "]"
    return "–" if value is None else str(value)
