"""The manifest: what it lists is there, whole, or the store says which file is not."""

from __future__ import annotations

import errno
import json
import os
import shutil

import numpy as np
import pytest

from quilowatt.core.batch import ReadingBatch
from quilowatt.errors import StoreCorrupt, StoreFull, StoreTooNew
from quilowatt.store import DuckReadingStore, durable, seal
from quilowatt.store.manifest import Manifest, read_manifest, write_manifest
from quilowatt.store.segments import Segment

START_S = 1_767_225_600
DAY_S = 86400


def segment_named(name: str, *, size: int = 0) -> Segment:
    return Segment(name, "2026-01", 3, size, "ab" * 32, 1, 2, 0, 1, 5, 6)


@pytest.fixture
def directory(tmp_path):
    """A store with a sealed segment, a recent one and a journal with readings."""
    store = DuckReadingStore(tmp_path)
    for day in (0, 40):
        time_s = np.arange(4) + START_S + day * DAY_S
        store.append(ReadingBatch(np.ones(4, np.int32), time_s, time_s, time_s), now_s=START_S)
        seal(store, now_s=START_S + 3 * DAY_S)
    store.begin_journal()
    store.flush()
    time_s = np.arange(4) + START_S + 50 * DAY_S
    store.append(ReadingBatch(np.ones(4, np.int32), time_s, time_s, time_s), now_s=START_S)
    store.close()
    assert len(list(tmp_path.glob("sealed-*"))) == len(list(tmp_path.glob("recent-*"))) == 1
    return tmp_path


def files_in(directory) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def change(directory, **entries) -> None:
    path = directory / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def test_what_was_written_is_read(tmp_path):
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "latest").write_bytes(b"")
    written = Manifest(7, 3, 99, "latest", (segment_named("a", size=3),))
    write_manifest(tmp_path, written)
    assert read_manifest(tmp_path) == written
    assert written.files() == {"a", "latest"}


def test_a_new_directory_has_an_empty_one(tmp_path):
    assert read_manifest(tmp_path) == Manifest()


def test_a_newer_format_is_refused_and_nothing_touched(directory):
    change(directory, format=2)
    before = files_in(directory)
    with pytest.raises(StoreTooNew, match=r"format 2, .*knows up to 1: start the newer version"):
        DuckReadingStore(directory)
    assert files_in(directory) == before


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"format": 1}', b'{"format": "x"}'),
        b'{"format": 1, "segments": [3]}',
        b'{"format": 1, "segments": [], "surprise": 1}',
    ],
)
def test_a_damaged_one_is_refused_and_nothing_touched(directory, text):
    (directory / "manifest.json").write_bytes(text)
    before = files_in(directory)
    with pytest.raises(StoreCorrupt, match=r"manifest\.json can't be read .*backup"):
        DuckReadingStore(directory)
    assert files_in(directory) == before


def test_a_missing_one_is_refused_and_nothing_touched(directory):
    """Without it every segment would look like what a crash left behind."""
    (directory / "manifest.json").unlink()
    before = files_in(directory)
    with pytest.raises(StoreCorrupt, match=r"manifest\.json is missing"):
        DuckReadingStore(directory)
    assert files_in(directory) == before


@pytest.mark.parametrize("kind", ["sealed", "recent", "latest"])
def test_a_missing_file_is_named_and_nothing_touched(directory, kind):
    [path] = directory.glob(f"{kind}-*")
    path.unlink()
    before = files_in(directory)
    with pytest.raises(StoreCorrupt, match=f"{path.name} is missing.*restore it from a backup"):
        DuckReadingStore(directory)
    assert files_in(directory) == before


@pytest.mark.parametrize("kind", ["sealed", "recent"])
def test_a_shortened_segment_is_named(directory, kind):
    [path] = directory.glob(f"{kind}-*")
    size = path.stat().st_size
    os.truncate(path, size - 1)
    with pytest.raises(StoreCorrupt, match=f"{path.name} has {size - 1} B, .* says {size} B"):
        DuckReadingStore(directory)


@pytest.mark.parametrize("size", [0, 5, 100, -1])
def test_a_shortened_table_of_latest_readings_is_named(directory, size):
    [path] = directory.glob("latest-*")
    os.truncate(path, size if size >= 0 else path.stat().st_size - 1)
    with pytest.raises(StoreCorrupt, match=f"{path.name} .*restore it from a backup"):
        DuckReadingStore(directory)


def test_a_missing_journal_is_named_and_nothing_touched(directory):
    [path] = directory.glob("journal-*")
    path.unlink()
    before = files_in(directory)
    with pytest.raises(StoreCorrupt, match=f"{path.name} is missing.*restore it from a backup"):
        DuckReadingStore(directory)
    assert files_in(directory) == before


def test_a_gap_between_journals_is_named(tmp_path):
    store = DuckReadingStore(tmp_path, hot_rows_max=2)
    for second in range(3):
        time_s = np.arange(2) + START_S + 2 * second
        store.append(ReadingBatch(np.ones(2, np.int32), time_s, time_s, time_s), now_s=START_S)
    store.close()
    (tmp_path / "journal-00000002.qwj").rename(tmp_path / "elsewhere")
    with pytest.raises(StoreCorrupt, match=r"journal-00000002\.qwj is missing"):
        DuckReadingStore(tmp_path, hot_rows_max=2)
    (tmp_path / "elsewhere").rename(tmp_path / "journal-00000002.qwj")
    store = DuckReadingStore(tmp_path, hot_rows_max=2)
    assert store.figures().hot_readings == 6
    store.close()


def test_what_a_crash_left_behind_is_removed_and_what_is_not_ours_stays(directory):
    ours = ["sealed-2026-01-00000099.parquet", "recent-00000099.parquet", "latest-00000099.npy"]
    ours += ["recent-00000100.parquet.tmp", "manifest.json.tmp", "latest-00000100.npy.tmp"]
    theirs = ["export.parquet", "notes.txt", "matrix.npy", "something.tmp"]
    for name in ours + theirs:
        (directory / name).write_bytes(b"x")
    DuckReadingStore(directory).close()
    assert not {path.name for path in directory.iterdir()} & set(ours)
    assert {path.name for path in directory.iterdir()} >= set(theirs)


def test_a_copy_of_the_directory_is_a_store(directory, tmp_path_factory):
    copy = tmp_path_factory.mktemp("copy") / "readings"
    shutil.copytree(directory, copy)
    one, two = DuckReadingStore(directory), DuckReadingStore(copy)
    everything = np.ones(1, np.int32), 0, 2**38
    assert len(one.facts(*everything)) == len(two.facts(*everything)) == 12
    one.close()
    two.close()


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, StoreFull), (errno.EIO, OSError)])
def test_a_manifest_that_could_not_be_written_leaves_the_old_one(
    directory, monkeypatch, code, kind
):
    before = (directory / "manifest.json").read_bytes()

    def fail(_file):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(durable.os, "fsync", fail)
    with pytest.raises(kind):
        write_manifest(directory, Manifest(generation=99))
    assert (directory / "manifest.json").read_bytes() == before
