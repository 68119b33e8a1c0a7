"""The tariffs at hand, by code. It is given texts: reading files is the caller's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quilowatt.billing.tariff_file import load_tariff
from quilowatt.errors import BillingError, TariffError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from quilowatt.billing.tariff import Tariff

__all__ = ["TariffBook"]


class TariffBook:
    """Finds a tariff by its code.

    Parameters
    ----------
    tariffs : iterable of Tariff
        Each code once.
    """

    def __init__(self, tariffs: Iterable[Tariff]) -> None:
        self._tariffs = {tariff.code: tariff for tariff in tariffs}

    @classmethod
    def load(
        cls, documents: Iterable[tuple[str, str] | tuple[str, str, Mapping[str, str]]]
    ) -> TariffBook:
        """Read documents given as (name, text) or (name, text, texts that it includes).

        Raises
        ------
        TariffError
            For the first document with problems, or if two have the same code.
        """
        tariffs: dict[str, Tariff] = {}
        for document in documents:
            name, text = document[:2]
            tariff = load_tariff(text, name, *document[2:])
            if tariff.code in tariffs:
                raise TariffError(name, (f"code {tariff.code!r} is taken by another document",))
            tariffs[tariff.code] = tariff
        return cls(tariffs.values())

    def codes(self) -> tuple[str, ...]:
        """Return all codes, sorted."""
        return tuple(sorted(self._tariffs))

    def find(self, code: str) -> Tariff:
        """Return the tariff with a code.

        Raises
        ------
        BillingError
            If there is none.
        """
        if code not in self._tariffs:
            known = ", ".join(self.codes())
            raise BillingError(
                f"no tariff {code!r}; there are {known or 'none'}",
                f"não há tarifa {code!r}; as que há: {known or 'nenhuma'}",
            )
        return self._tariffs[code]
