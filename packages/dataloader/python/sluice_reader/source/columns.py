"""The columns of a layout, as `packages/dataset/src/layout` of the writer has them."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from .manifest_types import Kept, Layout

_dtypes = {"int32": np.int32, "int64": np.int64, "uint16": np.uint16, "f32": np.float32, "f16": np.float16, "bf16": np.uint16}
_arrow_types = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint16": pa.uint16(),
    "f32": pa.float32(),
    "f16": pa.float16(),
    "bf16": pa.uint16(),
}


def row_shape(column: Column, layout: Layout) -> tuple[int, ...]:
    """The shape of a row as it is read: vectors have one axis for the tokens, whatever their Arrow type."""
    if column.name == "inputs_embeds":
        return (layout["maxLength"], layout["dim"])
    if column.name == "first_block":
        return (layout["maxLength"], layout["firstBlockDim"])
    return () if isinstance(column.shape, str) else column.shape


class Column(NamedTuple):
    """A column: `shape` is that of one row, "list" where rows differ in length, or "text"."""

    name: str
    element: str
    shape: tuple[int, ...] | str
    tensor_shape: tuple[int, ...] | None = None
    #: The shape of an item of a list.
    item_shape: tuple[int, ...] = ()

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(_dtypes[self.element])

    @property
    def is_list(self) -> bool:
        return self.shape == "list"

    @property
    def is_text(self) -> bool:
        return self.shape == "text"

    @property
    def group(self) -> str:
        """Lists of one group have equally many elements in each row."""
        if self.name == "cu_seqlens":
            return "boundaries"
        return "pieces" if self.name.startswith("piece_") else "tokens"

    @property
    def per_row(self) -> int:
        """Elements of a row; 0 for a list."""
        return 0 if isinstance(self.shape, str) else math.prod(self.shape)

    @property
    def per_item(self) -> int:
        """Elements of an item of a list."""
        return math.prod(self.item_shape)

    def is_of(self, field: pa.Field) -> bool:
        """Whether an Arrow field is this column's."""
        found = field.type
        if self.is_text:
            return bool(found == pa.string() and field.name == self.name and field.nullable)
        if self.tensor_shape is not None and isinstance(found, pa.BaseExtensionType):
            same = (found.value_type, tuple(found.shape)) == (_arrow_types[self.element], self.tensor_shape)
        else:
            same = found == self.arrow_type
        return bool(same and field.name == self.name and not field.nullable)

    @property
    def arrow_type(self) -> pa.DataType:
        value = _arrow_types[self.element]
        if isinstance(self.shape, str):
            for length in reversed(self.item_shape):
                value = pa.list_(pa.field("item", value, nullable=False), length)
            return pa.list_(pa.field("item", value, nullable=False))
        for length in reversed(self.shape):
            value = pa.list_(pa.field("item", value, nullable=False), length)
        return value


_pieces = [
    Column("piece_lengths", "int32", "list"),
    Column("piece_documents", "int64", "list"),
    Column("piece_first_tokens", "int64", "list"),
    Column("piece_sources", "int32", "list"),
    Column("piece_byte_starts", "int64", "list"),
    Column("piece_byte_ends", "int64", "list"),
]


def columns_of(layout: Layout) -> list[Column]:
    """The columns of a part in file order."""
    if is_per_document(layout):
        return _document_row_columns(layout)
    length, dim = layout["maxLength"], layout["dim"]
    columns = [Column("window_ids", layout["idType"], (length + 1,))] if is_once(layout) else id_columns(layout)
    if layout["embedding"] == "full":
        for name, width in (("inputs_embeds", dim), ("first_block", layout.get("firstBlockDim", 0))):
            shape = (length, width) if layout["layout"] == "nested" else (length * width,)
            tensor = (length, width) if layout["layout"] == "tensor" else None
            if width > 0:
                columns.append(Column(name, layout["dtype"], shape, tensor))
    if layout["positionIds"]:
        columns.append(Column("position_ids", "int32", (length,)))
    if layout["documents"] == "ids":
        columns.append(Column("document_ids", "int32", (length,)))
    if layout["documents"] == "boundaries":
        columns.append(Column("cu_seqlens", "int32", "list"))
    if layout["documents"] != "none" or "kept" in layout:
        columns.append(Column("document", "int64", ()))
    if layout.get("pieces", False):
        columns += _pieces
    columns += [
        Column("window", "int64", ()),
        Column("source", "int32", ()),
        Column("byte_start", "int64", ()),
        Column("byte_end", "int64", ()),
    ]
    return columns + [Column(name, "utf8", "text") for name in kept_names(layout)]


