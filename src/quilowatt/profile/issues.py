"""What was found odd in the readings, as values: one record per decision, none silent."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Phrase, format_energy_kwh

if TYPE_CHECKING:
    from quilowatt.core.words import Language

__all__ = ["ISSUE_TEXTS", "IssueKind", "ProfileIssue"]


class IssueKind(enum.Enum):
    """What happened, and with it what was decided: the names of the rules."""

    ROLLOVER = "rollover"
    """The dial passed its highest value; the energy is counted across it."""

    ROLLOVER_INFERRED = "rollover_inferred"
    """As rollover, of a dial whose digits nobody told: nothing else explains the fall."""

    GLITCH = "glitch"
    """Values out of line between two that agree; the readings are left out."""

    SPIKE = "spike"
    """As glitch, with more energy than the connection can carry."""

    RESET = "reset"
    """The register began anew near zero and went on; what it shows since then is counted."""

    REGISTER_DROP = "register_drop"
    """The register ran backwards for good; nothing is counted for that step."""

    REGISTER_JUMP = "register_jump"
    """The register rose by far more than the connection can carry and stayed; none is counted."""

    LIMIT_EXCEEDED = "limit_exceeded"
    """It does so again and again, or by little: the limit is doubted, the energy is counted."""

    CLOCK_STEP = "clock_step"
    """The meter's clock was set, and set back; the readings between are moved by as much."""

    HOLE = "hole"
    """Hours without readings: their sum is exact, its hours follow the meter's typical ones."""

    EXCHANGE = "exchange"
    """Another meter took over at the usage point; both count, each for its time."""

    ENDS_ESTIMATED = "ends_estimated"
    """Nothing was read before or after; the rule of the tariff regime stands in."""

    REPEATED = "repeated"
    """The same values came more than once; they count once."""

    LATE = "late"
    """Readings came long after their time; they count for their time."""

    REORDERED = "reordered"
    """Readings came after younger ones; they count for their time."""

    REVISED = "revised"
    """Other values came for the same instants; the later ones count."""


REGISTER_NAMES: Final = {
    "import": Phrase(en="import", pt="de consumo"),
    "export": Phrase(en="export", pt="de injeção"),
}

