from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from ..source.documents import SluiceDocuments
from .optional_torch import torch

# Columns with a row for each id of a document, which padding makes equally long.
_per_id = ("input_ids", "inputs_embeds", "first_block")

# Columns whose bf16 numbers are bits.
_vectors = ("inputs_embeds", "first_block")


class DocumentSamples:
    """What a sample or batch of whole documents is given as.

    A batch has, for n documents of at most L ids: `input_ids` `[n, L]` int32, filled up behind each document with `pad_id`;
    `attention_mask` `[n, L]` int64, 1 where there is an id; `lengths` `[n]` int64; `inputs_embeds` and `first_block` `[n, L, D]`
    in the dataset's dtype, zeros where filled up; `embedding` `[n, D]` and `tokens` `[n]` of means. `columns` chooses others too:
    numbers are `[n]`, kept columns lists of `str` or None. L is the longest of the batch, or the next multiple of
    `pad_to_multiple_of`.

    naming "huggingface": what an encoder of transformers takes, `input_ids` (int64), or `inputs_embeds` where `embeds=True`, and
    `attention_mask`, and no `lengths`.

    A sample is the same of one document without padding: `input_ids` `[t]`, `inputs_embeds` `[t, D]`, and no mask.
    """

    def __init__(
        self, folder: SluiceDocuments, naming: str, columns: Sequence[str] | None, embeds: bool | None, int64: bool,
        as_torch: bool, pad_id: int = 0, pad_to_multiple_of: int = 1,
    ) -> None:  # fmt: skip
        if naming not in ("sluice", "huggingface"):
            raise SluiceError(f'Expected `naming` of documents to be "sluice" or "huggingface", got {naming!r}')
        if as_torch and torch is None:
            raise SluiceError("Expected torch to be installed, or `as_torch=False` for numpy arrays")
        if not (0 <= pad_id < folder.layout["vocabSize"]) or pad_to_multiple_of < 1:
            raise SluiceError(
                f"Expected `pad_id` below {folder.layout['vocabSize']} and a positive `pad_to_multiple_of`, got {pad_id}, "
                f"{pad_to_multiple_of}"
            )
        known = folder.all_columns
        unknown = [name for name in columns or [] if name not in known]
        if unknown:
            raise SluiceError(f"{folder.folder} has no column {unknown[0]}; it has {', '.join(known)}")
        pooled = "pool" in folder.layout
        if naming == "huggingface" and pooled:
            raise SluiceError(f"{folder.folder} holds means and no ids, which no model takes")
        has_embeds = "inputs_embeds" in known
        if embeds and not has_embeds:
            raise SluiceError(f"{folder.folder} has no embeddings of ids; make the dataset again with embeddings full or lazy")
        self.folder, self.naming, self.int64, self.as_torch = folder, naming, int64 or naming == "huggingface", as_torch
        self.pad_id, self.pad_to_multiple_of = pad_id, pad_to_multiple_of
        self.embeds = has_embeds and naming == "sluice" if embeds is None else embeds
        self.columns = self._columns_of(columns, ["embedding", "tokens"] if pooled else ["input_ids"])

    def _columns_of(self, asked: Sequence[str] | None, own: list[str]) -> list[str]:
        vectors = ["inputs_embeds"] * self.embeds
        if self.naming == "huggingface":
            others = [name for name in asked or [] if name not in ("input_ids", "inputs_embeds")]
            return [*(vectors or own), *others]
        if asked is not None:
            return list(asked)
        return [*own, *vectors, *(["first_block"] if "first_block" in self.folder.all_columns and self.embeds else [])]

    def read(self, documents: npt.ArrayLike) -> dict[str, Any]:
        """The given documents as one padded batch."""
        rows = self.folder.read(documents, self.columns)
        lists = [name for name in self.columns if name in _per_id]
        batch: dict[str, Any] = {}
        for name, values in rows.items():
            if name not in lists:
                batch[name] = self._convert(name, values)
                continue
            batch[name] = self._convert(name, self._padded(name, values))
        if lists:
            lengths = np.array([len(row) for row in rows[lists[0]]], dtype=np.int64)
            mask = (np.arange(self._length_of(lengths)) < lengths[:, None]).astype(np.int64)
            batch["attention_mask"] = self._convert("attention_mask", mask)
            if self.naming == "sluice":
                batch["lengths"] = self._convert("lengths", lengths)
        return batch

    def read_each(self, documents: npt.ArrayLike) -> list[dict[str, Any]]:
        """The given documents as samples, without padding."""
        rows = self.folder.read(documents, self.columns)
        count = len(next(iter(rows.values()))) if rows else 0
        return [{name: self._convert(name, values[row]) for name, values in rows.items()} for row in range(count)]

    def _length_of(self, lengths: npt.NDArray[np.int64]) -> int:
        longest, step = int(lengths.max(initial=0)), self.pad_to_multiple_of
        return (longest + step - 1) // step * step

    def _padded(self, name: str, rows: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        shape = rows[0].shape[1:] if rows else ()
        dtype = np.int32 if name == "input_ids" else rows[0].dtype if rows else np.float32
        fill = self.pad_id if name == "input_ids" else 0
        padded: npt.NDArray[Any] = np.full((len(rows), self._length_of(lengths), *shape), fill, dtype)
        for place, row in enumerate(rows):
            padded[place, : len(row)] = row
        return padded

    def _convert(self, name: str, values: Any) -> Any:
        if isinstance(values, (list, str)) or values is None:
            return values
        if name == "input_ids":
            values = values.astype(np.int64 if self.int64 else np.int32)
        elif name not in (*_vectors, "embedding") and isinstance(values, np.ndarray) and self.int64:
            values = values.astype(np.int64)
        if not self.as_torch:
            return values
        if not isinstance(values, np.ndarray):
            return torch.as_tensor(values.item())
        tensor = torch.from_numpy(np.ascontiguousarray(values))
        bf16 = name in _vectors and self.folder.layout["dtype"] == "bf16"
        return tensor.view(torch.bfloat16) if bf16 else tensor
