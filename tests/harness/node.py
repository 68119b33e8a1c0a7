"""The browser's verifier in a Node process that answers file by file."""

import json
import shutil
import subprocess
from pathlib import Path

from harness.proofs import ROOT

PAGE = ROOT / "src" / "quilowatt" / "web" / "verify"
NODE = shutil.which("node")


class NodeVerifier:
    """A context manager; give it bytes, get {"outcome", "stage", …}."""

    def __init__(self, directory):
        self._directory = Path(directory)

    def __enter__(self):
        script = Path(__file__).with_name("verify_in_node.js")
        self._process = subprocess.Popen(
            [NODE, str(script), str(PAGE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def verify(self, data, name="proof.json"):
        path = self._directory / name
        path.write_bytes(data)
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())
