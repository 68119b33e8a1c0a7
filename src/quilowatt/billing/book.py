"""The tariffs at hand, by code. It is given texts: reading files is the caller's work."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from quilowatt.billing.tariff_file import load_tariff
from quilowatt.errors import BillingError, TariffError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from quilowatt.billing.tariff import Tariff

__all__ = ["TariffBook", "TariffSource"]


@dataclass(frozen=True, slots=True)
class TariffSource:
    """The texts that a tariff was read from.

    Parameters
    ----------
    name : str
        What to call the document: its path, usually.
    text : str
        The document.
    included : mapping of str to str
        Texts of the documents that it includes, by the name that it gives them.
    """

    name: str
    text: str
    included: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class TariffBook:
    """Finds a tariff by its code.

    Parameters
    ----------
    tariffs : iterable of Tariff
        Each code once.
    sources : mapping of str to TariffSource, optional
        What they were read from, by code.
    """

    def __init__(
        self, tariffs: Iterable[Tariff], sources: Mapping[str, TariffSource] | None = None
    ) -> None:
        self._tariffs = {tariff.code: tariff for tariff in tariffs}
        self._sources = dict(sources or {})

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
        sources: dict[str, TariffSource] = {}
        for document in documents:
            name, text = document[:2]
            tariff = load_tariff(text, name, *document[2:])
            if tariff.code in tariffs:
                raise TariffError(name, (f"code {tariff.code!r} is taken by another document",))
            tariffs[tariff.code] = tariff
            sources[tariff.code] = TariffSource(name, text, *document[2:])
        return cls(tariffs.values(), sources)

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

    def source(self, code: str) -> TariffSource:
        """Return what a tariff was read from.

        Raises
        ------
        BillingError
            If the book was made without it, or there is no such tariff.
        """
        if code not in self._sources:
            raise BillingError(
                f"the document of tariff {code!r} is not at hand",
                f"o documento da tarifa {code!r} não está à mão",
            )
        return self._sources[code]
