"""House rules that the linters can't state."""

import ast
import importlib
import pkgutil
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "quilowatt"

MIGRATIONS = SOURCE / "store" / "migrations" / "versions"
"""A migration is a list of steps that nobody touches again."""

FILE_LINES_MAX = 500
"""A longer module holds two ideas."""

FUNCTION_LINES_MAX = 60
"""Less its docstring."""

FILE_SIZE_MAX = 1_500_000
"""What is larger is data, and belongs elsewhere. [B]"""

PURE = ("core", "wire", "profile", "billing", "alert")
"""Packages that do no I/O and read no clock."""

PEOPLE_AND_FIELD = ("app.py", "cli/", "demo.py", "meter/", "tui/", "client/")
"""Where a program begins, or plays a part outside the server: these may look at the clock."""

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}

RUN_BY_OTHERS = {"quilowatt.__main__", "quilowatt.store.migrations.env"}
"""Python and Alembic run these; importing them runs them too."""

VAGUE_NAMES = re.compile(r"\b(utils|helpers|misc|common)\b|\w(Manager|Helper|Util|Utils)\b")

REGISTRIES = re.compile(r"p[y]pi[.]org|pythonh[o]sted|npm[j]s[.](org|com)|deb[.]deb[i]an[.]org")
MACHINE_PATHS = re.compile(r"(^|[^A-Za-z0-9_.])/(w[o]rk|f[a]rm|r[o]ot|h[o]me)/[A-Za-z0-9_.-]+")
UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X)\b")
UNIT = re.compile(r"\[[^\[\]]+\]")
QUANTITY = re.compile(r"_(s|us|wh|kwh|ws|w|pct|bytes)$|^(digits|rate|amount|base)$")
"""Names of what is measured; numbers of meters, rows and codes are none."""


def tracked_files():
    """Files of the project, as git knows them."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is not a checkout, so nobody knows which files are the project's")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    paths = (ROOT / name for name in listing.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def python_files(*directories):
    return [path for name in directories for path in sorted((ROOT / name).rglob("*.py"))]


def modules():
    """Name every module of the package that can be imported for itself."""
    found = pkgutil.walk_packages([str(SOURCE)], "quilowatt.")
    return ["quilowatt", *(each.name for each in found if each.name not in RUN_BY_OTHERS)]


def parsed(path):
    return ast.parse(path.read_text("utf-8"), str(path))


def functions(tree):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def lines_without_docstring(function):
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= docstring.end_lineno - docstring.lineno + 1
    return lines


def where(path, node=None):
    return f"{path.relative_to(ROOT)}" + (f":{node.lineno}" if node is not None else "")


def test_no_file_holds_two_ideas():
    sizes = {
        where(path): len(path.read_text("utf-8").splitlines())
        for path in python_files("src", "bench")
    }
    assert {name: size for name, size in sizes.items() if size > FILE_LINES_MAX} == {}


def test_every_module_says_what_it_is_for():
    silent = [where(path) for path in python_files("src") if not ast.get_docstring(parsed(path))]
    assert silent == []


def test_every_function_fits_the_eye():
    long = [
        f"{where(path, function)} {function.name}"
        for path in python_files("src", "tests", "bench")
        if path.parent != MIGRATIONS
        for function in functions(parsed(path))
        if lines_without_docstring(function) > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_names_say_what_they_name():
    vague = [
        where(path)
        for path in python_files("src")
        if VAGUE_NAMES.search(path.stem)
        or any(
            VAGUE_NAMES.search(node.name)
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.ClassDef)
        )
    ]
    assert vague == []


def test_the_functional_core_waits_for_nothing():
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    found = [
        where(path, node)
        for package in PURE
        for path in python_files(f"src/quilowatt/{package}")
        for node in ast.walk(parsed(path))
        if isinstance(node, waiting)
    ]
    assert found == []


def is_float(node):
    match node:
        case ast.Constant(value=float()) | ast.Name(id="float"):
            return True
        case ast.Attribute(attr=name) if name.startswith(("float", "double")):
            return True
        case ast.Import(names=names):
            return any(alias.name == "math" for alias in names)
        case ast.ImportFrom(module="math"):
            return True
    return False


def test_no_float_comes_near_money():
    paths = [*python_files("src/quilowatt/billing"), SOURCE / "core" / "money.py"]
    nodes = [(path, node) for path in paths for node in ast.walk(parsed(path))]
    assert [where(path, node) for path, node in nodes if is_float(node)] == []


def test_the_server_s_parts_are_given_their_clock():
    found = [
        where(path, node)
        for path in python_files("src")
        if not path.relative_to(SOURCE).as_posix().startswith(PEOPLE_AND_FIELD)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCKS
    ]
    assert found == []


def entries(docstring):
    """Give (names, description) of what numpydoc sections list."""
    for section in ("Parameters", "Attributes", "Returns", "Yields"):
        flags = re.MULTILINE | re.DOTALL
        match = re.search(rf"^{section}\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", docstring, flags)
        found = (
            re.findall(r"^(\S.*)\n((?:(?: {4}.*)?\n?)*)", match.group(1), re.MULTILINE)
            if match
            else []
        )
        for heading, description in found:
            yield heading.partition(" : ")[0].split(", "), description


@pytest.mark.parametrize("package", ["profile", "billing", "alert"])
def test_every_quantity_names_its_unit(package):
    nodes = [
        (path, node)
        for path in python_files(f"src/quilowatt/{package}")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert nodes
    lacking = [
        f"{where(path, node)} {node.name}: {names}"
        for path, node in nodes
        for names, description in entries(ast.get_docstring(node) or "")
        if any(QUANTITY.search(name) for name in names) and not UNIT.search(description)
    ]
    assert lacking == []


def test_the_tree_speaks_of_the_project_alone():
    rules = {"a registry": REGISTRIES, "a machine's path": MACHINE_PATHS, "unfinished": UNFINISHED}
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", "replace")
        for line_number, line in enumerate(text.splitlines(), 1):
            found += [
                f"{where(path)}:{line_number} {what}"
                for what, pattern in rules.items()
                if pattern.search(line)
            ]
    assert found == []


def test_no_file_is_a_heap_of_data():
    large = [where(path) for path in tracked_files() if path.stat().st_size > FILE_SIZE_MAX]
    assert large == []


@pytest.mark.parametrize("name", modules())
def test_what_a_module_promises_is_there(name):
    module = importlib.import_module(name)
    promised = getattr(module, "__all__", [])
    assert [each for each in promised if not hasattr(module, each)] == []
    assert len(set(promised)) == len(promised)
