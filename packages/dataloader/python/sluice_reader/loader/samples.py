from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from ..source.folder import SluiceFolder
from .optional_torch import torch


class Samples:
    """What a sample or batch is given as.

    naming "sluice": a dict by column. "pair": `(input_ids, target_ids)`, as the book's data loader gives it.
    "huggingface": `input_ids` and `labels`, or `inputs_embeds` and `labels` with `embeds=True`. The labels are the input ids
    themselves, because transformers' models shift them; GPT-2 of transformers adds its own positions to `inputs_embeds`.
    """

    def __init__(self, folder: SluiceFolder, naming: str, embeds: bool | None, int64: bool, as_torch: bool) -> None:
        if naming not in ("sluice", "pair", "huggingface"):
            raise SluiceError(f'Expected `naming` to be "sluice", "pair" or "huggingface", got {naming!r}')
        if as_torch and torch is None:
            raise SluiceError("Expected torch to be installed, or `as_torch=False` for numpy arrays")
        has_embeds = folder.layout["embedding"] != "none"
        if embeds and not has_embeds:
            raise SluiceError(f"{folder.folder} has no embeddings; make the dataset again with embeddings full or lazy")
        embeds = has_embeds and naming == "sluice" if embeds is None else embeds
        columns = [name for name in folder.columns if embeds or name != "inputs_embeds"]
        self.folder, self.naming, self.int64, self.as_torch = folder, naming, int64, as_torch
        self.embeds = embeds
        self.columns = columns if naming == "sluice" else columns[:2] + ["inputs_embeds"] * embeds

    def read(self, windows: npt.ArrayLike) -> Any:
        """The rows of the given windows, named and converted."""
        rows = {name: self._convert(name, array) for name, array in self.folder.read(windows, self.columns).items()}
        if self.naming == "pair":
            return tuple(rows.values())
        if self.naming == "huggingface":
            first = "inputs_embeds" if self.embeds else "input_ids"
            return {first: rows[first], "labels": rows["input_ids"]}
        return rows

    def _convert(self, name: str, array: npt.NDArray[Any]) -> Any:
        if name != "inputs_embeds" and (self.int64 or self.naming == "huggingface"):
            array = array.astype(np.int64)
        if not self.as_torch:
            return array
        tensor = torch.from_numpy(array)
        bf16 = name == "inputs_embeds" and self.folder.layout["dtype"] == "bf16"
        return tensor.view(torch.bfloat16) if bf16 else tensor
