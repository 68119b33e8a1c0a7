"""Settings of the server, read once from options and environment, then frozen."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from quilowatt.errors import SettingsError

__all__ = ["METER_PORT", "TLS_PORT", "ServerSettings", "server_settings"]

METER_PORT = 7007
"""PROTOCOL: TCP and UDP."""

TLS_PORT = 7008
"""PROTOCOL: TCP inside TLS."""

HTTP_PORT = 8080


class ServerSettings(BaseSettings):
    """How one server runs. Each may come from the environment as ``QUILOWATT_<NAME>``.

    Parameters
    ----------
    data : Path
        Directory of everything that the server keeps.
    host : str
        Address to listen on.
    http_port, meter_port, udp_port, tls_port : int
        Ports; 0 picks a free one.
    tls_cert, tls_key : Path or None
        PEM files; with both, meters may also call on the TLS port.
    enrolment : str
        The key that a meter must bring to register; empty when anyone may.
    api_token : str
        What a request to the API must carry; needed to listen beyond this machine.
    timezone : str
        IANA name of the zone whose days and months new usage points are billed by.
    tariff : str
        Code of the tariff of new usage points.
    tariffs : Path or None
        Directory of tariff documents in addition to those that come with quilowatt.
    transport : {'auto', 'ring', 'portable'}
        How TCP is served: io_uring where the kernel has it, else asyncio.
    seal_interval_s : float
        How often closed days are looked for. [s]
    """

    model_config = SettingsConfigDict(env_prefix="QUILOWATT_", frozen=True, extra="forbid")

    data: Path = Path("quilowatt-data/server")
    host: str = "127.0.0.1"
    http_port: int = HTTP_PORT
    meter_port: int = METER_PORT
    udp_port: int = METER_PORT
    tls_port: int = TLS_PORT
    tls_cert: Path | None = None
    tls_key: Path | None = None
    enrolment: str = ""
    api_token: str = ""
    timezone: str = "America/Bahia"
    tariff: str = "br/coelba-b1"
    tariffs: Path | None = None
    transport: Literal["auto", "ring", "portable"] = "auto"
    seal_interval_s: float = 600.0

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone {name!r}; write it as America/Bahia") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of new usage points."""
        return ZoneInfo(self.timezone)


def server_settings(**options: object) -> ServerSettings:
    """Check options against each other; those that are None come from the environment.

    Raises
    ------
    SettingsError
        Naming every option that is wrong and what to do.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = ServerSettings(**given)  # type: ignore[arg-type] # pydantic checks them
    except ValidationError as error:
        problems = (
            f"--{str(each['loc'][0]).replace('_', '-')}: {each['msg']}" for each in error.errors()
        )
        raise SettingsError("; ".join(problems)) from error
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise SettingsError("--tls-cert and --tls-key belong together: give both or none")
    if not settings.api_token and not _is_loopback(settings.host):
        raise SettingsError(
            f"--host {settings.host} lets other machines in, so --api-token is needed: choose a "
            "long random one, or leave --host away to serve this machine alone"
        )
    return settings


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
