"""A proof as bytes, as a record, and as a value.

The record is canonical JSON (`billing.invoice_record.canonical`), may be compressed by gzip, and
is sealed: each of its parts has a digest, and the digests have one. `docs/proof.md` specifies it.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quilowatt.billing.invoice_record import canonical, digest, invoice_from_record
from quilowatt.billing.proof_calendar import zone_of_offsets
from quilowatt.billing.proof_shape import PROOF_SHAPE, shape_problems
from quilowatt.core.calendar import TIME_S_MAX
from quilowatt.errors import ProofError
from quilowatt.jobs.proof.columns import unpacked, unpacked_readings
from quilowatt.limits import PROOF_SIZE_MAX, REGISTER_WH_MAX
from quilowatt.profile import Connection, Energy, Stay

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from quilowatt.billing.invoice import Invoice

__all__ = ["MeterEvidence", "Proof", "parts_of", "read_proof", "seal", "write_proof"]

GZIP: Final = b"\x1f\x8b"
INT64: Final = 2**63
NUMBER_SIZE_MAX: Final = 20
PROBLEMS_SHOWN: Final = 5
CYCLE_MAX_S: Final = 400 * 86_400
"""No cycle is longer; a stranger's file may not ask for more work. [s]"""

CALENDAR_DAYS_MAX: Final = 2 * 366
OFFSETS_MAX: Final = 2000
OFFSET_S_MAX: Final = 86_399

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MeterEvidence:
    """A meter's time at the usage point, with the readings that count.

    Parameters
    ----------
    uuid : str
        Which meter.
    stay : Stay
        Its readings, from when to when it was there, digits, interval and declared registers.
    """

    uuid: str
    stay: Stay


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that has the right shape; whether it proves anything is `verify`'s to say.

    Parameters
    ----------
    record : dict
        The whole of it.
    invoice : Invoice
        What it proves.
    meters : tuple of MeterEvidence
        By time.
    connection : Connection
        What the usage point can carry, and its zone by the offsets of the proof.
    edges_s : ndarray of int64, shape (k + 1,)
        Where the tariff cuts the cycle. [s since 1970-01-01 UTC]
    """

    record: Record
    invoice: Invoice
    meters: tuple[MeterEvidence, ...]
    connection: Connection
    edges_s: NDArray[np.int64]

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the usage point."""
        calendar = self.record["calendar"]
        return zone_of_offsets(calendar["timezone"], tuple(map(tuple, calendar["offsets"])))


def parts_of(record: Record) -> Record:
    """Name the digest of each part that a seal holds: every section, and every key of the invoice.

    Examples
    --------
    >>> sorted(parts_of({"format": "x", "invoice": {"number": "1"}, "seal": {}}))
    ['format', 'invoice.number']
    """
    parts = {key: digest(record[key]) for key in record if key not in {"seal", "invoice"}}
    return parts | {f"invoice.{key}": digest(value) for key, value in record["invoice"].items()}


def seal(record: Record) -> Record:
    """Add the seal to a record that has none."""
    parts = parts_of(record)
    return record | {"seal": {"parts": parts, "all": digest(parts)}}


def write_proof(record: Record, *, is_compressed: bool = False) -> bytes:
    """Write a proof as a file, the same bytes for the same record."""
    data = canonical(record)
    return gzip.compress(data, mtime=0) if is_compressed else data


def read_proof(data: bytes) -> Proof:
    """Read a proof that may come from anyone.

    Raises
    ------
    ProofError
        If it is no proof: not JSON, a key twice, a number that isn't whole, something missing,
        unknown or out of bounds. Nothing else is raised, whatever the bytes are.
    """
    record = _parsed(_unzipped(data))
    problems = list(islice(shape_problems(record, PROOF_SHAPE), PROBLEMS_SHOWN))
    if problems:
        raise _no_proof("; ".join(problems))
    try:
        return _proof(record)
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise _no_proof(str(error)) from error


def _unzipped(data: bytes) -> bytes:
    if not data.startswith(GZIP):
        if len(data) > PROOF_SIZE_MAX:
            raise _no_proof(f"of {len(data)} B, limit {PROOF_SIZE_MAX} B")
        return data
    try:
        inflater = zlib.decompressobj(wbits=31)
        found = inflater.decompress(data, PROOF_SIZE_MAX + 1)
    except zlib.error as error:
        raise _no_proof(f"gzip: {error}") from error
    if len(found) > PROOF_SIZE_MAX:
        raise _no_proof(f"of more than {PROOF_SIZE_MAX} B when unpacked")
    if not inflater.eof or inflater.unused_data:
        raise _no_proof("gzip: cut short, or something follows")
    return found


