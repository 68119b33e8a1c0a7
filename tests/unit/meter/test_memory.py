"""The meter's memory survives, and says what is wrong with it when it doesn't."""

import pytest

from quilowatt.errors import MeterError
from quilowatt.meter.memory import Memory, read_memory, write_memory

MEMORY = Memory(
    energy_ws=2**70,
    is_relay_on=False,
    seed=7,
    name="José",
    digits=6,
    held_w=1200,
    by_hand_w=-300,
    appliances=("shower", "oven"),
)


def test_comes_back(tmp_path):
    assert read_memory(tmp_path) is None
    write_memory(tmp_path, MEMORY)
    write_memory(tmp_path, MEMORY)
    assert read_memory(tmp_path) == MEMORY
    assert [path.name for path in tmp_path.iterdir()] == ["meter.json"]
    assert (tmp_path / "meter.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"version": 1}',
        '{"version": 1, "energy_ws": -1, "is_relay_on": true, "seed": 7, "name": "A"}',
        '{"version": 1, "energy_ws": 1, "is_relay_on": true, "seed": 7, "name": "A", "held_w": -1}',
        '{"version": 1, "energy_ws": 1, "is_relay_on": true, "seed": 7, "name": "A", "digits": 99}',
        '{"version": 1, "energy_ws": 1.5, "is_relay_on": true, "seed": 7, "name": "A"}',
        '{"version": 1, "energy_ws": 1, "is_relay_on": 1, "seed": 7, "name": "A"}',
        '{"version": 1, "energy_ws": 1, "is_relay_on": true, "seed": 7, "name": "A", "x": 1}',
        "\udcff",
    ],
)
def test_damage_is_named(tmp_path, content):
    (tmp_path / "meter.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(MeterError, match=r"meter\.json is damaged"):
        read_memory(tmp_path)


def test_what_an_older_meter_wrote_is_read(tmp_path):
    path = tmp_path / "meter.json"
    path.write_text('{"version": 1, "energy_ws": 9, "is_relay_on": true, "seed": 7, "name": "A"}')
    assert read_memory(tmp_path) == Memory(energy_ws=9, is_relay_on=True, seed=7, name="A")


def test_a_newer_version_is_refused(tmp_path):
    (tmp_path / "meter.json").write_text('{"version": 2}')
    with pytest.raises(MeterError, match="has version 2; this quilowatt reads 1"):
        read_memory(tmp_path)


def test_a_disk_that_fails_is_named(tmp_path):
    (tmp_path / "meter.json").mkdir()
    with pytest.raises(MeterError, match="can't be written"):
        write_memory(tmp_path, MEMORY)
    with pytest.raises(MeterError, match="can't be read"):
        read_memory(tmp_path)
