"""The typed SDK of the REST API: models, and clients that wait or await."""

from quilowatt.client.client import AsyncClient, Client
from quilowatt.client.models import (
    Alert,
    AlertEvent,
    Customer,
    CustomerName,
    Event,
    Interval,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    LoadProfile,
    Meter,
    Page,
    Period,
    ProfileIssue,
    Reading,
    ReadingEvent,
    UsagePoint,
)

__all__ = [
    "Alert",
    "AlertEvent",
    "AsyncClient",
    "Client",
    "Customer",
    "CustomerName",
    "Event",
    "Interval",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "LoadProfile",
    "Meter",
    "Page",
    "Period",
    "ProfileIssue",
    "Reading",
    "ReadingEvent",
    "UsagePoint",
]
