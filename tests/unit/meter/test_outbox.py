"""What a meter keeps on disk, cut and damaged at every place."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from uuid import UUID

import pytest

from quilowatt.errors import MeterError
from quilowatt.meter.outbox import COMPACT_DEAD_MIN, MeterIdentity, Outbox
from quilowatt.wire import Reading

IDENTITY = MeterIdentity(UUID("6f1d9dd8-6d0a-4a57-9a55-0d3e7a2b1c90"), bytes(range(32)))


def reading(n):
    return Reading(1767225600 + 900 * n, 1000 + n, n)


def kept(path):
    with Outbox(path) as outbox:
        return outbox.take(10**9)


def test_everything_is_there_after_a_restart(tmp_path):
    with Outbox(tmp_path / "meter") as outbox:
        assert outbox.identity is None
        assert outbox.newest is None
        outbox.save_identity(IDENTITY)
        assert outbox.add(reading(0))
        assert outbox.add_all([reading(1), reading(2)]) == 2
    with Outbox(tmp_path / "meter") as outbox:
        assert outbox.identity == IDENTITY
        assert outbox.take(10) == [reading(0), reading(1), reading(2)]
        assert outbox.newest == reading(2)


def test_files_are_the_owners_alone(tmp_path):
    with Outbox(tmp_path) as outbox:
        outbox.save_identity(IDENTITY)
        assert (tmp_path / "identity.json").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "readings.log").stat().st_mode & 0o777 == 0o600


def test_settled_readings_do_not_come_back_and_the_register_is_remembered(tmp_path):
    with Outbox(tmp_path) as outbox:
        outbox.add_all([reading(n) for n in range(4)])
        outbox.take(3)
        assert outbox.settle([reading(0).time_s, reading(1).time_s, 7]) == 2
        assert len(outbox) == 2
    with Outbox(tmp_path) as outbox:
        assert outbox.take(10) == [reading(2), reading(3)]
        assert outbox.settle([reading(3).time_s, reading(2).time_s]) == 2
        assert outbox.newest == reading(3)
    assert kept(tmp_path) == []


def test_a_refused_reading_leaves_from_the_middle(tmp_path):
    with Outbox(tmp_path) as outbox:
        outbox.add_all([reading(n) for n in range(5)])
        outbox.take(4)
        outbox.settle([reading(2).time_s])
        outbox.rewind()
        assert outbox.take(9) == [reading(n) for n in (0, 1, 3, 4)]
    assert kept(tmp_path) == [reading(n) for n in (0, 1, 3, 4)]


def test_a_new_connection_begins_with_the_oldest_unanswered(tmp_path):
    with Outbox(tmp_path) as outbox:
        outbox.add_all([reading(n) for n in range(3)])
        assert outbox.take(2) == [reading(0), reading(1)]
        assert outbox.take(2) == [reading(2)]
        outbox.rewind()
        assert outbox.take(9) == [reading(0), reading(1), reading(2)]


def test_the_first_reading_of_a_second_stands(tmp_path):
    with Outbox(tmp_path) as outbox:
        assert outbox.add(Reading(5, 100, 0))
        assert not outbox.add(Reading(5, 101, 0))
        assert outbox.take(9) == [Reading(5, 100, 0)]


def test_the_log_does_not_grow_with_what_is_settled(tmp_path):
    log = tmp_path / "readings.log"
    with Outbox(tmp_path) as outbox:
        for start in range(0, 4 * COMPACT_DEAD_MIN, 64):
            batch = [reading(start + n) for n in range(64)]
            outbox.add_all(batch)
            outbox.settle([r.time_s for r in outbox.take(64)])
        newest = outbox.newest
        assert log.stat().st_size < 48 * COMPACT_DEAD_MIN
    with Outbox(tmp_path) as outbox:
        assert outbox.newest == newest
        assert len(outbox) == 0


def test_at_the_bound_every_second_unsent_reading_is_given_up(tmp_path):
    with Outbox(tmp_path, readings_max=10) as outbox:
        outbox.add_all([reading(n) for n in range(4)])
        outbox.take(2)
        outbox.add_all([reading(n) for n in range(4, 11)])
        assert outbox.given_up == 4
        outbox.rewind()
        assert outbox.take(99) == [reading(n) for n in (0, 1, 2, 4, 6, 8, 10)]
    assert kept(tmp_path) == [reading(n) for n in (0, 1, 2, 4, 6, 8, 10)]


def test_a_log_torn_at_any_byte_keeps_every_whole_frame(tmp_path):
    with Outbox(tmp_path) as outbox:
        log = tmp_path / "readings.log"
        ends = [log.stat().st_size]
        for n in range(3):
            outbox.add(reading(n))
            ends.append(log.stat().st_size)
    whole = log.read_bytes()
    for size in range(ends[0], len(whole) + 1):
        log.write_bytes(whole[:size])
        count = sum(end <= size for end in ends[1:])
        assert kept(tmp_path) == [reading(n) for n in range(count)]
        assert log.stat().st_size == ends[count]


@pytest.mark.parametrize("junk", [b"\0" * 100, b"\xff" * 7, b"\xf5qwF"])
def test_a_tail_of_junk_is_cut_and_writing_goes_on(tmp_path, junk):
    with Outbox(tmp_path) as outbox:
        outbox.add(reading(0))
    with (tmp_path / "readings.log").open("ab") as log:
        log.write(junk)
    with Outbox(tmp_path) as outbox:
        outbox.add(reading(1))
    assert kept(tmp_path) == [reading(0), reading(1)]


def test_a_changed_bit_before_the_last_frame_is_refused(tmp_path):
    with Outbox(tmp_path) as outbox:
        size = (tmp_path / "readings.log").stat().st_size
        outbox.add(reading(0))
        outbox.add(reading(1))
    log = tmp_path / "readings.log"
    content = bytearray(log.read_bytes())
    content[size + 20] ^= 1
    log.write_bytes(content)
    with pytest.raises(MeterError, match=f"is damaged at byte {size}; copy it away"):
        Outbox(tmp_path)
    content[size + 20] ^= 1
    log.write_bytes(content)
    assert len(kept(tmp_path)) == 2, "a refused directory is let go of"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not a meter's log"),
        (b"x" * 50, "is not a meter's log"),
        (b"quilowatt outbox\2\0\0\0", "has version 2; this quilowatt reads 1: upgrade it"),
    ],
)
def test_a_log_of_another_form_is_refused(tmp_path, content, why):
    (tmp_path / "readings.log").write_bytes(content)
    with pytest.raises(MeterError, match=why):
        Outbox(tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is damaged; restore it, or delete it to register as a new meter"),
        (b"[]", "is damaged"),
        (b'{"version":1,"uuid":"x","secret":""}', "is damaged"),
        (json.dumps({"version": 9}).encode(), "has version 9; this quilowatt reads 1"),
    ],
)
def test_a_damaged_identity_is_refused(tmp_path, content, why):
    (tmp_path / "identity.json").write_bytes(content)
    with pytest.raises(MeterError, match=why):
        Outbox(tmp_path)


def test_one_process_at_a_time(tmp_path):
    with Outbox(tmp_path), pytest.raises(MeterError, match="is in use by another meter"):
        Outbox(tmp_path)
    with Outbox(tmp_path):
        pass


def test_a_full_disk_leaves_a_whole_log(tmp_path, monkeypatch):
    with Outbox(tmp_path) as outbox:
        outbox.add(reading(0))

        def no_room(_):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", no_room)
            with pytest.raises(MeterError, match="can't be written: No space left on device"):
                outbox.add(reading(1))
        assert outbox.add(reading(2))
    assert kept(tmp_path) == [reading(0), reading(2)]


def test_killed_while_adding_and_settling_loses_nothing(tmp_path):
    """The child says each time that `add` returned for; it is killed in the middle of its work."""
    child = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from quilowatt.meter.outbox import Outbox
        from quilowatt.wire import Reading
        outbox, n = Outbox(Path(sys.argv[1])), int(sys.argv[2])
        while True:
            n += 1
            outbox.add(Reading(n, n, 0))
            print(n, flush=True)
            if n % 7 == 0:
                outbox.settle([r.time_s for r in outbox.take(5)])
        """
    )
    last = 0
    for lines in (3, 40, 200):
        with subprocess.Popen(
            [sys.executable, "-c", child, str(tmp_path), str(last)],
            stdout=subprocess.PIPE,
        ) as process:
            for _ in range(lines):
                last = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            last = max([last, *(int(n) for n in process.stdout.read().split(b"\n")[:-1] if n)])
        times = [r.time_s for r in kept(tmp_path)]
        assert times == list(range(times[0], times[-1] + 1))
        assert times[-1] >= last
        last = times[-1]


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MeterError, match="can't be used: Not a directory"):
        Outbox(tmp_path / "file" / "meter")
