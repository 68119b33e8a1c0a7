"""Invoices that prove themselves: one file that has all it takes to compute an invoice again."""

from quilowatt.jobs.proof.build import Evidence, MeterEvidence, proof_of
from quilowatt.jobs.proof.document import Proof, read_proof, write_proof
from quilowatt.jobs.proof.verify import Verdict, verify

__all__ = [
    "Evidence",
    "MeterEvidence",
    "Proof",
    "Verdict",
    "proof_of",
    "read_proof",
    "verify",
    "write_proof",
]
