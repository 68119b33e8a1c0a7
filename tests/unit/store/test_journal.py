"""The journal against what disks and crashes do to it."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys

import numpy as np
import pytest

from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreCorrupt, StoreFull, StoreTooNew
from quilowatt.store import DuckReadingStore, journal
from quilowatt.store.journal import HEADER, MAGIC, ROW_SIZE, Journal, read_journal


def batch_of(rows: int, *, first: int = 0) -> ReadingBatch:
    time_s = np.arange(first, first + rows) * 900 + 1_767_225_600
    meter = np.arange(rows, dtype=np.int32) % 3
    return ReadingBatch(meter, time_s, time_s // 7, time_s // 11)


def one_commit(batch: ReadingBatch, commit: int) -> np.ndarray:
    return np.full(len(batch), commit, np.int64)


def write_commits(path, sizes: list[int]) -> list[int]:
    """Write one batch of each size, with commits 1, 2, …; give the file's size after each."""
    writer = Journal(path)
    ends = []
    for commit, rows in enumerate(sizes, 1):
        batch = batch_of(rows, first=10 * commit)
        writer.append(batch, one_commit(batch, commit))
        ends.append(writer.size)
    writer.close()
    assert path.stat().st_size == ends[-1]
    return ends


def commits_in(path) -> list[tuple[int, list[int]]]:
    """Give each commit with the times of its readings."""
    commits: dict[int, list[int]] = {}
    for numbers, batch, _ in read_journal(path):
        assert len(numbers) == len(batch)
        for commit, time_s in zip(numbers.tolist(), batch.time_s.tolist(), strict=True):
            commits.setdefault(commit, []).append(time_s)
    return list(commits.items())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal-00000001.qwj"


def test_what_was_written_is_read(path):
    ends = write_commits(path, [1, 5, 2])
    read = list(read_journal(path))
    assert [(commits.tolist(), len(batch), end) for commits, batch, end in read] == list(
        zip([[1], [2] * 5, [3] * 2], [1, 5, 2], ends, strict=True)
    )
    wanted = batch_of(5, first=20)
    for name in ("meter", "time_s", "import_wh", "export_wh"):
        column = getattr(read[1][1], name)
        assert column.dtype == getattr(wanted, name).dtype
        assert column.tolist() == getattr(wanted, name).tolist()


def test_a_reading_costs_its_columns_and_a_commit_one_header(path):
    [end] = write_commits(path, [1000])
    assert end == HEADER.size + 1000 * ROW_SIZE
    assert ROW_SIZE == 28


def test_a_batch_of_several_commits_is_one_record(path):
    """It is there whole or not at all, like any other."""
    first, second = batch_of(6), batch_of(2, first=20)
    writer = Journal(path)
    writer.append(first, np.array([7, 7, 7, 8, 9, 9]))
    size = writer.size
    writer.append(second, np.array([10, 10]))
    writer.close()
    assert size == HEADER.size + 6 * (ROW_SIZE + 8)
    times = [*first.time_s.tolist(), *second.time_s.tolist()]
    assert commits_in(path) == [(7, times[:3]), (8, times[3:4]), (9, times[4:6]), (10, times[6:])]
    whole = path.read_bytes()
    for torn in range(size):
        path.write_bytes(whole[:torn])
        assert commits_in(path) == []


def test_columns_that_are_views_with_steps_are_written_whole(path):
    batch = batch_of(10).take(slice(None, None, 3))
    writer = Journal(path)
    writer.append(batch, one_commit(batch, 1))
    writer.close()
    assert commits_in(path) == [(1, batch.time_s.tolist())]


def test_only_its_owner_may_read_it(path):
    write_commits(path, [1])
    assert path.stat().st_mode & 0o777 == 0o600


# --- crashes --------------------------------------------------------------------------------


