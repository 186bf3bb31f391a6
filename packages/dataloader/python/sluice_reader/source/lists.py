"""Lists of sources and parts that are too long for a manifest: Arrow files that it names by their hash."""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa

from ..errors import SluiceError
from .files import as_sluice_error, read_file
from .rules import Rule, array, between, fields, sha256, whole

_largest_rows = 16_384
_largest_byte_length = 64 << 20

_file = fields({"rows": between(1, _largest_rows), "byteLength": between(1, _largest_byte_length), "sha256": sha256})
_files = array(_file)

source_list: Rule = fields({"count": whole, "byteLength": whole, "files": _files})
part_list: Rule = fields({"count": whole, "files": _files})

_part_schema = pa.schema(
    [
        pa.field("first_window", pa.int64(), nullable=False),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("tokens", pa.int64(), nullable=False),
        pa.field("documents", pa.int64(), nullable=False),
        pa.field("byte_length", pa.int64(), nullable=False),
        pa.field("sha256", pa.binary(32), nullable=False),
        pa.field("name", pa.utf8(), nullable=False),
    ]
)

_whole_columns = [field.name for field in _part_schema if field.type == pa.int64()]


def inline_or(rule: Rule, listed: Rule) -> Rule:
    """A list in the manifest itself, or the object that names its files."""

    def check(value: Any, path: str) -> None:
        (listed if isinstance(value, dict) else rule)(value, path)

    return check


def check_count(listed: dict[str, Any], what: str) -> None:
    rows = sum(file["rows"] for file in listed["files"])
    if rows != listed["count"] or rows == 0:
        raise SluiceError(f"`{what}.count` is {listed['count']}, its files have {rows} rows")


def check_lone_ids(manifest: dict[str, Any]) -> None:
    """Only windows that end with their document and are filled up leave documents of one id and nothing else."""
    listed = manifest.get("loneIds")
    if listed is None:
        return
    check_count(listed, "loneIds")
    windows = manifest["windows"]
    filled = windows["boundary"] == "document" and windows.get("tail") == "pad"
    if not filled or manifest["layout"]["documents"] == "none":
        raise SluiceError("`loneIds` does not belong to `windows` and `layout`")
    if any(file["rows"] != _largest_rows for file in listed["files"][:-1]):
        raise SluiceError("`loneIds` has a file that is not full before its last one")


def read_parts(folder: str, listed: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a list, as a manifest has them that holds them itself."""
    parts: list[dict[str, Any]] = []
    for index, file in enumerate(listed["files"]):
        name = f"lists/parts-{index:05d}-{file['sha256'][:16]}.arrow"
        contents = read_file(folder, name, file["byteLength"] + 1)
        found = hashlib.sha256(contents).hexdigest()
        if found != file["sha256"]:
            raise SluiceError(f"{folder}: {name} has sha256 {found}, the manifest says {file['sha256']}")
        with as_sluice_error(folder, name):
            table = pa.ipc.open_file(pa.BufferReader(contents)).read_all()
            table.validate(full=True)
            # A file has its schema twice: before its record batches, and in its footer, which is the one that was read.
            before = pa.ipc.read_schema(pa.BufferReader(contents[8:]))
            if not (table.schema.equals(_part_schema) and before.equals(_part_schema)) or table.num_rows != file["rows"]:
                raise SluiceError(f"{folder}: {name} is not a list of {file['rows']} parts")
            columns = {field: table.column(field).to_pylist() for field in table.schema.names}
        # There may be a hundred thousand of them: what their types say is not looked at again, one after the other.
        for field in _whole_columns:
            for value in (min(columns[field]), max(columns[field])):
                whole(value, f"parts.{field}")
        rows = zip(*columns.values())
        for first_window, count, tokens, documents, byte_length, digest, part in rows:
            parts.append(
                {
                    "name": part,
                    "firstWindow": first_window,
                    "rows": count,
                    "tokens": tokens,
                    "documents": documents,
                    "byteLength": byte_length,
                    "sha256": digest.hex(),
                }
            )
    return parts
