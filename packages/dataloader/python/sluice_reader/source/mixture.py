from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from ..order.mixture import shares_of
from .folder import SluiceFolder


class SluiceMixture:
    """Several datasets as one, to be mixed by weight: the windows of the first, then those of the second, and so on.

    `sources` are pairs of a folder and its weight, in any unit. An epoch has `windows_per_epoch` windows, by default as many
    as all sources together. Give it to `SluiceBatches` with `shuffle` "keyed" or False; as `{ mixture }` of the TypeScript
    loader it keeps the shares exactly in every 1,024 windows.
    """

    def __init__(
        self,
        sources: Sequence[tuple[str | os.PathLike[str] | SluiceFolder, float]],
        *,
        windows_per_epoch: int | None = None,
        verify: str = "hash",
    ) -> None:
        self.sources = [source if isinstance(source, SluiceFolder) else SluiceFolder(source, verify) for source, _ in sources]
        self.weights = [weight for _, weight in sources]
        self.lengths = [len(source) for source in self.sources]
        shares_of(self.lengths, self.weights)
        self.layout = self.sources[0].layout
        self.columns = self.sources[0].columns
        self.folder = " + ".join(source.folder for source in self.sources)
        for source in self.sources:
            if _rows_of(source) != _rows_of(self.sources[0]):
                raise SluiceError(f"Expected all mixed datasets to have the same kind of rows: {self.folder}")
        self._starts = np.cumsum([0, *self.lengths])
        self.length = int(self._starts[-1])
        self.windows_per_epoch = self.length if windows_per_epoch is None else windows_per_epoch
        if self.windows_per_epoch < 1:
            raise SluiceError(f"Expected `windows_per_epoch` to be positive, got {windows_per_epoch}")

    def __len__(self) -> int:
        return self.length

    @property
    def all_columns(self) -> list[str]:
        """Names of all columns that `read` can give."""
        return self.sources[0].all_columns

    @property
    def identity(self) -> str:
        """What states of loaders name."""
        return f"mixture:{'+'.join(source.identity for source in self.sources)}"

    def read(self, windows: npt.ArrayLike, columns: Sequence[str] | None = None) -> dict[str, Any]:
        """The rows of the given windows by column, as `SluiceFolder.read` gives them."""
        windows = np.asarray(windows, dtype=np.int64).reshape(-1)
        numbers = np.searchsorted(self._starts, windows, side="right") - 1
        columns = self.columns if columns is None else columns
        parts = {int(number): (np.flatnonzero(numbers == number), self.sources[number]) for number in np.unique(numbers)}
        rows = {
            number: source.read(windows[places] - self._starts[number], columns) for number, (places, source) in parts.items()
        }
        return {name: _joined([(parts[number][0], rows[number][name]) for number in parts], windows.size) for name in columns}


def _rows_of(source: SluiceFolder) -> tuple[Any, ...]:
    """What must be equal for rows to go into one batch."""
    layout = source.layout
    return source.all_columns, layout["maxLength"], layout["dim"], layout["dtype"], layout["idType"]


def _joined(parts: list[tuple[npt.NDArray[np.int64], Any]], count: int) -> Any:
    """Puts the rows of several sources at their places."""
    if len(parts) == 1:
        return parts[0][1]
    if any(isinstance(rows, list) for _, rows in parts):
        placed = {int(place): row for places, rows in parts for place, row in zip(places, rows)}
        return [placed[place] for place in range(count)]
    first = parts[0][1]
    joined = np.empty((count, *first.shape[1:]), first.dtype)
    for places, rows in parts:
        joined[places] = rows
    return joined
