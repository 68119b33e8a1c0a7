"""What the documents say is there: links, commands, options, routes."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from quilowatt.api import seed, service_routes, stream, usage_points, v1
from quilowatt.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
READMES = [ROOT / "README.md", ROOT / "README.pt-BR.md"]
COMMANDS = typer.main.get_command(app)
ROUTES = {
    route.path
    for part in (seed, v1, usage_points, stream, service_routes)
    for route in part.router.routes
    if hasattr(route, "path")
}
OF_FASTAPI = {"/docs", "/openapi.json"}

FIRST_NAMES = {"servidor.py": "server", "medidor.py": "meter", "user_interface.py": "watch"}


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def without_code(text):
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def anchors(path):
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_code(path.read_text("utf-8")), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


def commands(path):
    """Commands in a page's shell blocks, without their comments, and those in its sentences."""
    text = path.read_text("utf-8")
    found = []
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        found += [shlex.split(line, comments=True) for line in block.splitlines()]
    for words in re.findall(r"`((?:\.venv/bin/)?quilowatt [a-z][^`]*)`", without_code(text)):
        found.append(shlex.split(" ".join(words.split())))
    return [words for words in found if words]


def as_quilowatt(words):
    """Give the words after `quilowatt` of a command that runs it, or None."""
    if words[0].rpartition("/")[2] == "quilowatt":
        return words[1:]
    if words[0] == "python3" and words[1] in FIRST_NAMES:
        return [FIRST_NAMES[words[1]], *words[2:]]
    return None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text("utf-8")))
    broken = []
    for link in links:
        if link.startswith(("http://", "https://")):
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist_with_their_options(page):
    for words in filter(None, map(as_quilowatt, commands(page))):
        name, *rest = words
        assert name in COMMANDS.commands, name
        if rest:
            COMMANDS.commands[name].make_context(name, rest)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_goals_of_make_and_files_to_run_exist(page):
    goals = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for words in commands(page):
        if words[0] == "make":
            assert set(words[1:]) <= goals
        if words[0] == "python3":
            assert (ROOT / words[1]).exists()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_addresses_name_routes(page):
    found = re.findall(r"http://127\.0\.0\.1:8080(/[\w/\-]*)", page.read_text("utf-8"))
    known = ROUTES | OF_FASTAPI
    assert [path for path in found if path not in known] == []


def test_options_of_the_server_are_all_told():
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    for name in ("server", "meter", "watch"):
        options = [each.opts[0] for each in COMMANDS.commands[name].params]
        assert [option for option in options if f"`{option}`" not in text] == []


def test_both_readmes_show_the_same_commands():
    english, portuguese = map(commands, READMES)
    assert english == portuguese


def test_every_page_of_the_documentation_is_listed():
    listed = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if page != "README.md" and f"({page})" not in listed] == []


def test_the_image_starts_a_command_that_exists():
    text = (ROOT / "Dockerfile").read_text("utf-8")
    (words,) = re.findall(r"^CMD \[(.*)\]$", text, re.MULTILINE)
    name, *rest = re.findall(r'"([^"]+)"', words)
    COMMANDS.commands[name].make_context(name, rest)
