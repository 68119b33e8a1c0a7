"""Files of metered data, clean and not, and the registers that they become."""

import asyncio
import gzip
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quilowatt.errors import ReplayError
from quilowatt.meter import delivery, replay
from quilowatt.meter.replay import Replay, ReplayOptions
from quilowatt.meter.replay_file import read_rows

LONDON = Path(__file__).parents[4] / "shared/data" / "lcl_100_households_halfhourly_2013.parquet"
START_S = 1_767_225_600
"""2026-01-01 00:00 UTC."""


def options(path, port=0, **more):
    return ReplayOptions(path, "127.0.0.1", port, **more)


def csv(tmp_path, *lines, name="data.csv"):
    path = tmp_path / name
    text = "".join(line + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return path


def registers(path, **more):
    """The readings of each meter of a file: (seconds since START_S, Wh)."""
    wanted = options(path, **more)
    rows = read_rows(wanted)
    sent = Replay(rows, wanted)
    found = {}
    for number, name in enumerate(rows.names):
        lines, _ = sent.lines(number, 0, sent.due(number))
        fields = [line.split() for line in lines.splitlines()]
        found[name] = [(int(f[1]) - START_S, int(f[2])) for f in fields]
    return found


HALF_HOURS = (
    "id,time,kwh",
    "a,2026-01-01 00:00:00,0.5",
    "a,2026-01-01 00:30:00,0.25",
    "b,2026-01-01 00:30:00,1",
    "a,2026-01-01 01:00:00,0.1",
)


def test_intervals_become_registers_read_at_both_ends(tmp_path):
    assert registers(csv(tmp_path, *HALF_HOURS)) == {
        "a": [(0, 0), (1800, 500), (3600, 750), (5400, 850)],
        "b": [(1800, 0), (3600, 1000)],
    }


@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz"])
def test_stamps_at_the_end(tmp_path, name):
    path = csv(tmp_path, *HALF_HOURS, name=name)
    assert registers(path, stamp="end")["a"] == [(-1800, 0), (0, 500), (1800, 750), (3600, 850)]


def test_order_repetitions_and_holes_of_real_data(tmp_path):
    path = csv(
        tmp_path,
        "LCLid;tstp;KWH/hh (per half hour) ",
        "a;2026-01-01 02:00:00;1",
        "a;2026-01-01 00:00:00;7",
        "a;2026-01-01 00:00:00;0.5",
        "a;2026-01-01 00:30:00;Null",
        "a;2026-01-01 00:30:00;0.25",
        "a;2026-01-01 02:30:00;2",
        "a;2026-01-01 00:30:00;0.25",
    )
    rows = read_rows(options(path))
    assert (rows.doubled, rows.empty) == (2, 1)
    assert registers(path) == {
        "a": [(0, 0), (1800, 500), (3600, 750), (7200, 750), (9000, 1750), (10800, 3750)]
    }


def test_a_row_between_two_others_shortens_the_one_before(tmp_path):
    path = csv(
        tmp_path,
        "time,kwh",
        "2026-01-01 00:00:00,1",
        "2026-01-01 00:30:00,1",
        "2026-01-01 00:40:00,1",
        "2026-01-01 01:00:00,1",
        "2026-01-01 01:30:00,1",
    )
    assert registers(path)["data"] == [
        (0, 0), (1800, 1000), (2400, 2000), (3600, 3000), (5400, 4000), (7200, 5000),
    ]  # fmt: skip


def test_rounding_does_not_drift(tmp_path):
    path = csv(tmp_path, "time,wh", *(f"{START_S + 900 * n},0.1" for n in range(1000)))
    found = registers(path, unit="Wh")["data"]
    assert found[-1] == (900_000, 100)
    assert [wh for _, wh in found] == [(n + 5) // 10 for n in range(1001)]


def test_registers_are_sent_as_they_are(tmp_path):
    path = csv(tmp_path, *HALF_HOURS)
    assert registers(path, kind="register")["a"] == [(0, 500), (1800, 250), (3600, 100)]


def test_local_times_keep_both_hours_of_autumn(tmp_path):
    zone = ZoneInfo("Europe/London")
    hours = ["00:00", "00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
    path = csv(tmp_path, "time,kwh", *(f"2026-10-25 {h}:00,1" for h in hours))
    rows = read_rows(options(path, time_zone="Europe/London"))
    first_s = int(datetime(2026, 10, 25, tzinfo=zone).timestamp())
    assert (rows.time_s - first_s).tolist() == [1800 * n for n in range(7)]
    assert rows.doubled == 0


@pytest.mark.parametrize(
    "times",
    [
        pa.array([START_S, START_S + 1800]),
        pa.array([START_S * 1000, START_S * 1000 + 1_800_000]),
        pa.array([START_S, START_S + 1800], pa.timestamp("s", "America/Bahia")),
        pa.array(["01/01/2026 00:00", "01/01/2026 00:30"]),
        pa.array([START_S * 10**9, (START_S + 1800) * 10**9], pa.timestamp("ns")),
    ],
)
def test_times_of_every_kind(tmp_path, times):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"when": times, "e": [0.5, 0.5], "n": [1, 2]}), path)
    found = registers(path, time_column="when")
    assert found == {"data": [(0, 0), (1800, 500), (3600, 1000)]}


