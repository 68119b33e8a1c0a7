"""The demonstration: a server of its own, a street of homes, and something to see.

The server is a real one, in a process of its own; the homes call it over real sockets.
"""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from quilowatt.errors import SettingsError
from quilowatt.jobs.issuer_file import ISSUER_EXAMPLE, ISSUER_FILE
from quilowatt.meter.fleet import FleetOptions, run_fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ready_addresses", "run_demo"]

HISTORY_S: Final = 40 * 86400
"""A whole month to bill, and enough to know what is usual. [s]"""

SURGE_AFTER_S: Final = 60
"""When one home begins to draw far more than ever. [s]"""

HTTP_PORT: Final = 8080
METER_PORT: Final = 7007

STOP_TIMEOUT_S: Final = 20
"""What an orderly end of the server may take. [s]"""

PR_SET_PDEATHSIG: Final = 1
"""prctl(2): a signal for the child when its parent dies."""


def run_demo(*, data: Path | None, homes: int, interval_s: int, seed: int) -> int:
    """Run until Ctrl-C; give the exit code.

    Parameters
    ----------
    data : Path or None
        Where the server keeps its data; None for a temporary directory.
    homes : int
        How many meters.
    interval_s : int
        Between live readings. [s]
    seed : int
        Names the town.
    """
    with _directory(data) as directory, _server(directory) as addresses:
        _introduce(addresses, homes, directory)
        host, _, port = addresses["meters"].rpartition(":")
        report = run_fleet(
            FleetOptions(
                host=host,
                port=int(port),
                meters=homes,
                interval_s=interval_s,
                history_s=HISTORY_S,
                seed=seed,
                state=directory / "fleet",
                surge_after_s=SURGE_AFTER_S,
            )
        )
        print(report.summary())
    print("The demonstration has ended; server and homes are stopped.")
    return 0


def _introduce(addresses: dict[str, str], homes: int, directory: Path) -> None:
    url = addresses["http"]
    lines = (
        f"quilowatt is running with {homes} homes and 40 days of history.",
        "",
        f"  in the terminal   quilowatt watch --server {url}",
        f"  clients           {url}/clientes",
        f"  bills             {url}/faturas",
        f"  issue a month     quilowatt bill run MONTH --server {url}",
        f"  alerts            {url}/alertas   (one home surges in a minute)",
        f'  forecast          quilowatt forecast "Ana Almeida" --server {url}',
        f'  a budget          quilowatt budget set "Ana Almeida" --kwh 100 --server {url}',
        f"  all of the API    {url}/docs",
        f"  another meter     quilowatt meter --server {addresses['meters']}",
        f"  data              {directory}",
        "",
        "Ctrl-C ends everything.",
    )
    print("\n".join(lines), flush=True)


@contextmanager
def _directory(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="quilowatt-demo-") as name:
        yield Path(name)


@contextmanager
def _server(directory: Path) -> Iterator[dict[str, str]]:
    """Run a server in a session of its own, so that Ctrl-C reaches the homes first."""
    _write_issuer(directory / "server")
    ports = ["--http-port", str(_free(HTTP_PORT)), "--meter-port", str(_free(METER_PORT))]
    command = [sys.executable, "-m", "quilowatt", "server", "--data", str(directory / "server")]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, *ports, "--udp-port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread has been started yet
    )
    assert process.stdout
    try:
        line = process.stdout.readline()
        if not line:
            raise SettingsError("the server did not start; see its message above")
        yield ready_addresses(line)
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _write_issuer(data: Path) -> None:
    """Let the demonstration issue invoices, unless its data directory has an issuer already."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (data / ISSUER_FILE).exists():
        (data / ISSUER_FILE).write_text(ISSUER_EXAMPLE, "utf-8")


def ready_addresses(line: str) -> dict[str, str]:
    """Read the server's ready line.

    Examples
    --------
    >>> ready_addresses("ready http=http://127.0.0.1:8080 meters=127.0.0.1:7007")["meters"]
    '127.0.0.1:7007'
    """
    word, *fields = line.split()
    assert word == "ready"
    return dict(field.split("=", 1) for field in fields)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _free(port: int) -> int:
    """Give the port if nobody has it, else 0 for any that is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port
