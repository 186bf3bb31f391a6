from __future__ import annotations

import math
import mmap
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..errors import SluiceError
from .files import map_file
from .manifest import Part

# Shape of a row and type of its values, by column.
Columns = Mapping[str, "tuple[tuple[int, ...], npt.DTypeLike]"]


def map_part(folder: str, part: Part, file_format: str, columns: Columns) -> list[dict[str, npt.NDArray[Any]]]:
    """Maps a part and returns the columns `[rows, …]` of each of its record batches, as views of the mapped file."""
    mapped = map_file(os.path.join(folder, part["name"]))
    buffer = pa.py_buffer(mapped)
    if file_format == "file":
        reader = pa.ipc.open_file(buffer)
        batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]
    else:
        batches = list(pa.ipc.open_stream(buffer))
    if sum(batch.num_rows for batch in batches) != part["rows"]:
        raise SluiceError(f"{part['name']} has other rows than the {part['rows']} of the manifest")
    return [
        {name: _view(folder, batch, name, mapped, buffer.address, *kind) for name, kind in columns.items()} for batch in batches
    ]


def _view(
    folder: str,
    batch: Any,
    name: str,
    mapped: mmap.mmap,
    address: int,
    row_shape: tuple[int, ...],
    dtype: npt.DTypeLike,
) -> npt.NDArray[Any]:
    array = batch.column(batch.schema.get_field_index(name))
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    while isinstance(array, pa.FixedSizeListArray):
        array = array.values
    data, shape = array.buffers()[1], (batch.num_rows, *row_shape)
    count = math.prod(shape)
    if array.null_count > 0 or len(array) != count or array.type.bit_width != np.dtype(dtype).itemsize * 8:
        raise SluiceError(f"{folder}: column {name} is {array.type}, {len(array)} values, expected {shape}")
    # From the mapping and not from Arrow, whose arrays torch would warn about: they are read-only.
    return np.frombuffer(mapped, dtype, count, data.address - address).reshape(shape)
