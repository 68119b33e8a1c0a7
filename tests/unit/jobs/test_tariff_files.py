"""Tariffs of one's own beside those of the box: all that is wrong is said at once."""

import pytest

from quilowatt.errors import SettingsError, TariffError
from quilowatt.jobs.tariff_files import box_of_tariffs, read_tariff, tariff_book

FLAT = (box_of_tariffs() / "br" / "coelba-b1.toml").read_text("utf-8")


def own(directory, **documents):
    for name, text in documents.items():
        (directory / f"{name}.toml").write_text(text, "utf-8")
    return directory


def with_code(code):
    return FLAT.replace('code = "br/coelba-b1"', f'code = "{code}"', 1)


def test_own_tariffs_stand_beside_the_box(tmp_path):
    deep = tmp_path / "deep"
    deep.mkdir()
    own(deep, flat=with_code("own/flat"))
    codes = tariff_book(tmp_path).codes()
    assert {"own/flat", "br/coelba-b1"} <= set(codes)
    assert set(codes) - set(tariff_book().codes()) == {"own/flat"}


def test_a_document_of_json_is_read_too(tmp_path):
    document = (
        '{"format": 2, "code": "own/json", "currency": "BRL", "name": {"pt": "x", "en": "x"}, '
        '"rounding": {"rule": "half_up", "places": 2}, "names": {"e": {"pt": "e", "en": "e"}}, '
        '"version": [{"from": "2026-01-01", "act": "a", "source": "s", "charges": '
        '[{"code": "e", "kind": "energy", "rate_per_kwh": 1}]}]}'
    )
    (tmp_path / "own.json").write_text(document, "utf-8")
    assert tariff_book(tmp_path).find("own/json") == read_tariff(tmp_path / "own.json")


def test_every_problem_of_every_document_is_said_at_once(tmp_path):
    own(tmp_path, one="format = 3", same=FLAT, two="charges = [", flat=with_code("own/flat"))
    with pytest.raises(TariffError) as caught:
        tariff_book(tmp_path)
    text = str(caught.value)
    assert "one.toml: line 1, format: is 3" in text
    assert "two.toml: cannot be read as TOML" in text
    assert "same.toml: code 'br/coelba-b1' is taken by" in text
    assert "flat.toml" not in text


def test_a_directory_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match="nowhere: there is no such directory"):
        tariff_book(tmp_path / "nowhere")
