"""Many reading lines at once: bytes in, columns out.

The head-end joins what thousands of connections sent and calls `parse_lines` once. The common case,
in which every line is a well-formed reading, costs some 100 ns a line and creates no object per
line. A line that is anything else is named in `LineColumns.exceptions` and costs only itself: it
goes, alone, through `HeadEndConnection`, which knows the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from quilowatt.limits import LINE_SIZE_MAX, REGISTER_WH_MAX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Breaks = tuple[NDArray[np.intp], ...]
    Fields = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

__all__ = ["LineColumns", "line_ends", "parse_lines"]

LF: Final = ord("\n")
CR: Final = ord("\r")
SPACE: Final = ord(" ")
ZERO: Final = ord("0")
NINE: Final = ord("9")
VERB: Final = ord("R")

SPACES: Final = 3
"""In `R <time> <import> <export>`."""

BREAKS: Final = SPACES + 1
"""With the LF."""

WORD_SIZE: Final = 8
BITS_PER_BYTE: Final = 8
TEN_TO_EIGHTH: Final = np.uint64(10**8)

FIELD_DIGITS_MAX: Final = 2 * WORD_SIZE
"""Two words hold any time and register: 2^53 has 16 digits."""

OWN_BYTES: Final = np.array(
    [(1 << 64) - (1 << BITS_PER_BYTE * (WORD_SIZE - digits)) for digits in range(WORD_SIZE + 1)],
    np.uint64,
)
"""Which bits of a word belong to a number of so many digits: the last ones, its upper bytes."""

PAIRINGS: Final = (
    (np.uint64(10 << 8 | 1), np.uint64(8), np.uint64(0x00FF00FF00FF00FF)),
    (np.uint64(100 << 16 | 1), np.uint64(16), np.uint64(0x0000FFFF0000FFFF)),
    (np.uint64(10_000 << 32 | 1), np.uint64(32), np.uint64(0xFFFFFFFF)),
)
"""Factor, shift and mask that join digits to pairs, pairs to fours, fours to eight."""


@dataclass(frozen=True, slots=True)
class LineColumns:
    """The readings among some lines, and which lines are something else.

    Parameters
    ----------
    time_s, import_wh, export_wh : ndarray of int64, shape (readings,)
        Fields of the lines that are readings, in order. [s since 1970-01-01 UTC], [Wh]
    exceptions : ndarray of intp, shape (others,)
        Indexes of the lines that are not well-formed readings within the protocol's ranges.
    """

    time_s: NDArray[np.int64]
    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    exceptions: NDArray[np.intp]


def line_ends(text: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Positions of every LF in the text."""
    return np.flatnonzero(text == LF)


def parse_lines(text: NDArray[np.uint8], ends: NDArray[np.intp], *, time_s_max: int) -> LineColumns:
    r"""Turn whole lines into columns.

    Parameters
    ----------
    text : ndarray of uint8, shape (size,)
        Whole lines, the last byte an LF.
    ends : ndarray of intp, shape (lines,)
        `line_ends` of the text.
    time_s_max : int
        A reading later than this can't be true and becomes an exception. [s since 1970-01-01 UTC]

    Examples
    --------
    >>> text = np.frombuffer(b"R 1700000000 5 0\nPING\nR 1700000900 7 0\n", np.uint8)
    >>> columns = parse_lines(text, line_ends(text), time_s_max=2**33)
    >>> columns.import_wh.tolist(), columns.exceptions.tolist()
    ([5, 7], [1])
    """
    count = ends.size
    assert count, "at least one line"
    assert ends[-1] == text.size - 1, "the last line is whole"
    lines = np.arange(ends.size)
    breaks = _breaks_if_clean(text, ends)
    if breaks is None:  # something else is among them: most likely a PING or a CR
        lines, text = _lines_with_verb(text, ends)
        ends = line_ends(text)
        breaks = _breaks_if_clean(text, ends)
    if breaks is None:  # a reading is malformed, or padded with zeros: look byte by byte
        text = _without_leading_zeros(text)
        ends = line_ends(text)
        is_clean = _has_reading_shape(text, ends)
        lines, text = lines[is_clean], text[np.repeat(is_clean, np.diff(ends, prepend=-1))]
        breaks = _breaks_if_clean(text, line_ends(text))
        assert breaks is not None, "the lines were checked byte by byte"
    return _within_ranges(_read(text, breaks), lines, count, time_s_max)


def _breaks_if_clean(text: NDArray[np.uint8], ends: NDArray[np.intp]) -> Breaks | None:
    """Find the three spaces and the LF of each line, if nothing but readings can be here.

    Every byte below the digits is a break, every byte above them is a verb, so all others are
    digits.
    """
    found = np.flatnonzero(text < ZERO)
    if found.size != BREAKS * ends.size or np.count_nonzero(text > NINE) != ends.size:
        return None
    if not ends.size:
        return (found,) * BREAKS
    breaks = tuple(np.ascontiguousarray(found[field::BREAKS]) for field in range(BREAKS))
    starts = breaks[0] - 1
    is_clean = (
        (breaks[-1] == ends).all()
        and starts[0] == 0
        and (starts[1:] == ends[:-1] + 1).all()
        and (text[starts] == VERB).all()
        and all((text[spaces] == SPACE).all() for spaces in breaks[:-1])
    )
    for before, after in pairwise(breaks):
        sizes = after - before
        is_clean = is_clean and sizes.min() > 1 and sizes.max() <= FIELD_DIGITS_MAX + 1
    return breaks if is_clean else None


