"""The sockets that a server listens on, bound together and before anything else is opened.

So a port that is taken is said at once, nothing has to be undone, and meters that call while the
data is still being opened wait instead of being refused.
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import Final

from quilowatt.errors import SettingsError
from quilowatt.limits import INCOMING_SIZE_MAX

__all__ = ["Doors", "address_of"]

BACKLOG: Final = 4096
"""Connections that wait to be accepted: a street that comes back after a power cut."""

DATAGRAM_BUFFER_SIZE: Final = 16 * 1024 * 1024
"""What the kernel may hold of datagrams while a commit runs. [B]"""


@dataclass(frozen=True, slots=True)
class Doors:
    """Bound sockets; `tls` is None without a certificate."""

    http: socket.socket
    meters: socket.socket
    udp: socket.socket
    tls: socket.socket | None

    @classmethod
    def open(
        cls, host: str, *, http_port: int, meter_port: int, udp_port: int, tls_port: int | None
    ) -> Doors:
        """Bind all of them, or none.

        Raises
        ------
        SettingsError
            A port is taken or not allowed.
        """
        with contextlib.ExitStack() as undo:
            doors = cls(
                http=undo.enter_context(_listen(host, http_port)),
                meters=undo.enter_context(_listen_for_meters(host, meter_port)),
                udp=undo.enter_context(_bind_datagrams(host, udp_port)),
                tls=None
                if tls_port is None
                else undo.enter_context(_listen_for_meters(host, tls_port)),
            )
            undo.pop_all()
        return doors

    def close(self) -> None:
        """Close them; a second time does nothing."""
        for door in (self.http, self.meters, self.udp, self.tls):
            if door is not None:
                door.close()


def address_of(door: socket.socket) -> str:
    """Write where a socket listens, as HOST:PORT."""
    host, port = door.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"can't listen on {host} port {port}: {_reason(error)}; choose another port, or 0 for "
            "a free one"
        ) from error


def _listen_for_meters(host: str, port: int) -> socket.socket:
    listener = _listen(host, port)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, INCOMING_SIZE_MAX)  # is inherited
    return listener


def _bind_datagrams(host: str, port: int) -> socket.socket:
    listener = socket.socket(_family(host), socket.SOCK_DGRAM)
    listener.setblocking(False)  # noqa: FBT003 - the socket's own signature
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DATAGRAM_BUFFER_SIZE)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"can't take datagrams on {host} port {port}: {_reason(error)}; choose another with "
            "--udp-port, or 0 for a free one"
        ) from error
    return listener


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _reason(error: OSError) -> str:
    return str(error.strerror or error).partition(" (while")[0]
