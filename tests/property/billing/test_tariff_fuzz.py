"""Broken tariff documents: a tariff that prices, or all problems in words; never anything else."""

import copy
import json
import random
import signal
import tomllib
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from quilowatt.billing import NOBODY, Bill, Usage, UsagePoint, load_tariff, rate
from quilowatt.errors import BillingError, TariffError
from quilowatt.jobs.tariff_files import read_tariff

ROOT = Path(__file__).parents[3]
TARIFFS = ROOT / "tariffs"
DOCUMENTS = {
    str(path.relative_to(TARIFFS)): path.read_text("utf-8")
    for path in [
        *sorted((TARIFFS / "examples").glob("*.toml")),
        TARIFFS / "gb" / "london-dynamic-2013.toml",
        TARIFFS / "br" / "coelba-b1.toml",
        TARIFFS / "br" / "b1" / "cemig-d.toml",
    ]
}
PRICES = {path.name: path.read_text("utf-8") for path in (TARIFFS / "examples").glob("*.csv")}
INCLUDED = PRICES | {
    f"../shared/{path.name}": path.read_text("utf-8")
    for path in (TARIFFS / "br" / "shared").glob("*.toml")
}
TREES, TEXTS = 200, 200
"""Mutants of each document: of its tables, and of its text."""

LIMIT_S = 5
"""Of the processor's time, which a busy machine doesn't stretch; the slowest takes a tenth."""

BAHIA = ZoneInfo("America/Bahia")
START_S = int(datetime(2026, 3, 1, tzinfo=BAHIA).timestamp())
USAGE = Usage.of_one(
    range(START_S, START_S + 31 * 86_400 + 1, 3600), [700] * (31 * 24), [90] * (31 * 24)
)
PLACE = UsagePoint(attributes={"class": "social", "phases": "3"}, contracted_kw=Decimal(5))

VALUES = [
    None, True, False, 0, -1, 1, 2**40, 2**70, 10**400, "", " ", "0", "1e5", "-0", "NaN", "x",
    "2026-02-30", "9999-12-31", "0001-01-01", "2026-13-01", "24:00", "24:01", "12:60", "13-45",
    "import", "month", "holiday", "Europe/London", "../..", "/", "a\0b", "\ud800", "\u202e", "ß",
    "日本", "\u2028", "x" * 10_000, [], [[]], [None], [1, 1], ["a", "a"], ["mon"], [["vat"]], {},
    {"": 1}, {"a]": 1}, {"a.": {"b[0]": 1}}, {"from": 1}, float("nan"), float("inf"), -1.5, 1e-320,
]  # fmt: skip
RAW = ["1e999999999", "-1e-999999999", "0x" + "f" * 5000, "nan", "inf", "1979-05-27", "07:32:00"]
PIECES = [
    "[", "]", "[[", "]]", "{", "}", '"', "'", '"""', "=", ".", ",", "#", "\n", "\r\n", "\t", "\0",
    "\ufeff", "\u2028", "\x0b", "\x85", "é", "𝔘", "\u0000", "1", "-", "e9", "_", "true",
    "[version]", "[[version]]", "[a.b.c]", "format = 2\n", "include = ['x']\n", "\"a]\" = 1\n",
]  # fmt: skip


@contextmanager
def in_time(seconds):
    """Raise where the processor works longer; the alarm interrupts whatever Python is doing."""

    def ring(*_):
        raise AssertionError(f"took more than {seconds} s")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def judge(text, files=INCLUDED):
    """Load and price a document; say what became of it. Any other exception is the failure."""
    with in_time(LIMIT_S):
        try:
            tariff = load_tariff(text, "mutant", files)
        except TariffError as error:
            return "refused" if are_words(error.problems) else "without a word"
        try:
            for place in (NOBODY, PLACE):
                bill = rate(tariff, USAGE, BAHIA, place)
                assert isinstance(bill, Bill)
                assert bill.total == sum(line.amount for line in bill.lines)
        except BillingError as error:
            str(error).encode()
            return "loaded"
        return "priced"


