"""What the parameters of alerts, budgets and channels accept, in both languages; see `accepted`."""

from __future__ import annotations

from typing import Final

from quilowatt.client.models_alerts import ALERT_KINDS
from quilowatt.core.words import Phrase
from quilowatt.limits import NAME_SIZE_MAX, REASON_SIZE_MAX

__all__ = [
    "ALERT_ID",
    "ALERT_PHRASES",
    "CHANNEL_ID",
    "IS_ACKNOWLEDGED",
    "IS_SNOOZED",
    "MEASURE",
    "NOTICE_ID",
    "NOTICE_STATE",
]

ALERT_ID: Final = Phrase("an alert's number", "o número de um alerta")
CHANNEL_ID: Final = Phrase("a channel's UUID", "o UUID de um canal")
NOTICE_ID: Final = Phrase("a notice's number", "o número de um aviso")
NOTICE_STATE: Final = Phrase(
    "waiting, sent, dead (given up) or withdrawn (no longer needed)",
    "waiting (à espera), sent (enviado), dead (sem êxito) ou withdrawn (dispensado)",
)
MEASURE: Final = Phrase("energy (kWh) or money", "energy (kWh) ou money (dinheiro)")
IS_ACKNOWLEDGED: Final = Phrase(
    "true (somebody took note) or false", "true (alguém já tomou ciência) ou false"
)
IS_SNOOZED: Final = Phrase("true (put off now) or false", "true (adiado agora) ou false")
NOTE: Final = Phrase(
    f"a note, at most {REASON_SIZE_MAX} characters",
    f"uma observação, no máximo {REASON_SIZE_MAX} caracteres",
)
UNTIL: Final = Phrase(
    "RFC 3339 with offset; one that is over ends a snooze",
    "RFC 3339 com fuso; um instante passado encerra o adiamento",
)
MUTE_UNTIL: Final = Phrase(
    "RFC 3339 with offset: when the mute ends; never if left out",
    "RFC 3339 com fuso: quando o silêncio acaba; nunca, se nada for dito",
)
MUTE_KIND: Final = Phrase(
    f"one of {ALERT_KINDS}; every kind if left out",
    f"um de {ALERT_KINDS}; todos, se nada for dito",
)
IS_MUTED: Final = Phrase(
    "true (tell nothing) or false (tell again)", "true (não avisar) ou false (voltar a avisar)"
)
LIMIT: Final = Phrase(
    "kWh or money above 0, at most three decimals; null ends the budget",
    "kWh ou dinheiro acima de 0, no máximo três casas decimais; null encerra o orçamento",
)
NAME: Final = Phrase(
    f"what to call it, 1 to {NAME_SIZE_MAX} characters in a line",
    f"como chamá-lo, de 1 a {NAME_SIZE_MAX} caracteres numa linha",
)
URL: Final = Phrase(
    "https://… for a webhook, or one of Apprise: mailto://, tgram://, ntfy://, …",
    "https://… para um webhook, ou uma do Apprise: mailto://, tgram://, ntfy://, …",
)
CUSTOMER: Final = Phrase(
    "UUID of the customer whose alerts it tells; everyone's if left out",
    "UUID do cliente de cujos alertas avisa; de todos, se nada for dito",
)
SECRET: Final = Phrase(
    "signs a webhook, 16 to 200 characters; one is made if left out",
    "assina um webhook, de 16 a 200 caracteres; cria-se um, se nada for dito",
)
LANGUAGE: Final = Phrase(
    "en or pt; the customer's if left out, else that of the request",
    "en ou pt; a do cliente, se nada for dito, ou a do pedido",
)
TIMEZONE: Final = Phrase(
    "IANA name, such as America/Bahia; the customer's if left out",
    "nome IANA, como America/Bahia; o do cliente, se nada for dito",
)
QUIET_START: Final = Phrase(
    "HH:MM, with quiet_end: from then on only what is critical is sent",
    "HH:MM, com quiet_end: a partir daí só se envia o que é crítico",
)
QUIET_END: Final = Phrase(
    "HH:MM, with quiet_start: until then only what is critical is sent",
    "HH:MM, com quiet_start: até aí só se envia o que é crítico",
)
DIGEST: Final = Phrase(
    "0 to 23: one message a day at this hour; at once if left out",
    "de 0 a 23: uma mensagem por dia a essa hora; na hora, se nada for dito",
)
SEVERITY: Final = Phrase(
    "info, warning or critical: what matters less is not sent",
    "info, warning ou critical: o que importa menos não se envia",
)
KINDS: Final = Phrase(
    f"kinds of alert, at most 50 of {ALERT_KINDS}; every kind if left out",
    f"tipos de alerta, no máximo 50 de {ALERT_KINDS}; todos, se nada for dito",
)
TELLS_END: Final = Phrase(
    "true: the end of an episode is told too", "true: avisa-se também o fim de um episódio"
)
ACKNOWLEDGE_BODY: Final = Phrase(
    "a JSON object with author, and maybe note", "um objeto JSON com author e talvez note"
)
SNOOZE_BODY: Final = Phrase(
    "a JSON object with until and author, and maybe note",
    "um objeto JSON com until e author, e talvez note",
)
MUTE_BODY: Final = Phrase(
    "a JSON object with is_muted, author and reason, and maybe kind and until",
    "um objeto JSON com is_muted, author e reason, e talvez kind e until",
)
BUDGET_BODY: Final = Phrase(
    "a JSON object with limit (null ends the budget) and author",
    "um objeto JSON com limit (null encerra o orçamento) e author",
)
CHANNEL_BODY: Final = Phrase(
    "a JSON object with name, url and author, and maybe customer, secret, language, timezone, "
    "quiet_start, quiet_end, digest_hour, severity_min, kinds, tells_end",
    "um objeto JSON com name, url e author, e talvez customer, secret, language, timezone, "
    "quiet_start, quiet_end, digest_hour, severity_min, kinds, tells_end",
)
REMOVAL_BODY: Final = Phrase("a JSON object with author", "um objeto JSON com author")

ALERT_PHRASES: Final = tuple(
    phrase for phrase in list(globals().values()) if isinstance(phrase, Phrase)
)
"""All of the above."""