def test_the_decimals_behind_single_floats(tmp_path):
    path = tmp_path / "data.parquet"
    kwh = pa.array([0.219, 1e-7, np.nan], pa.float32())
    pq.write_table(pa.table({"time": [START_S, START_S + 60, START_S + 120], "kwh": kwh}), path)
    rows = read_rows(options(path))
    assert rows.energy_uwh.tolist() == [219_000_000, 100]
    assert rows.empty == 1


def test_only_the_first_meters(tmp_path):
    assert list(registers(csv(tmp_path, *HALF_HOURS), limit_meters=1)) == ["a"]


@pytest.mark.parametrize(
    ("lines", "more", "why"),
    [
        (("a,b", "x,1.5"), {}, "use --time-column. Its columns are: a (string), b (double)"),
        (("time,b,c", "1,1.5,2.5"), {}, "use --energy-column. Its columns are: time (int64), b"),
        (HALF_HOURS, {"id_column": "x"}, "has no column 'x' (--id-column). Its columns are: id"),
        (HALF_HOURS, {"unit": "MWh"}, "unit 'MWh' is unknown; use Wh or kWh"),
        (HALF_HOURS, {"kind": "x"}, "kind 'x' is unknown; use interval or register"),
        (HALF_HOURS, {"stamp": "x"}, "stamp 'x' is unknown; use start or end"),
        (HALF_HOURS, {"time_zone": "Mars/Base"}, "time zone 'Mars/Base' is unknown"),
        (HALF_HOURS, {"energy_column": "id"}, "the energy column holds no numbers"),
        (HALF_HOURS, {"time_column": "id"}, "times in 'id' that are not understood, like 'a'"),
        (HALF_HOURS, {"time_column": "kwh"}, "has no times in 'kwh'"),
        (("time,kwh,kwh", "1,2.5,3.5"), {}, "has more than one column 'kwh'"),
        (("time,kwh", ",1.5"), {}, "holds no row with a time and an energy"),
    ],
)
def test_what_cannot_be_understood(tmp_path, lines, more, why):
    with pytest.raises(ReplayError) as caught:
        registers(csv(tmp_path, *lines), **more)
    assert why in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", b"\x1f\x8b broken"])
def test_a_file_that_cannot_be_read(tmp_path, content):
    path = tmp_path / ("data.csv.gz" if content[:1] == b"\x1f" else "data.csv")
    path.write_bytes(content)
    with pytest.raises(ReplayError, match="can't be read"):
        read_rows(options(path))
    with pytest.raises(ReplayError, match=r"none.csv can't be read: No such file"):
        read_rows(options(tmp_path / "none.csv"))


@pytest.mark.asyncio
async def test_a_head_end_gets_every_reading_even_when_it_dies(head_end, tmp_path, monkeypatch):
    monkeypatch.setattr(delivery, "random_pause_s", lambda *_: 0.01)
    monkeypatch.setattr(replay, "BLOCK", 7)
    lines = (f"m{n % 2},{START_S + 60 * n},0.01" for n in range(400))
    path = csv(tmp_path, "id,time,kwh", *lines)
    wanted = options(path, head_end.port)
    head_end.is_answering = False
    sent = Replay(read_rows(wanted), wanted)
    running = asyncio.create_task(sent.run(asyncio.Event()))
    async with asyncio.timeout(10):
        while sent.report().delivery.sent < 402:  # noqa: ASYNC110 the replay has no event for it
            await asyncio.sleep(0.001)
        await head_end.stop()
        head_end.is_answering = True
        await head_end.start()
        report = await running
    assert report.unanswered == 0
    assert "acknowledged 402" in report.summary()
    assert report.summary().endswith("from 400 rows")
    for readings in head_end.readings.values():
        assert len({reading.time_s for reading in readings}) == 201
        assert max(reading.import_wh for reading in readings) == 2000
    assert {details.name for details in head_end.details.values()} == {"m0", "m1"}


@pytest.mark.skipif(not LONDON.exists(), reason=f"{LONDON.name} is not beside the project")
def test_every_household_and_month_of_london_keeps_its_energy():
    wanted = options(LONDON)
    rows = read_rows(wanted)
    assert (len(rows.names), rows.meter.size) == (100, 1_674_718)
    sent = Replay(rows, wanted)
    edges_s = [int(datetime(2013, m, 1, tzinfo=ZoneInfo("UTC")).timestamp()) for m in range(1, 13)]
    month = np.searchsorted(edges_s, rows.time_s, side="right") - 1
    expected_wh = np.bincount(rows.meter * 12 + month, rows.energy_uwh / 1e6, 1200)
    for meter in range(100):
        start, count = sent._start[meter], sent._count[meter]
        time_s, import_wh = (c[start : start + count] for c in (sent._time_s, sent._import_wh))
        at_edge = np.interp([*edges_s, edges_s[-1] + 31 * 86400], time_s, import_wh)
        assert np.abs(np.diff(at_edge) - expected_wh[12 * meter : 12 * meter + 12]).max() <= 1