def is_per_document(layout: Layout) -> bool:
    """Whether a row is a whole document, as lists, and not a window."""
    return "per" in layout


def _document_row_columns(layout: Layout) -> list[Column]:
    dim, block = layout["dim"], layout.get("firstBlockDim", 0)
    if "pool" in layout:
        columns = [Column("embedding", "f32", (dim,)), Column("tokens", "int32", ())]
    else:
        columns = [Column("input_ids", layout["idType"], "list")]
        widths = (("inputs_embeds", dim), ("first_block", block)) if layout["embedding"] == "full" else ()
        columns += [Column(name, layout["dtype"], "list", None, (width,)) for name, width in widths if width > 0]
    columns += [
        Column("document", "int64", ()),
        Column("source", "int32", ()),
        Column("byte_start", "int64", ()),
        Column("byte_end", "int64", ()),
    ]
    return columns + [Column(name, "utf8", "text") for name in kept_names(layout)]


def document_columns(kept: Kept) -> list[Column]:
    """The columns of the table of documents in file order."""
    numbers = [
        Column("document", "int64", ()),
        Column("source", "int32", ()),
        Column("byte_start", "int64", ()),
        Column("byte_end", "int64", ()),
        Column("first_token", "int64", ()),
        Column("tokens", "int64", ()),
    ]
    return numbers + [Column(name, "utf8", "text") for name in kept["names"]]


def document_rows(kept: Kept) -> tuple[int, int]:
    """Documents of every record batch of their table but the last of a file, and of every file but the last."""
    value = max(256, -(-kept["valueBytes"] // 16))
    per_batch = max(1, (8 << 20) // (44 + len(kept["names"]) * (4 + value)))
    return per_batch, per_batch * 16


def is_once(layout: Layout) -> bool:
    """Whether rows keep their ids once, as `window_ids`: its first T are the inputs, its last T the targets."""
    return "ids" in layout


def id_columns(layout: Layout) -> list[Column]:
    """Inputs and targets: columns of a part, or views of its `window_ids`."""
    return [Column(name, layout["idType"], (layout["maxLength"],)) for name in ("input_ids", "target_ids")]


def read_columns_of(layout: Layout) -> list[Column]:
    """The columns that can be read: those of a part, and inputs and targets where it keeps ids once."""
    return [*id_columns(layout), *columns_of(layout)] if is_once(layout) else columns_of(layout)


def kept_names(layout: Layout) -> list[str]:
    """The columns of texts that documents carry along."""
    return layout["kept"]["names"] if "kept" in layout else []


def schema_sha256(layout: Layout) -> str:
    """sha256 of a layout's columns as canonical JSON: `identities.schema` of the manifest."""
    described = []
    for column in columns_of(layout):
        value: dict[str, object] = {"name": column.name, "element": column.element, "shape": column.shape}
        if column.tensor_shape is not None:
            value["tensorShape"] = column.tensor_shape
        if column.item_shape:
            value["itemShape"] = column.item_shape
        described.append(value)
    text = json.dumps(described, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def least_row_bytes(layout: Layout) -> int:
    """Bytes that a row takes in a part, lists counted without elements."""
    return sum(4 if isinstance(column.shape, str) else column.per_row * column.dtype.itemsize for column in columns_of(layout))
