"""A segment on disk: one ``.npy`` per column (mapped, not read), names and products as JSON beside them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from .segment import Coded, Postings, Segment
from .types import Analysis, Product
from .weights import RANKING_VERSION

FORMAT = 1
_COLUMNS = (
    "head_weight",
    "modifier_weight",
    "standing",
    "offers_start",
    "offers",
    "contents_start",
    "contents",
    "id",
    "firm",
    "capacity",
    "min_order",
    "lead_time",
    "available_from",
    "available_to",
    "live",
)
_POSTINGS = ("heads", "endings", "words", "groups")
_CODED = ("region", "factor", "industry", "family", "certificates", "delivers_to", "access")


class FormatError(ValueError):
    """The folder was written by another version of the engine: rebuild the index."""


class StoredProducts(Sequence[Product]):
    """Products read from disk one by one, when they are explained."""

    def __init__(self, text: NDArray[np.uint8], start: NDArray[np.int64]) -> None:
        self._text = text
        self._start = start
        self._read: dict[int, Product] = {}

    def __len__(self) -> int:
        return len(self._start) - 1

    @overload
    def __getitem__(self, index: int) -> Product: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Product]: ...
    def __getitem__(self, index: int | slice) -> Product | Sequence[Product]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        product = self._read.get(index)
        if product is None:
            raw = self._text[self._start[index] : self._start[index + 1]].tobytes()
            product = _product_from(json.loads(raw))
            if len(self._read) < 50_000:
                self._read[index] = product
        return product

    def __iter__(self) -> Iterator[Product]:
        return (self[number] for number in range(len(self)))


def save_segment(segment: Segment, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _COLUMNS:
        np.save(folder / f"{name}.npy", getattr(segment, name))
    names: dict[str, Any] = {}
    for name in _POSTINGS:
        postings: Postings = getattr(segment, name)
        names[name] = list(postings.names)
        for column in ("start", "rows", "data"):
            np.save(folder / f"{name}.{column}.npy", getattr(postings, column))
    values: dict[str, list[Any]] = {}
    for name in _CODED:
        coded: Coded = getattr(segment, name)
        np.save(folder / f"{name}.code.npy", coded.code)
        values[name] = [_plain(value) for value in coded.values]
    texts = [_product_to(product).encode() for product in segment.products]
    start = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=start[1:])
    np.save(folder / "products.start.npy", start)
    np.save(folder / "products.text.npy", np.frombuffer(b"".join(texts), np.uint8))
    meta = {
        "names": names,
        "values": values,
        "group_values": segment.group_values,
        "heads_by_number": segment.heads_by_number,
    }
    (folder / "meta.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")


def load_segment(folder: Path, *, mmap: bool) -> Segment:
    def column(name: str) -> NDArray[Any]:
        array: NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r" if mmap else None)
        return array

    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    parts: dict[str, Any] = {name: column(name) for name in _COLUMNS}
    for name in _POSTINGS:
        parts[name] = Postings(
            {key: number for number, key in enumerate(meta["names"][name])},
            column(f"{name}.start"),
            column(f"{name}.rows"),
            column(f"{name}.data"),
        )
    for name in _CODED:
        values = [_rich(name, value) for value in meta["values"][name]]
        parts[name] = Coded(values, column(f"{name}.code"))
    segment = Segment(
        products=StoredProducts(column("products.text"), column("products.start")),
        group_values=meta["group_values"],
        **parts,
    )
    segment.__dict__["heads_by_number"] = meta["heads_by_number"]
    return segment


def write_manifest(folder: Path, *, segments: int, dictionary_version: str) -> None:
    """Written last: a folder without it is not an index."""
    manifest = {
        "format": FORMAT,
        "segments": segments,
        "dictionary_version": dictionary_version,
        "ranking_version": RANKING_VERSION,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Raises FileNotFoundError for no index, FormatError for one of another version."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if manifest.get("format") != FORMAT or manifest.get("ranking_version") != RANKING_VERSION:
        raise FormatError(f"index format {manifest.get('format')}, ranking {manifest.get('ranking_version')}")
    return manifest


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _rich(name: str, value: Any) -> Any:
    if name == "access":
        return (value[0], frozenset(value[1]), frozenset(value[2]))
    if name in {"certificates", "delivers_to"}:
        return None if value is None else frozenset(value)
    return value


def _product_to(product: Product) -> str:
    (row,) = Analysis(text="", products=(product,)).to_dict()["products"]
    return json.dumps(row, ensure_ascii=False)


def _product_from(row: dict[str, Any]) -> Product:
    empty = Analysis(text="", products=()).to_dict()
    return Analysis.from_dict({**empty, "products": [row]}).products[0]
