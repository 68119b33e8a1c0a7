"""Banks' files as they come: columns by name, dates and money as people write them."""

from datetime import date
from decimal import Decimal

import pytest

from quilowatt.errors import PaymentFileError
from quilowatt.jobs.payment_file import FileOptions, read_payments

OPTIONS = FileOptions("extrato.csv", "Ana", "BRL", {})


def rows(text, **columns):
    found = read_payments(text, FileOptions("extrato.csv", "Ana", "BRL", columns))
    return [(p.received, p.amount, p.reference, p.external_id, p.payer) for p in found]


def test_a_brazilian_statement():
    text = (
        "\ufeffData do Pagamento;Valor Pago;TXID;EndToEndId;Pagador\n"
        "25/11/2026;R$ 1.234,56;2026000001;E1;João\n"
        "26/11/2026;-12,00;;E2;\n"
        "\n"
    )
    assert rows(text) == [
        (date(2026, 11, 25), Decimal("1234.56"), "2026000001", "E1", "João"),
        (date(2026, 11, 26), Decimal("-12.00"), "", "E2", ""),
    ]


def test_an_english_one_with_commas():
    assert rows('id,date,amount,reference\nx,2026-11-25,"1,234.56",2026-000001\n') == [
        (date(2026, 11, 25), Decimal("1234.56"), "2026-000001", "x", "")
    ]


def test_columns_that_nobody_would_guess_are_named():
    text = "when\thow much\n20261125\t7\n"
    ((received, amount, *_),) = rows(text, received="when", amount="How much")
    assert (received, amount) == (date(2026, 11, 25), 7)


def test_equal_lines_of_one_file_are_two_payments_and_of_two_files_the_same():
    text = "date,amount\n2026-11-25,10\n2026-11-25,10.00\n"
    first, second = (p.external_id for p in read_payments(text, OPTIONS))
    assert first != second
    assert [p.external_id for p in read_payments(text, OPTIONS)] == [first, second]


def test_all_that_is_wrong_is_told_in_both_languages():
    text = "date,amount\n2026-13-01,ten\n2026-11-25,0\n2026-11-25,1.005\n"
    with pytest.raises(PaymentFileError) as caught:
        read_payments(text, OPTIONS)
    assert str(caught.value) == (
        "extrato.csv: line 2: '2026-13-01' is no date; write it as 2026-11-25 or 25/11/2026; "
        "line 2: 'ten' is no amount of money with at most two decimals; "
        "line 3: the amount is zero; "
        "line 4: '1.005' is no amount of money with at most two decimals"
    )
    assert "linha 3: o valor é zero" in caught.value.pt


@pytest.mark.parametrize(
    "text", ["", "\r0", "date;reference\n2026-11-25;x\n", f'date,amount\n"{"x" * 200_000}",1\n']
)
def test_a_file_without_what_is_needed_is_refused(text):
    with pytest.raises(PaymentFileError):
        read_payments(text, OPTIONS)
