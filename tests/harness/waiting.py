"""Waiting on a condition, with a deadline and words for what did not come."""

import time

DEADLINE_S = 60.0
"""Far beyond what anything takes, so that a busy machine fails no test. [s]"""

POLL_S = 0.01


def until(condition, what, deadline_s=DEADLINE_S):
    """Wait until the condition gives something true, and answer it."""
    give_up_at_s = time.monotonic() + deadline_s
    while not (outcome := condition()):
        assert time.monotonic() < give_up_at_s, f"waited {deadline_s} s in vain for {what}"
        time.sleep(POLL_S)
    return outcome
