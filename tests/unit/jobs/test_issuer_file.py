"""Who issues: a document that is read whole, or refused with all that is wrong."""

import pytest

from quilowatt.errors import SettingsError
from quilowatt.jobs.issuer_file import ISSUER_EXAMPLE, read_issuer, require_issuer


def read(tmp_path, text):
    path = tmp_path / "issuer.toml"
    path.write_text(text, "utf-8")
    return read_issuer(path)


def test_the_example_can_be_used_as_it_is(tmp_path):
    terms = read(tmp_path, ISSUER_EXAMPLE)
    assert terms.issuer.name == "Condomínio Jardim"
    assert terms.issuer.address == ("Rua das Flores, 1", "Salvador, BA")
    assert (terms.series, terms.due_days, dict(terms.payment)) == ("", None, {})


def test_its_comments_can_be_used_too(tmp_path):
    lines = ISSUER_EXAMPLE.splitlines()
    text = "\n".join(line.removeprefix("# ") for line in lines)
    terms = read(tmp_path, text)
    assert (terms.series, terms.due_days) == ("A", 10)
    assert terms.payment["brazil"]["pix_city"] == "Salvador"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "name: is missing"),
        ("name = ''", "name '': must be"),
        ("name = 'a'\nseries = 'b'", "series 'b': must be"),
        ("name = 'a'\ndue_days = -1", "due_days -1: must be"),
        ("name = 'a'\ndue_days = true", "due_days True: must be"),
        ("name = 'a'\naddress = 'x'", "address 'x': must be"),
        ("name = 'a'\nfoo = 1", "foo: no such setting"),
        ("name = 'a'\n[payment.atlantis]", "payment.atlantis: no such table"),
        ("name = 'a'\n[payment.brazil]\nfoo = 'x'", "payment.brazil: foo: no such setting"),
        ("name = 'a'\n[payment.brazil]\npix_key = 'x'", "payment.brazil: "),
        (
            "name = 'a'\nseries = 'B'\n[payment.brazil]\ncollection_company = '0138'",
            "invoice number",
        ),
        ("name", "issuer.toml: "),
    ],
)
def test_what_is_wrong_is_told(tmp_path, text, words):
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)


def test_all_of_it_is_told_at_once(tmp_path):
    with pytest.raises(SettingsError, match=r"series.*due_days.*foo"):
        read(tmp_path, "name='a'\nseries = 'b'\ndue_days = -1\nfoo = 1")


def test_without_the_document_an_example_is_shown(tmp_path):
    with pytest.raises(SettingsError) as caught:
        require_issuer(tmp_path / "issuer.toml")
    assert ISSUER_EXAMPLE in str(caught.value)
    assert "não existe" in caught.value.pt
