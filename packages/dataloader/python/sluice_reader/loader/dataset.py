from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from ..source.documents import SluiceDocuments
from ..source.folder import SluiceFolder
from .document_samples import DocumentSamples
from .optional_torch import Dataset
from .samples import Samples


class SluiceDataset(Dataset):
    """A map-style dataset: one window, or one document without padding, a sample, for `torch.utils.data` samplers, `Trainer` and
    `accelerate`.

    `columns` chooses among `SluiceFolder.all_columns`; by default a sample has those that a model takes.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | SluiceFolder | SluiceDocuments,
        *,
        naming: str = "sluice",
        columns: Sequence[str] | None = None,
        embeds: bool | None = None,
        int64: bool = False,
        as_torch: bool = True,
        verify: str = "hash",
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> None:
        self.folder = folder if isinstance(folder, (SluiceFolder, SluiceDocuments)) else SluiceFolder(folder, verify, checkpoint)
        given = naming, columns, embeds, int64, as_torch
        self._samples: Samples | DocumentSamples
        if isinstance(self.folder, SluiceDocuments):
            self._samples = DocumentSamples(self.folder, *given)
        else:
            self._samples = Samples(self.folder, *given)

    def __len__(self) -> int:
        return len(self.folder)

    def __getitem__(self, window: int) -> Any:
        return self.__getitems__([window])[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[window] for window in range(len(self)))

    def __getitems__(self, windows: Sequence[int]) -> list[Any]:
        """Many at once: `DataLoader` asks for a whole batch so, and they are read together."""
        if isinstance(self._samples, DocumentSamples):
            return self._samples.read_each(windows)
        rows = self._samples.read(windows)
        if isinstance(rows, tuple):
            return list(zip(*rows))
        return [{name: array[row] for name, array in rows.items()} for row in range(len(windows))]
