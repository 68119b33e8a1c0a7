"""The printed bill: an invoice as PDF or as pictures of its pages, in Portuguese or English.

Pure: the same invoice, language and standing give the same bytes. Knows no country.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quilowatt.billing.paper.press import PICTURE_PPI, pdf_of, pictures_of
from quilowatt.billing.paper.sheet import sheet_of
from quilowatt.billing.paper.standing import ISSUED, Standing

if TYPE_CHECKING:
    from quilowatt.billing.invoice import Invoice
    from quilowatt.core.words import Language

__all__ = ["ISSUED", "Standing", "pdf", "pictures"]


def pdf(invoice: Invoice, language: Language, standing: Standing = ISSUED) -> bytes:
    """Print an invoice as PDF.

    Parameters
    ----------
    invoice : Invoice
        What is printed.
    language : {"en", "pt"}
        Of the reader.
    standing : Standing
        What became of it.
    """
    return pdf_of(sheet_of(invoice, language, standing), invoice.issued_at_s)


def pictures(
    invoice: Invoice, language: Language, standing: Standing = ISSUED, *, ppi: int = PICTURE_PPI
) -> tuple[bytes, ...]:
    """Print an invoice as PNG, one picture a page; otherwise as `pdf` does."""
    return pictures_of(sheet_of(invoice, language, standing), ppi)
