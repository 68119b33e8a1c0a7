"""The line to the server: pauses and what is said."""

from quilowatt.errors import ApiError, ApiUnreachable
from quilowatt.tui.link import CONNECTING, LIVE, LinkState, link_lost, link_message, retry_pause_s

SERVER = "http://127.0.0.1:8080"


def test_pauses_grow_and_stay_bounded():
    pauses = [retry_pause_s(attempt) for attempt in range(1, 200)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (1.0, 30.0)


def test_failures_are_counted_until_one_call_succeeds():
    link = CONNECTING
    for attempt in (1, 2, 3):
        link = link_lost(link, ApiUnreachable(0, "refused"), 100.0)
        assert (link.attempt, link.state) == (attempt, LinkState.LOST)
    assert link.retry_at_s == 104.0


def test_nothing_is_said_while_nothing_is_wrong(words):
    for link in (CONNECTING, LIVE):
        assert link_message(link, server=SERVER, now_s=0, words=words) == ""


def test_unreachable_says_what_to_do_and_when(words):
    link = link_lost(CONNECTING, ApiUnreachable(0, "refused"), 100.0)
    text = link_message(link, server=SERVER, now_s=100.0, words=words)
    assert SERVER in text
    assert "quilowatt server" in text
    assert "1 s" in text


def test_missing_token_names_option_and_variable(words):
    text = link_message(
        link_lost(CONNECTING, ApiError(401, "no"), 0), server=SERVER, now_s=0, words=words
    )
    assert "--token" in text
    assert "QUILOWATT_API_TOKEN" in text


def test_refusal_is_told_in_the_servers_words(words):
    link = link_lost(CONNECTING, ApiError(503, "the disk is full"), 0)
    assert "the disk is full" in link_message(link, server=SERVER, now_s=0, words=words)
    assert link.state is LinkState.REFUSED


def test_attempt_under_way_counts_no_seconds(english):
    link = link_lost(CONNECTING, ApiUnreachable(0, "refused"), 100.0)
    assert "Trying now" in link_message(link, server=SERVER, now_s=101.0, words=english)


def test_a_stranger_on_the_port_is_called_so(portuguese):
    link = link_lost(CONNECTING, ApiUnreachable(200, "does not answer as quilowatt does"), 0.0)
    message = link_message(link, server="http://x", now_s=0.0, words=portuguese)
    assert message.startswith("Quem atende em http://x não é um servidor quilowatt.")
