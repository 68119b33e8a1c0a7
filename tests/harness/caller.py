"""A meter that says exactly what a test tells it to, one socket and no thread."""

import contextlib
import hashlib
import hmac
import json
import socket
from dataclasses import dataclass
from uuid import UUID

from harness.waiting import DEADLINE_S


class HungUp(Exception):
    """The head-end has closed the connection."""


@dataclass(frozen=True)
class Credentials:
    """What a meter got when it registered."""

    uuid: UUID
    secret: bytes

    def proof(self, nonce):
        return hmac.new(self.secret, nonce.encode(), hashlib.sha256).hexdigest()

    def datagram(self, *lines, uuid=None):
        """Seal lines into a datagram, with the proof of these credentials."""
        return self.sealed("".join(f"{line}\n" for line in lines).encode(), uuid=uuid)

    def sealed(self, body, *, uuid=None):
        """Write a datagram of any body, with its proof."""
        proof = hmac.new(self.secret, body, hashlib.sha256).hexdigest()[:16]
        return f"D {uuid or self.uuid} {proof}\n".encode() + body

    def datagram_answer(self, time_s):
        """Write the answer that says a datagram is safe."""
        proof = hmac.new(self.secret, b"%d" % time_s, hashlib.sha256).hexdigest()[:16]
        return f"A {self.uuid} {time_s} {proof}\n".encode()


class Caller:
    """One connection to a head-end; a context manager."""

    def __init__(self, address, tls=None):
        raw = socket.create_connection(address, timeout=DEADLINE_S)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = tls.wrap_socket(raw, server_hostname="localhost") if tls else raw
        self._heard = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()

    def hang_up(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def say(self, *lines):
        """Say lines, all in one packet."""
        self.send("".join(f"{line}\n" for line in lines).encode())

    def hear(self):
        """Give the next line without its LF; `HungUp` when there is none."""
        while b"\n" not in self._heard:
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                raise HungUp(f"after {self._heard!r}")
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        return line.decode()

    def expect(self, *words):
        """Hear a line that begins with these words; give its other words."""
        heard = self.hear().split(" ")
        assert tuple(heard[: len(words)]) == tuple(map(str, words)), (heard, words)
        return heard[len(words) :]

    def expect_end(self):
        """Hear nothing more, and see the connection closed."""
        with contextlib.suppress(HungUp):
            raise AssertionError(f"expected the end, heard {self.hear()!r}")

    def expect_acknowledged(self, time_s):
        """Hear acknowledgements until the one of this time; give the times of all."""
        times_s = []
        while not times_s or times_s[-1] != time_s:
            (heard,) = self.expect("A")
            times_s.append(int(heard))
        return times_s

    def greet(self):
        """Say HELLO; give the nonce."""
        self.say("HELLO 1")
        nonce, _ = self.expect("HELLO", "1")
        return nonce

    def identify(self):
        self.say("IDENTIFY")
        (uuid,) = self.expect("ID")
        return UUID(uuid)

    def register(self, name="Ana", **details):
        """Register a new meter; give its credentials."""
        uuid = self.identify()
        self.say(f"REGISTER {uuid} {json.dumps({'name': name, **details})}")
        (secret,) = self.expect("REGISTERED", uuid)
        return Credentials(uuid, bytes.fromhex(secret))

    def log_in(self, credentials):
        """Log in; give the last durable time, the interval and the clock."""
        nonce = self.greet()
        self.say(f"LOGIN {credentials.uuid} {credentials.proof(nonce)}")
        return [int(field) for field in self.expect("WELCOME")]

    def become_meter(self, **details):
        """Register and log in as a new meter; give its credentials."""
        credentials = self.register(**details)
        self.log_in(credentials)
        return credentials
