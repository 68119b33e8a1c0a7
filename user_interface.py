"""The user interface, by its first name: the same as `quilowatt watch`."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE / ".venv" / "bin" / "python"

if PYTHON.exists() and Path(sys.prefix) != HERE / ".venv":  # installed by `make setup`
    os.execv(PYTHON, [str(PYTHON), *sys.argv])
try:
    from quilowatt.cli import main
except ImportError:
    sys.exit("quilowatt is not installed here yet: run `make setup` once, then this again")

sys.argv[0:1] = ["quilowatt", "watch"]
main()
