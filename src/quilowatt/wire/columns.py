"""Many reading lines at once: bytes in, columns out.

The head-end joins what thousands of connections sent and calls `parse_lines` once. The common case,
in which every line is a well-formed reading, costs some 100 ns a line and creates no object per
line. A line that is anything else is named in `LineColumns.exceptions` and costs only itself: it
goes, alone, through `HeadEndConnection`, which knows the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from quilowatt.limits import LINE_SIZE_MAX, REGISTER_WH_MAX

if TYPE_CHECKING:
    from numpy.typing import NDArray

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

FIELD_DIGITS_MAX: Final = 18
"""Any number of so many digits fits int64; registers and times need at most 16."""

FIELDS: Final = ("time_s", "import_wh", "export_wh")

PARSE: Final = pacsv.ParseOptions(delimiter=" ", quote_char=False, ignore_empty_lines=False)
CONVERT: Final = pacsv.ConvertOptions(
    column_types=dict.fromkeys(FIELDS, pa.int64()), include_columns=FIELDS, null_values=[]
)


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
    assert ends.size, "at least one line"
    assert ends[-1] == text.size - 1, "the last line is whole"
    lines = np.arange(ends.size)
    fields = _read_if_clean(text, ends)
    if fields is None:  # something else is among them: most likely a PING or a CR
        lines, text = _lines_with_verb(text, ends)
        fields = _read_if_clean(text, line_ends(text))
    if fields is None:  # a reading is malformed: find it byte by byte
        is_clean = _has_reading_shape(text, line_ends(text))
        text = text[np.repeat(is_clean, np.diff(line_ends(text), prepend=-1))]
        lines, fields = lines[is_clean], _read_if_clean(text, line_ends(text))
        assert fields is not None, "the lines were checked byte by byte"
    return _within_ranges(fields, lines, ends.size, time_s_max)


def _read_if_clean(text: NDArray[np.uint8], ends: NDArray[np.intp]) -> Fields | None:
    if not ends.size:
        none = np.empty(0, np.int64)
        return none, none, none
    return _read(text, ends.size) if _looks_clean(text, ends) else None


def _looks_clean(text: NDArray[np.uint8], ends: NDArray[np.intp]) -> bool:
    """Tell by counting bytes whether nothing but readings can be here.

    With `R ` at every line's start, the only bytes above 9 are those Rs, and the only bytes below 0
    are three spaces a line and the LFs. Four spaces in one line and two in another pass, but
    not the parser.
    """
    count = ends.size
    starts = np.empty(count, np.intp)
    starts[0] = 0
    starts[1:] = ends[:-1] + 1
    return bool(
        text.size > starts[-1] + 1
        and (text[starts] == VERB).all()
        and (text[starts + 1] == SPACE).all()
        and np.count_nonzero(text > NINE) == count
        and np.count_nonzero(text < ZERO) == (SPACES + 1) * count
        and np.count_nonzero(text == SPACE) == SPACES * count
        and (np.diff(ends, prepend=-1) <= LINE_SIZE_MAX).all()
    )


def _read(text: NDArray[np.uint8], count: int) -> Fields | None:
    options = pacsv.ReadOptions(
        column_names=("verb", *FIELDS), use_threads=False, block_size=text.size + 1
    )
    source = pa.BufferReader(pa.py_buffer(text))
    try:
        table = pacsv.read_csv(
            source, read_options=options, parse_options=PARSE, convert_options=CONVERT
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != count:
        return None
    time_s, import_wh, export_wh = (table.column(name).to_numpy() for name in FIELDS)
    return time_s, import_wh, export_wh


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
    """Tell for each line whether after its `R` come three times a space and 1 to 18 digits."""
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