def _read(text: NDArray[np.uint8], breaks: Breaks) -> Fields:
    """Turn the digits between breaks into numbers, eight at a time."""
    padding = np.zeros(FIELD_DIGITS_MAX, np.uint8)
    padded = np.concatenate([padding, text, padding[:WORD_SIZE]])
    words: NDArray[np.uint64] = np.ndarray((padded.size - WORD_SIZE,), "<u8", padded, 0, (1,))
    time_s, import_wh, export_wh = (
        _number(words, after + FIELD_DIGITS_MAX, after - before - 1)
        for before, after in pairwise(breaks)
    )
    return time_s, import_wh, export_wh


def _number(
    words: NDArray[np.uint64], ends: NDArray[np.intp], digits: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Read the decimal numbers that end before some positions."""
    if not digits.size or digits.max() <= WORD_SIZE:
        return _eight_digits(words[ends - WORD_SIZE], digits).view(np.int64)
    low = _eight_digits(words[ends - WORD_SIZE], np.minimum(digits, WORD_SIZE))
    high = _eight_digits(words[ends - 2 * WORD_SIZE], np.maximum(digits - WORD_SIZE, 0))
    return (low + high * TEN_TO_EIGHTH).view(np.int64)


def _eight_digits(word: NDArray[np.uint64], digits: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Read up to eight ASCII digits that stand in the upper bytes of each word.

    Pairs of digits become numbers below 100, pairs of those below 10,000, and so on: three
    multiplications instead of eight (D. Lemire, "Quickly parsing eight digits", 2018).
    """
    if digits.min(initial=WORD_SIZE) < WORD_SIZE:
        word = word & OWN_BYTES[digits]
    word = word & np.uint64(0x0F0F0F0F0F0F0F0F)
    for factor, shift, mask in PAIRINGS:
        word *= factor
        word >>= shift
        word &= mask
    return word


def _without_leading_zeros(text: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Drop each zero that stands before another digit and behind nothing but zeros and a space."""
    if not text.size:
        return text
    place = np.arange(text.size)
    is_zero = text == ZERO
    before = np.maximum.accumulate(np.where(is_zero, 0, place))
    following = text[np.minimum(place + 1, text.size - 1)]
    is_digit = (following >= ZERO) & (following <= NINE)
    kept: NDArray[np.uint8] = text[~(is_zero & is_digit & (text[before] == SPACE))]
    return kept


def _lines_with_verb(
    text: NDArray[np.uint8], ends: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Keep the lines that start with `R ` and are not too long, less a CR before their LF."""
    starts = np.concatenate(([0], ends[:-1] + 1))
    sizes = np.diff(ends, prepend=-1)
    second = np.minimum(starts + 1, text.size - 1)
    has_verb = (text[starts] == VERB) & (text[second] == SPACE) & (sizes <= LINE_SIZE_MAX)
    keep = np.repeat(has_verb, sizes)
    before = ends[ends > 0] - 1
    keep[before[text[before] == CR]] = False
    return np.flatnonzero(has_verb), text[keep]


def _has_reading_shape(text: NDArray[np.uint8], ends: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell for each line whether after its `R` come three times a space and 1 to 16 digits."""
    starts = np.concatenate(([0], ends[:-1] + 1))
    is_space = text == SPACE
    is_foreign = (text < ZERO) & ~is_space & (text != LF) | (text > NINE)
    is_foreign[starts] = False
    # A field is what lies between a break and the next one; the first one of a line is its verb.
    breaks = np.flatnonzero(is_space | (text == LF))
    line_of_break = np.searchsorted(ends, breaks)
    gaps = np.diff(breaks, prepend=-1) - 1
    is_verb = np.diff(line_of_break, prepend=-1) > 0
    is_wrong = np.where(is_verb, gaps != 1, (gaps < 1) | (gaps > FIELD_DIGITS_MAX))
    fields: NDArray[np.intp] = np.bincount(line_of_break, minlength=ends.size)
    shape: NDArray[np.bool_] = fields == SPACES + 1
    shape[line_of_break[is_wrong]] = False
    shape[np.searchsorted(ends, np.flatnonzero(is_foreign))] = False
    return shape


def _within_ranges(
    fields: Fields, lines: NDArray[np.intp], count: int, time_s_max: int
) -> LineColumns:
    time_s, import_wh, export_wh = fields
    is_true = (time_s >= 1) & (time_s <= time_s_max)
    is_true &= (import_wh <= REGISTER_WH_MAX) & (export_wh <= REGISTER_WH_MAX)
    if lines.size == count and is_true.all():
        return LineColumns(time_s, import_wh, export_wh, np.empty(0, np.intp))
    is_reading = np.zeros(count, np.bool_)
    is_reading[lines[is_true]] = True
    return LineColumns(
        time_s[is_true], import_wh[is_true], export_wh[is_true], np.flatnonzero(~is_reading)
    )
