"""`quilowatt payment` and `quilowatt account`: money that came in, and how customers stand."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from quilowatt.cli.remote import LangOption, ServerOption, TokenOption, client_of
from quilowatt.errors import SettingsError

if TYPE_CHECKING:
    from quilowatt.client.models_payments import AccountStatement, Payment

__all__ = ["account", "payment_app"]

SERVER = "http://127.0.0.1:8080"

payment_app = typer.Typer(
    name="payment", help="Record payments, and say whose they are.", no_args_is_help=True
)

Author = Annotated[str, typer.Option(help="Who does it.")]
Invoice = Annotated[str | None, typer.Option(help="Number of the invoice that it pays.")]
Customer = Annotated[str | None, typer.Option(help="UUID of the customer, without an invoice.")]


@payment_app.command()
def add(
    amount: Annotated[str, typer.Argument(help="Money: 123.45.")],
    received: Annotated[str, typer.Option(help="On which day: 2026-11-25.")],
    author: Author,
    invoice: Invoice = None,
    customer: Customer = None,
    reference: Annotated[str, typer.Option(help="Pix txid or collection line.")] = "",
    payer: Annotated[str, typer.Option(help="Who paid.")] = "",
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "BRL",
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key again is the same payment.")
    ] = None,
    server: ServerOption = SERVER,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Record a payment."""
    from pydantic import ValidationError  # noqa: PLC0415 - other commands start faster without

    from quilowatt.client import calls_payments  # noqa: PLC0415
    from quilowatt.client.models_payments import PaymentReceived  # noqa: PLC0415

    fields = {
        "amount": amount,
        "received": received,
        "author": author,
        "invoice": invoice,
        "customer": customer,
        "reference": reference,
        "payer": payer,
        "currency": currency,
    }
    try:
        asked = PaymentReceived.model_validate(fields)
    except ValidationError as error:
        wrong = {str(each["loc"][0]) if each["loc"] else "amount" for each in error.errors()}
        known = PaymentReceived.model_fields
        problems = (f"{name} {fields[name]}: {known[name].description}" for name in sorted(wrong))
        raise SettingsError("; ".join(problems)) from error
    with client_of(server, api_token, lang) as client:
        call = calls_payments.receive(asked, idempotency_key=idempotency_key)
        print(_line(client.ask(call)))


@payment_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The bank's file (CSV).")],
    author: Author,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "BRL",
    column: Annotated[
        list[str] | None, typer.Option(help="FIELD=NAME of a column that isn't found by itself.")
    ] = None,
    server: ServerOption = SERVER,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Record the payments of a bank's file; again, it records nothing twice."""
    from quilowatt.client import calls_payments  # noqa: PLC0415

    columns = dict(each.split("=", 1) for each in column or () if "=" in each)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = file.read_bytes().decode("cp1252", "replace")
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from error
    with client_of(server, api_token, lang) as client:
        call = calls_payments.import_payments(
            text, source=file.name, author=author, currency=currency, **columns
        )
        found = client.ask(call)
    print(f"{found.recorded} recorded, {found.known} known before")
    if found.unmatched:
        print(f"{len(found.unmatched)} name no invoice: say whose they are with `payment assign`")
        print("\n".join(map(_line, found.unmatched)))


@payment_app.command()
def assign(
    payment: Annotated[int, typer.Argument(help="Number of the payment.")],
    author: Author,
    reason: Annotated[str, typer.Option(help="Why.")],
    invoice: Invoice = None,
    customer: Customer = None,
    server: ServerOption = SERVER,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Say whose a payment is."""
    from pydantic import ValidationError  # noqa: PLC0415

    from quilowatt.client import calls_payments  # noqa: PLC0415
    from quilowatt.client.models_payments import PaymentAssignment  # noqa: PLC0415

    fields = {"author": author, "reason": reason, "invoice": invoice, "customer": customer}
    try:
        asked = PaymentAssignment.model_validate(fields)
    except ValidationError as error:
        raise SettingsError("give --invoice or --customer, one of them, and a reason") from error
    with client_of(server, api_token, lang) as client:
        print(_line(client.ask(calls_payments.assign(payment, asked))))


@payment_app.command("list")
def list_payments(
    unmatched: Annotated[bool, typer.Option(help="Only those that a person must assign.")] = False,
    server: ServerOption = SERVER,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List payments, the newest first."""
    from quilowatt.client import calls_payments  # noqa: PLC0415

    is_matched = False if unmatched else None
    with client_of(server, api_token, lang) as client:
        pages = client.walk(
            lambda cursor: client.ask(calls_payments.payments(is_matched=is_matched, cursor=cursor))
        )
        lines = [_line(each) for each in pages]
    print("\n".join(lines) if lines else "no payments")


def account(
    customer: Annotated[str, typer.Argument(help="UUID of the customer.")],
    server: ServerOption = SERVER,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Show a customer's statement of account."""
    from quilowatt.client import calls_payments  # noqa: PLC0415

    with client_of(server, api_token, lang) as client:
        print(_statement(client.ask(calls_payments.account(customer))))


def _line(payment: Payment) -> str:
    whose = payment.invoice or (str(payment.customer) if payment.customer else "nobody knows whose")
    return f"{payment.id}  {payment.received}  {payment.amount} {payment.currency}  {whose}"


def _statement(found: AccountStatement) -> str:
    rows = [
        f"  {entry.day}  {entry.kind:11}  {entry.reference:14}"
        f" {entry.amount:>12} {entry.balance:>12}"
        for entry in found.entries
    ]
    open_ones = [
        f"  {each.number}  {each.state}, due {each.due}: {each.left} of {each.total} to pay"
        for each in found.invoices
        if each.state in {"open", "overdue"}
    ]
    late = [f"  {kind}: {amount}, on the next invoice" for kind, amount in found.late.items()]
    head = f"{found.customer.name}: balance {found.balance} {found.currency} on {found.day}"
    more = f"  surplus: {found.surplus}, the next invoice gives it back"
    return "\n".join([head, *rows, *open_ones, *late, *([more] if found.surplus else [])])