ISSUE_TEXTS: Final = {
    IssueKind.ROLLOVER: Phrase(
        en="The dial of the {register} register passed its highest value after {before}; "
        "{energy} are counted across it.",
        pt="O mostrador do registro {register} passou do maior valor depois de {before}; "
        "contam-se {energy} nessa passagem.",
    ),
    IssueKind.ROLLOVER_INFERRED: Phrase(
        en="The {register} register went from {before} to {after}: a dial that passed its "
        "highest value, though its digits are not known. {energy} are counted across it.",
        pt="O registro {register} foi de {before} a {after}: um mostrador que passou do maior "
        "valor, embora não se saiba quantos dígitos tem. Contam-se {energy} nessa passagem.",
    ),
    IssueKind.GLITCH: Phrase(
        en="Values out of line ({after} after {before}) were left out; {energy} are counted "
        "from the reading before to the one after.",
        pt="Valores fora da sequência ({after} depois de {before}) foram desconsiderados; "
        "contam-se {energy} da leitura anterior à seguinte.",
    ),
    IssueKind.SPIKE: Phrase(
        en="Values beyond what the connection can carry ({after} after {before}) were left out; "
        "{energy} are counted from the reading before to the one after.",
        pt="Valores além do que a ligação suporta ({after} depois de {before}) foram "
        "desconsiderados; contam-se {energy} da leitura anterior à seguinte.",
    ),
    IssueKind.RESET: Phrase(
        en="The {register} register began anew without notice: {before}, then {after}. "
        "{energy} since the restart are counted.",
        pt="O registro {register} recomeçou sem aviso: {before}, depois {after}. Contam-se "
        "{energy} desde o recomeço.",
    ),
    IssueKind.REGISTER_DROP: Phrase(
        en="The {register} register fell from {before} to {after}; "
        "{energy} are counted for that step.",
        pt="O registro {register} caiu de {before} para {after}; contam-se {energy} nesse passo.",
    ),
    IssueKind.REGISTER_JUMP: Phrase(
        en="The {register} register rose from {before} to {after}, more than the connection "
        "can carry; "
        "{energy} are counted for that step.",
        pt="O registro {register} subiu de {before} para {after}, mais do que a ligação suporta; "
        "contam-se {energy} nesse passo.",
    ),
    IssueKind.LIMIT_EXCEEDED: Phrase(
        en="The power limit of the connection was exceeded from {before} to {after}, and nothing "
        "took it back: the limit is doubted. {energy} are counted as read.",
        pt="O limite de potência da ligação foi excedido de {before} a {after}, e nada o desfez: "
        "duvida-se do limite. Contam-se {energy} conforme lidos.",
    ),
    IssueKind.CLOCK_STEP: Phrase(
        en="The meter's clock was off and was set right again; the readings from {before} to "
        "{after} ({energy}) were moved to their true time.",
        pt="O relógio do medidor esteve errado e foi acertado; as leituras de {before} a "
        "{after} ({energy}) foram postas na hora certa.",
    ),
    IssueKind.HOLE: Phrase(
        en="No readings between {before} and {after}: the {energy} are exact, their "
        "distribution over the hours is estimated.",
        pt="Sem leituras entre {before} e {after}: os {energy} são exatos, a distribuição "
        "pelas horas é estimada.",
    ),
    IssueKind.EXCHANGE: Phrase(
        en="The meter was exchanged: the old one ended at {before}, the new one began at {after}; "
        "between the two {energy} are counted.",
        pt="O medidor foi trocado: o antigo terminou em {before}, o novo começou em {after}; "
        "entre os dois contam-se {energy}.",
    ),
    IssueKind.ENDS_ESTIMATED: Phrase(
        en="Nothing was read (register at {before}, then {after}); the rule for missing readings "
        "gives {energy}.",
        pt="Nada foi lido (registro em {before}, depois {after}); a regra para falta de leitura "
        "dá {energy}.",
    ),
    IssueKind.REPEATED: Phrase(
        en="Readings came more than once ({before} to {after}); they count once.",
        pt="Leituras chegaram mais de uma vez ({before} a {after}); contam uma vez.",
    ),
    IssueKind.LATE: Phrase(
        en="Readings came long after their time ({before} to {after}); they count for their time.",
        pt="Leituras chegaram muito depois da sua hora ({before} a {after}); contam para a sua "
        "hora.",
    ),
    IssueKind.REORDERED: Phrase(
        en="Readings came after younger ones ({before} to {after}); they count for their time.",
        pt="Leituras chegaram depois de outras mais novas ({before} a {after}); contam para a "
        "sua hora.",
    ),
    IssueKind.REVISED: Phrase(
        en="A reading was revised from {before} to {after}; the later one counts.",
        pt="Uma leitura foi revista de {before} para {after}; vale a mais recente.",
    ),
}
"""What to tell people; ``energy`` is what is counted between the two instants of the issue."""


@dataclass(frozen=True, slots=True, order=True)
class ProfileIssue:
    """One decision about the readings of one meter.

    Parameters
    ----------
    at_s : int
        Time of the reading that shows it, or of the last one. [s since 1970-01-01 UTC]
    register : str
        ``"import"`` or ``"export"``.
    kind : IssueKind
        What it was taken for.
    before_wh, after_wh : int
        The register before and at that reading. [Wh]
    start_s, end_s : int
        From the last instant that is not in doubt to the first one that is not again.
        [s since 1970-01-01 UTC]
    energy_wh : int
        What is counted between them. [Wh]
    """

    at_s: int
    register: str
    kind: IssueKind
    before_wh: int
    after_wh: int
    start_s: int
    end_s: int
    energy_wh: int

    def text(self, tongue: Language) -> str:
        """Tell people what happened and what was decided, in English or Portuguese."""
        return (
            ISSUE_TEXTS[self.kind]
            .spoken(tongue)
            .format(
                register=REGISTER_NAMES[self.register].spoken(tongue),
                before=format_energy_kwh(self.before_wh, tongue),
                after=format_energy_kwh(self.after_wh, tongue),
                energy=format_energy_kwh(self.energy_wh, tongue),
            )
        )
