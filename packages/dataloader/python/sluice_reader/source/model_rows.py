from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from .bfloat16 import bfloat16_bits
from .manifest_types import Identities
from .table import map_checkpoint_table, map_table, row_of_ids


class ModelRows:
    """The `inputs_embeds` of a model: rows of its token table, which is mapped and not read, times its scale.

    Each step is float32 arithmetic rounded to the model's dtype, as torch computes it.
    """

    def __init__(
        self, folder: str, identities: Identities, checkpoint: str | None, check_checkpoint: bool, proved: tuple[int, ...] | None
    ) -> None:  # fmt: skip
        model = identities["model"]
        table = next((table for table in identities["tables"] if table["name"] == model["table"]), None)
        if table is None:
            raise SluiceError(f"{folder} names no table {model['table']}")
        if "checkpoint" in table:
            self._rows = map_checkpoint_table(checkpoint, table, check_checkpoint, proved)
        else:
            self._rows = map_table(folder, table)
        self._row_of = row_of_ids(folder, table)
        self._stored = table["dtype"]
        self._dtype = model["dtype"]
        self._scale = model.get("scale")

    @property
    def version(self) -> tuple[int, ...]:
        """Of the file that has the table."""
        return self._rows.file.version

    def embed(self, ids: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
        """`[…, D]` for ids `[…]`: float32, float16, or the bits of bfloat16 in uint16."""
        values = _widen(self._rows.take(self._row_of(ids)), self._stored)
        if self._stored != self._dtype:
            values = _round(values, self._dtype)
        if self._scale is not None:
            values = _round(values * np.float32(self._scale), self._dtype)
        return _narrow(values, dtype)


def _widen(values: npt.NDArray[Any], dtype: str) -> npt.NDArray[np.float32]:
    if dtype == "bf16":
        wide: npt.NDArray[np.float32] = (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
        return wide
    return values.astype(np.float32, copy=False)


def _narrow(values: npt.NDArray[np.float32], dtype: str) -> npt.NDArray[Any]:
    if dtype == "bf16":
        return bfloat16_bits(values)
    return values.astype(np.float16) if dtype == "f16" else values


def _round(values: npt.NDArray[np.float32], dtype: str) -> npt.NDArray[np.float32]:
    return _widen(_narrow(values, dtype), dtype)
