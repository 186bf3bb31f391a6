from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from ..order.block_shuffle import BlockShuffle
from ..order.keyed_permutation import KeyedPermutation
from ..order.mixture import MixtureOrder
from ..source.documents import SluiceDocuments
from ..source.folder import SluiceFolder
from ..source.mixture import SluiceMixture
from .document_samples import DocumentSamples
from .optional_torch import IterableDataset, get_worker_info, torch
from .samples import Samples, Windows


class SluiceBatches(IterableDataset):
    """An iterable dataset of whole batches, in the order of `createDataLoader` with `shuffle` false, 'keyed' or 'block'.

    Use it directly, or in a `DataLoader` with `batch_size=None`: workers take batches in turn, so any number of them gives the
    same batches in the same order. Iterated directly it moves on to the next epoch by itself; in a `DataLoader` with workers call
    `set_epoch` before each epoch, and give `state_dict` the number of batches taken, which only the caller knows.

    In torchdata's `StatefulDataLoader` (with `batch_size=None`) states need no such number, with or without workers: each
    worker keeps its own place, and the loader's state resumes with as many workers.

    With a `SluiceDocuments` (`open_documents`) a batch is whole documents, filled up with `pad_id` to the longest of them or to a
    multiple of `pad_to_multiple_of`, with an `attention_mask`; see `DocumentSamples`.

    Warns where an epoch has no batch, because `batch_size` is larger than what a rank has of the windows.
    """

    def __init__(
        self, folder: str | os.PathLike[str] | Windows | SluiceDocuments, *, batch_size: int,
        shuffle: bool | str = False, seed: int = 0, epoch: int = 0, rank: int = 0, world_size: int = 1,
        drop_last: bool = True, uneven: str = "pad", block_size: int | None = None, blocks_together: int = 4,
        naming: str = "sluice", columns: Sequence[str] | None = None, embeds: bool | None = None, int64: bool = False,
        as_torch: bool = torch is not None, verify: str = "hash", checkpoint: str | os.PathLike[str] | None = None,
        pad_id: int = 0, pad_to_multiple_of: int = 1,
    ) -> None:  # fmt: skip
        if shuffle not in (False, "keyed", "block") or uneven not in ("pad", "drop"):
            raise SluiceError(
                f'Expected `shuffle` False, "keyed" or "block" and `uneven` "pad" or "drop", got {shuffle!r}, {uneven!r}'
            )
        if not (batch_size >= 1 and 0 <= rank < world_size):
            raise SluiceError(
                f"Expected a positive `batch_size` and `rank` < `world_size`, got {batch_size}, {rank} of {world_size}"
            )
        self.folder = (
            folder
            if isinstance(folder, (SluiceFolder, SluiceMixture, SluiceDocuments))
            else SluiceFolder(folder, verify, checkpoint)
        )
        given = naming, columns, embeds, int64, as_torch
        self._samples: Samples | DocumentSamples
        if isinstance(self.folder, SluiceDocuments):
            self._samples = DocumentSamples(self.folder, *given, pad_id, pad_to_multiple_of)
        else:
            self._samples = Samples(self.folder, *given)
        self.batch_size, self.rank, self.world_size = batch_size, rank, world_size
        self.drop_last, self.uneven = drop_last, uneven
        self._seed = seed % 2**64
        self._order = self._describe_order(shuffle, block_size, blocks_together)
        self._length: int = self._order["length"]
        # Epoch, and position to start from; shared, so that workers that stay see what `set_epoch` sets.
        place = [epoch, 0]
        self._place = place if torch is None else torch.tensor(place, dtype=torch.int64).share_memory_()
        # Batches that this process has given of this iteration, and how many of them an earlier run had.
        self._taken, self._skipped = 0, 0
        if len(self) == 0:
            most = math.ceil(self._length / world_size) if uneven == "pad" else self._length // world_size
            rows = "documents" if isinstance(self.folder, SluiceDocuments) else "windows"
            warnings.warn(
                f"An epoch has no batch: `batch_size` is {batch_size}, and each of {world_size} ranks has {most} {rows}; "
                "use a smaller one, or `drop_last=False`",
                stacklevel=2,
            )

    def _describe_order(self, shuffle: bool | str, block_size: int | None, blocks_together: int) -> dict[str, Any]:
        """What the order is made from: two runs that share it read the same windows."""
        seed = str(self._seed)
        if isinstance(self.folder, SluiceMixture):
            if shuffle == "block":
                raise SluiceError('Expected `shuffle` of a mixture to be "keyed" or False')
            lengths, weights = self.folder.lengths, self.folder.weights
            length, keyed = self.folder.windows_per_epoch, shuffle == "keyed"
            return {"kind": "mixture", "length": length, "seed": seed, "shuffle": keyed, "lengths": lengths, "weights": weights}
        order: dict[str, Any] = {"kind": shuffle or "sequential", "length": len(self.folder)}
        if shuffle:
            order["seed"] = seed
        if shuffle == "block":
            order["blockSize"] = block_size or self.folder.layout["rowsPerBatch"]
            order["blocksTogether"] = blocks_together
        return order

    @property
    def epoch(self) -> int:
        return int(self._place[0])

    def __len__(self) -> int:
        """Batches that are left of the epoch, the same for every rank."""
        left = max(0, self._length - int(self._place[1])) / self.world_size
        batches = (math.ceil(left) if self.uneven == "pad" else math.floor(left)) / self.batch_size
        return math.floor(batches) if self.drop_last else math.ceil(batches)

    def set_epoch(self, epoch: int) -> None:
        """Makes the next iteration epoch `epoch`, from its beginning."""
        self._place[0], self._place[1] = epoch, 0
        self._taken, self._skipped = 0, 0

    def state_dict(self, batches: int | None = None) -> dict[str, Any]:
        """Where the run is after `batches` batches of this iteration, by default those taken from it directly."""
        start, worker = int(self._place[1]), get_worker_info()
        taken = self._taken if batches is None else batches
        if worker is not None:
            taken = 0
        consumed = min(max(start, self._length), start + taken * self.batch_size * self.world_size)
        state = {
            "version": 1, "source": self.folder.identity, "order": dict(self._order), "epoch": self.epoch, "consumed": consumed
        }  # fmt: skip
        if worker is not None:
            # A worker has every n-th batch: how far all of them are together, only the loader knows.
            state["worker"] = {"id": worker.id, "workers": worker.num_workers, "taken": self._taken}
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Resumes from a state of either side, with any batch size and number of ranks.

        Raises `SluiceError` where the state is of another dataset or order.
        """
        own = self.state_dict(0)
        for key in ("version", "source", "order"):
            if state.get(key) != own[key]:
                raise SluiceError(f"The state has {key} {state.get(key)}, this dataset has {own[key]}")
        worker, of_worker = get_worker_info(), state.get("worker")
        here = None if worker is None else (worker.id, worker.num_workers)
        if of_worker is not None and (of_worker["id"], of_worker["workers"]) != here:
            raise SluiceError(
                f"The state is of worker {of_worker['id']} of {of_worker['workers']} of a StatefulDataLoader; load the loader's "
                "state into one with as many workers"
            )
        self._place[0], self._place[1] = state["epoch"], state["consumed"]
        self._taken, self._skipped = 0, 0 if of_worker is None else of_worker["taken"]

    def windows(self) -> Iterator[npt.NDArray[np.int64]]:
        """The windows of each batch of this rank, as arrays, from the current position on."""
        for _, windows in self._numbered_windows(0, 1):
            yield windows

    def __iter__(self) -> Iterator[Any]:
        worker = get_worker_info()
        if worker is not None:
            self._taken, self._skipped = self._skipped, 0
            first = worker.id + self._taken * worker.num_workers
            for _, windows in self._numbered_windows(first, worker.num_workers):
                batch = self._samples.read(windows)
                self._taken += 1
                yield batch
            return
        self._taken = 0
        for _, windows in self._numbered_windows(0, 1):
            batch = self._samples.read(windows)
            self._taken += 1
            yield batch
        self.set_epoch(self.epoch + 1)

    def _numbered_windows(self, first: int, step: int) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
        """Every `step`-th batch from `first` on. Orders are computed for some thousand windows at a time."""
        order, length, start = self._make_order(), self._length, int(self._place[1])
        left = max(0, length - start) / self.world_size
        mine = math.ceil(left) if self.uneven == "pad" else math.floor(left)
        numbers = range(first, len(self), step)
        at_once = max(1, 4096 // self.batch_size)
        for chunk in (numbers[at : at + at_once] for at in range(0, len(numbers), at_once)):
            counts = [min(self.batch_size, mine - number * self.batch_size) for number in chunk]
            rows = [number * self.batch_size + np.arange(count) for number, count in zip(chunk, counts)]
            positions = start + np.concatenate(rows) * self.world_size + self.rank
            windows = order(positions % length)
            yield from zip(chunk, np.split(windows, np.cumsum(counts)[:-1]))

    def _make_order(self) -> Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]:
        order, length = self._order, self._length
        if order["kind"] == "mixture":
            shape = {"length": length, "shuffle": order["shuffle"], "seed": self._seed, "epoch": self.epoch}
            return MixtureOrder(order["lengths"], order["weights"], **shape)
        if order["kind"] == "keyed":
            return KeyedPermutation(length, self._seed, self.epoch)
        if order["kind"] == "block":
            return BlockShuffle(length, order["blockSize"], order["blocksTogether"], self._seed, self.epoch)
        return lambda positions: positions
