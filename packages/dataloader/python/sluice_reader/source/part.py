from __future__ import annotations

import mmap
from typing import Any, NamedTuple, Union

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..errors import SluiceError
from .columns import Column, columns_of, document_columns, document_rows, is_per_document, row_shape
from .files import as_sluice_error, map_file
from .manifest_types import DocumentFile, Kept, Layout, Part

_alignment = 64
_magic = b"ARROW1"
_end_of_stream = b"\xff\xff\xff\xff\0\0\0\0"


class ListValues(NamedTuple):
    """A list column of n rows: `n + 1` offsets from 0, and the values of all rows."""

    offsets: npt.NDArray[np.int32]
    values: npt.NDArray[Any]


class TextValues(NamedTuple):
    """A column of texts of n rows: `n + 1` offsets from 0, the bytes of all, and a bit a row, 0 where it has none."""

    offsets: npt.NDArray[np.int32]
    values: npt.NDArray[np.uint8]
    validity: npt.NDArray[np.uint8]

    def at(self, row: int) -> str | None:
        if not self.validity[row >> 3] >> (row & 7) & 1:
            return None
        return self.values[self.offsets[row] : self.offsets[row + 1]].tobytes().decode()


# The columns of a record batch: `[rows, …]`, or lists.
Batch = dict[str, Union[npt.NDArray[Any], ListValues, TextValues]]


def map_part(folder: str, part: Part, layout: Layout) -> tuple[mmap.mmap, list[Batch]]:
    """Maps a part and returns the columns of each of its record batches, as views of the mapped file, which comes with them.

    Layout and row count decide where every value lies, so no length or offset that the file states about its columns is
    believed. Raises `SluiceError` where the file is built otherwise.
    """
    mapped = map_file(folder, part["name"])
    with as_sluice_error(folder, part["name"]):
        # How many documents fill a batch depends on their lengths.
        per_batch = None if is_per_document(layout) else layout["rowsPerBatch"]
        return mapped, _Part(mapped, columns_of(layout), layout).batches(part["rows"], per_batch)


def check_documents(mapped: mmap.mmap, file: DocumentFile, kept: Kept) -> None:
    """Checks that a mapped file is the one of the table of documents that the manifest describes.

    Raises `SluiceError` where it is built otherwise or counts its documents otherwise; other errors where Arrow cannot read it.
    """
    columns, (per_batch, _) = document_columns(kept), document_rows(kept)
    next_document = file["firstDocument"]
    for batch in _Part(mapped, columns, None).batches(file["documents"], per_batch):
        numbers = batch["document"]
        assert isinstance(numbers, np.ndarray)
        if not np.array_equal(numbers, np.arange(next_document, next_document + numbers.size)):
            raise SluiceError(f"it does not count its documents from {next_document} on")
        next_document += numbers.size


