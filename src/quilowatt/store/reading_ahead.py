"""Answers one after the other, the next of which is made while the last one is worked on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["read_ahead"]

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def read_ahead(questions: Iterable[Asked], ask: Callable[[Asked], Answer]) -> Iterator[Answer]:
    """Answer questions in their order, one ahead of whoever takes the answers.

    Reading and working on what was read take turns on one core otherwise; two answers at most are
    in memory. Whoever stops early waits for the one that is being made.

    Parameters
    ----------
    questions : iterable
        Taken one by one.
    ask : callable
        Answers a question, in a thread of its own; what it raises is raised with its answer.

    Examples
    --------
    >>> list(read_ahead([1, 2, 3], str))
    ['1', '2', '3']
    """
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as reader:
        ahead: Future[Answer] | None = None
        for question in questions:
            following = reader.submit(ask, question)
            if ahead is not None:
                yield ahead.result()
            ahead = following
        if ahead is not None:
            yield ahead.result()