def test_a_torn_tail_is_cut_at_whatever_byte_it_tore(path):
    ends = write_commits(path, [2, 3, 2])
    whole = path.read_bytes()
    kept = commits_in(path)[:2]
    for size in range(ends[1], ends[2]):
        path.write_bytes(whole[:size])
        assert commits_in(path) == kept, size
    path.write_bytes(whole)
    assert len(commits_in(path)) == 3


def test_a_tail_of_blocks_that_were_reserved_and_never_written_is_cut(path):
    ends = write_commits(path, [2, 3])
    whole = path.read_bytes()
    kept = commits_in(path)
    path.write_bytes(whole + bytes(4096))
    assert commits_in(path) == kept
    for written in range(ends[0], ends[1]):  # the size grew, the bytes did not come
        if not any(whole[written:]):
            break
        path.write_bytes(whole[:written] + bytes(ends[1] - written))
        assert commits_in(path) == kept[:1], written


def test_readings_that_look_like_a_record_do_not_make_a_torn_tail_look_damaged(path):
    ends = write_commits(path, [2])
    looks_like = int.from_bytes(MAGIC, "little")
    batch = ReadingBatch(
        np.ones(4, np.int32), np.arange(1, 5), np.full(4, looks_like), np.full(4, looks_like)
    )
    writer = Journal(path, size=ends[0])
    writer.append(batch, one_commit(batch, 2))
    writer.close()
    whole = path.read_bytes()
    assert len(commits_in(path)) == 2
    for size in range(ends[0], len(whole)):
        path.write_bytes(whole[:size])
        assert [commit for commit, _ in commits_in(path)] == [1], size


def test_writing_goes_on_after_a_torn_tail(tmp_path):
    store = DuckReadingStore(tmp_path)
    for commit in range(3):
        store.append(batch_of(2, first=2 * commit), now_s=100 + commit)
    store.close()
    [path] = tmp_path.glob("journal-*.qwj")
    os.truncate(path, path.stat().st_size - 1)
    store = DuckReadingStore(tmp_path)
    assert store.figures().hot_readings == 4
    store.append(batch_of(2, first=50), now_s=200)
    store.close()
    store = DuckReadingStore(tmp_path)
    assert store.figures().hot_readings == 6
    store.close()


# --- damage ---------------------------------------------------------------------------------


def test_any_damaged_byte_in_the_middle_is_refused_and_the_file_untouched(path):
    ends = write_commits(path, [2, 3, 2])
    whole = path.read_bytes()
    for position in range(ends[1]):
        damaged = bytearray(whole)
        damaged[position] ^= 0x41
        path.write_bytes(damaged)
        with pytest.raises((StoreCorrupt, StoreTooNew), match=r"journal-00000001\.qwj"):
            list(read_journal(path))
        assert path.read_bytes() == damaged


def test_a_row_count_that_grew_does_not_hide_what_follows(path):
    """Were the header believed, all records after it would be taken for its torn payload."""
    write_commits(path, [2, 3, 2])
    damaged = bytearray(path.read_bytes())
    damaged[7] = 0x7F  # the highest byte of the first record's rows
    path.write_bytes(damaged)
    with pytest.raises(StoreCorrupt, match=r"byte 0 .*restore this file from a backup"):
        list(read_journal(path))


def test_a_missing_piece_in_the_middle_is_refused(path):
    ends = write_commits(path, [2, 3, 2])
    whole = path.read_bytes()
    path.write_bytes(whole[: ends[0] + 5] + whole[ends[0] + 20 :])
    with pytest.raises(StoreCorrupt, match=f"byte {ends[0]} "):
        list(read_journal(path))


def test_a_newer_format_is_refused_in_clear_words(path):
    write_commits(path, [2])
    path.write_bytes(b"QWJ9" + path.read_bytes()[4:])
    with pytest.raises(StoreTooNew, match=r"journal format b'9'.*start the newer version"):
        list(read_journal(path))


