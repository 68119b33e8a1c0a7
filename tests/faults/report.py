"""The scoreboard as a table in Markdown: worst error over all homes, by fault and system."""

import statistics
from itertools import groupby

SYSTEMS = ("quilowatt", "Home Assistant", "emoncms", "volkszaehler", "ThingsBoard")


def table(found):
    """Lay scores out: a row a fault; energy and time-of-use money of each system."""
    lines = [
        "| fault | quilowatt: kWh | flat R$ | time of use R$ | "
        + " | ".join(f"{system}: kWh, R$" for system in SYSTEMS[1:])
        + " | issues listed |",
        "| --- |" + " ---: |" * (3 + len(SYSTEMS) - 1) + " --- |",
    ]
    faults = list(dict.fromkeys(score.fault for score in found))
    for fault, scores in groupby(sorted(found, key=lambda s: faults.index(s.fault)), _fault):
        lines.append(_row(fault, list(scores)))
    return "\n".join(lines)


def holes(found):
    """Say what five lost days cost under time of use: ours, and priced as they arrive."""
    lines = [
        "| five lost days, error of the time-of-use bill | median | worst |",
        "| --- | ---: | ---: |",
    ]
    for system, words in (
        ("quilowatt", "quilowatt: hours estimated"),
        ("Home Assistant", "priced at the hour of arrival"),
    ):
        shares = [float(score.share) for score in found if score.system == system]
        lines.append(f"| {words} | {statistics.median(shares):.2%} | {max(shares):.2%} |")
    return "\n".join(lines)


def _fault(score):
    return score.fault


def _row(fault, scores):
    by_system = {
        system: [score for score in scores if score.system == system] for system in SYSTEMS
    }
    ours = by_system["quilowatt"]
    cells = [
        fault,
        _kwh(ours),
        _money(score.flat for score in ours),
        _money(score.time_of_use for score in ours),
    ]
    cells += [
        f"{_kwh(by_system[system])}, {_money(score.time_of_use for score in by_system[system])}"
        for system in SYSTEMS[1:]
    ]
    kinds = sorted(set().union(*(score.kinds for score in ours)))
    return "| " + " | ".join([*cells, ", ".join(kinds)]) + " |"


def _kwh(scores):
    return f"{max(abs(score.energy_wh) for score in scores) / 1000:,.2f}"


def _money(amounts):
    return f"{max(abs(amount) for amount in amounts):,.2f}"
