"""Prints the scores of forecasts; `--write FILE` puts them into a page, between its marks."""

import argparse
import sys
from pathlib import Path

from forecast_score import choosing
from forecast_score.households import households, sunny_homes
from forecast_score.report import energy_table, first_cycle_table, money_table, month_table
from forecast_score.scoring import (
    TARIFFS,
    energy_scores,
    first_cycle_scores,
    money_scores,
    tariff_of_2013,
)
from forecast_score.shifts import shift_scores, shift_table

BILLING_DAYS = (1, 8, 15, 22)
"""Of the few homes in California, so that a month's weather is met at several places in a cycle."""


def tables(homes):
    """Make every table, by the name of its marks."""
    energy = energy_scores(homes)
    made = {"energy": energy_table(energy), "months": month_table(energy)}
    made["first cycle"] = first_cycle_table(first_cycle_scores(homes))
    made["lasting increase"] = shift_table(shift_scores(1 - choosing.HALF))
    for name in TARIFFS:
        tariff = tariff_of_2013(name)
        made[name] = money_table(money_scores(homes, tariff), tariff.currency)
    taken, given = sunny_homes()
    made["homes with panels"] = energy_table(energy_scores(taken, BILLING_DAYS))
    tariff = tariff_of_2013("net-billing")
    money = money_scores(taken, tariff, given, BILLING_DAYS)
    made["net billing"] = money_table(money, tariff.currency)
    return made


def put(page, name, shown):
    """Replace what stands between the marks of a name."""
    begin, end = f"<!-- {name} begins -->\n", f"<!-- {name} ends -->"
    head, rest = page.split(begin)
    return f"{head}{begin}\n{shown}\n\n{end}{rest.split(end)[1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="a page with marks")
    parser.add_argument(
        "--choose", action="store_true", help="print the range's table from the other half instead"
    )
    options = parser.parse_args()
    if options.choose:
        for row in choosing.table(households().half(choosing.HALF)):
            sys.stdout.write("{:>6} d {:>6} forecasts {:>6} {:>6}\n".format(*row))
        return
    page = options.write.read_text("utf-8") if options.write else ""
    for name, shown in tables(households().half(1 - choosing.HALF)).items():
        sys.stdout.write(f"{name}\n\n{shown}\n\n")
        page = put(page, name, shown) if options.write else page
    if options.write:
        options.write.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
