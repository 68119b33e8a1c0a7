"""Every bound in the system, with its reason. Relations between bounds are asserted here."""

from __future__ import annotations

from typing import Final

LINE_SIZE_MAX: Final = 1024
"""PROTOCOL: a line is at most this long, its LF included. [B]"""

DATAGRAM_SIZE_MAX: Final = 1200
"""PROTOCOL: fits every path's MTU with room for tunnels. [B]"""

REGISTER_WH_MAX: Final = 2**53 - 1
"""PROTOCOL: exact in a float64 too, so that any client's JSON keeps it whole. [Wh]"""

CLOCK_AHEAD_MAX_S: Final = 24 * 3600
"""PROTOCOL: a reading further ahead of the server's clock can't be true. [s]"""

BAD_LINES_IN_A_ROW_MAX: Final = 10
"""PROTOCOL: the peer speaks something else."""

LOGIN_TIMEOUT_S: Final = 10
"""PROTOCOL: a connection that has not logged in by then is closed. [s]"""

SILENCE_INTERVALS_MAX: Final = 3
"""PROTOCOL: a logged-in meter may miss this many intervals…"""

SILENCE_GRACE_S: Final = 60
"""…and this much more before its connection is closed. [s]"""

INTERVAL_S_DEFAULT: Final = 900
"""PROTOCOL: the interval of a meter that names none: a quarter of an hour. [s]"""

INTERVAL_S_MAX: Final = 31 * 86400
"""A meter that reports less often than once a month can't be billed monthly. [s]"""

METERS_MAX: Final = 4_000_000
"""Columns name a meter by a dense int32; arrays by meter of this length stay below 1 GiB."""

NAME_SIZE_MAX: Final = 200
"""A customer's name, serial or model: a line holds 1024 B anyway. [chars]"""

REASON_SIZE_MAX: Final = 1000
"""Why a person decided something: a paragraph. [characters]"""

PENDING_SIZE_MAX: Final = 64 * 1024 * 1024
"""Bytes received and not yet committed. At the bound sockets are no longer read. [B]"""

PENDING_SIZE_RESUME: Final = 32 * 1024 * 1024
"""Reading goes on when a commit has brought the pending bytes below this. [B]"""

BATCH_SIZE_MAX: Final = 16 * 1024 * 1024
"""Bytes of one commit: some 600,000 readings, so that answers stay quick. [B]"""

CONNECTIONS_MAX: Final = 19_500
"""Open meter connections: a process may hold 20,000 files; the store needs some."""

INCOMING_SIZE_MAX: Final = 256 * 1024
"""What the kernel may hold of one connection: 8,000 readings. So a peer that floods the head-end
takes some of a turn, not all of it. [B]"""

OUTGOING_SIZE_MAX: Final = 64 * 1024
"""Answers that a peer does not read. At the bound the connection is closed. [B]"""

REGISTRATIONS_PENDING_MAX: Final = 20_000
"""Registrations that wait for the ledger: one a connection, at most."""

HOT_ROWS_MAX: Final = 2_000_000
"""Readings held in memory and journal before they are written as Parquet: 64 MB, 0.5 s of work."""

PAGE_LIMIT_DEFAULT: Final = 100
"""Items on a page of the API unless `limit` says otherwise."""

PAGE_LIMIT_MAX: Final = 1000
"""The most items on a page of the API: a page stays below a megabyte."""

LOAD_PROFILE_POINTS_MAX: Final = 50_000
"""Intervals in one answer of the API: a year of 15-minute intervals is 35,136."""

REGISTER_ROWS_MAX: Final = 1_000_000
"""Readings that the lists of the API remember: 37 MB; some 100,000 ordinary meters."""

EVENT_QUEUE_MAX: Final = 1000
"""Events that a slow subscriber may lag behind before it is disconnected."""

EVENT_READINGS_MAX: Final = 100_000
"""Readings in the events that a slow subscriber may lag behind: 3 MB each, at most."""

EVENT_HEARTBEAT_S: Final = 15
"""A stream of events that is silent for this long says that it lives: proxies cut at 30 s. [s]"""

NOTICE_TIMEOUT_S: Final = 25
"""A channel that has not taken a message by then has failed: a mail server may greet late, and who
tests a channel waits for no more than 30 s. [s]"""

NOTICE_SENDS_MAX: Final = 16
"""Channels that are sent to at once; the others wait for their turn."""

NOTICE_HANGS_MAX: Final = 200
"""Sends that the other side keeps hanging, one a channel: a thread and a connection each. Beyond it
a send fails and is retried."""

NOTICE_ANSWER_SIZE_MAX: Final = 64 * 1024
"""Of what the other side answers, so much is read: the status says it all. [B]"""

MESSAGE_NOTICES_MAX: Final = 50
"""Alerts told in one message: more than anybody reads; the rest goes in the next one."""

CHANNEL_URL_SIZE_MAX: Final = 2000
"""What mail and web servers take. [chars]"""

CHANNELS_MAX: Final = 10_000
"""Channels in use: each is looked at for every alert."""

OUTBOX_READINGS_MAX: Final = 1_000_000
"""Readings that a meter keeps unanswered: 28 years at 15 minutes, two months at 5 s; 32 MB."""

RETRY_PAUSE_MAX_S: Final = 60
"""PROTOCOL: the longest pause of a meter before it comes back. [s]"""

DATAGRAM_RETRY_S: Final = 5
"""PROTOCOL: an unanswered datagram is sent again after this, then doubling. [s]"""

PROOF_SIZE_MAX: Final = 32 * 1024 * 1024
"""A proof of an invoice, unpacked: a month of 5-second readings has 3.2 MB. [B]"""

assert PENDING_SIZE_RESUME < PENDING_SIZE_MAX
assert BATCH_SIZE_MAX <= PENDING_SIZE_RESUME
assert LINE_SIZE_MAX < DATAGRAM_SIZE_MAX < BATCH_SIZE_MAX
assert PAGE_LIMIT_DEFAULT <= PAGE_LIMIT_MAX
assert DATAGRAM_RETRY_S < RETRY_PAUSE_MAX_S
assert NOTICE_SENDS_MAX < NOTICE_HANGS_MAX

HOT_TABLES_MAX: Final = 4
"""Full hot tables that wait to be written as Parquet; at the bound a commit waits for them."""

SEGMENT_ROWS_MAX: Final = 32_000_000
"""A sealed month is rewritten as a whole up to this size (5 s of work); beyond it gets parts."""

SEAL_BLOCK_ROWS: Final = 4_000_000
"""Rows that sealing holds in memory at once: 250 MB with its copies."""

PAYMENT_FILE_SIZE_MAX: Final = 16 * 1024 * 1024
"""A bank's file of payments: some 200,000 lines. [characters]"""
