"""A file that is no proof is refused in words, whatever it holds; a proof reads back."""

import gzip
import json

import numpy as np
import pytest

from harness.proofs import billed, sound
from quilowatt.billing.invoice_record import canonical
from quilowatt.errors import ProofError
from quilowatt.jobs.proof import read_proof, verify, write_proof
from quilowatt.jobs.proof.columns import packed, unpacked

NAME = "social"


def changed(change):
    record = json.loads(sound(NAME))
    change(record)
    return canonical(record)


def put(path, value):
    def change(record):
        *steps, last = path
        for step in steps:
            record = record[step]
        if value is None:
            del record[last]
        else:
            record[last] = value

    return change


HOSTILE = {
    "nothing": b"",
    "no JSON": b"Ana",
    "not UTF-8": b'{"format": "\xff"}',
    "half a character": b'{"format": "\\ud800"}',
    "a list": b"[]",
    "NaN": b'{"format": NaN}',
    "infinity": b'{"format": -Infinity}',
    "a fraction": sound(NAME).replace(b'"digits":0', b'"digits":0.0'),
    "an exponent": sound(NAME).replace(b'"digits":0', b'"digits":0e0'),
    "beyond 64 bits": b'{"format": 9223372036854775808}',
    "ten thousand digits": b'{"format": ' + b"9" * 10_000 + b"}",
    "a hundred thousand brackets": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "a key twice": sound(NAME).replace(b'{"calendar"', b'{"digest":"x","calendar"', 1),
    "an unknown key": changed(put(["extra"], 1)),
    "a missing key": changed(put(["rules"], None)),
    "another format": changed(put(["format"], "quilowatt proof 2")),
    "a text for a number": changed(put(["invoice", "issued_at_s"], "1")),
    "a boolean for a number": changed(put(["invoice", "issued_at_s"], True)),
    "no decimal": changed(put(["invoice", "bill", "total"], "1,00")),
    "NaN for money": changed(put(["invoice", "bill", "total"], "NaN")),
    "no date": changed(put(["invoice", "due"], "2026-02-30")),
    "a year of intervals more": changed(put(["invoice", "bill", "end_s"], 2_000_000_000)),
    "an endless cycle": changed(put(["invoice", "bill", "start_s"], 0)),
    "times that fall": changed(put(["meters", 0, "time_s", 3], -900)),
    "registers below 0": changed(put(["meters", 0, "import_wh", 0], -1)),
    "registers beyond bounds": changed(put(["meters", 0, "import_wh", 1], 2**53 - 1)),
    "columns of different lengths": changed(lambda r: r["meters"][0]["export_wh"].pop()),
    "a revision of no reading": changed(put(["meters", 0, "revised"], [10**6])),
    "offsets of a day": changed(put(["calendar", "offsets"], [[0, 86_400]])),
    "offsets that are no pairs": changed(put(["calendar", "offsets"], [[0]])),
    "no offsets": changed(put(["calendar", "offsets"], [])),
    "a long calendar": changed(put(["calendar", "last_day"], "9999-12-31")),
    "edges that fall": changed(put(["profile", "edges_s", 1], -1)),
    "a tariff that is none": changed(put(["tariff"], [1])),
    "null in a tariff": sound(NAME).replace(b'"code":"examples/social"', b'"code":null', 1),
    "gzip cut short": gzip.compress(sound(NAME))[:-30],
    "gzip with a tail": gzip.compress(sound(NAME)) + b"x",
    "gzip of nothing": b"\x1f\x8b",
    "a bomb": gzip.compress(b" " * (40 * 1024 * 1024)),
    "too long": b" " * (33 * 1024 * 1024),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_proof_is_refused_in_both_languages(name):
    with pytest.raises(ProofError, match="no proof of an invoice") as caught:
        read_proof(HOSTILE[name])
    assert caught.value.pt.startswith("isto não é a prova de uma fatura: ")
    assert len(str(caught.value)) < 1000


def test_compressed_or_not_it_is_the_same_proof():
    data = sound(NAME)
    packed_data = gzip.compress(data)
    assert read_proof(packed_data).record == read_proof(data).record
    assert verify(read_proof(packed_data)).is_proved


def test_the_same_invoice_gives_the_same_bytes():
    record = billed(NAME).record
    assert write_proof(record) == sound(NAME)
    assert write_proof(record, is_compressed=True) == write_proof(record, is_compressed=True)


def test_white_space_changes_nothing():
    data = json.dumps(json.loads(sound(NAME)), indent=1).encode()
    assert verify(read_proof(data)).is_proved


def test_columns_come_back_whatever_their_size():
    column = np.array([2**53 - 1, 0, 5, 2**53 - 1], np.int64)
    assert unpacked(packed(column)) == column.tolist()
    assert unpacked(packed(column[:0])) == []
