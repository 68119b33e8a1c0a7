"""How options are read, and what is said of those that can't be."""

import pytest

from quilowatt import cli
from quilowatt.cli import host_and_port, main, seconds
from quilowatt.errors import ApiError, ApiUnreachable, SettingsError


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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--lang", "pt"], "escreva AAAA-MM"),
        (["--lang=pt"], "escreva AAAA-MM"),
        (["--lang", "en"], "write it YYYY-MM"),
    ],
)
def test_an_error_is_said_in_the_language_that_was_asked_for(options, said, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["quilowatt", "bill", "run", "10/2026", *options])
    with pytest.raises(SystemExit):
        main()
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--time", "2026"], ["--import-kwh", "much"], ["--reason", " "]]
)
def test_a_reading_by_hand_is_refused_in_the_readers_language(options, monkeypatch, capsys):
    given = {
        "--time": "2026-11-25T12:00:00-03:00",
        "--import-kwh": "900.5",
        "--author": "Ana",
        "--reason": "read at the door",
        "--lang": "pt",
    } | {options[0]: options[1]}
    words = [word for pair in given.items() for word in pair]
    monkeypatch.setattr("sys.argv", ["quilowatt", "reading", "add", "M", *words])
    with pytest.raises(SystemExit):
        main()
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"quilowatt: {options[0]} {options[1]}: ")
    assert not any(word in line for word in ("offset", "decimals", "characters"))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ApiError(404, "Não há alerta 999."), "quilowatt: Não há alerta 999.\n"),
        (
            ApiUnreachable(0, "it does not answer", "não responde"),
            (
                "quilowatt: não responde\nInicie-o com `quilowatt server`, ou indique outro com "
                "--server.\n"
            ),
        ),
        (ApiUnreachable(200, "it speaks something else"), "quilowatt: it speaks something else\n"),
    ],
)
def test_what_the_server_says_stands_alone(error, said, monkeypatch, capsys):
    def refused():
        raise error

    monkeypatch.setattr(cli, "app", refused)
    monkeypatch.setattr("sys.argv", ["quilowatt", "--lang", "pt"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err == said
