"""Every phrase is used, every phrase that is used exists."""

import re
from pathlib import Path

import quilowatt.tui
from quilowatt.tui.words import PHRASES

SOURCE = Path(quilowatt.tui.__file__).parent
BUILT = {f"link_{s}" for s in ("connecting", "live", "lost", "refused")} | {
    f"{prefix}_{suffix}"
    for prefix, suffixes in {
        "column": ("name", "meter", "now", "level", "today", "month", "seen"),
        "chart": ("day", "month"),
    }.items()
    for suffix in suffixes
}
"""Names that the code puts together or takes from a table."""


def source_text():
    paths = [path for path in SOURCE.glob("*.py") if path.name != "words.py"]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_every_phrase_is_used():
    quoted = set(re.findall(r"[\"'](\w+)[\"']", source_text()))
    assert PHRASES.keys() - quoted - BUILT == set()


def test_every_phrase_that_is_asked_for_exists():
    asked = set(re.findall(r"words\(\s*[\"'](\w+)[\"']", source_text()))
    assert asked - PHRASES.keys() == set()


def test_no_phrase_is_left_untranslated():
    same = {key for key, phrase in PHRASES.items() if phrase.en == phrase.pt}
    assert same <= {"column_level", "total", "age_s", "age_min", "age_h", "age_d"}
