"""The meter protocol without I/O: bytes to messages and columns, and back."""

from quilowatt.wire.datagram import (
    Datagram,
    DatagramAnswer,
    build_answer,
    build_datagram,
    build_datagrams,
    parse_answer,
    parse_datagram,
)
from quilowatt.wire.headend import Event, HeadEndConnection, State
from quilowatt.wire.lines import parse_head_end_line, parse_meter_line
from quilowatt.wire.messages import (
    Acknowledgement,
    Bye,
    HeadEndMessage,
    Hello,
    HelloAnswer,
    Identify,
    Identity,
    Login,
    MeterMessage,
    Ping,
    Pong,
    Reading,
    Refusal,
    Register,
    Registered,
    SetInterval,
    SetRelay,
    Welcome,
)
from quilowatt.wire.meter import MeterConnection, MeterState
from quilowatt.wire.proof import datagram_proof, login_proof
from quilowatt.wire.registration import RegistrationDetails

__all__ = [
    "Acknowledgement",
    "Bye",
    "Datagram",
    "DatagramAnswer",
    "Event",
    "HeadEndConnection",
    "HeadEndMessage",
    "Hello",
    "HelloAnswer",
    "Identify",
    "Identity",
    "Login",
    "MeterConnection",
    "MeterMessage",
    "MeterState",
    "Ping",
    "Pong",
    "Reading",
    "Refusal",
    "Register",
    "Registered",
    "RegistrationDetails",
    "SetInterval",
    "SetRelay",
    "State",
    "Welcome",
    "build_answer",
    "build_datagram",
    "build_datagrams",
    "datagram_proof",
    "login_proof",
    "parse_answer",
    "parse_datagram",
    "parse_head_end_line",
    "parse_meter_line",
]
