"""How ICMS, PIS and COFINS lie inside the price of energy: `TaxTable.layers` for Brazil.

Sources: STF, RE 574.706 (Tema 69, judged 2017-03-15, motions of 2021-05-13): the ICMS that is
shown on the bill is not part of the base of PIS and COFINS. Each distributor changed its bills
at a date of its own between 2020 and 2022.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ICMS_INSIDE_PIS_COFINS_BASE", "ICMS_OUTSIDE_PIS_COFINS_BASE"]

ICMS_OUTSIDE_PIS_COFINS_BASE: Final = (("icms",), ("pis", "cofins"))
"""Today: price = rate / ((1 − ICMS) · (1 − PIS − COFINS))."""

ICMS_INSIDE_PIS_COFINS_BASE: Final = (("icms", "pis", "cofins"),)
"""Before: price = rate / (1 − ICMS − PIS − COFINS)."""
