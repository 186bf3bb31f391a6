from __future__ import annotations

import math
import mmap
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from .files import as_sluice_error, check_hash, map_file, open_file, open_trusted_file
from .json_limits import parse_json
from .manifest_types import Table
from .watched_file import WatchedFile

# Ours has a few hundred bytes.
_largest_header = 1 << 24


_stored: dict[str, tuple[str, type[Any]]] = {
    "f32": ("F32", np.float32),
    "f16": ("F16", np.float16),
    "bf16": ("BF16", np.uint16),
}


# Gives the row of each id.
RowOf = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]


class TableFile:
    """A table `[rows, dim]` of a safetensors file, mapped as it is stored: bf16 as bits in uint16."""

    def __init__(self, file: WatchedFile, values: npt.NDArray[Any]) -> None:
        self.file, self._values = file, values

    def take(self, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Copies rows `[…]` to `[…, dim]`. Raises `SluiceError` where the file was changed since it was opened."""
        self.file.check_unchanged()
        taken: npt.NDArray[Any] = self._values[rows]
        self.file.check_unchanged()
        return taken


def load_table(folder: str, table: Table) -> TableFile:
    """Maps a float32 table of a safetensors file and checks its sha256.

    Raises `SluiceError` where the file is damaged or is not the one that the manifest names.
    """
    if table["dtype"] != "f32":
        raise SluiceError(f"Expected {table['name']} to be f32 to be added up, got {table['dtype']}")
    return map_table(folder, table)


def map_table(folder: str, table: Table) -> TableFile:
    """Maps a table of a safetensors file as it is stored, and checks its sha256.

    Raises `SluiceError` where the file is damaged or is not the one that the manifest names.
    """
    file = WatchedFile(folder, table["file"], open_file(folder, table["file"]))
    values = _find_table(folder, table, file.mapped)
    check_hash(folder, table["name"], values, table["sha256"])
    return TableFile(file, values)


def map_checkpoint_table(checkpoint: str | None, table: Table, check: bool, proved: tuple[int, ...] | None) -> TableFile:
    """Maps a table of a model's folder, which the caller names, as `map_table` does.

    The dataset says a file's name in that folder, and the hash of the table. Where the checkpoint was split into other files
    since, the one that has the tensor is taken. `check` says whether its sha256 is compared, and `proved` in which version of
    the file it was. Raises `SluiceError` where no folder was named or none of its files has the tensor, or has another one.
    """
    name, sha256 = table["name"], table["sha256"]
    tensor = f"{name} ({table['dtype']} {table['shape']}, sha256 {sha256})"
    if checkpoint is None:
        raise SluiceError(
            f"The embeddings are made from {tensor} of a checkpoint that the dataset does not hold; "
            "name the model's folder with `checkpoint`"
        )
    if not os.path.isdir(checkpoint):
        found = "no folder" if os.path.exists(checkpoint) else "not there"
        raise SluiceError(
            f"Expected `checkpoint` to be the folder of the model that the dataset was made with; {checkpoint} is {found}"
        )
    with as_sluice_error(checkpoint, "its list of files"):
        listed = sorted(file for file in os.listdir(checkpoint) if file.endswith(".safetensors"))
    unfit = []
    for file in sorted(listed, key=lambda file: file != table["file"]):
        try:
            watched = WatchedFile(checkpoint, file, open_trusted_file(os.path.join(checkpoint, file)))
            if watched.mapped[: len(_pointer)] == _pointer:
                raise SluiceError(f"{file} is a pointer of Git LFS, fetch it with `git lfs pull`")
            values = _find_table(checkpoint, {**table, "file": file}, watched.mapped)
        except SluiceError as error:
            unfit.append(str(error))
            continue
        if check and watched.version != proved:
            check_hash(checkpoint, name, values, sha256)
        return TableFile(watched, values)
    first = unfit[0] if unfit else f"there is no {table['file']} and no other safetensors file"
    others = f", and {len(unfit) - 1} more have not got it either" if len(unfit) > 1 else ""
    raise SluiceError(f"No file of {checkpoint} holds {tensor}: {first}{others}; name the model that the dataset was made with")


# How a file begins that only says where its bytes are.
_pointer = b"version https://git-lfs.github.com/"


def _find_table(folder: str, table: Table, mapped: mmap.mmap) -> npt.NDArray[Any]:
    name, dtype = _stored[table["dtype"]]
    with as_sluice_error(folder, table["file"]):
        size = int.from_bytes(mapped[:8], "little")
        if size > min(len(mapped) - 8, _largest_header):
            raise SluiceError(f"{table['file']} is damaged: a header of {size} bytes cannot be")
        tensors = parse_json(mapped[8 : 8 + size])
        # The format's own rule: nothing lies after the last tensor.
        last = 8 + size + max((_end_of(one) for one in tensors.values()), default=0)
        if last != len(mapped):
            raise SluiceError(f"{table['file']} is damaged: its tensors end at byte {last} of {len(mapped)}")
        tensor = tensors.get(table["name"])
        if tensor is None or tensor["dtype"] != name or tensor["shape"] != table["shape"] or len(table["shape"]) != 2:
            raise SluiceError(f"{table['file']} has no {name} tensor {table['name']} of shape {table['shape']}")
        start, end = tensor["data_offsets"]
        count = math.prod(table["shape"]) * np.dtype(dtype).itemsize
        if not (isinstance(start, int) and start >= 0 and end - start == count and 8 + size + end <= len(mapped)):
            raise SluiceError(f"{table['file']} is damaged: {table['name']} lies at {start} to {end}")
        values = np.frombuffer(mapped, np.uint8, count, 8 + size + start)
        rows: npt.NDArray[Any] = values.view(dtype).reshape(table["shape"])
        return rows


def row_of_ids(folder: str, table: Table) -> RowOf:
    """Gives the rows of ids in a table: the ids themselves, or where it is pruned the places that its list of ids says.

    Raises `SluiceError` for an id without a row, and where the list is damaged or is not the one that the manifest names.
    """
    count = table["shape"][0]
    kept = table.get("keptIds")
    if kept is None:

        def rows(ids: npt.NDArray[Any]) -> npt.NDArray[Any]:
            if ids.size > 0 and int(ids.max()) >= count:
                raise SluiceError(f"Expected ids below {count}, the rows of {table['name']}, got {ids.max()}")
            return ids

        return rows
    # A copy: it is small, and stays what was proved.
    content = bytes(map_file(folder, kept["file"]))
    check_hash(folder, kept["file"], content, kept["sha256"])
    # The header of a .npy is as long as is left over.
    if len(content) < 4 * count:
        raise SluiceError(f"{kept['file']} is damaged: {len(content)} bytes for the ids of {count} rows")
    listed = np.frombuffer(content, np.int32, count, len(content) - 4 * count)
    if count == 0 or listed[0] < 0 or listed[-1] >= kept["of"] or (np.diff(listed) <= 0).any():
        raise SluiceError(f"{kept['file']} is damaged: its ids do not rise from 0 to {kept['of']}")

    def places(ids: npt.NDArray[Any]) -> npt.NDArray[Any]:
        found = np.minimum(np.searchsorted(listed, ids), count - 1)
        missing = listed[found] != ids
        if missing.any():
            wrong = ids[missing].flat[0]
            raise SluiceError(f"{table['name']} has no row of id {wrong}: it was pruned to the ids that occur in its corpus")
        return found

    return places


def _end_of(tensor: Any) -> int:
    """Where the bytes of a tensor end; 0 for what is no tensor, such as the metadata."""
    offsets = tensor.get("data_offsets") if isinstance(tensor, dict) else None
    if not isinstance(offsets, list) or len(offsets) != 2:
        return 0
    return int(offsets[1]) if all(isinstance(at, int) and at >= 0 for at in offsets) else 0
