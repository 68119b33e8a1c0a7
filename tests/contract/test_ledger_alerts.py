"""What every `Ledger` must do with alerts: open, follow, close, list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.ledgers import client_of, identity, register, request_of
from quilowatt.store import (
    AlertEpisode,
    AlertFilter,
    Ledger,
)


def episode(number: int, at_s: int, **changes) -> AlertEpisode:
    return replace(
        AlertEpisode(number, "abrupt_increase", "warning", at_s, 5000, 400, 0), **changes
    )


class TestAlerts:
    @pytest.fixture
    def ledger(self, open_ledger) -> Ledger:
        ledger = open_ledger()
        register(ledger, *map(request_of, range(1, 4)))
        return ledger

    def test_opens_goes_on_and_closes(self, ledger):
        [opened] = ledger.open_alerts([episode(1, 1000)], raised_at_s=1010)
        client = client_of(ledger, 1)
        assert (opened.opened_at_s, opened.raised_at_s, opened.updated_at_s) == (1000, 1010, 1000)
        assert opened.closed_at_s is None
        assert (opened.meter_uuid, opened.customer_uuid, opened.customer_name) == (
            client.meter_uuid,
            client.customer_uuid,
            "Customer 1",
        )
        assert (opened.meter_number, opened.usage_point_id, opened.customer_id) == (1, 1, 1)
        assert ledger.counts().open_alerts == 1

        later = episode(1, 1300, power_w=6000, excess_wh=450, severity="critical")
        [updated] = ledger.update_alerts([later])
        assert updated == replace(
            opened, updated_at_s=1300, power_w=6000, excess_wh=450, severity="critical"
        )
        [closed] = ledger.close_alerts([replace(later, at_s=1600, power_w=300)])
        assert closed == replace(updated, updated_at_s=1600, closed_at_s=1600, power_w=300)
        assert ledger.alerts(AlertFilter(), limit=9) == [closed]
        assert ledger.counts().open_alerts == 0

    def test_one_open_episode_per_meter_and_kind(self, ledger):
        other = episode(1, 1200, kind="stuck")
        opened = ledger.open_alerts(
            [episode(1, 1000), episode(1, 1100), other, episode(2, 1000)], raised_at_s=1
        )
        assert [(a.meter_number, a.kind, a.opened_at_s) for a in opened] == [
            (1, "abrupt_increase", 1000),
            (1, "stuck", 1200),
            (2, "abrupt_increase", 1000),
        ]
        assert ledger.open_alerts([episode(1, 1100)], raised_at_s=2) == []

    def test_a_detector_that_says_it_all_again_raises_nothing(self, ledger):
        ledger.open_alerts([episode(1, 1000)], raised_at_s=1)
        ledger.close_alerts([episode(1, 1600)])
        assert ledger.open_alerts([episode(1, 1000)], raised_at_s=2) == []
        assert ledger.close_alerts([episode(1, 1600)]) == []

    def test_a_later_episode_is_another_alert(self, ledger):
        ledger.open_alerts([episode(1, 1000)], raised_at_s=1)
        ledger.close_alerts([episode(1, 1600)])
        [second] = ledger.open_alerts([episode(1, 2000)], raised_at_s=2)
        assert second.id == 2
        ledger.update_alerts([episode(1, 2100)])
        newest, oldest = ledger.alerts(AlertFilter(), limit=9)
        assert (newest.updated_at_s, oldest.updated_at_s) == (2100, 1600)

    def test_what_is_not_open_is_ignored(self, ledger):
        assert ledger.open_alerts([], raised_at_s=1) == []
        assert ledger.update_alerts([]) == ledger.close_alerts([]) == []
        assert ledger.update_alerts([episode(1, 5)]) == ledger.close_alerts([episode(2, 5)]) == []
        assert ledger.alerts(AlertFilter(), limit=9) == []

    def test_figures_may_come_from_arrays(self, ledger):
        row = np.array([1, 1000, 5000, 400, 7], np.int64)
        [opened] = ledger.open_alerts(
            [AlertEpisode(row[0], "abrupt_increase", "warning", *row[1:])], raised_at_s=row[1]
        )
        assert (opened.opened_at_s, opened.power_w, opened.excess_wh) == (1000, 5000, 7)
        assert ledger.alerts(AlertFilter(start_s=0, end_s=2000), limit=9) == [opened]

    def test_belongs_to_who_paid_then(self, ledger):
        [old] = ledger.open_alerts([episode(1, 1000)], raised_at_s=1)
        place = client_of(ledger, 1).usage_point_uuid
        register(ledger, request_of(9, usage_point=place))
        [new] = ledger.open_alerts([episode(4, 2000)], raised_at_s=2)
        assert (old.usage_point_id, new.usage_point_id) == (1, 1)
        assert ledger.alerts(AlertFilter(customer=str(new.customer_uuid)), limit=9) == [new, old]

    @pytest.mark.parametrize(
        ("which", "found"),
        [
            (AlertFilter(), [3, 2, 1]),
            (AlertFilter(meter="S0002"), [2]),
            (AlertFilter(name="customer 2"), [2]),
            (AlertFilter(name="nobody"), []),
            (AlertFilter(meter=str(identity(1))), [3, 1]),
            (AlertFilter(meter="S9"), []),
            (AlertFilter(customer="not a uuid"), []),
            (AlertFilter(kind="stuck"), [3]),
            (AlertFilter(kind="\ud83d"), []),
            (AlertFilter(is_open=True), [3, 2]),
            (AlertFilter(is_open=False), [1]),
            (AlertFilter(start_s=1600), [3, 2]),
            (AlertFilter(start_s=1599), [3, 2, 1]),
            (AlertFilter(end_s=1000), []),
            (AlertFilter(end_s=1001), [1]),
            (AlertFilter(start_s=1200, end_s=1500), [2, 1]),
            (AlertFilter(start_s=1200, end_s=1500, is_open=True, meter="S0002"), [2]),
        ],
    )
    def test_filters(self, ledger, which, found):
        ledger.open_alerts([episode(1, 1000)], raised_at_s=1)
        ledger.close_alerts([episode(1, 1600)])
        later = [episode(2, 1400), episode(1, 1800, kind="stuck")]
        ledger.open_alerts(later, raised_at_s=2)
        assert [alert.id for alert in ledger.alerts(which, limit=9)] == found

    def test_an_episode_of_no_length_is_found_at_its_instant(self, ledger):
        ledger.open_alerts([episode(1, 1000)], raised_at_s=1)
        ledger.close_alerts([episode(1, 1000)])
        assert len(ledger.alerts(AlertFilter(start_s=1000, end_s=1001), limit=9)) == 1

    def test_pages_go_back_in_time(self, ledger):
        for at_s in range(1000, 1010):
            ledger.open_alerts([episode(1, at_s)], raised_at_s=1)
            ledger.close_alerts([episode(1, at_s)])
        after, seen = None, []
        while page := ledger.alerts(AlertFilter(), after=after, limit=3):
            seen += [alert.id for alert in page]
            after = seen[-1]
        assert seen == list(range(10, 0, -1))

    def test_survive_a_restart(self, open_ledger, ledger):
        [opened] = ledger.open_alerts([episode(1, 1000)], raised_at_s=1)
        ledger.close()
        again = open_ledger()
        assert again.alerts(AlertFilter(is_open=True), limit=9) == [opened]
        assert again.close_alerts([episode(1, 1100)])[0].id == opened.id