def are_words(problems):
    return bool(problems) and all(problem.strip().encode() for problem in problems)


def as_json(tree):
    def plain(value):
        if isinstance(value, (date, datetime, Decimal)):
            return str(value)
        raise TypeError(value)

    return json.dumps(tree, default=plain)


def places_of(tree):
    """Every (container, key) of a document."""
    stack, found = [tree], []
    while stack:
        inner = stack.pop()
        keys = inner if isinstance(inner, dict) else range(len(inner))
        for key in list(keys):
            found.append((inner, key))
            if isinstance(inner[key], (dict, list)):
                stack.append(inner[key])
    return found


def mutated_tree(tree, dice):
    """Drop, replace, rename, double or move a few values."""
    tree = copy.deepcopy(tree)
    for _ in range(dice.choice([1, 1, 1, 2, 4])):
        places = places_of(tree)
        if not places:
            break
        inner, key = dice.choice(places)
        if dice.random() < 0.2:
            other, name = dice.choice(places)
            inner[key] = copy.deepcopy(other[name])
        else:
            dice.choice([drop, rename, double, bury, replace, replace])(inner, key, dice)
    return tree


def drop(inner, key, dice):
    del inner[key]


def rename(inner, key, dice):
    if isinstance(inner, dict):
        inner[dice.choice(["", "frm", "a]", "a.b", "x[", "ß", key + "s"])] = inner.pop(key)


def double(inner, key, dice):
    if isinstance(inner, list):
        inner.append(copy.deepcopy(inner[key]))


def bury(inner, key, dice):
    for _ in range(dice.choice([5, 40, 120])):
        inner[key] = [inner[key]] if dice.random() < 0.5 else {"a": inner[key]}


def replace(inner, key, dice):
    inner[key] = copy.deepcopy(dice.choice(VALUES))


def mutated_text(text, dice):
    """Cut off, repeat, drop or spoil lines and characters."""
    for _ in range(dice.choice([1, 1, 2, 5])):
        lines = text.split("\n")
        at, spot = dice.randrange(len(lines)), dice.randrange(len(text) + 1)
        act = dice.randrange(6)
        if act == 0:
            text = text[:spot]
        elif act == 1:
            del lines[at]
            text = "\n".join(lines)
        elif act == 2:
            lines.insert(at, dice.choice(lines))
            text = "\n".join(lines)
        elif act == 3:
            text = text[:spot] + dice.choice(PIECES) + text[spot:]
        elif act == 4:
            text = text[:spot] + text[spot + dice.randrange(1, 9) :]
        elif "=" in lines[at]:
            lines[at] = lines[at].split("=")[0] + "= " + dice.choice(RAW)
            text = "\n".join(lines)
    return text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_mutants_of_the_tables(name):
    tree, dice = tomllib.loads(DOCUMENTS[name], parse_float=Decimal), random.Random(name)
    found = [judge(as_json(mutated_tree(tree, dice))) for _ in range(TREES)]
    assert "without a word" not in found
    assert found.count("refused") > TREES / 3
    assert judge(as_json(tree)) != "refused"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_mutants_of_the_text(name):
    dice = random.Random(name)
    found = [judge(mutated_text(DOCUMENTS[name], dice)) for _ in range(TEXTS)]
    assert "without a word" not in found
    assert found.count("refused") > TEXTS / 3
    assert judge(DOCUMENTS[name]) != "refused"


@pytest.mark.parametrize("name", PRICES)
def test_mutants_of_a_file_of_prices(name):
    users = [text for text in DOCUMENTS.values() if name in text]
    dice = random.Random(name)
    spoilt = [{name: mutated_text(PRICES[name], dice)} for _ in range(TEXTS)]
    found = [judge(user, files) for user in users for files in spoilt]
    assert "without a word" not in found
    assert "refused" in found


