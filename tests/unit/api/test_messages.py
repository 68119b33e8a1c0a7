"""What an alert says."""

from dataclasses import replace
from uuid import UUID

from quilowatt.api.messages import alert_message
from quilowatt.store import AlertRecord

RECORD = AlertRecord(
    id=1,
    kind="abrupt_increase",
    severity="warning",
    meter_number=1,
    meter_uuid=UUID(int=1),
    usage_point_id=1,
    customer_id=1,
    customer_uuid=UUID(int=1),
    customer_name="Ana",
    opened_at_s=1,
    raised_at_s=2,
    updated_at_s=3,
    closed_at_s=None,
    power_w=5812,
    usual_power_w=340,
    excess_wh=1_234_567,
)


def test_says_the_size_in_the_language_of_the_reader():
    assert alert_message(RECORD, "pt") == (
        "Aumento abrupto do consumo: 5.812 W agora, 340 W de costume; "
        "1.234,567 kWh a mais até aqui."
    )
    assert alert_message(RECORD, "en") == (
        "Abrupt increase: 5,812 W now, usually 340 W; 1,234.567 kWh more so far."
    )


def test_says_that_it_is_over():
    over = replace(RECORD, closed_at_s=9)
    assert "já encerrado" in alert_message(over, "pt")
    assert "now over" in alert_message(over, "en")


def test_a_kind_without_words_says_its_name():
    assert alert_message(replace(RECORD, kind="stuck_register"), "pt") == "stuck_register"
