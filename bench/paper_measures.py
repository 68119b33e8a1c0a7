"""How long a printed bill takes: one, and a thousand different ones in a row."""

import resource
import statistics
import sys
import time
from dataclasses import replace

from machine import HERE

from quilowatt.billing.paper import pdf

COUNT = 1000
MIB_IN_KIB = 1024


def papers(_directory, results):
    """A thousand bills as PDF, in both languages, each of another customer."""
    invoices = list(_invoices(COUNT))
    pdf(invoices[0], "pt")
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, each_ms, sizes = time.perf_counter(), [], []
    for number, invoice in enumerate(invoices):
        start = time.perf_counter()
        sizes.append(len(pdf(invoice, "pt" if number % 2 else "en")))
        each_ms.append(1000 * (time.perf_counter() - start))
    all_s = time.perf_counter() - began
    each_ms.sort()
    measured = results["papers"] = {
        "median_ms": statistics.median(each_ms),
        "p95_ms": each_ms[95 * COUNT // 100],
        "thousand_s": all_s * 1000 / COUNT,
        "grown_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / MIB_IN_KIB,
        "bytes_each": statistics.median(sizes),
    }
    p95 = f"p95 {measured['p95_ms']:.0f} ms"
    yield "PDF of a bill, Pix and barcode", f"{measured['median_ms']:.0f} ms", p95, "≤ 100 ms"
    grown = f"memory + {measured['grown_mib']:.0f} MiB"
    yield "  1,000 of them, one after another", f"{measured['thousand_s']:.0f} s", grown, "≤ 60 s"


def _invoices(count):
    """The tests' invoice of a home, each with a number, a name and codes of its own."""
    sys.path.append(str(HERE.parent / "tests"))
    from harness.papers import an_invoice  # noqa: PLC0415 - the line above makes it importable

    whole = an_invoice()
    for number in range(count):
        named = replace(whole.customer, name=f"Cliente {number} da Silva")
        # Not a valid Pix code any more, but as much work to draw.
        codes = tuple(
            replace(code, qr=code.qr and f"{code.qr[:-8]}{number:08}") for code in whole.codes
        )
        yield replace(whole, number=f"2026-{number:06}", customer=named, codes=codes)
