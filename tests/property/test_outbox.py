"""Laws of the outbox: whatever is done and wherever the power fails, it holds what it promised."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from quilowatt.meter.outbox import Outbox
from quilowatt.wire import Reading

times = st.integers(1, 30)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(times, min_size=1, max_size=4)),
        st.tuples(st.just("settle"), st.lists(times, max_size=4)),
        st.tuples(st.just("take"), st.integers(1, 5)),
        st.tuples(st.just("rewind"), st.none()),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=25,
)


def do(outbox, kept, step):
    """Do a step to the outbox and to a dict that stands for it."""
    match step:
        case "add", chosen:
            outbox.add_all([Reading(t, t, 0) for t in chosen])
            kept.update({t: Reading(t, t, 0) for t in chosen if t not in kept})
        case "settle", chosen:
            assert outbox.settle(set(chosen)) == len(set(chosen) & set(kept))
            for time_s in chosen:
                kept.pop(time_s, None)
        case "take", limit:
            outbox.take(limit)
        case "rewind", _:
            outbox.rewind()


@settings(max_examples=60)
@given(steps)
def test_it_holds_what_was_added_and_not_settled_in_order(done):
    directory = Path(tempfile.mkdtemp())
    outbox, kept = Outbox(directory), {}
    try:
        for step in done:
            if step[0] == "restart":
                outbox.close()
                outbox = Outbox(directory)
            do(outbox, kept, step)
            assert len(outbox) == len(kept)
        outbox.rewind()
        assert outbox.take(99) == list(kept.values())
    finally:
        outbox.close()
        shutil.rmtree(directory)


@settings(max_examples=60)
@given(steps, st.floats(0, 1), st.binary(max_size=40))
def test_a_crash_in_the_middle_of_a_write_loses_only_that_write(done, share, junk):
    """Cut the last write anywhere and leave junk behind it, as a power cut may."""
    directory = Path(tempfile.mkdtemp())
    log = directory / "readings.log"
    kept = {}
    try:
        with Outbox(directory) as outbox:
            for step in done:
                do(outbox, kept, step)
            before = log.read_bytes()
            outbox.add(Reading(99, 99, 0))
            torn = log.read_bytes()
        cut = len(before) + int(share * (len(torn) - len(before) - 1))
        log.write_bytes(torn[:cut] + junk)
        with Outbox(directory) as outbox:
            assert outbox.take(99) == list(kept.values())
    finally:
        shutil.rmtree(directory)
