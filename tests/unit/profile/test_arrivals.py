"""How readings came: told when asked, though it changes nothing."""

import numpy as np
import pytest

from quilowatt.core.batch import ReadingColumns
from quilowatt.profile import IssueKind, arrival_issues


def facts(*rows):
    """Rows (time, import, arrival), by time and arrival."""
    time_s, import_wh, arrival_s = np.array(rows, np.int64).reshape(-1, 3).T
    n = len(rows)
    return ReadingColumns(
        np.ones(n, np.int32), time_s, import_wh, np.zeros(n, np.int64), arrival_s * 10**6,
        np.zeros(n, np.bool_),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([(0, 1, 1), (900, 2, 901)], []),
        ([(0, 1, 1), (900, 2, 9000), (1800, 3, 9001)], [(IssueKind.LATE, 900, 1800)]),
        ([(0, 1, 1), (900, 2, 1900), (1800, 3, 1801)], [(IssueKind.REORDERED, 900, 900)]),
        ([(0, 1, 1), (0, 1, 2), (900, 2, 901)], [(IssueKind.REPEATED, 0, 0)]),
        ([(0, 1, 1), (0, 5, 2), (900, 7, 901)], [(IssueKind.REVISED, 0, 0)]),
    ],
)
def test_how_they_came(rows, expected):
    issues = arrival_issues(facts(*rows))
    assert [(issue.kind, issue.start_s, issue.end_s) for issue in issues] == expected


def test_a_revision_tells_both_registers():
    (issue,) = arrival_issues(facts((0, 1000, 1), (0, 5000, 2)))
    assert (issue.before_wh, issue.after_wh, issue.energy_wh) == (1000, 5000, 4000)
    assert issue.text("pt") == (
        "Uma leitura foi revista de 1,000 kWh para 5,000 kWh; vale a mais recente."
    )