def test_a_store_with_a_damaged_journal_does_not_open_nor_cut_it(tmp_path):
    store = DuckReadingStore(tmp_path)
    for commit in range(3):
        store.append(batch_of(2, first=2 * commit), now_s=100 + commit)
    store.close()
    [path] = tmp_path.glob("journal-*.qwj")
    damaged = bytearray(path.read_bytes())
    damaged[HEADER.size] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(StoreCorrupt):
        DuckReadingStore(tmp_path)
    assert path.read_bytes() == damaged


# --- a full disk ----------------------------------------------------------------------------

FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreFull
from quilowatt.store import DuckReadingStore

def batch_of(rows, first):
    time_s = np.arange(first, first + rows) + 1_767_225_600
    return ReadingBatch(np.ones(rows, np.int32), time_s, time_s, time_s)

store = DuckReadingStore(Path(sys.argv[1]))
store.append(batch_of(100, 0), now_s=1)
[path] = Path(sys.argv[1]).glob("journal-*.qwj")
before = path.read_bytes()
resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 1000, resource.RLIM_INFINITY))
for _ in range(3):
    try:
        store.append(batch_of(100, 100), now_s=2)
        raise SystemExit("the disk was full, and it was not said")
    except StoreFull as error:
        assert "100 readings" in str(error), error
    assert path.read_bytes() == before
    assert store.figures().hot_readings == 100
    assert store.latest(np.ones(1, np.int32)).time_s[0] == 1_767_225_600 + 99
store.append(batch_of(20, 100), now_s=3)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.append(batch_of(100, 100), now_s=4)
store.close()
store = DuckReadingStore(Path(sys.argv[1]))
print(len(store.readings(np.ones(1, np.int32), 0, 2**38)))
"""


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY,
    reason="the size of files is limited here already",
)
def test_a_full_disk_keeps_nothing_of_the_batch_and_is_got_over(tmp_path):
    """Under a limit on the size of files the kernel writes a part, then refuses, as a disk does."""
    child = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (child.returncode, child.stdout, child.stderr) == (0, "200\n", "")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_failed_sync_is_not_a_commit(path, monkeypatch, code):
    ends = write_commits(path, [2])
    writer = Journal(path, size=ends[0])

    def fail(_file):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(journal.os, "fdatasync", fail)
    with pytest.raises(StoreFull if code != errno.EIO else OSError):
        writer.append(batch_of(3), one_commit(batch_of(3), 2))
    monkeypatch.undo()
    assert path.stat().st_size == writer.size == ends[0]
    writer.append(batch_of(1), one_commit(batch_of(1), 3))
    writer.close()
    assert [commit for commit, _ in commits_in(path)] == [1, 3]


def test_what_could_not_be_cut_off_is_cut_before_the_next_commit(path, monkeypatch):
    """Else the next commit, acknowledged, would stand behind half a record."""
    writer = Journal(path)
    writer.append(batch_of(2), one_commit(batch_of(2), 1))

    def fail(*_):
        raise OSError(errno.EIO, "the disk is gone for a moment")

    with monkeypatch.context() as patch:
        patch.setattr(journal.os, "fdatasync", fail)
        patch.setattr(journal.os, "ftruncate", fail)
        for _ in range(2):
            with pytest.raises(OSError, match="for a moment"):
                writer.append(batch_of(3), one_commit(batch_of(3), 2))
    writer.append(batch_of(1), one_commit(batch_of(1), 3))
    writer.close()
    assert [commit for commit, _ in commits_in(path)] == [1, 3]


def test_a_closed_journal_takes_nothing_even_if_its_file_number_is_another_now(path, tmp_path):
    writer = Journal(path)
    writer.close()
    with (tmp_path / "another").open("wb") as another:
        with pytest.raises(OSError, match="descriptor"):
            writer.append(batch_of(1), one_commit(batch_of(1), 1))
        writer.close()
        another.write(b"untouched")
    assert (tmp_path / "another").read_bytes() == b"untouched"
