"""Other sides for notices, on loopback: a web server that obeys a script, and a mail server."""

import json
import socket
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

__all__ = ["endless_receiver", "mail_server", "web_receiver"]


POLL_S = 0.02
"""How often a server looks whether it shall end: a test waits for that. [s]"""


class Hooks:
    """What a receiver of webhooks got, and how it answers.

    `script` holds what it does next: a status, ``"cut"`` (closes without an answer) or ``"hang"``
    (answers only when `let_go` is set). When it is empty, everything is taken.
    """

    def __init__(self):
        self.got = []
        self.script = []
        self.let_go = threading.Event()
        self.url = ""

    @property
    def documents(self):
        return [json.loads(body) for _, body in self.got]


def handler_of(hooks):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            act = hooks.script.pop(0) if hooks.script else 200
            if act == "cut":
                self.connection.close()
                return
            if act == "hang":
                hooks.let_go.wait(60)
                return
            if act < 300:
                hooks.got.append((dict(self.headers), body))
            self.send_response(act)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return Handler


@contextmanager
def web_receiver():
    """Run a receiver of webhooks."""
    hooks = Hooks()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(hooks))
    server.daemon_threads = True
    hooks.url = f"http://127.0.0.1:{server.server_port}/hooks/T0KEN-of-ana"
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
    thread.start()
    yield hooks
    hooks.let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()


class Endless:
    """Where an endless answer was asked for, and how much of it was taken."""

    def __init__(self):
        self.paths = []
        self.sent = 0
        self.url = ""


@contextmanager
def endless_receiver(status):
    """Run a receiver that answers everything with a redirect to itself and a body without end."""
    seen = Endless()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.paths.append(self.path)
            self.send_response(status)
            self.send_header("Location", f"{seen.url}elsewhere")
            self.end_headers()
            try:
                while True:
                    self.wfile.write(bytes(65536))
                    seen.sent += 65536
            except OSError:
                self.close_connection = True

        do_GET = do_POST  # noqa: N815 - what a redirect would become

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    seen.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
    thread.start()
    yield seen
    server.shutdown()
    server.server_close()
    thread.join()


class Mails:
    """Takes mails, or refuses as many as `refusals` says."""

    def __init__(self):
        self.got = []
        self.refusals = 0

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's
        if self.refusals:
            self.refusals -= 1
            return "451 4.3.0 come back later"
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def mail_server():
    """Run a mail server; gives what it got, with the URL of a channel to it."""
    mails = Mails()
    controller = Controller(mails, hostname="127.0.0.1", port=0)
    with _free_port(controller):
        controller.start()
        mails.url = f"mailto://127.0.0.1:{controller.port}/ana@example.org?from=kw@example.org"
        yield mails
        controller.stop()


@contextmanager
def _free_port(controller):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller.port = probe.getsockname()[1]
    yield
