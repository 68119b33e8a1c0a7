"""All that the printed bill says of its own, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ISSUE_WORDS", "PHRASES"]

PHRASES: Final[Mapping[str, Phrase]] = {
    "title": Phrase("Electricity bill", "Fatura de energia elétrica"),
    "title_running": Phrase("Electricity, so far", "Energia elétrica, até agora"),
    "title_credit": Phrase("Credit note", "Nota de crédito"),
    "number": Phrase("Number", "Número"),
    "issued": Phrase("Issued", "Emissão"),
    "month": Phrase("Month", "Mês de referência"),
    "of_invoice": Phrase("For bill", "Da fatura"),
    "replaces": Phrase("Replaces", "Substitui"),
    "copy": Phrase("Copy", "2ª via"),
    "period": Phrase("{first} to {last} ({days} days)", "{first} a {last} ({days} dias)"),
    # What, how much, until when.
    "to_pay": Phrase("To pay", "Total a pagar"),
    "so_far": Phrase("So far", "Até agora"),
    "nothing": Phrase("Nothing to pay", "Nada a pagar"),
    "your_credit": Phrase("In your favour", "A seu favor"),
    "was_paid": Phrase("Paid", "Pago"),
    "was": Phrase("It was", "Valor original"),
    "credited": Phrase("Credited to you", "Creditado a você"),
    "taken_back": Phrase("Taken back", "Estornado"),
    "due": Phrase("Due", "Vencimento"),
    "was_due": Phrase("Was due", "Venceu em"),
    "paid_on": Phrase("Paid on", "Pago em"),
    "used": Phrase("Used", "Consumo"),
    "given": Phrase("given to the grid: {energy} kWh", "injetado na rede: {energy} kWh"),
    "a_day": Phrase("{energy} kWh and {money} a day", "{energy} kWh e {money} por dia"),
    "more": Phrase(
        "{share} more a day than in the cycle before",
        "{share} a mais por dia que no ciclo anterior",
    ),
    "less": Phrase(
        "{share} less a day than in the cycle before",
        "{share} a menos por dia que no ciclo anterior",
    ),
    "same": Phrase("as much a day as in the cycle before", "o mesmo por dia que no ciclo anterior"),
    "of_bill": Phrase("The bill came to {money}.", "O total da fatura foi {money}."),
    # Ribbons.
    "is_running": Phrase(
        "In progress, not payable: amounts change until the cycle ends and the bill is issued.",
        "Em andamento, não pagável: os valores mudam até o ciclo terminar e a fatura ser emitida.",
    ),
    "is_paid": Phrase("Paid. Thank you.", "Paga. Obrigado."),
    "is_overdue": Phrase(
        "Overdue since {due}: please pay, or tell us if you have.",
        "Vencida desde {due}: pague, por favor, ou avise-nos se já pagou.",
    ),
    "is_overdue_on": Phrase(
        "Overdue since {due}; amount for payment on {day}.",
        "Vencida desde {due}; valor para pagamento em {day}.",
    ),
    "is_replaced": Phrase(
        "No longer valid: don't pay this bill.", "Sem validade: não pague esta fatura."
    ),
    "is_replaced_by": Phrase(
        "Replaced by {number}: don't pay this bill.",
        "Substituída por {number}: não pague esta fatura.",
    ),
    "is_credit": Phrase(
        "This takes back bill {number}; its amounts are counted in your favour.",
        "Isto estorna a fatura {number}; seus valores contam a seu favor.",
    ),
    "is_replacement": Phrase(
        "This bill takes the place of {number}.", "Esta fatura substitui a de número {number}."
    ),
    "reason": Phrase("Reason: {reason}", "Motivo: {reason}"),
    # Who and where.
    "customer": Phrase("Customer", "Cliente"),
    "place": Phrase("Usage point", "Unidade consumidora"),
    "tariff": Phrase("Tariff", "Tarifa"),
    "meter": Phrase("Meter", "Medidor"),
    # Ways to pay.
    "scan": Phrase("Scan to pay", "Leia para pagar"),
    "codes_are_for": Phrase(
        "These codes are for the bill's {money}.", "Estes códigos são do total da fatura, {money}."
    ),
    "qr_alt": Phrase("QR code: {name}", "Código QR: {name}"),
    "bars_alt": Phrase("Barcode: {name}", "Código de barras: {name}"),
    # Picture of the year.
    "chart": Phrase("Energy by cycle, in {unit}", "Energia por ciclo, em {unit}"),
    "mean": Phrase(
        "On average {energy} kWh a day in the cycles before.",
        "Em média {energy} kWh por dia nos ciclos anteriores.",
    ),
    "first_cycle": Phrase(
        "Your first cycle: next time its neighbours are here.",
        "Seu primeiro ciclo: os próximos aparecerão ao lado dele.",
    ),
    "taken": Phrase("from the grid", "da rede"),
    "sent": Phrase("given to the grid", "injetada"),
    "guessed": Phrase("estimated", "estimada"),
    "chart_alt": Phrase("Bar chart: {list}", "Gráfico de barras: {list}"),
    # Quality.
    "quality": Phrase("How well it was measured", "Qualidade da medição"),
    "measured": Phrase("{share} measured", "{share} medido"),
    "estimated": Phrase("{share} estimated", "{share} estimado"),
    "revised": Phrase("{share} revised", "{share} revisado"),
    "missing": Phrase("{share} not known", "{share} desconhecido"),
    "estimated_energy": Phrase(
        "{energy} kWh lie in hours that were estimated.",
        "{energy} kWh estão em horas que foram estimadas.",
    ),
    "no_issues": Phrase(
        "All readings came and fitted together.", "Todas as leituras chegaram e são coerentes."
    ),
    # Tables.
    "items": Phrase("What you pay for", "O que você paga"),
    "items_back": Phrase("What is taken back", "O que é estornado"),
    "item": Phrase("Item", "Item"),
    "held": Phrase("in force for {days} days", "em vigor por {days} dias"),
    "quantity": Phrase("Quantity", "Quantidade"),
    "unit": Phrase("Unit", "Un."),
    "rate_before": Phrase("Price before tax", "Preço sem tributos"),
    "rate": Phrase("Price with tax", "Preço com tributos"),
    "amount": Phrase("Amount ({currency})", "Valor ({currency})"),
    "total": Phrase("Total", "Total"),
    "act": Phrase("Prices by {acts}.", "Preços conforme {acts}."),
    "taxes": Phrase("Taxes in these amounts", "Tributos contidos nestes valores"),
    "tax": Phrase("Tax", "Tributo"),
    "tax_base": Phrase("Base ({currency})", "Base ({currency})"),
    "tax_rate": Phrase("Rate", "Alíquota"),
    "net": Phrase("Without taxes", "Sem tributos"),
    "registers": Phrase("What the meter showed", "O que o medidor mostrou"),
    "direction": Phrase("Direction", "Sentido"),
    "import": Phrase("from the grid", "consumo"),
    "export": Phrase("to the grid", "injeção"),
    "read": Phrase("Read at", "Leitura em"),
    "previous": Phrase("Previous (kWh)", "Anterior (kWh)"),
    "current": Phrase("Current (kWh)", "Atual (kWh)"),
    "counted": Phrase("Counted (kWh)", "Contado (kWh)"),
    "days": Phrase("Days", "Dias"),
    "demands": Phrase("Highest demand", "Maior demanda"),
    "power": Phrase("Power (kW)", "Potência (kW)"),
    "credits": Phrase("Energy you may still take back", "Créditos de energia a compensar"),
    "born": Phrase("From", "De"),
    "left": Phrase("Left (kWh)", "Saldo (kWh)"),
    "all_credits": Phrase("In all", "No total"),
    "lapsed": Phrase(
        "{energy} kWh lapsed by age in this cycle.", "{energy} kWh venceram neste ciclo."
    ),
    "formulas": Phrase("Do the sums again", "Refaça as contas"),
    "notes": Phrase("Good to know", "Bom saber"),
    # Proof.
    "proof": Phrase("Proof", "Prova"),
    "proof_words": Phrase(
        "A reading or price altered, even years later, changes these digests.",
        "Uma leitura ou preço alterado, mesmo anos depois, muda estes resumos.",
    ),
    "proof_command": Phrase(
        "Ask for the proof file and check it offline: quilowatt verify FILE",
        "Peça o arquivo de prova e confira sem internet: quilowatt verify ARQUIVO",
    ),
    "proof_address": Phrase("Check it at {address}", "Confira em {address}"),
    "digest": Phrase("Bill", "Fatura"),
    "tariff_digest": Phrase("Tariff", "Tarifa"),
    "chain": Phrase("Readings, {meter}", "Leituras, {meter}"),
    "page": Phrase("Page", "Página"),
    "questions": Phrase("Questions: {contact}", "Dúvidas: {contact}"),
}

ISSUE_WORDS: Final[Mapping[str, Phrase]] = {
    "rollover": Phrase("the dial passed its highest value", "o mostrador passou do maior valor"),
    "rollover_inferred": Phrase(
        "the dial passed its highest value, as its values tell",
        "o mostrador passou do maior valor, pelo que se conclui",
    ),
    "glitch": Phrase("values out of line, left out", "valores fora da sequência, desconsiderados"),
    "spike": Phrase(
        "values beyond the connection's power, left out",
        "valores além da potência da ligação, desconsiderados",
    ),
    "reset": Phrase("the register began anew", "o registro recomeçou"),
    "register_drop": Phrase(
        "the register ran back, nothing counted", "o registro voltou atrás, nada contado"
    ),
    "register_jump": Phrase(
        "the register jumped, nothing counted", "o registro saltou, nada contado"
    ),
    "limit_exceeded": Phrase(
        "more power than the connection's limit, counted",
        "potência acima do limite da ligação, contada",
    ),
    "clock_step": Phrase(
        "the clock was wrong, readings put right", "relógio errado, leituras postas na hora certa"
    ),
    "hole": Phrase(
        "hours without readings: sum exact, hours estimated",
        "horas sem leituras: soma exata, horas estimadas",
    ),
    "exchange": Phrase("meter exchanged", "troca de medidor"),
    "ends_estimated": Phrase(
        "start or end not read, estimated by rule", "início ou fim não lido, estimado pela regra"
    ),
    "repeated": Phrase("readings repeated, counted once", "leituras repetidas, contadas uma vez"),
    "late": Phrase(
        "readings late, counted for their time", "leituras atrasadas, contadas na hora certa"
    ),
    "reordered": Phrase(
        "readings out of order, put in order", "leituras fora de ordem, reordenadas"
    ),
    "revised": Phrase("readings corrected", "leituras corrigidas"),
    "edited": Phrase("readings edited by a person", "leituras editadas por uma pessoa"),
    "manual": Phrase("readings taken by a person", "leituras feitas por uma pessoa"),
}
"""By the names of the rules for odd readings; one that isn't here is said by its name."""
