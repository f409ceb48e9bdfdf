"""A segment on disk: one ``.npy`` per column (mapped, not read) and a small JSON of names beside them."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from . import columns, products
from .layout import POST, PRODUCT
from .segment import Segment
from .texts import Texts
from .weights import RANKING_VERSION

FORMAT = 3
_OWN = ("offer_start", "offer", "ids", "by_id", "live")
_RECORDS = {"posts.record": POST, "products.record": PRODUCT}
_LISTS = ("factors", "families", "certificate_names")


class FormatError(ValueError):
    """The folder was written by another version of the engine, or not to its end: rebuild the index."""


def save_segment(segment: Segment, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _OWN:
        np.save(folder / f"{name}.npy", getattr(segment, name))
    for name in columns.COLUMNS:
        np.save(folder / f"posts.{name}.npy", getattr(segment.posts, name))
    for name in products.COLUMNS:
        np.save(folder / f"products.{name}.npy", getattr(segment.products, name))
    for name in products.TEXTS:
        texts: Texts = getattr(segment.products, name)
        np.save(folder / f"texts.{name}.start.npy", texts.start)
        np.save(folder / f"texts.{name}.raw.npy", texts.raw)
    lists = {name: getattr(segment.posts, name) for name in _LISTS}
    (folder / "lists.json").write_text(json.dumps(lists, ensure_ascii=False), encoding="utf-8")


def load_segment(folder: Path, *, version: str, mmap: bool) -> Segment:
    def column(name: str) -> Any:
        # As plain arrays: a memmap costs several times as much to hand to the kernel.
        array = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r" if mmap else None))
        if name in _RECORDS:
            array = array.view(_RECORDS[name])  # The file does not say that the fields are aligned.
        array.setflags(write=False)
        return array

    lists = json.loads((folder / "lists.json").read_text(encoding="utf-8"))

    def texts(name: str) -> Any:
        return Texts(column(f"texts.{name}.start"), column(f"texts.{name}.raw"))

    return Segment(
        version=version,
        products=products.Products(
            **{name: column(f"products.{name}") for name in products.COLUMNS},
            **{name: texts(name) for name in products.TEXTS},
        ),
        posts=columns.Posts(**{name: column(f"posts.{name}") for name in columns.COLUMNS}, **lists),
        **{name: column(name) for name in _OWN},
    )


def write_manifest(folder: Path, *, segments: int, dictionary_version: str) -> None:
    """Written last, when all else is on the disk: a folder without it is not an index."""
    sizes = {}
    for path in sorted(folder.glob("segment*/*")):
        _to_disk(path)
        sizes[str(path.relative_to(folder))] = path.stat().st_size
    manifest = {
        "format": FORMAT,
        "segments": segments,
        "dictionary_version": dictionary_version,
        "ranking_version": RANKING_VERSION,
        "sizes": sizes,
    }
    fresh = folder / "manifest.new"
    fresh.write_text(json.dumps(manifest), encoding="utf-8")
    _to_disk(fresh)
    fresh.replace(folder / "manifest.json")
    for path in (*folder.glob("segment*"), folder):
        _to_disk(path)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Raises FileNotFoundError for no index, FormatError for one of another version or with a file cut short."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if manifest.get("format") != FORMAT or manifest.get("ranking_version") != RANKING_VERSION:
        raise FormatError(f"index format {manifest.get('format')}, ranking {manifest.get('ranking_version')}")
    for name, size in manifest["sizes"].items():
        if (folder / name).stat().st_size != size:
            raise FormatError(f"{name} was not written to its end")
    return manifest


def _to_disk(path: Path) -> None:
    """What a power cut must not lose."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
