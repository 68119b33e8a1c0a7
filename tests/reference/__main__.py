"""Compares many random cases: ``python -m reference --count 10000 --seed 2026`` in ``tests/``."""

import argparse
import sys
import time
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from quilowatt.errors import BillingError
from reference.agreement import differences, fast_bill
from reference.tariffs import cases


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--progress", type=int, default=1000)
    options = parser.parse_args()
    seen, began = Counter(), time.monotonic()

    @seed(options.seed)
    @settings(
        max_examples=options.count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def compare(case):
        found = differences(case)
        assert not found, "\n".join(found)
        count(case, seen)
        if seen["cases"] % options.progress == 0:
            sys.stdout.write(f"{time.monotonic() - began:6.0f} s {seen['cases']} cases\n")
            sys.stdout.flush()

    compare()
    sys.stdout.write(f"seed {options.seed}, {time.monotonic() - began:.0f} s\n")
    for name, number in sorted(seen.items()):
        sys.stdout.write(f"{number:8} {name}\n")


def count(case, seen):
    """Count what was compared, so that nobody takes ten thousand empty bills for a proof."""
    seen["cases"] += 1
    try:
        bill = fast_bill(case)
    except BillingError:
        seen["refused by both"] += 1
        return
    seen["lines"] += len(bill.lines)
    seen["lines that aren't zero"] += sum(line.amount != 0 for line in bill.lines)
    for version in case.tariff["version"]:
        for charge in version["charges"]:
            seen[f"charges: {charge['kind']}"] += 1


if __name__ == "__main__":
    main()