def _parsed(data: bytes) -> Record:
    try:
        record = json.loads(
            data.decode(),
            object_pairs_hook=_unique,
            parse_int=_whole,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
        # What can't be written in the canonical form, such as half a character, is no proof.
        canonical(record)
    except (ValueError, RecursionError) as error:
        raise _no_proof(str(error) or type(error).__name__) from error
    if not isinstance(record, dict):
        raise _no_proof("the document must be an object")
    return record


def _unique(pairs: list[tuple[str, Any]]) -> Record:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:40]!r} is there twice")
    return found


def _whole(text: str) -> int:
    if len(text) > NUMBER_SIZE_MAX or not -INT64 <= int(text) < INT64:
        raise ValueError(f"the number {text[:NUMBER_SIZE_MAX]} doesn't fit 64 bits")
    return int(text)


def _refuse_number(text: str) -> int:
    raise ValueError(f"{text[:NUMBER_SIZE_MAX]} is no whole number")


def _proof(record: Record) -> Proof:
    invoice = invoice_from_record(record["invoice"])
    if not 0 < invoice.bill.end_s - invoice.bill.start_s <= CYCLE_MAX_S:
        raise ValueError("invoice.bill: the cycle must have 1 s to 400 days")
    _check_calendar(record["calendar"])
    offsets = tuple(map(tuple, record["calendar"]["offsets"]))
    zone = zone_of_offsets(record["calendar"]["timezone"], offsets)
    return Proof(
        record=record,
        invoice=invoice,
        meters=tuple(_meter(meter, i) for i, meter in enumerate(record["meters"])),
        connection=Connection(record["rules"]["power_max_w"], zone),
        edges_s=_edges_s(record["profile"], (invoice.bill.start_s, invoice.bill.end_s)),
    )


def _check_calendar(calendar: Record) -> None:
    offsets = calendar["offsets"]
    if not 0 < len(offsets) <= OFFSETS_MAX or any(len(pair) != 2 for pair in offsets):  # noqa: PLR2004
        raise ValueError("calendar.offsets: must be pairs of instant and offset")
    if any(not (at_s >= 0 and abs(offset_s) <= OFFSET_S_MAX) for at_s, offset_s in offsets):
        raise ValueError("calendar.offsets: no zone is a day ahead or behind")
    if any(after[0] <= before[0] for before, after in pairwise(offsets)):
        raise ValueError("calendar.offsets: instants must rise")
    days = date.fromisoformat(calendar["last_day"]) - date.fromisoformat(calendar["first_day"])
    if not 0 <= days.days <= CALENDAR_DAYS_MAX:
        raise ValueError("calendar: last_day must follow first_day, within two years")


def _meter(record: Record, number: int) -> MeterEvidence:
    place = f"meters[{number}]"
    readings = unpacked_readings(record, number)
    is_rising = (np.diff(readings.time_s) > 0).all()
    if not is_rising or (len(readings) and not 0 <= readings.time_s[0] <= TIME_S_MAX):
        raise ValueError(f"{place}.time_s: times must rise")
    if len(readings) and readings.time_s[-1] > TIME_S_MAX:
        raise ValueError(f"{place}.time_s: there is a time beyond the calendar")
    for column in (readings.import_wh, readings.export_wh):
        if len(readings) and not (column.min() >= 0 and column.max() <= REGISTER_WH_MAX):
            raise ValueError(f"{place}: a register is below 0 or above {REGISTER_WH_MAX} Wh")
    stay = Stay(
        readings,
        record["start_s"],
        record["end_s"],
        record["digits"],
        record["interval_s"],
        *(_energy(record[key]) for key in ("first_wh", "last_wh")),
    )
    return MeterEvidence(record["uuid"], stay)


def _energy(record: Record | None) -> Energy | None:
    return None if record is None else Energy(record["import_wh"], record["export_wh"])


def _edges_s(profile: Record, cycle_s: tuple[int, int]) -> NDArray[np.int64]:
    edges_s = unpacked(profile["edges_s"])
    if any(after <= before for before, after in pairwise(edges_s)):
        raise ValueError("profile.edges_s: must rise")
    if len(edges_s) < 2 or (edges_s[0], edges_s[-1]) != cycle_s:  # noqa: PLR2004 - both ends
        raise ValueError("profile.edges_s: must go from the start to the end of the cycle")
    if not len(profile["import_wh"]) == len(profile["export_wh"]) == len(edges_s) - 1:
        raise ValueError("profile: each interval must have one energy")
    return np.array(edges_s, np.int64)


def _no_proof(reason: str) -> ProofError:
    return ProofError(
        f"this is no proof of an invoice: {reason}", f"isto não é a prova de uma fatura: {reason}"
    )
