"""From energy to money: tariff, charges, taxes, bill. Pure; no float."""

from quilowatt.billing.bill import Bill, BillLine, ContainedTax, bill
from quilowatt.billing.book import TariffBook
from quilowatt.billing.tariff import Tariff, Text
from quilowatt.billing.tariff_file import load_tariff

__all__ = [
    "Bill",
    "BillLine",
    "ContainedTax",
    "Tariff",
    "TariffBook",
    "Text",
    "bill",
    "load_tariff",
]
