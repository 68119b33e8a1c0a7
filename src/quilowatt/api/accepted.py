"""What each parameter accepts, in both languages.

The OpenAPI document and the page at `/docs` quote these texts, and so does the answer to a wrong
value, in the language of its reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.api.accepted_alerts import ALERT_PHRASES
from quilowatt.client.models_alerts import ALERT_KINDS
from quilowatt.core.words import Phrase
from quilowatt.limits import (
    INTERVAL_S_MAX,
    LOAD_PROFILE_POINTS_MAX,
    NAME_SIZE_MAX,
    PAGE_LIMIT_MAX,
    REASON_SIZE_MAX,
)

if TYPE_CHECKING:
    from quilowatt.core.words import Language

__all__ = ["said"]

START: Final = Phrase(
    "a date (2026-11-01, its local midnight) or RFC 3339 (2026-11-01T00:00:00-03:00)",
    "uma data (2026-11-01, meia-noite local) ou RFC 3339 (2026-11-01T00:00:00-03:00)",
)
END: Final = Phrase(
    "a date (that day included) or RFC 3339, after the start",
    "uma data (inclui esse dia) ou RFC 3339, depois do início",
)
START_TODAY: Final = Phrase(f"{START.en}; today if left out", f"{START.pt}; hoje, se nada for dito")
START_MONTH: Final = Phrase(
    f"{START.en}; the beginning of the month if left out",
    f"{START.pt}; o começo do mês, se nada for dito",
)
END_ISSUES: Final = Phrase(
    f"{END.en}; now if left out. At most {LOAD_PROFILE_POINTS_MAX} hours",
    f"{END.pt}; agora, se nada for dito. No máximo {LOAD_PROFILE_POINTS_MAX} horas",
)
END_NOW: Final = Phrase(
    f"{END.en}; now if left out. At most {LOAD_PROFILE_POINTS_MAX} intervals",
    f"{END.pt}; agora, se nada for dito. No máximo {LOAD_PROFILE_POINTS_MAX} intervalos",
)
CURSOR: Final = Phrase(
    "the next_cursor of the page before, with the same filters",
    "o next_cursor da página anterior, com os mesmos filtros",
)
LIMIT: Final = Phrase(
    f"a whole number from 1 to {PAGE_LIMIT_MAX}", f"um número inteiro de 1 a {PAGE_LIMIT_MAX}"
)
LIMIT_READINGS: Final = Phrase(
    f"a whole number from 1 to {LOAD_PROFILE_POINTS_MAX}",
    f"um número inteiro de 1 a {LOAD_PROFILE_POINTS_MAX}",
)
CUSTOMER_ID: Final = Phrase("a customer's UUID", "o UUID de um cliente")
CUSTOMER_NAME: Final = Phrase("part of a customer's name", "parte do nome de um cliente")
CUSTOMER: Final = Phrase(
    "a customer's UUID or part of the name", "o UUID ou parte do nome de um cliente"
)
METER: Final = Phrase(
    "a meter's UUID or serial number", "o UUID ou o número de série de um medidor"
)
METER_ID: Final = Phrase("a meter's UUID", "o UUID de um medidor")
METER_IDS: Final = Phrase(
    "a meter's UUID; may be repeated", "o UUID de um medidor; pode ser repetido"
)
EVENT_KINDS: Final = Phrase(
    "reading, alert or invoice; may be repeated; all if left out",
    "reading (leitura), alert (alerta) ou invoice (fatura); pode ser repetido; todos, se nada for "
    "dito",
)
RESOLUTION: Final = Phrase("one of 5m, 15m, 30m, 1h, 1d, 1mo", "um de 5m, 15m, 30m, 1h, 1d, 1mo")
MONTH: Final = Phrase(
    "YYYY-MM, not after the current month, which is meant if left out",
    "AAAA-MM, até o mês corrente, que vale se nada for dito",
)
STATE: Final = Phrase(
    "running (the month goes on), unissued (it has ended), issued, paid, overdue or replaced",
    "running (o mês ainda corre), unissued (o mês terminou), issued (emitida), paid (paga), "
    "overdue (vencida) ou replaced (substituída)",
)
SITUACAO: Final = Phrase(
    "em_andamento (the month goes on), a_emitir (it has ended), emitida (issued), paga (paid), "
    "vencida (overdue) or substituida (replaced)",
    "em_andamento (o mês ainda corre), a_emitir (o mês terminou), emitida, paga, vencida ou "
    "substituida",
)
RUN_ID: Final = Phrase("a billing run's number", "o número de uma emissão")
NUMBER: Final = Phrase("an invoice's number", "o número de uma fatura")
LINE: Final = Phrase("a line's place, from 1 on", "a posição de uma linha, a partir de 1")
USAGE_POINT_ID: Final = Phrase("a usage point's UUID", "o UUID de uma unidade consumidora")
RUN_BODY: Final = Phrase(
    "a JSON object with month, and maybe customer, usage_point, tariff, dry_run",
    "um objeto JSON com month e talvez customer, usage_point, tariff, dry_run",
)
ALERTA_TIPOS: Final = (
    "aumento_abrupto, aumento_duradouro, queda_duradoura, possivel_adulteracao, "
    "carga_noturna, registrador_parado, consumo_sempre_igual, consumo_em_imovel_vago, "
    "sem_comunicacao, relogio_errado, injecao_inesperada, capacidade_quase_atingida, "
    "somas_nao_conferem, orcamento_energia_previsto, orcamento_energia_80, orcamento_energia_100, "
    "orcamento_valor_previsto, orcamento_valor_80, orcamento_valor_100"
)
KIND: Final = Phrase(f"one of {ALERT_KINDS}", f"um de {ALERT_KINDS}")
TIPO: Final = Phrase(f"one of {ALERTA_TIPOS}", f"um de {ALERTA_TIPOS}")
IS_OPEN: Final = Phrase("true (goes on) or false (is over)", "true (continua) ou false (terminou)")
INTERVAL: Final = Phrase(
    f"a whole number of seconds from 1 to {INTERVAL_S_MAX}",
    f"um número inteiro de segundos de 1 a {INTERVAL_S_MAX}",
)
RELAY: Final = Phrase(
    "on (the load is connected) or off (disconnected)",
    "on (a carga ligada) ou off (desligada)",
)
BODY: Final = Phrase(
    "a JSON object with interval_s or relay, or both",
    "um objeto JSON com interval_s ou relay, ou ambos",
)
DAY: Final = Phrase(
    "a local date (2026-11-01); today if left out", "uma data local (2026-11-01); hoje, se omitida"
)
TARIFF_CODE: Final = Phrase("the code of a tariff", "o código de uma tarifa")
TARIFF_PART: Final = Phrase("part of a tariff's code", "parte do código de uma tarifa")
ATTRIBUTE: Final = Phrase(
    "an attribute and its value, like class=social", "um atributo e seu valor, como class=social"
)
TARIFF: Final = Phrase(
    "the code of a tariff that the server has; see /v1/tariffs",
    "o código de uma tarifa que o servidor tem; veja /v1/tariffs",
)
BILLING_DAY: Final = Phrase(
    'a whole number from 1 to 31, or "last": the day on which cycles begin',
    'um número inteiro de 1 a 31, ou "last" (o último): o dia em que os ciclos começam',
)
ATTRIBUTES: Final = Phrase(
    'an object of texts, like {"class": "social"}; null takes one away',
    'um objeto de textos, como {"class": "social"}; null retira um deles',
)
CONTRACTED_KW: Final = Phrase(
    "a number of kW with at most 3 decimals; 0 for none",
    "um número de kW com até 3 casas decimais; 0 para nenhum",
)
LIMIT_W: Final = Phrase(
    "whole watts that the connection can carry; 0 for unknown",
    "watts inteiros que a ligação suporta; 0 para desconhecido",
)
ADDRESS: Final = Phrase("a list of at most 10 lines", "uma lista de até 10 linhas")
IS_VACANT: Final = Phrase("true (nobody lives there) or false", "true (ninguém mora lá) ou false")
SENSITIVITY: Final = Phrase(
    "a whole number from 10 to 400: 100 as alerts were scored, 200 halves what must be exceeded",
    "um número inteiro de 10 a 400: 100 como os alertas foram avaliados, 200 reduz à metade o que "
    "precisa ser excedido",
)
HAS_GENERATION: Final = Phrase(
    'true (energy may be fed in there), false or "unknown"',
    'true (pode haver injeção de energia), false ou "unknown" (não se sabe)',
)
MASTER: Final = Phrase(
    "the UUID of the usage point whose meter measures this one too; empty takes it away",
    "o UUID da unidade consumidora cujo medidor também mede esta; vazio a retira",
)
BALANCE: Final = Phrase(
    "an object with credits and past_demand_kw, as on the first day",
    "um objeto com credits e past_demand_kw, como no primeiro dia",
)
FROM_CYCLE: Final = Phrase(
    "a local date (2026-11-01); the first day of the running cycle if left out",
    "uma data local (2026-11-01); o primeiro dia do ciclo em curso, se omitida",
)
TERMS_AUTHOR: Final = Phrase(
    "who says so, at most 100 characters", "quem o diz, até 100 caracteres"
)
TERMS_REASON: Final = Phrase("why, at most 1000 characters", "por quê, até 1000 caracteres")
TAX_ID: Final = Phrase(
    "the number with the tax authority; empty takes it away",
    "o número no cadastro fiscal; vazio o retira",
)
EMAIL: Final = Phrase(
    "an address like ana@example.org; empty takes it away",
    "um endereço como ana@example.org; vazio o retira",
)
SPOKEN: Final = Phrase("pt or en; empty takes it away", "pt ou en; vazio o retira")
PLACE_BODY: Final = Phrase(
    "a JSON object with at least one of tariff, billing_day, attributes, contracted_kw, limit_w, "
    "address, is_vacant, alert_sensitivity_pct, has_generation, master, balance",
    "um objeto JSON com pelo menos um de tariff, billing_day, attributes, contracted_kw, limit_w, "
    "address, is_vacant, alert_sensitivity_pct, has_generation, master, balance",
)
CUSTOMER_BODY: Final = Phrase(
    "a JSON object with at least one of tax_id, email, language, address",
    "um objeto JSON com pelo menos um de tax_id, email, language, address",
)
METER_STATE: Final = Phrase(
    "active, blocked (by an operator) or never_heard (registered, and never a reading)",
    "active (ativo), blocked (bloqueado) ou never_heard (registrado, e nunca uma leitura)",
)
IDEMPOTENCY_KEY: Final = Phrase(
    "at most 200 characters; the same key again is the same request",
    "no máximo 200 caracteres; a mesma chave outra vez é o mesmo pedido",
)
AUTHOR: Final = Phrase(
    f"who decides, 1 to {NAME_SIZE_MAX} characters",
    f"quem decide, de 1 a {NAME_SIZE_MAX} caracteres",
)
REASON: Final = Phrase(
    f"why, 1 to {REASON_SIZE_MAX} characters", f"por quê, de 1 a {REASON_SIZE_MAX} caracteres"
)
READ_TIME: Final = Phrase(
    "RFC 3339 with offset, not in the future", "RFC 3339 com fuso, não no futuro"
)
EDIT_START: Final = Phrase(
    "RFC 3339 with offset: the first instant", "RFC 3339 com fuso: o primeiro instante"
)
EDIT_END: Final = Phrase(
    "RFC 3339 with offset, after the start: no longer in it",
    "RFC 3339 com fuso, depois do início: já fora do período",
)
IMPORT_REGISTER: Final = Phrase(
    "register A+ in kWh, at most three decimals, 0 to 9007199254740.991",
    "registro A+ em kWh, no máximo três casas decimais, de 0 a 9007199254740.991",
)
EXPORT_REGISTER: Final = Phrase(
    "register A− in kWh, at most three decimals; what it showed before if left out",
    "registro A− em kWh, no máximo três casas decimais; o que mostrava antes, se nada for dito",
)
MANUAL_READING: Final = Phrase(
    "a JSON object with time, import_kwh, author and reason, and maybe export_kwh",
    "um objeto JSON com time, import_kwh, author e reason, e talvez export_kwh",
)
EDIT_PERIOD: Final = Phrase(
    "a JSON object with start, end, author and reason",
    "um objeto JSON com start, end, author e reason",
)

BY_TEXT: Final = {
    text: phrase
    for phrase in (*list(globals().values()), *ALERT_PHRASES)
    if isinstance(phrase, Phrase)
    for text in (phrase.en, phrase.pt)
}


def said(text: str, tongue: Language) -> str:
    """Say what a parameter accepts in the language of the reader.

    Parameters
    ----------
    text : str
        One of the texts above, in either language; any other stays as it is.
    tongue : {"en", "pt"}
        Language of the reader.

    Examples
    --------
    >>> said("a meter's UUID", "pt")
    'o UUID de um medidor'
    """
    phrase = BY_TEXT.get(text)
    return phrase.spoken(tongue) if phrase else text
