"""How options are read, and what is said of those that can't be."""

import pytest

from quilowatt.cli import host_and_port, seconds
from quilowatt.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("0", 0), ("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400)],
)
def test_a_length_of_time(text, wanted):
    assert seconds("--interval", text) == wanted


@pytest.mark.parametrize("text", ["", "d", "-1", "1.5h", "40days", "1 h"])
def test_no_length_of_time(text):
    with pytest.raises(SettingsError, match=r"--history .*write a length of time as 900, 15m"):
        seconds("--history", text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("127.0.0.1:7100", ("127.0.0.1", 7100)),
        ("meters.example", ("meters.example", 7007)),
        ("[::1]:7100", ("::1", 7100)),
        ("[::1]", ("::1", 7007)),
    ],
)
def test_an_address(text, wanted):
    assert host_and_port(text, 7007) == wanted


@pytest.mark.parametrize("text", [":7007", "host:", "host:seven", "host:70000"])
def test_no_address(text):
    with pytest.raises(SettingsError, match="write it as HOST:PORT"):
        host_and_port(text, 7007)
