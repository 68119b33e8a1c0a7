"""What a verification says to people, in Portuguese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quilowatt.billing.tariff import Text
from quilowatt.core.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["NOTHING", "SAYINGS", "STAGES", "place_of", "say"]

NOTHING: Final = "—"
"""Stands where a record has nothing."""

STAGES: Final[Mapping[str, Text]] = {
    "document": Text("documento e selo", "document and seal"),
    "readings": Text("leituras", "readings"),
    "chain": Text("cadeia das leituras", "chain of readings"),
    "profile": Text("energia", "energy"),
    "tariff": Text("tarifa e calendário", "tariff and calendar"),
    "lines": Text("itens da fatura", "lines of the bill"),
    "taxes": Text("tributos", "taxes"),
    "total": Text("total", "total"),
    "record": Text("registro da fatura", "record of the invoice"),
    "seal": Text("todas as partes seladas", "every part as sealed"),
}
"""Each step of a verification, in its order."""

SAYINGS: Final[Mapping[str, Phrase]] = {
    "seal": Phrase(
        en="the seal's digest over its own parts", pt="o resumo do selo sobre suas próprias partes"
    ),
    "parts": Phrase(en="the parts that the seal names", pt="as partes que o selo nomeia"),
    "part": Phrase(
        en="the part “{part}” is not as it was sealed", pt="a parte “{part}” não é a que foi selada"
    ),
    "day": Phrase(
        en="meter {meter}: the readings of {day} (UTC) are not those that were sealed",
        pt="medidor {meter}: as leituras de {day} (UTC) não são as que foram seladas",
    ),
    "days": Phrase(en="meter {meter}: days with readings", pt="medidor {meter}: dias com leituras"),
    "meters": Phrase(
        en="the meters of the invoice and those of the readings",
        pt="os medidores da fatura e os das leituras",
    ),
    "link": Phrase(
        en="meter {meter}, chain of readings: {field}",
        pt="medidor {meter}, cadeia das leituras: {field}",
    ),
    "links": Phrase(en="links of the chain, one per meter", pt="elos da cadeia, um por medidor"),
    "energy": Phrase(
        en="energy from {start} to {end}, {register} [Wh]",
        pt="energia de {start} a {end}, {register} [Wh]",
    ),
    "place": Phrase(en="{place}", pt="{place}"),
    "tariff": Phrase(
        en="digest of the tariff's document, as the invoice names it",
        pt="resumo do documento da tarifa, como a fatura o nomeia",
    ),
    "unreadable": Phrase(
        en="the tariff's document can't be used: {reason}",
        pt="o documento da tarifa não serve: {reason}",
    ),
    "cuts": Phrase(
        en="instants at which the tariff cuts the cycle",
        pt="instantes em que a tarifa corta o ciclo",
    ),
    "zone": Phrase(en="time zone of the usage point", pt="fuso da unidade consumidora"),
    "offsets": Phrase(
        en="the clock's offsets reach over the whole cycle",
        pt="os deslocamentos do relógio cobrem todo o ciclo",
    ),
    "holidays": Phrase(
        en="holidays of “{calendar}” in the cycle", pt="feriados de “{calendar}” no ciclo"
    ),
    "digest": Phrase(en="digest of the invoice's record", pt="resumo do registro da fatura"),
    "stopped": Phrase(
        en="this can't be computed: {reason}", pt="isto não pode ser calculado: {reason}"
    ),
    "stored": Phrase(
        en="meter {meter}: the stored reading of {time} was altered, {register} [Wh]",
        pt="medidor {meter}: a leitura guardada de {time} foi alterada, {register} [Wh]",
    ),
    "revised": Phrase(
        en="meter {meter}: the reading of {time} came or was revised after the invoice was "
        "issued, {register} [Wh]",
        pt="medidor {meter}: a leitura de {time} chegou ou foi revista depois da emissão da "
        "fatura, {register} [Wh]",
    ),
    "unknown_meter": Phrase(
        en="the store knows no meter {meter}", pt="a base não conhece o medidor {meter}"
    ),
}

FIELDS: Final[Mapping[str, Text]] = {
    "act": Text("ato", "act"),
    "amount": Text("valor", "amount"),
    "base": Text("base", "base"),
    "code": Text("código", "code"),
    "credits": Text("créditos de energia", "energy credits"),
    "currency": Text("moeda", "currency"),
    "demand_w": Text("demanda [W]", "demand [W]"),
    "end_s": Text("fim", "end"),
    "energy_wh": Text("energia consumida [Wh]", "energy used [Wh]"),
    "estimated_wh": Text("energia estimada [Wh]", "estimated energy [Wh]"),
    "export": Text("injeção", "export"),
    "export_wh": Text("energia injetada [Wh]", "energy given to the grid [Wh]"),
    "formula": Text("fórmula", "formula"),
    "head": Text("resumo", "head"),
    "import": Text("consumo", "import"),
    "import_wh": Text("energia consumida [Wh]", "energy used [Wh]"),
    "issues": Text("decisões sobre leituras", "decisions about readings"),
    "lapsed_wh": Text("créditos vencidos [Wh]", "credits lapsed [Wh]"),
    "lines": Text("item", "line"),
    "meters": Text("medidor", "meter"),
    "name": Text("nome", "name"),
    "net": Text("total sem tributos", "total without taxes"),
    "notes": Text("observação", "note"),
    "previous": Text("resumo anterior", "previous head"),
    "quality": Text("qualidade", "quality"),
    "quantity": Text("quantidade", "quantity"),
    "rate": Text("preço ou alíquota", "rate"),
    "rate_before_tax": Text("preço sem tributos", "rate before tax"),
    "readings": Text("número de leituras", "number of readings"),
    "start_s": Text("início", "start"),
    "tariff_code": Text("código da tarifa", "code of the tariff"),
    "tariff_name": Text("nome da tarifa", "name of the tariff"),
    "taxes": Text("tributo", "tax"),
    "total": Text("total", "total"),
    "total_unrounded": Text("total sem arredondar", "total without rounding"),
    "unit": Text("unidade", "unit"),
}


def say(key: str, **fields: Text | str) -> Text:
    """Put a saying together in both languages.

    Examples
    --------
    >>> say("part", part="tariff").en
    'the part “tariff” is not as it was sealed'
    """
    saying = SAYINGS[key]
    spoken = {
        tongue: {
            name: value.spoken(tongue) if isinstance(value, Text) else value
            for name, value in fields.items()
        }
        for tongue in ("pt", "en")
    }
    return Text(saying.pt.format(**spoken["pt"]), saying.en.format(**spoken["en"]))


def place_of(path: Sequence[str | int], record: Any) -> Text:  # noqa: ANN401 - JSON
    """Name a place of a record in words: a line by its number and code, a field by its name.

    Examples
    --------
    >>> place_of(("lines", 0, "amount"), {"lines": [{"code": "te", "amount": "1.00"}]}).en
    'line 1 (te), amount'
    """
    pt: list[str] = []
    en: list[str] = []
    for step in path:
        record = _inside(record, step)
        if isinstance(step, int):
            code = record.get("code", "") if isinstance(record, dict) else ""
            suffix = f" {step + 1}" + (f" ({code})" if code else "")
            pt[-1:], en[-1:] = (
                [f"{pt[-1] if pt else ''}{suffix}"],
                [f"{en[-1] if en else ''}{suffix}"],
            )
            continue
        word = FIELDS.get(step, Text(step, step))
        pt.append(word.pt)
        en.append(word.en)
    return Text(", ".join(pt), ", ".join(en))


def _inside(record: Any, step: str | int) -> Any:  # noqa: ANN401 - JSON
    try:
        return record[step]
    except (KeyError, IndexError, TypeError):
        return None
