"""The terminal screen. It knows the public API only."""

from quilowatt.tui.options import SERVER_DEFAULT, WatchOptions
from quilowatt.tui.watch import run_watch

__all__ = ["SERVER_DEFAULT", "WatchOptions", "run_watch"]
