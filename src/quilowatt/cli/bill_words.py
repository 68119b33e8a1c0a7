"""What the commands about invoices, payments and accounts print, in both languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quilowatt.core.words import Language, Phrase, Words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from quilowatt.client.models_corrections import (
        BillDifference,
        Correction,
        CorrectionIssued,
        WhatIf,
    )
    from quilowatt.client.models_invoices import Invoice
    from quilowatt.client.models_payments import AccountStatement, Payment, PaymentsImported

__all__ = [
    "account_lines",
    "corrected_lines",
    "correction_lines",
    "difference_lines",
    "imported_lines",
    "invoice_row",
    "payment_lines",
    "say",
    "what_if_lines",
]

PHRASES: Final = {
    "same": Phrase(
        "no invoice of {month} would come out differently now",
        "nenhuma fatura de {month} sairia diferente agora",
    ),
    "must_say": Phrase(
        "--author and --reason must say something", "--author e --reason precisam dizer algo"
    ),
    "corrected": Phrase(
        "{number} taken back by {note}, replaced by {replacement}",
        "{number} estornada por {note}, substituída por {replacement}",
    ),
    "no_cycle": Phrase("no ended cycle with readings", "nenhum ciclo encerrado com leituras"),
    "present": Phrase("{tariff} (present)", "{tariff} (atual)"),
    "sum": Phrase("sum", "soma"),
    "cheapest": Phrase("* the cheapest", "* a mais barata"),
    "imported": Phrase(
        "{recorded} recorded, {known} known before", "{recorded} registrados, {known} já conhecidos"
    ),
    "unmatched": Phrase(
        "{count} name no invoice: say whose they are with `quilowatt payment assign`",
        "{count} não indicam fatura: diga de quem são com `quilowatt payment assign`",
    ),
    "whose": Phrase(
        "give --invoice or --customer, one of them, and a reason",
        "dê --invoice ou --customer, um dos dois, e um motivo",
    ),
    "no_payment": Phrase("no payments", "nenhum pagamento"),
    "nobody": Phrase("nobody knows whose", "não se sabe de quem"),
    "head": Phrase(
        "{name}: balance {balance} on {day}", "{name}: saldo devedor de {balance} em {day}"
    ),
    "invoice": Phrase("invoice", "fatura"),
    "customer": Phrase("customer", "cliente"),
    "month": Phrase("month", "mês"),
    "state": Phrase("state", "situação"),
    "due": Phrase("due", "vencimento"),
    "total": Phrase("total", "total"),
    "is_running": Phrase("running", "em andamento"),
    "is_unissued": Phrase("unissued", "a emitir"),
    "is_issued": Phrase("issued", "emitida"),
    "is_overdue": Phrase("overdue", "vencida"),
    "is_paid": Phrase("paid", "paga"),
    "is_replaced": Phrase("replaced", "substituída"),
    "credit_note": Phrase("credit note", "estorno"),
    "payment": Phrase("payment", "pagamento"),
    "refund": Phrase("refund", "devolução"),
    "open": Phrase(
        "{number}  due {due}: {left} of {total} to pay",
        "{number}  vence em {due}: {left} de {total} a pagar",
    ),
    "overdue": Phrase(
        "{number}  overdue since {due}: {left} of {total} to pay",
        "{number}  vencida em {due}: {left} de {total} a pagar",
    ),
    "late": Phrase("{kind}: {amount}, on the next invoice", "{kind}: {amount}, na próxima fatura"),
    "surplus": Phrase(
        "surplus: {amount}, the next invoice gives it back",
        "pago a mais: {amount}, a próxima fatura devolve",
    ),
}

MONTH_WIDTH: Final = 7
COLUMN_WIDTH_MIN: Final = 14

UNKNOWN: Final = "—"
"""Stands for a cycle that a tariff can't price."""


def say(key: str, tongue: Language, **fields: object) -> str:
    """Say one phrase."""
    return Words(tongue, PHRASES)(key, **fields)


def invoice_row(invoice: Invoice, tongue: Language) -> list[str]:
    """Tell one bill or invoice as cells: number, customer, month, state, due date, total."""
    words = Words(tongue, PHRASES)
    total = ""
    if invoice.total is not None and invoice.currency is not None:
        total = words.money(invoice.total, invoice.currency)
    due = "" if invoice.due is None else str(invoice.due)
    state = words(f"is_{invoice.state}")
    return [invoice.number or "", invoice.customer.name, invoice.month, state, due, total]


