"""What the commands about alerts, channels and budgets print, in both languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quilowatt.core.words import Language, Phrase, Words
from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from pydantic import BaseModel

    from quilowatt.client import Alert, CycleForecast
    from quilowatt.client.models_alerts import Budget, Channel, Mute

__all__ = [
    "alert_lines",
    "budget_lines",
    "channel_lines",
    "forecast_line",
    "made_lines",
    "mute_line",
    "order_of",
    "say",
]

PHRASES: Final = {
    "no_alert": Phrase("There is no such alert.", "Não há nenhum alerta assim."),
    "no_channel": Phrase(
        "There is no channel yet: quilowatt channel add",
        "Ainda não há canal: quilowatt channel add",
    ),
    "no_budget": Phrase(
        "There is no budget: quilowatt budget set", "Não há orçamento: quilowatt budget set"
    ),
    "open": Phrase("going on", "em curso"),
    "over": Phrase("over", "encerrado"),
    "known": Phrase("noted by {name}", "ciente: {name}"),
    "snoozed": Phrase("put off until {until}", "adiado até {until}"),
    "muted": Phrase("muted", "silenciado"),
    "everyone": Phrase("everyone's alerts", "alertas de todos"),
    "of": Phrase("alerts of {customer}", "alertas de {customer}"),
    "quiet": Phrase("quiet {start} to {end}", "silêncio de {start} a {end}"),
    "digest": Phrase("once a day at {hour} h", "uma vez por dia às {hour} h"),
    "from": Phrase("from {severity} on", "a partir de {severity}"),
    "removed": Phrase("removed {when}", "removido em {when}"),
    "secret": Phrase(
        "Secret that signs its messages, shown this once: {secret}",
        "Segredo que assina as mensagens, mostrado só desta vez: {secret}",
    ),
    "sent": Phrase("Sent: {detail}", "Enviado: {detail}"),
    "failed": Phrase("Not sent: {detail}", "Não enviado: {detail}"),
    "every": Phrase("every kind", "todos os tipos"),
    "mute_on": Phrase("{kind}: told no more{until}", "{kind}: não se avisa mais{until}"),
    "mute_off": Phrase("{kind}: told again{until}", "{kind}: volta-se a avisar{until}"),
    "until": Phrase(", until {until}", ", até {until}"),
    "budget": Phrase(
        "{limit} a cycle: {used} used until now, {expected} expected ({low} to {high})",
        "{limit} por ciclo: {used} até agora, previsão de {expected} ({low} a {high})",
    ),
    "ended": Phrase("The budget has ended.", "O orçamento foi encerrado."),
    "expected": Phrase(
        "Expected by {end}: {expected}, between {low} and {high}",
        "Previsão até {end}: {expected}, entre {low} e {high}",
    ),
    "nothing_expected": Phrase(
        "Too little is known yet for a forecast.", "Ainda se sabe pouco para uma previsão."
    ),
}

UNKNOWN: Final = "–"
"""Stands for what is not known."""


def say(key: str, tongue: Language, **fields: object) -> str:
    """Say one phrase."""
    return Words(tongue, PHRASES)(key, **fields)


def order_of(model: type[BaseModel], **fields: Any) -> Any:  # noqa: ANN401 - an instance of model
    """Check options by the model of the request: all that is wrong at once.

    Raises
    ------
    SettingsError
        Naming each option with what is accepted; the values of a URL or secret are not repeated.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - other commands start faster without

    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise SettingsError("; ".join(_problems(model, error.errors()))) from None


def alert_lines(alerts: Iterable[Alert], tongue: Language) -> list[str]:
    """Tell alerts, two lines each."""
    lines = []
    for alert in alerts:
        state = say("open" if alert.is_open else "over", tongue)
        what = [alert.kind, alert.severity, alert.customer.name, state]
        if alert.is_acknowledged:
            what.append(say("known", tongue, name=alert.acknowledged_by))
        if alert.snoozed_until is not None:
            what.append(say("snoozed", tongue, until=alert.snoozed_until.isoformat()))
        if alert.is_muted:
            what.append(say("muted", tongue))
        lines += [f"{alert.id}  {'  '.join(what)}", f"    {alert.message}"]
    return lines or [say("no_alert", tongue)]


def channel_lines(channels: Iterable[Channel], tongue: Language) -> list[str]:
    """Tell channels, two lines each."""
    lines = []
    for channel in channels:
        terms = [
            say("everyone", tongue)
            if channel.customer is None
            else say("of", tongue, customer=channel.customer),
            channel.language,
            channel.timezone,
            say("from", tongue, severity=channel.severity_min),
            *channel.kinds,
        ]
        if channel.quiet_start is not None:
            terms.append(say("quiet", tongue, start=channel.quiet_start, end=channel.quiet_end))
        if channel.digest_hour is not None:
            terms.append(say("digest", tongue, hour=channel.digest_hour))
        if channel.removed_at is not None:
            terms.append(say("removed", tongue, when=channel.removed_at.isoformat()))
        lines += [f"{channel.id}  {channel.name}  {channel.url}", f"    {', '.join(terms)}"]
    return lines or [say("no_channel", tongue)]


def made_lines(channel: Channel, tongue: Language) -> list[str]:
    """Tell a channel that was added, with its secret."""
    lines = channel_lines([channel], tongue)
    if channel.secret is not None:
        lines.append(say("secret", tongue, secret=channel.secret))
    return lines


def mute_line(mute: Mute, tongue: Language) -> str:
    """Tell a decision about a mute."""
    until = "" if mute.until is None else say("until", tongue, until=mute.until.isoformat())
    kind = mute.kind or say("every", tongue)
    return say("mute_on" if mute.is_muted else "mute_off", tongue, kind=kind, until=until)


def budget_lines(budgets: Iterable[Budget], tongue: Language) -> list[str]:
    """Tell budgets, a line each."""
    lines = []
    for budget in budgets:
        if budget.limit is None:
            lines.append(say("ended", tongue))
            continue
        names = ("limit", "used", "expected", "low", "high")
        fields = {
            name: _figure(getattr(budget, name), budget.measure, budget.currency, tongue)
            for name in names
        }
        lines.append(say("budget", tongue, **fields))
    return lines or [say("no_budget", tongue)]


def forecast_line(forecast: CycleForecast, tongue: Language) -> str:
    """Tell what the running cycle will come to, in money if it can be priced."""
    found = forecast.money or forecast.energy_kwh
    if found is None:
        return say("nothing_expected", tongue)
    measure = "money" if forecast.money else "energy"
    fields = {
        name: _figure(getattr(found, name), measure, forecast.currency, tongue)
        for name in ("expected", "low", "high")
    }
    return say("expected", tongue, end=forecast.cycle_end.date().isoformat(), **fields)


def _figure(figure: Decimal | None, measure: str, currency: str | None, tongue: Language) -> str:
    words = Words(tongue, PHRASES)
    if figure is None:
        return UNKNOWN
    if measure == "energy":
        return words.energy_kwh(int(figure * 1000), 1)
    return words.money(figure, currency) if currency else str(figure)


def _problems(model: type[BaseModel], errors: Iterable[Any]) -> Iterable[str]:
    for each in errors:
        name = str(each["loc"][0]) if each["loc"] else ""
        field = model.model_fields.get(name)
        if field is None:
            yield str(each["msg"])
        else:
            yield f"--{name.replace('_', '-')}: {field.description}"