class _Part:
    """Walks through the messages of a part, or of a file of the table of documents, which has no layout."""

    def __init__(self, mapped: mmap.mmap, columns: list[Column], layout: Layout | None) -> None:
        self._mapped, self._size, self._layout = mapped, len(mapped), layout
        self._columns = columns
        self._header_length: int | None = None
        self._schema: pa.Schema | None = None

    def batches(self, rows: int, per_batch: int | None) -> list[Batch]:
        """The record batches of that many rows, each but the last of `per_batch`, or of as many as it says itself."""
        is_file = self._layout is None or self._layout["format"] == "file"
        if is_file and self._bytes(0, 8) != _magic + b"\0\0":
            raise SluiceError("it does not begin as an Arrow file")
        position = self._read_schema(8 if is_file else 0)
        batches = []
        done = 0
        while done < rows:
            count = self._rows_at(position, rows - done) if per_batch is None else min(per_batch, rows - done)
            batch, position = self._read_batch(position, count)
            batches.append(batch)
            done += count
        self._check_end(position, is_file)
        return batches

    def _bytes(self, position: int, length: int) -> bytes:
        if position + length > self._size:
            raise SluiceError(f"it ends before byte {position + length}")
        return self._mapped[position : position + length]

    def _message(self, position: int) -> tuple[int, pa.Message]:
        """Where the body of a message begins, and the message."""
        prefix = self._bytes(position, 8)
        length = int.from_bytes(prefix[4:], "little", signed=True)
        body = position + 8 + length
        if prefix[:4] != b"\xff\xff\xff\xff" or length <= 0 or body > self._size or body % _alignment != 0:
            raise SluiceError(f"there is no message at byte {position}")
        return body, pa.ipc.read_message(pa.py_buffer(memoryview(self._mapped)[position:]))

    def _read_schema(self, position: int) -> int:
        body, message = self._message(position)
        schema = pa.ipc.read_schema(message)
        if len(schema) != len(self._columns) or not all(column.is_of(field) for column, field in zip(self._columns, schema)):
            raise SluiceError(f"its columns are {', '.join(schema.names)}, or of other types than the manifest says")
        self._schema = schema
        return body

    def _rows_at(self, position: int, most: int) -> int:
        """How many rows the header of a record batch says. Where its values lie is checked with that number afterwards."""
        _, message = self._message(position)
        if message.type != "record batch":
            raise SluiceError(f"there is no record batch at byte {position}")
        rows = int(pa.ipc.read_record_batch(message, self._schema).num_rows)
        if not 0 < rows <= most:
            raise SluiceError(f"the record batch at byte {position} has {rows} rows, expected 1 to {most}")
        return rows

    def _read_batch(self, position: int, rows: int) -> tuple[Batch, int]:
        body, message = self._message(position)
        if self._header_length not in (None, body - position):
            raise SluiceError(f"the header at byte {position} has another length than the ones before")
        self._header_length = body - position
        at = body
        batch: Batch = {}
        counts: dict[str, int] = {}
        for column in self._columns:
            if column.is_text:
                batch[column.name], at = self._read_texts(column.name, at, rows)
                continue
            if column.is_list:
                offsets = self._view(at, rows + 1, np.dtype(np.int32))
                at += _aligned(offsets.nbytes)
                count = counts.setdefault(column.group, int(offsets[-1]))
                if offsets[0] != 0 or (np.diff(offsets) < 0).any() or offsets[-1] != count:
                    raise SluiceError(f"the offsets of {column.name} at byte {at} do not rise from 0 to {count}")
                values = self._view(at, count * column.per_item, column.dtype)
                batch[column.name] = ListValues(offsets, values.reshape(count, *column.item_shape))
            else:
                values = self._view(at, rows * column.per_row, column.dtype)
                batch[column.name] = values if self._layout is None else values.reshape(rows, *row_shape(column, self._layout))
            at += _aligned(values.nbytes)
        ids = batch.get("window_ids")
        if isinstance(ids, np.ndarray):
            batch["input_ids"], batch["target_ids"] = ids[:, :-1], ids[:, 1:]
        if message.type != "record batch" or message.body.size != at - body:
            raise SluiceError(f"the record batch at byte {position} is not one of {rows} rows")
        return batch, at

    def _read_texts(self, name: str, at: int, rows: int) -> tuple[TextValues, int]:
        validity = self._view(at, (rows + 7) // 8, np.dtype(np.uint8))
        at += _aligned(validity.nbytes)
        offsets = self._view(at, rows + 1, np.dtype(np.int32))
        at += _aligned(offsets.nbytes)
        if offsets[0] != 0 or (np.diff(offsets) < 0).any():
            raise SluiceError(f"the offsets of {name} at byte {at} do not rise from 0")
        values = self._view(at, int(offsets[-1]), np.dtype(np.uint8))
        return TextValues(offsets, values, validity), at + _aligned(values.nbytes)

    def _view(self, position: int, count: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        if count < 0 or position + count * dtype.itemsize > self._size:
            raise SluiceError(f"it ends before the {count} values at byte {position}")
        # From the mapping and not from Arrow, whose arrays torch would warn about: they are read-only.
        return np.frombuffer(self._mapped, dtype, count, position)

    def _check_end(self, position: int, is_file: bool) -> None:
        end = position + len(_end_of_stream)
        if self._bytes(position, len(_end_of_stream)) != _end_of_stream:
            raise SluiceError(f"it does not end at byte {position}")
        if is_file:
            tail = self._bytes(self._size - 10, 10)
            end += int.from_bytes(tail[:4], "little", signed=True) + 10
            if tail[4:] != _magic:
                raise SluiceError("it does not end as an Arrow file")
        if end != self._size:
            raise SluiceError(f"it has {self._size - end} bytes after its end")


def _aligned(length: int) -> int:
    return -(-length // _alignment) * _alignment
