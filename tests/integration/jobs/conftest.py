"""A post office for notices, with a web server and a mail server to send to."""

from uuid import UUID

import pytest

from harness.post import Post
from harness.receivers import mail_server, web_receiver
from quilowatt.store import RegistrationRequest


@pytest.fixture
def post(tmp_path):
    post = Post(tmp_path / "ledger.sqlite")
    requests = [
        RegistrationRequest(
            uuid=UUID(f"00000000-0000-4000-8000-{number:012}"),
            name=name, serial="", model="", phases=1, interval_s=900, digits=0,
            usage_point=None, extra={}, at_s=1,
        )
        for number, name in ((1, "Ana"), (2, "Bruno"))
    ]  # fmt: skip
    post.ledger.register_meters(requests)
    yield post
    post.close()


@pytest.fixture
def hooks():
    with web_receiver() as hooks:
        yield hooks


@pytest.fixture
def mails():
    with mail_server() as mails:
        yield mails
