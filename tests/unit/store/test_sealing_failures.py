"""What a failure or a crash at any step of sealing leaves, and a full disk."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from harness.sealed_facts import (
    DAY_S,
    START_S,
    Fact,
    batch_of,
    day,
    facts_in,
    facts_on_disk,
)
from quilowatt.errors import StoreFull
from quilowatt.store import DuckReadingStore, seal
from quilowatt.store.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable


class Crash(BaseException):
    """The process ends here: nobody tidies up."""


class Saboteur:
    """Stands before every change to the disk; the n-th fails, and after a crash so do all others.

    It remembers which files were synced, because after a power cut the others are empty.
    """

    STEPS = (
        (Path, "rename"),
        (Path, "unlink"),
        (os, "fsync"),
        (os, "fdatasync"),
        (os, "ftruncate"),
        (pq.ParquetWriter, "write_table"),
    )

    def __init__(self, patch: pytest.MonkeyPatch, fails_at: int, failure: BaseException) -> None:
        self.steps, self.fails_at, self.failure = 0, fails_at, failure
        self.synced: set[int] = set()
        for owner, name in self.STEPS:
            patch.setattr(owner, name, self._guard(name, getattr(owner, name)))

    @property
    def has_struck(self) -> bool:
        return self.steps > self.fails_at

    def _guard(self, name: str, change: Callable) -> Callable:
        def guarded(subject, *args, **keywords):
            is_over = isinstance(self.failure, Crash) and self.has_struck
            self.steps += not is_over
            if is_over or self.steps - 1 == self.fails_at:
                raise self.failure
            if name in ("fsync", "fdatasync"):
                self.synced.add(os.fstat(subject).st_ino)
            return change(subject, *args, **keywords)

        return guarded


@pytest.fixture(scope="module")
def before_sealing(tmp_path_factory):
    """A directory with sealed months, recent segments and journals, and all of its facts."""
    directory = tmp_path_factory.mktemp("before") / "readings"
    store = DuckReadingStore(directory, hot_rows_max=4)
    now_s = START_S + 70 * DAY_S
    store.append(batch_of(day(0), day(1), day(40)), now_s=now_s)
    seal(store, now_s=now_s + 10)
    store.append(batch_of(day(1, wh=6), day(2), day(69), day(70)), now_s=now_s + 20)
    store.append(batch_of(day(3), day(41), day(0), day(70, meter=2)), now_s=now_s + 21)
    store.flush()
    store.append(batch_of(day(3, wh=8), day(40, wh=1), day(70, wh=3)), now_s=now_s + 22)
    facts = facts_in(store)
    store.close()
    assert len(facts) == 13
    return directory, facts


def move_everything(store: DuckReadingStore) -> None:
    store.flush()
    store.begin_journal()
    seal(store, now_s=START_S + 70.5 * DAY_S)


def listed_in(directory: Path) -> set[str]:
    return {segment.name for segment in read_manifest(directory).segments}


def reopened(directory: Path) -> tuple[list[Fact], list[Fact]]:
    """Give the facts of a directory as a store tells them, before and after it moves them."""
    store = DuckReadingStore(directory, hot_rows_max=4)
    try:
        first = facts_in(store)
        move_everything(store)
        return first, facts_in(store)
    finally:
        store.close()


@pytest.mark.slow
def test_a_crash_at_any_step_loses_and_doubles_nothing(before_sealing, tmp_path, monkeypatch):
    source, facts = before_sealing
    for step in range(1000):
        directory, killed, cut = (tmp_path / f"{step}-{name}" for name in ("at", "killed", "cut"))
        shutil.copytree(source, directory)
        old = {path.stat().st_ino for path in directory.iterdir()}
        store = DuckReadingStore(directory, hot_rows_max=4)
        with monkeypatch.context() as patch:
            saboteur = Saboteur(patch, step, Crash())
            with contextlib.suppress(Crash):
                move_everything(store)
        shutil.copytree(directory, killed)
        shutil.copytree(directory, cut)
        for path in directory.iterdir():
            if path.stat().st_ino not in old | saboteur.synced:
                os.truncate(cut / path.name, 0)
        store.close()
        for left in (killed, cut):
            assert reopened(left) == (facts, facts), (step, left)
            assert len(facts_on_disk(left)) == len(facts), (step, left)
        if not saboteur.has_struck:
            break
    assert step > 20, "there are that many steps at least"


@pytest.mark.slow
def test_a_failure_at_any_step_is_got_over(before_sealing, tmp_path, monkeypatch):
    source, facts = before_sealing
    facts_later = [*facts[:-1], day(71), facts[-1]]
    for step in range(1000):
        directory, left = tmp_path / f"{step}", tmp_path / f"{step}-left"
        shutil.copytree(source, directory)
        store = DuckReadingStore(directory, hot_rows_max=4)
        code = (errno.ENOSPC, errno.EIO)[step % 2]
        with monkeypatch.context() as patch:
            saboteur = Saboteur(patch, step, OSError(code, os.strerror(code)))
            with contextlib.suppress(OSError, StoreFull):
                move_everything(store)
        assert facts_in(store) == facts, step
        store.append(batch_of(day(71)), now_s=START_S + 71 * DAY_S)
        shutil.copytree(directory, left)
        assert reopened(left)[0] == facts_later, step
        move_everything(store)
        assert facts_in(store) == facts_later, step
        store.close()
        assert listed_in(directory) <= {path.name for path in directory.iterdir()}, step
        if not saboteur.has_struck:
            break
    assert step > 20, "there are that many steps at least"


FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreFull
from quilowatt.store import DuckReadingStore, seal

def bound(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

directory = Path(sys.argv[1])
store = DuckReadingStore(directory)
meters = np.arange(int(sys.argv[2]), dtype=np.int32) * int(sys.argv[3])
time_s = meters + np.int64(1_767_225_600)
noise = np.random.default_rng(1).integers(0, 2**40, meters.size)
batch = ReadingBatch(meters, time_s, noise, noise)
store.append(batch, now_s=1_767_225_600)
store.begin_journal()
files = {path.name for path in directory.iterdir()}
bound(50_000)
for move in (store.flush, lambda: seal(store, now_s=1_867_225_600)) * 2:
    try:
        move()
        raise SystemExit("the disk was full, and it was not said")
    except StoreFull as error:
        assert "no room for " in str(error), error
    assert {path.name for path in directory.iterdir()} == files, list(directory.iterdir())
    assert len(store.readings(meters, 0, 2**38)) == meters.size
bound(resource.RLIM_INFINITY)
store.flush()
files = {path.name for path in directory.iterdir()}
bound(20_000)
try:
    seal(store, now_s=1_867_225_600)
    raise SystemExit("the disk was full, and it was not said")
except StoreFull as error:
    assert "no room for " in str(error), error
assert {path.name for path in directory.iterdir()} == files, list(directory.iterdir())
bound(resource.RLIM_INFINITY)
assert seal(store, now_s=1_867_225_600) == meters.size
store.close()
store = DuckReadingStore(directory)
print(len(store.readings(meters, 0, 2**38)))
"""


@pytest.mark.parametrize(("meters", "apart"), [(20_000, 1), (3000, 10)], ids=["segment", "latest"])
def test_a_full_disk_leaves_everything_as_it_was_and_is_got_over(tmp_path, meters, apart):
    """Under a limit on the size of files the kernel writes a part, then refuses, as a disk does."""
    child = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), str(meters), str(apart)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (child.returncode, child.stdout, child.stderr) == (0, f"{meters}\n", "")
