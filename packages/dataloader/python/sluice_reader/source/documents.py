from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import OutOfRangeError, SluiceError
from .columns import columns_of
from .files import check_parts, check_size
from .lazy import LazyEmbeddings
from .manifest import read_manifest
from .part import Batch, ListValues, TextValues, map_part


class SluiceDocuments:
    """Random access to the rows of a dataset that has one for each document, in numpy.

    `verify`, `checkpoint`: as of `SluiceFolder`.
    """

    def __init__(
        self, folder: str | os.PathLike[str], verify: str = "hash", checkpoint: str | os.PathLike[str] | None = None
    ) -> None:
        self.folder = os.fspath(folder)
        self.manifest = read_manifest(self.folder, per="document")
        self.layout = self.manifest["layout"]
        self.length = self.manifest["totals"]["rows"]
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
        return {
            key: value
            for key, value in self.__dict__.items()
            if not key.startswith("_") or key in ("_checkpoint", "_check_checkpoint", "_proved")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset()

    @property
    def columns(self) -> list[str]:
        """Names of the columns that `read` gives."""
        names = [column.name for column in columns_of(self.layout)]
        return [names[0], "inputs_embeds", *names[1:]] if self.layout["embedding"] == "lazy" else names

    @property
    def all_columns(self) -> list[str]:
        """Names of all columns that `read` can give: the same as `columns`."""
        return self.columns

    @property
    def identity(self) -> str:
        """What states of loaders name: equal for equal rows."""
        return f"dataset:{self.manifest['planId']}"

    def read(self, documents: npt.ArrayLike, columns: Sequence[str] | None = None) -> dict[str, Any]:
        """The rows of the given documents by column.

        `input_ids` is a list of arrays `[t]`, one a document, `inputs_embeds` and `first_block` of arrays `[t, D]`: float32,
        float16, or the bits of bf16 in uint16. `embedding` is an array `[n, D]`, numbers are arrays `[n]`, kept columns lists
        of `str` or None.
        Raises `SluiceError` for documents or columns that are not there.
        """
        documents = np.asarray(documents, dtype=np.int64).reshape(-1)
        if documents.size > 0 and not (documents.min() >= 0 and documents.max() < self.length):
            raise OutOfRangeError(f"Expected documents in [0, {self.length}), got {documents.min()} to {documents.max()}")
        columns = self.columns if columns is None else columns
        unknown = [name for name in columns if name not in self.columns]
        if unknown:
            raise SluiceError(f"{self.folder} has no column {unknown[0]}; it has {', '.join(self.columns)}")
        places = [self._place(int(document)) for document in documents]
        return {name: self._column(name, places) for name in columns}

    def _column(self, name: str, places: Sequence[tuple[Batch, int]]) -> Any:
        if name == "inputs_embeds" and self.layout["embedding"] == "lazy":
            return [self._lazy.embed(ids, np.arange(len(ids))) for ids in self._column("input_ids", places)]
        rows = [_row(batch[name], row) for batch, row in places]
        return np.stack(rows) if rows and isinstance(places[0][0][name], np.ndarray) else rows

    def _place(self, document: int) -> tuple[Batch, int]:
        """The record batch that holds a document, and its row there. A part is mapped when it is first needed."""
        index = int(np.searchsorted(self._firsts, document, side="right")) - 1
        part = self.manifest["parts"][index]
        if index not in self._parts:
            mapped, batches = map_part(self.folder, part, self.layout)
            starts = np.cumsum([0, *(len(_numbers(batch)) for batch in batches)])
            self._parts[index] = mapped, batches, starts
        mapped, batches, starts = self._parts[index]
        check_size(self.folder, part["name"], mapped)
        row = document - part["firstWindow"]
        number = int(np.searchsorted(starts, row, side="right")) - 1
        return batches[number], row - int(starts[number])

    def _reset(self) -> None:
        self._firsts = np.array([part["firstWindow"] for part in self.manifest["parts"]], dtype=np.int64)
        self._parts: dict[int, tuple[mmap.mmap, list[Batch], npt.NDArray[np.int64]]] = {}
        self._lazy = LazyEmbeddings(self.folder, self.manifest, self._checkpoint, self._check_checkpoint, self._proved)


def _numbers(batch: Batch) -> npt.NDArray[Any]:
    numbers = batch["document"]
    assert isinstance(numbers, np.ndarray)
    return numbers


def _row(values: npt.NDArray[Any] | ListValues | TextValues, row: int) -> Any:
    if isinstance(values, TextValues):
        return values.at(row)
    if isinstance(values, ListValues):
        return values.values[values.offsets[row] : values.offsets[row + 1]]
    return values[row]
