"""Reads a Sluice dataset for training, with numpy and pyarrow; with torch where it is installed.

    import sluice_reader
    folder = sluice_reader.open("dataset")
    folder.read([0, 7])["input_ids"]

    for batch in sluice_reader.SluiceBatches("dataset", batch_size=8, shuffle="keyed", seed=1):
        batch["input_ids"], batch["target_ids"], batch["inputs_embeds"]

`SluiceFolder` is random access in numpy, `SluiceDataset` a map-style torch dataset for samplers of your own, and
`SluiceBatches` an iterable torch dataset that gives whole batches: the same batches, for the same seed, epoch, rank
and position, as `createDataLoader` of @sluice/dataloader, and with states that either side resumes from.

Arrays are views of the mapped files where rows lie together. The mapping is copy-on-write: changing a batch in place
changes neither the file nor what other processes read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .errors import SluiceError
from .order.block_shuffle import BlockShuffle
from .order.keyed_permutation import KeyedPermutation
from .order.mixture import MixtureOrder
from .source.documents import SluiceDocuments
from .source.folder import SluiceFolder
from .source.mixture import SluiceMixture

if TYPE_CHECKING:
    from .loader.batches import SluiceBatches
    from .loader.dataset import SluiceDataset
else:

    def __getattr__(name: str) -> Any:
        """The classes for torch are imported when they are first asked for: importing torch takes seconds."""
        modules = {"SluiceBatches": "batches", "SluiceDataset": "dataset"}
        if name not in modules:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        found = getattr(import_module(f".loader.{modules[name]}", __name__), name)
        globals()[name] = found
        return found


__all__ = [
    "BlockShuffle",
    "KeyedPermutation",
    "MixtureOrder",
    "SluiceBatches",
    "SluiceDataset",
    "SluiceDocuments",
    "SluiceError",
    "SluiceFolder",
    "SluiceMixture",
    "open",
    "open_documents",
]


def open(
    folder: str | os.PathLike[str], *, verify: str = "hash", checkpoint: str | os.PathLike[str] | None = None
) -> SluiceFolder:
    """Opens a dataset for random access to its windows, in numpy; see `SluiceFolder`."""
    return SluiceFolder(folder, verify, checkpoint)


def open_documents(
    folder: str | os.PathLike[str], *, verify: str = "hash", checkpoint: str | os.PathLike[str] | None = None
) -> SluiceDocuments:
    """Opens a dataset that has a row for each document, in numpy; see `SluiceDocuments`."""
    return SluiceDocuments(folder, verify, checkpoint)
