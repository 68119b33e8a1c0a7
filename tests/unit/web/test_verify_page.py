"""The files of the verifier's page: whole, alone, and of the shape that proofs have."""

import re
import runpy

from harness.proofs import ROOT

PAGE = ROOT / "src" / "quilowatt" / "web" / "verify"


def test_the_shape_is_the_one_that_python_checks():
    written = runpy.run_path(str(ROOT / "scripts" / "proof-shape"))["script"]()
    assert (PAGE / "shape.js").read_text("utf-8") == written


def test_every_script_and_style_that_the_page_asks_for_is_there():
    page = (PAGE / "index.html").read_text("utf-8")
    asked = re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', page)
    assert sorted(asked) == sorted(path.name for path in PAGE.iterdir() if path.suffix != ".html")


def test_the_page_asks_nobody():
    for path in PAGE.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|fetch\(|XMLHttpRequest|import\(|eval\(|innerHTML", text), (
            path
        )
