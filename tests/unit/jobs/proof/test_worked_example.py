"""The example that `docs/proof.md` works by hand is what the code makes, and is proved."""

import re

from harness.proofs import ROOT, worked_example
from quilowatt.jobs.proof import read_proof, verify, write_proof

PROOF = ROOT / "docs" / "proof-example.json"


def test_the_file_is_what_the_code_makes():
    assert PROOF.read_bytes() == write_proof(worked_example().record)
    assert verify(read_proof(PROOF.read_bytes())).is_proved


def test_the_page_says_its_numbers():
    record = read_proof(PROOF.read_bytes()).record
    page = (ROOT / "docs" / "proof.md").read_text("utf-8")
    bill = record["invoice"]["bill"]
    told = [line["formula"] for line in bill["lines"]]
    told += [tax["formula"] for line in bill["lines"] for tax in line["taxes"]]
    told += [record["digest"], record["seal"]["all"], record["invoice"]["links"][0]["head"]]
    told += [record["invoice"]["tariff_digest"], bill["total"], bill["total_unrounded"]]
    told += [str(wh) for wh in record["profile"]["import_wh"]]
    assert [text for text in told if text not in page] == []


def test_every_key_is_explained():
    page = (ROOT / "docs" / "proof.md").read_text("utf-8")
    record = read_proof(PROOF.read_bytes()).record
    keys = {
        key for part in ("invoice", "rules", "profile", "calendar", "seal") for key in record[part]
    }
    keys |= {*record, *record["meters"][0], *record["invoice"]["bill"]}
    assert [key for key in sorted(keys) if not re.search(rf"`{key}`", page)] == []
