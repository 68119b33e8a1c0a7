"""The manifest: which files are the store, replaced as a whole in one rename.

What it does not list does not exist: a file that a crash left behind is removed on opening.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from quilowatt.errors import StoreCorrupt, StoreTooNew
from quilowatt.store.durable import write_durably
from quilowatt.store.segments import Segment

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Manifest", "read_manifest", "write_manifest"]

FORMAT: Final = 1
NAME: Final = "manifest.json"

SUFFIXES: Final = frozenset({".parquet", ".qwj"})
"""Files of readings. There is a manifest before the first of them."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The store's files.

    Parameters
    ----------
    generation : int
        Rises by one with each change.
    first_journal : int
        Number of the oldest journal whose readings are not in a segment.
    commit : int
        Newest commit that the segments hold. [µs]
    latest : str
        File of `LatestTable` that goes with the segments; empty when there is none.
    segments : tuple of Segment
        Recent ones and sealed ones.
    """

    generation: int = 0
    first_journal: int = 1
    commit: int = 0
    latest: str = ""
    segments: tuple[Segment, ...] = ()

    def files(self) -> set[str]:
        """Name every file that the manifest needs."""
        return {segment.name for segment in self.segments} | (
            {self.latest} if self.latest else set()
        )


def read_manifest(directory: Path) -> Manifest:
    """Read the manifest; a new directory has an empty one.

    Raises
    ------
    StoreTooNew
        It was written in a later format.
    StoreCorrupt
        It is missing though there are readings, it can't be read, or a file that it lists is
        missing or has another size.
    """
    path = directory / NAME
    if not path.exists():
        if any(file.suffix in SUFFIXES for file in directory.iterdir()):
            raise StoreCorrupt(f"{path} is missing: restore it from a backup")
        return Manifest()
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] > FORMAT:
            raise StoreTooNew(
                f"{path} has format {document['format']}, this quilowatt knows up to {FORMAT}: "
                "start the newer version that wrote it"
            )
        del document["format"]
        segments = tuple(Segment(**segment) for segment in document.pop("segments"))
        manifest = Manifest(segments=segments, **document)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreCorrupt(f"{path} can't be read ({error}); restore it from a backup") from error
    _check_sizes(directory, manifest)
    return manifest


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Replace the manifest, durably.

    Raises
    ------
    StoreFull
        No room. The old one still stands.
    """
    document = {"format": FORMAT, **asdict(manifest)}
    write_durably(directory / NAME, json.dumps(document, indent=1).encode())


def _check_sizes(directory: Path, manifest: Manifest) -> None:
    for segment in manifest.segments:
        path = directory / segment.name
        size = path.stat().st_size if path.exists() else None
        if size != segment.size_bytes:
            what = "is missing" if size is None else f"has {size} B"
            raise StoreCorrupt(
                f"{path} {what}, the manifest says {segment.size_bytes} B: restore it from a backup"
            )
    if manifest.latest and not (directory / manifest.latest).exists():
        raise StoreCorrupt(f"{directory / manifest.latest} is missing: restore it from a backup")
