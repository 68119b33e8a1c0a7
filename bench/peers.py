"""Connections for the load generator: opened and logged in here, used by the C program."""

import hashlib
import hmac
import json
import os
import socket
import subprocess

from machine import BUILD

FIRST_FILE = 200
FIRST_TIME_S = 1_600_000_000


def register(port, count):
    """Register meters over one connection; give (identity, secret) of each."""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        lines = peer.makefile("rb")
        known = []
        for start in range(0, count, 500):
            block = min(500, count - start)
            peer.sendall(b"IDENTIFY\n" * block)
            identities = [lines.readline().split()[1] for _ in range(block)]
            for number, identity in enumerate(identities, start):
                peer.sendall(
                    b'REGISTER %b {"name":"Meter %d","interval":3600}\n' % (identity, number)
                )
            for _ in range(block):
                verb, identity, secret = lines.readline().split()
                assert verb == b"REGISTERED"
                known.append((identity.decode(), bytes.fromhex(secret.decode())))
    return known


def connect(port, count, first=0):
    """Open connections on file numbers from FIRST_FILE on."""
    for number in range(FIRST_FILE + first, FIRST_FILE + first + count):
        file = socket.create_connection(("127.0.0.1", port)).detach()
        if file != number:
            os.dup2(file, number)
            os.close(file)
        os.set_inheritable(number, True)
    peers = [socket.socket(fileno=FIRST_FILE + first + index) for index in range(count)]
    for peer in peers:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peers


def connect_meters(port, known):
    """Open a connection for each meter and log it in; give them and the newest durable time."""
    peers, newest = [], 0
    for first in range(0, len(known), 1000):  # each has ten seconds to log in
        meters = known[first : first + 1000]
        part = connect(port, len(meters), first)
        newest = max(newest, log_in(part, meters))
        peers += part
    return peers, newest


def log_in(peers, known):
    """Log connections in; give the newest durable time of all."""
    newest = 0
    for peer in peers:
        peer.sendall(b"HELLO 1\n")
    for peer, (identity, secret) in zip(peers, known, strict=True):
        nonce = peer.recv(256).split()[2]
        proof = hmac.new(secret, nonce, hashlib.sha256).hexdigest()
        peer.sendall(f"LOGIN {identity} {proof}\n".encode())
    for peer in peers:
        verb, last, *_ = peer.recv(256).split()
        assert verb == b"WELCOME"
        newest = max(newest, int(last))
    return newest


def load(peers, seconds, in_flight, first_time_s, rate=0, first_wh=0, *, step_s=1):  # noqa: PLR0913 - the program's
    """Run the generator on open connections; give what it measured."""
    paced = [first_time_s, rate, first_wh, step_s]
    command = [BUILD / "load", seconds, in_flight, FIRST_FILE, len(peers), *paced]
    files = range(FIRST_FILE, FIRST_FILE + len(peers))
    output = subprocess.run(
        list(map(str, command)), check=True, capture_output=True, text=True, pass_fds=files
    )
    return json.loads(output.stdout)


def hang_up(peers):
    """Close connections."""
    for peer in peers:
        peer.close()


def write_datagrams(path, known, count):
    """Write ready-made datagrams, one reading each, meters in turn."""
    with path.open("wb") as file:
        for number in range(count):
            identity, secret = known[number % len(known)]
            time_s = FIRST_TIME_S + number // len(known)
            body = b"R %d %d 0\n" % (time_s, number)
            proof = hmac.new(secret, body, hashlib.sha256).hexdigest()[:16]
            datagram = f"D {identity} {proof}\n".encode() + body
            file.write(len(datagram).to_bytes(2, "little") + datagram)