def difference_lines(found: BillDifference) -> list[str]:
    """Tell why a bill differs from the one before; the server speaks the person's language."""
    rows = [f"  {part.amount:>12}  {part.message}" for part in found.parts if part.amount]
    head = f"{found.before} → {found.after} {found.currency}"
    return [head, *rows, f"  {found.difference:>12}  ="]


def correction_lines(found: Iterable[Correction], month: str, tongue: Language) -> list[str]:
    """Tell which invoices would come out differently now."""
    lines = []
    for each in found:
        moved = f"{each.billed} → {each.now} {each.currency}"
        lines += [f"{each.invoice}  {each.customer.name}: {moved}", f"   {each.reason}"]
        lines += [f"   ! {each.note}"] if each.note else []
    return lines or [say("same", tongue, month=month)]


def corrected_lines(made: CorrectionIssued, tongue: Language) -> list[str]:
    """Tell what a correction has issued."""
    number, note, replacement = made.corrected, made.credit_note, made.replacement
    said = say("corrected", tongue, number=number, note=note, replacement=replacement)
    return [said, f"   {made.reason}"]


def what_if_lines(found: WhatIf, tongue: Language) -> list[str]:
    """Write months by tariffs; the cheapest total has a star."""
    if not found.cycles:
        return [say("no_cycle", tongue)]
    heads = [
        say("present", tongue, tariff=found.tariff),
        *(each.tariff for each in found.totals),
    ]
    totals = [found.total, *(each.total for each in found.totals)]
    cheapest = min((total for total in totals if total is not None), default=None)
    width = max(COLUMN_WIDTH_MIN, *(len(head) + 2 for head in heads))
    lines = ["  ".join([" " * MONTH_WIDTH, *(f"{head:>{width}}" for head in heads)])]
    for cycle in found.cycles:
        cells = [cycle.total, *(price.total for price in cycle.prices)]
        lines.append("  ".join([cycle.month, *(_cell(cell, width) for cell in cells)]))
    marked = [
        f"{_cell(total, width - 2)}{' *' if total is not None and total == cheapest else '  '}"
        for total in totals
    ]
    lines.append("  ".join([f"{say('sum', tongue):<{MONTH_WIDTH}}", *marked]).rstrip())
    lines.append(say("cheapest", tongue))
    return lines + [f"{each.tariff}: {each.note}" for each in found.totals if each.note]


def payment_lines(found: Iterable[Payment], tongue: Language) -> list[str]:
    """Tell payments, a line each."""
    words = Words(tongue, PHRASES)
    lines = []
    for each in found:
        whose = each.invoice or (str(each.customer) if each.customer else words("nobody"))
        amount = words.money(each.amount, each.currency)
        lines.append(f"{each.id}  {each.received}  {amount}  {whose}")
    return lines or [words("no_payment")]


def imported_lines(found: PaymentsImported, tongue: Language) -> list[str]:
    """Tell what became of a bank's file."""
    lines = [say("imported", tongue, recorded=found.recorded, known=found.known)]
    if found.unmatched:
        lines.append(say("unmatched", tongue, count=len(found.unmatched)))
        lines += payment_lines(found.unmatched, tongue)
    return lines


def account_lines(found: AccountStatement, tongue: Language) -> list[str]:
    """Write a customer's statement of account."""
    words = Words(tongue, PHRASES)

    def money(amount: Decimal) -> str:
        return words.money(amount, found.currency)

    kinds = {entry.kind: words(entry.kind) for entry in found.entries}
    width = max((len(kind) for kind in kinds.values()), default=0)
    lines = [words("head", name=found.customer.name, balance=money(found.balance), day=found.day)]
    lines += [
        f"  {entry.day}  {kinds[entry.kind]:<{width}}  {entry.reference:14}"
        f" {money(entry.amount):>14} {money(entry.balance):>14}"
        for entry in found.entries
    ]
    lines += [
        "  "
        + words(
            each.state,
            number=each.number,
            due=each.due,
            left=money(each.left),
            total=money(each.total),
        )
        for each in found.invoices
        if each.state in {"open", "overdue"}
    ]
    lines += [
        "  " + words("late", kind=kind, amount=money(amount)) for kind, amount in found.late.items()
    ]
    if found.surplus:
        lines.append("  " + words("surplus", amount=money(found.surplus)))
    return lines


def _cell(amount: Decimal | None, width: int) -> str:
    return f"{UNKNOWN if amount is None else amount:>{width}}"
