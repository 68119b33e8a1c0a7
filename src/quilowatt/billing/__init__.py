"""From energy to money: tariff, charges, taxes, bill. Pure; no float."""

from quilowatt.billing.bill import Bill, BillLine, ContainedTax
from quilowatt.billing.book import TariffBook
from quilowatt.billing.point import NOBODY, Credit, Item, UsagePoint
from quilowatt.billing.rating import bill, rate, rate_many, totals
from quilowatt.billing.tariff import Tariff, Text
from quilowatt.billing.tariff_file import load_tariff
from quilowatt.billing.usage import Usage

__all__ = [
    "NOBODY",
    "Bill",
    "BillLine",
    "ContainedTax",
    "Credit",
    "Item",
    "Tariff",
    "TariffBook",
    "Text",
    "Usage",
    "UsagePoint",
    "bill",
    "load_tariff",
    "rate",
    "rate_many",
    "totals",
]
