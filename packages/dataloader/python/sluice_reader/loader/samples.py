from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from ..source.folder import SluiceFolder
from ..source.mixture import SluiceMixture
from .optional_torch import torch

# What windows are read from.
Windows = Union[SluiceFolder, SluiceMixture]

# `ignore_index` of PyTorch's `cross_entropy`: no loss counts it.
_ignored = -100

# Columns of floating-point numbers.
_vectors = ("inputs_embeds", "first_block")


class Samples:
    """What a sample or batch is given as.

    naming "sluice": a dict by column. "pair": `(input_ids, target_ids)`, as the book's data loader gives it.
    "huggingface": `labels` as transformers' models take them, with `input_ids`, or `inputs_embeds` where `embeds=True`, and
    the other columns of the model's input (`position_ids`, `document_ids`). These models compare their output at each place
    with the label after it, so the labels are the targets moved up by one: what is not to be learned (filling, and what
    follows the end of a document in a row) stays -100, and the last target of a row has no place. GPT-2 of transformers adds
    its own positions to `inputs_embeds`.
    """

    def __init__(
        self, folder: Windows, naming: str, columns: Sequence[str] | None, embeds: bool | None, int64: bool, as_torch: bool
    ) -> None:
        if naming not in ("sluice", "pair", "huggingface"):
            raise SluiceError(f'Expected `naming` to be "sluice", "pair" or "huggingface", got {naming!r}')
        if as_torch and torch is None:
            raise SluiceError("Expected torch to be installed, or `as_torch=False` for numpy arrays")
        if columns is not None and naming == "pair":
            raise SluiceError('Expected `columns` with naming "sluice" or "huggingface" only')
        has_embeds = folder.layout["embedding"] != "none"
        if embeds and not has_embeds:
            raise SluiceError(f"{folder.folder} has no embeddings; make the dataset again with embeddings full or lazy")
        unknown = [name for name in columns or [] if name not in folder.all_columns]
        if unknown:
            raise SluiceError(f"{folder.folder} has no column {unknown[0]}; it has {', '.join(folder.all_columns)}")
        self.folder, self.naming, self.int64, self.as_torch = folder, naming, int64, as_torch
        self.embeds = has_embeds and naming == "sluice" if embeds is None else embeds
        self.columns = self._columns_of(columns)

    def _columns_of(self, asked: Sequence[str] | None) -> list[str]:
        if self.naming == "pair":
            return ["input_ids", "target_ids"] + ["inputs_embeds"] * self.embeds
        chosen = list(self.folder.columns if asked is None else asked)
        if asked is None and not self.embeds:
            chosen = [name for name in chosen if name != "inputs_embeds"]
        if self.naming == "sluice":
            return chosen
        first = "inputs_embeds" if self.embeds else "input_ids"
        others = [name for name in chosen if name not in ("input_ids", "target_ids", "inputs_embeds")]
        return [first, "target_ids", *others]

    def read(self, windows: npt.ArrayLike) -> Any:
        """The rows of the given windows, named and converted."""
        rows = self.folder.read(windows, self.columns)
        if self.naming == "huggingface":
            targets = rows.pop("target_ids")
            labels = np.full(targets.shape, _ignored, dtype=np.int64)
            labels[:, 1:] = targets[:, :-1]
            first = self.columns[0]
            rows = {first: rows.pop(first), "labels": labels, **rows}
        converted = {name: self._convert(name, values) for name, values in rows.items()}
        return tuple(converted.values()) if self.naming == "pair" else converted

    def _convert(self, name: str, values: Any) -> Any:
        if isinstance(values, list):
            if values and not isinstance(values[0], np.ndarray):
                return values
            return [torch.from_numpy(row) for row in values] if self.as_torch else values
        if name not in _vectors and (self.int64 or self.naming == "huggingface"):
            values = values.astype(np.int64)
        if not self.as_torch:
            return values
        tensor = torch.from_numpy(values)
        bf16 = name in _vectors and self.folder.layout["dtype"] == "bf16"
        return tensor.view(torch.bfloat16) if bf16 else tensor
