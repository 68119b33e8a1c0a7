"""`quilowatt payment` and `quilowatt account`: money that came in, and how customers stand."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import Annotated

import typer

from quilowatt.cli.remote import (
    SERVER_DEFAULT,
    LangOption,
    ServerOption,
    TokenOption,
    client_of,
    tongue_of,
)
from quilowatt.errors import SettingsError

__all__ = ["account", "payment_app"]

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
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Record a payment."""
    from pydantic import ValidationError  # noqa: PLC0415 - other commands start faster without

    from quilowatt.cli.bill_words import payment_lines  # noqa: PLC0415
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
        kept = client.ask(call)
    print("\n".join(payment_lines([kept], tongue_of(lang))))


@payment_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The bank's file (CSV).")],
    author: Author,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "BRL",
    column: Annotated[
        list[str] | None, typer.Option(help="FIELD=NAME of a column that isn't found by itself.")
    ] = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Record the payments of a bank's file; again, it records nothing twice."""
    from quilowatt.cli.bill_words import imported_lines  # noqa: PLC0415
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
    print("\n".join(imported_lines(found, tongue_of(lang))))


@payment_app.command()
def assign(
    payment: Annotated[int, typer.Argument(help="Number of the payment.")],
    author: Author,
    reason: Annotated[str, typer.Option(help="Why.")],
    invoice: Invoice = None,
    customer: Customer = None,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Say whose a payment is."""
    from pydantic import ValidationError  # noqa: PLC0415

    from quilowatt.cli.bill_words import payment_lines, say  # noqa: PLC0415
    from quilowatt.client import calls_payments  # noqa: PLC0415
    from quilowatt.client.models_payments import PaymentAssignment  # noqa: PLC0415

    fields = {"author": author, "reason": reason, "invoice": invoice, "customer": customer}
    try:
        asked = PaymentAssignment.model_validate(fields)
    except ValidationError as error:
        raise SettingsError(say("whose", tongue_of(lang))) from error
    with client_of(server, api_token, lang) as client:
        kept = client.ask(calls_payments.assign(payment, asked))
    print("\n".join(payment_lines([kept], tongue_of(lang))))


@payment_app.command("list")
def list_payments(
    unmatched: Annotated[bool, typer.Option(help="Only those that a person must assign.")] = False,
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """List payments, the newest first."""
    from quilowatt.cli.bill_words import payment_lines  # noqa: PLC0415
    from quilowatt.client import calls_payments  # noqa: PLC0415

    is_matched = False if unmatched else None
    with client_of(server, api_token, lang) as client:
        pages = client.walk(
            lambda cursor: client.ask(calls_payments.payments(is_matched=is_matched, cursor=cursor))
        )
        print("\n".join(payment_lines(pages, tongue_of(lang))))


def account(
    customer: Annotated[str, typer.Argument(help="UUID of the customer.")],
    server: ServerOption = SERVER_DEFAULT,
    api_token: TokenOption = None,
    lang: LangOption = None,
) -> None:
    """Show a customer's statement of account."""
    from quilowatt.cli.bill_words import account_lines  # noqa: PLC0415
    from quilowatt.client import calls_payments  # noqa: PLC0415

    with client_of(server, api_token, lang) as client:
        found = client.ask(calls_payments.account(customer))
    print("\n".join(account_lines(found, tongue_of(lang))))
