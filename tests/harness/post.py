"""A ledger with two meters and the notifier on it, whose turns a test takes; its clock stands."""

from dataclasses import replace
from uuid import uuid4

from quilowatt.jobs.notifier import Notifier
from quilowatt.store import (
    AlertEpisode,
    ChannelRequest,
    ChannelTerms,
    LedgerDefaults,
    SqlLedger,
)

DAY_S = 86_400
NOON_S = 20_600 * DAY_S + 12 * 3600
"""Noon of a day, UTC. [s since 1970-01-01 UTC]"""

EPISODE = AlertEpisode(1, "abrupt_increase", "warning", NOON_S - 60, 5800, 400, 5400)


def describe(alert, tongue):
    verb = "aumentou" if tongue == "pt" else "rose"
    return {"id": alert.id, "kind": alert.kind, "message": f"{alert.customer_name} {verb}"}


class Post:
    """A ledger with two meters and the notifier on it, whose turns the test takes."""

    def __init__(self, path):
        self.path = path
        self.now_s = NOON_S
        self.open()

    def open(self):
        self.ledger = SqlLedger.open(self.path, LedgerDefaults())
        self.notifier = Notifier(self.ledger, lambda: float(self.now_s), describe)

    def again(self):
        """Go on in another process, as after a kill."""
        self.close()
        self.open()

    def close(self):
        self.notifier.close()
        self.ledger.close()

    def channel(self, url, *, customer_id=None, **terms):
        asked = ChannelRequest(
            uuid4(), customer_id, "the phone", url, "hush", ChannelTerms(**terms), "Ana"
        )
        return self.ledger.channels.add(asked, at_s=self.now_s)

    def alert(self, **changes):
        episode = replace(EPISODE, **changes)
        (alert,) = self.ledger.open_alerts([episode], raised_at_s=self.now_s)
        return alert

    def at(self, now_s):
        self.now_s = now_s
        return self.notifier.turn()

    def states(self):
        return [n.state for n in reversed(self.ledger.notices.notices(limit=99))]