SOUND = DOCUMENTS["examples/time-of-use.toml"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        # A place that ends in a bracket was shortened for ever in search of its line.
        ('{"format": 2, "a]": 1}', "a]: unknown key"),
        ('{"format": 2, "": 1, "a.": {"b[": 1}}', "a.: unknown key"),
        (SOUND + '\n[names."x]"]\npt = "x"\nen = "x"\n', "a code is written in lower case"),
        # A billion digits were written out before they were refused.
        (SOUND.replace("places = 2", "places = 1e999999999"), "a number of more than 40 digits"),
        (SOUND.replace("places = 2", "places = -1e-999999999"), "a number of more than 40 digits"),
        (SOUND.replace("places = 2", "places = 0x" + "f" * 5000), "a number of more than 40"),
        ('{"format": 1' + "0" * 4000 + "}", "a number of more than 40 digits"),
        # The parser takes the square of the parts of a key, and of a list within a list ...
        ("a." * 50_000 + "a = 1", "a key of more than 32 parts (at line 1)"),
        ("a = " + "[" * 50_000 + "]" * 50_000, "cannot be read as TOML"),
        ('{"a": ' + "[" * 400 + "]" * 400 + "}", "lies deeper than 16 levels"),
        ('{"a": ' * 50_000 + "1" + "}" * 50_000, "cannot be read as JSON"),
        ('{"format": 2, "format": 1}', "key 'format' stands more than once"),
        ('{"format": 2, "code": "xx/\\ud800"}', "code: has control characters or half of"),
        ('{"format": 2, "names": {"a": {"pt": "\\u001b[2J", "en": "a"}}}', "names.a.pt: has con"),
        ('{"format": 2, "' + "x" * 100_000 + '": 1}', "…: unknown key"),
        ('{"format": 2, "include": "x.toml"}', 'include: is "x.toml", must be a list of different'),
        ('{"format": 2, "include": ["x.toml"]}', "include: 'x.toml' is not there"),
        ("", "format: is not there"),
        ("\0", "cannot be read as TOML"),
    ],
)  # fmt: skip
def test_what_was_or_would_be_slow_is_refused_at_once(text, problem):
    with in_time(LIMIT_S), pytest.raises(TariffError) as caught:
        load_tariff(text, "mutant")
    assert any(problem in line for line in caught.value.problems), caught.value.problems


def test_documents_that_include_each_other_are_refused(tmp_path):
    shared = 'format = 2\ninclude = ["{}"]\n'
    for name, other in (("b.toml", "c.toml"), ("c.toml", "b.toml")):
        (tmp_path / name).write_text(shared.format(other))
    (tmp_path / "own.toml").write_text('include = ["own.toml"]\n' + SOUND)
    (tmp_path / "a.toml").write_text('include = ["b.toml"]\n' + SOUND)
    for name in ("a.toml", "own.toml"):
        with in_time(LIMIT_S), pytest.raises(TariffError):
            read_tariff(tmp_path / name)


@pytest.mark.parametrize("name", ["x" * 5000, "a\\u0000b", ".", "..", "\\ud800"])
def test_includes_that_are_no_files_are_named(tmp_path, name):
    path = tmp_path / "a.json"
    path.write_text('{"format": 2, "include": ["' + name + '"]}')
    with pytest.raises(TariffError):
        read_tariff(path)


def test_the_last_day_of_the_calendar_means_no_end():
    text = DOCUMENTS["examples/time-of-use.toml"]
    tree = tomllib.loads(text, parse_float=Decimal)
    for version in tree["version"]:
        version["until"] = "9999-12-31"
    assert judge(as_json(tree)) == judge(text)


def test_a_line_is_what_the_parser_counts():
    text = SOUND.replace("\n", " # \u2028\u0085\n", 1).replace('rule = "half_', 'rule = "third_')
    line = next(n for n, row in enumerate(text.split("\n"), 1) if "rounding" in row)
    with pytest.raises(TariffError) as caught:
        load_tariff(text, "mutant")
    assert any(problem.startswith(f"line {line}, ") for problem in caught.value.problems)
