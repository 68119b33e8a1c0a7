"""What settings are refused, and in which words."""

import pytest

from quilowatt.config import server_settings
from quilowatt.errors import SettingsError


def test_the_defaults_serve_this_machine_alone(tmp_path):
    settings = server_settings(data=tmp_path)
    assert (settings.host, settings.http_port, settings.meter_port) == ("127.0.0.1", 8080, 7007)


def test_what_is_none_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("QUILOWATT_METER_PORT", "7100")
    assert server_settings(data=tmp_path, meter_port=None).meter_port == 7100
    assert server_settings(data=tmp_path, meter_port=7200).meter_port == 7200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "meters.example"])
def test_other_machines_need_a_token(tmp_path, host):
    with pytest.raises(SettingsError, match=r"--host .* --api-token is needed"):
        server_settings(data=tmp_path, host=host)
    assert server_settings(data=tmp_path, host=host, api_token="t" * 32).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_none(tmp_path, host):
    assert server_settings(data=tmp_path, host=host).host == host


def test_a_certificate_needs_its_key(tmp_path):
    with pytest.raises(SettingsError, match="belong together"):
        server_settings(data=tmp_path, tls_cert=tmp_path / "cert.pem")


def test_all_problems_are_named_at_once(tmp_path):
    with pytest.raises(SettingsError, match=r"(?s)--meter-port.*--timezone: .*America/Bahia"):
        server_settings(data=tmp_path, meter_port="seven", timezone="Bahia")
