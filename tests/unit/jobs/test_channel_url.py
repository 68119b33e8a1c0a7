"""Which URLs a channel may have, and that a refusal shows none of their secrets."""

import pytest

from quilowatt.errors import ChannelRefused
from quilowatt.jobs.channel_url import check_url

HOOK = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/T0KEN",
        "mailtos://ana:T0KEN@mail.example.org/?from=kw@example.org&to=ana@example.org",
        "tgram://123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/42",
        "ntfys://ntfy.example.org/T0KEN",
        HOOK,
    ],
)
def test_a_url_that_leads_to_people_is_taken(url):
    check_url(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "none that can be sent to"),
        ("T0KEN", "none that can be sent to"),
        ("file:///T0KEN", "none that can be sent to"),
        ("https://", "none that can be sent to"),
        ("https://example.org:99999/T0KEN", "none that can be sent to"),
        ("syslog://T0KEN", "the server's own machine"),
        (" SYSLOG://T0KEN", "the server's own machine"),
        ("dbus://", "the server's own machine"),
        ("windows://", "the server's own machine"),
        ("vapid://T0KEN@example.org/ana@example.org?keyfile=/etc/hostname", "own machine"),
        (f"{HOOK}?template=/etc/hostname", "none that can be sent to"),
        (f"{HOOK}?template=https://example.org/T0KEN", "none that can be sent to"),
        ("fcm://T0KEN@1234/?keyfile=/etc/hostname", "names files of the server by keyfile"),
        ("mailto://ana:T0KEN@example.org?pgp=sign&PGPprv=/etc/hostname", "pgpprv: none is read"),
    ],
)
def test_a_url_that_leads_nowhere_or_into_the_server_is_refused(url, why):
    with pytest.raises(ChannelRefused, match=why) as refusal:
        check_url(url)
    assert "T0KEN" not in refusal.value.en + refusal.value.pt
