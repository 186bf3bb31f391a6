from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..errors import OutOfRangeError, SluiceError
from .columns import document_columns, read_columns_of, row_shape
from .files import as_sluice_error, check_hash, check_parts, check_size, map_file
from .lazy import LazyEmbeddings
from .manifest import read_manifest
from .part import Batch, ListValues, TextValues, check_documents, map_part

_ignored_target = -100


class SluiceFolder:
    """Random access to the windows of a dataset, in numpy.

    `verify`: "hash" checks the sha256 of every part (about a second for each gigabyte) when the folder is opened;
    "size" checks sizes only, for datasets whose parts are too many to read first. Tables of the dataset are always checked.

    `checkpoint`: the model's folder, for a dataset that refers to its tensors in place of a copy (`sluice run --reference`): a
    dataset does not say what is opened. With `verify` "hash" the token table is hashed when the folder is opened; "size" checks
    its name, shape and size only.
    """

    def __init__(
        self, folder: str | os.PathLike[str], verify: str = "hash", checkpoint: str | os.PathLike[str] | None = None
    ) -> None:
        self.folder = os.fspath(folder)
        self.manifest = read_manifest(self.folder)
        self.layout = self.manifest["layout"]
        self.length = self.manifest["totals"]["rows"]
        self.max_length = self.layout["maxLength"]
        # Sizes first: what is listed below is bounded by the bytes that are there.
        check_parts(self.folder, self.manifest, verify)
        self._checkpoint = None if checkpoint is None else os.fspath(checkpoint)
        self._check_checkpoint = verify == "hash"
        # In which file the checkpoint's table was proved, for other processes that this is copied to.
        self._proved: tuple[int, ...] | None = None
        self._reset()
        self._proved = self._lazy.prove()

    def __len__(self) -> int:
        return self.length

    def __getstate__(self) -> dict[str, Any]:
        # Mappings are not for other processes; there they are made again, and what was verified stays verified.
        kept = {
            key: value
            for key, value in self.__dict__.items()
            if key not in ("_batches", "_mapped", "_lazy", "_starts", "_firsts")
        }
        return kept

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset()

    @property
    def columns(self) -> list[str]:
        """Names of the arrays that `read` gives by default: what a model takes. `all_columns` has the others too."""
        names = ["input_ids", "target_ids"]
        if self.layout["embedding"] != "none":
            names.append("inputs_embeds")
        if self.layout["positionIds"]:
            names.append("position_ids")
        if self.layout["documents"] == "ids":
            names.append("document_ids")
        return names

    @property
    def all_columns(self) -> list[str]:
        """Names of all columns that `read` can give: provenance, document boundaries and pieces of packed rows included."""
        names = [column.name for column in read_columns_of(self.layout)]
        return names if self.layout["embedding"] != "lazy" else [*names[:2], "inputs_embeds", *names[2:]]

    @property
    def identity(self) -> str:
        """What states of loaders name: equal for equal windows."""
        return f"dataset:{self.manifest['planId']}"

    def read(self, windows: npt.ArrayLike, columns: Sequence[str] | None = None) -> dict[str, Any]:
        """The rows of the given windows by column: `[rows, T]`, and `[rows, T, D]` for `inputs_embeds`.

        Ids are int32, or uint16 in a dataset of `idType` "uint16"; position and document ids are int32; embeddings are
        float32 or float16, and bf16 ones are their bits in uint16. Views where the windows are consecutive and lie in one
        record batch. Columns whose rows differ in length (`cu_seqlens`, `piece_…`) are lists of arrays, one a row. Raises
        `SluiceError` for windows or columns that are not there. Kept columns are lists of `str` or None, one a row.
        """
        windows = np.asarray(windows, dtype=np.int64).reshape(-1)
        if windows.size > 0 and not (windows.min() >= 0 and windows.max() < self.length):
            raise OutOfRangeError(f"Expected windows in [0, {self.length}), got {windows.min()} to {windows.max()}")
        columns = self.columns if columns is None else columns
        unknown = [name for name in columns if name not in self.all_columns]
        if unknown:
            raise SluiceError(f"{self.folder} has no column {unknown[0]}; it has {', '.join(self.all_columns)}")
        lazy = "inputs_embeds" in columns and self.layout["embedding"] == "lazy"
        stored = [name for name in columns if not (lazy and name == "inputs_embeds")]
        rows = self._gather(windows, stored)
        self._fill_up(rows)
        if lazy:
            inputs = rows if "input_ids" in rows else self._gather(windows, ["input_ids"])
            self._fill_up(inputs)
            rows["inputs_embeds"] = self._embed(inputs["input_ids"], windows)
        return {name: rows[name] for name in columns}

    def _gather(self, windows: npt.NDArray[np.int64], columns: Sequence[str]) -> dict[str, Any]:
        batches = np.searchsorted(self._starts, windows, side="right") - 1
        rows = windows - self._starts[batches]
        if windows.size > 0 and (batches == batches[0]).all():
            batch = self._batch(int(batches[0]))
            return {name: _rows_of(batch[name], rows) for name in columns}
        here = {int(number): np.flatnonzero(batches == number) for number in np.unique(batches)}
        return {name: self._gather_column(name, rows, here) for name in columns}

    def _gather_column(self, name: str, rows: npt.NDArray[np.int64], here: dict[int, npt.NDArray[np.int64]]) -> Any:
        """One column of rows that lie in several record batches: `here` are the places of each batch's rows."""
        column = next(column for column in read_columns_of(self.layout) if column.name == name)
        if isinstance(column.shape, str):
            lists: list[Any] = [None] * rows.size
            for number, places in here.items():
                for place, values in zip(places, _rows_of(self._batch(number)[name], rows[places])):
                    lists[place] = values
            return lists
        gathered: npt.NDArray[Any] = np.empty((rows.size, *row_shape(column, self.layout)), column.dtype)
        for number, places in here.items():
            gathered[places] = _rows_of(self._batch(number)[name], rows[places])
        return gathered

    def _fill_up(self, rows: dict[str, Any]) -> None:
        """Where ids are kept once, what fills a row up is -100 there: as an input it is an id."""
        fill = self.layout.get("fillId")
        if fill is None or "input_ids" not in rows:
            return
        filling = rows["input_ids"] == _ignored_target
        if filling.any():
            rows["input_ids"] = rows["input_ids"].copy()
            rows["input_ids"][filling] = fill

    def _embed(self, ids: npt.NDArray[Any], windows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        places = self._gather(windows, ["position_ids"])["position_ids"] if self.layout["positionIds"] else None
        return self._lazy.embed(ids, np.arange(self.max_length) if places is None else places)

    def _reset(self) -> None:
        per_batch = self.layout["rowsPerBatch"]
        starts = [part["firstWindow"] + row for part in self.manifest["parts"] for row in range(0, part["rows"], per_batch)]
        self._starts = np.array(starts, dtype=np.int64)
        self._firsts = np.array([part["firstWindow"] for part in self.manifest["parts"]], dtype=np.int64)
        self._batches: dict[int, Batch] = {}
        self._mapped: dict[int, tuple[str, mmap.mmap]] = {}
        self._lazy = LazyEmbeddings(self.folder, self.manifest, self._checkpoint, self._check_checkpoint, self._proved)

    def _batch(self, number: int) -> Batch:
        """The columns of a record batch: views of the mapped file, made when its part is first needed."""
        if number in self._batches:
            check_size(self.folder, *self._mapped[number])
        else:
            start = int(self._starts[number])
            part = self.manifest["parts"][int(np.searchsorted(self._firsts, start, side="right")) - 1]
            first = int(np.searchsorted(self._starts, part["firstWindow"]))
            mapped, batches = map_part(self.folder, part, self.layout)
            for offset, arrays in enumerate(batches):
                self._batches[first + offset] = arrays
                self._mapped[first + offset] = part["name"], mapped
        return self._batches[number]

    def documents(self) -> pa.Table | None:
        """The table of all documents, where they carry values along: number, source, bytes or rows of it, place in the stream
        of ids, number of ids, and a column of texts for each kept value. None where they do not.

        Memory-mapped: what is looked at is read. The column `document` of the windows, and `piece_documents`, count its rows.
        """
        table = self.manifest.get("documentTable")
        if table is None:
            return None
        opened = []
        for file in table["files"]:
            mapped = map_file(self.folder, file["name"])
            check_hash(self.folder, file["name"], mapped, file["sha256"])
            with as_sluice_error(self.folder, file["name"]):
                if len(mapped) != file["byteLength"]:
                    raise SluiceError(f"{file['name']} has {len(mapped)} bytes, the manifest says {file['byteLength']} bytes")
                check_documents(mapped, file, self.layout["kept"])
                opened.append(pa.ipc.open_file(pa.py_buffer(memoryview(mapped))).read_all())
                opened[-1].validate(full=True)
        columns = document_columns(self.layout["kept"])
        fields = [
            pa.field(column.name, pa.string() if column.is_text else column.arrow_type, column.is_text) for column in columns
        ]
        return pa.concat_tables(opened) if opened else pa.schema(fields).empty_table()


def _rows_of(values: npt.NDArray[Any] | ListValues | TextValues, rows: npt.NDArray[np.int64]) -> Any:
    """Rows of a record batch's column: a view where they are consecutive, and a list where rows differ in length."""
    if isinstance(values, TextValues):
        return [values.at(int(row)) for row in rows]
    if isinstance(values, ListValues):
        return [values.values[values.offsets[row] : values.offsets[row + 1]] for row in rows]
    first, count = int(rows[0]), rows.size
    if (rows == np.arange(first, first + count)).all():
        return values[first : first + count]
    return values.take(rows, axis=0)
