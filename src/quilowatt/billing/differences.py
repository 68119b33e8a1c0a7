"""The first thing in which two records differ, and what to call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Difference", "first_difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two records differ.

    Parameters
    ----------
    path : tuple of (str or int)
        Keys and places that lead to it.
    expected, found : object
        What should be there, and what is; None where nothing is.
    """

    path: tuple[str | int, ...]
    expected: object
    found: object


def first_difference(
    expected: Any,  # noqa: ANN401 - JSON
    found: Any,  # noqa: ANN401
    path: tuple[str | int, ...] = (),
) -> Difference | None:
    """Name the first place where a record differs from another, in the order of its keys.

    Examples
    --------
    >>> first_difference({"a": [1, 2], "b": 3}, {"a": [1, 5], "b": 4})
    Difference(path=('a', 1), expected=2, found=5)
    >>> first_difference([1], [1]) is None
    True
    """
    if type(expected) is not type(found):
        return Difference(path, expected, found)
    if isinstance(expected, dict):
        keys = [*expected, *(key for key in found if key not in expected)]
        pairs = [(key, expected.get(key), found.get(key)) for key in keys]
    elif isinstance(expected, list):
        if len(expected) != len(found):
            return _by_length(expected, found, path)
        pairs = [(i, a, b) for i, (a, b) in enumerate(zip(expected, found, strict=True))]
    else:
        return None if expected == found else Difference(path, expected, found)
    for key, one, other in pairs:
        if difference := first_difference(one, other, (*path, key)):
            return difference
    return None


def _by_length(expected: list[Any], found: list[Any], path: tuple[str | int, ...]) -> Difference:
    """Name the first item that differs, or the first that one of the lists lacks."""
    for number, (one, other) in enumerate(zip(expected, found, strict=False)):
        if difference := first_difference(one, other, (*path, number)):
            return difference
    at = min(len(expected), len(found))
    one = expected[at] if at < len(expected) else None
    other = found[at] if at < len(found) else None
    return Difference((*path, at), one, other)
