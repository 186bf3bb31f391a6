from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from .bfloat16 import bfloat16_bits
from .manifest_types import Manifest
from .model_rows import ModelRows
from .table import RowOf, TableFile, load_table, row_of_ids


class LazyEmbeddings:
    """The vectors of a lazy dataset, from its tables: mapped, and proved by their hashes, when they are first needed.

    `checkpoint`: the folder of the model whose tensors the dataset refers to, if it does. `check_checkpoint`: whether the hash of
    such a tensor is compared. `proved`: what `prove` gave in another process; the same file is not hashed again.
    """

    def __init__(
        self, folder: str, manifest: Manifest, checkpoint: str | None = None, check_checkpoint: bool = True,
        proved: tuple[int, ...] | None = None,
    ) -> None:  # fmt: skip
        self._folder, self._manifest = folder, manifest
        self._checkpoint, self._check_checkpoint, self._proved = checkpoint, check_checkpoint, proved
        self._model: ModelRows | None = None
        self._tables: tuple[TableFile, TableFile | None, RowOf] | None = None

    def embed(self, ids: npt.NDArray[Any], positions: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """`[…, D]` for ids `[…]` and their positions: float32, float16, or the bits of bfloat16 in uint16."""
        dtype = self._manifest["layout"]["dtype"]
        if "model" in self._manifest["identities"]:
            if self._model is None:
                identities = self._manifest["identities"]
                self._model = ModelRows(self._folder, identities, self._checkpoint, self._check_checkpoint, self._proved)
            return self._model.embed(ids, dtype)
        token, position, row_of = self._load_tables()
        sums: npt.NDArray[np.float32] = token.take(row_of(ids))
        if position is not None:
            sums += position.take(positions)
        if dtype == "f32":
            return sums
        if dtype == "f16":
            halves: npt.NDArray[np.float16] = sums.astype(np.float16)
            return halves
        return bfloat16_bits(sums)

    def prove(self) -> tuple[int, ...] | None:
        """Opens the table of a checkpoint and checks it now. Returns the version of its file, for other processes to rely on."""
        if any("checkpoint" in table for table in self._manifest["identities"]["tables"]) and self._checkpoint is not None:
            self.embed(np.zeros(0, np.int32), np.zeros(0, np.int32))
        return None if self._model is None else self._model.version

    def _load_tables(self) -> tuple[TableFile, TableFile | None, RowOf]:
        if self._tables is None:
            # Positions inside attention have tables too, which are not added to anything.
            every = self._manifest["identities"]["tables"]
            named = {table["name"]: table for table in every if table["name"] in ("wte.weight", "wpe.weight")}
            tables = {name: load_table(self._folder, table) for name, table in named.items()}
            if "wte.weight" not in tables:
                raise SluiceError(f"{self._folder} is lazy but its manifest names no table wte.weight")
            self._tables = tables["wte.weight"], tables.get("wpe.weight"), row_of_ids(self._folder, named["wte.weight"])
        return self._tables
