from __future__ import annotations

import json
import math
import os

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from .files import check_hash, map_file
from .manifest import Table


def load_table(folder: str, table: Table) -> npt.NDArray[np.float32]:
    """Maps a float32 table `[rows, dim]` of a safetensors file and checks its sha256.

    The format: https://github.com/huggingface/safetensors#format. Raises `SluiceError` where the file is damaged.
    """
    mapped = map_file(os.path.join(folder, table["file"]))
    size = int.from_bytes(mapped[:8], "little")
    if size > len(mapped) - 8:
        raise SluiceError(f"{table['file']} is damaged: a header of {size} bytes cannot be")
    try:
        tensor = json.loads(mapped[8 : 8 + size]).get(table["name"])
    except ValueError as error:
        raise SluiceError(f"{table['file']} is damaged: its header is not JSON") from error
    if tensor is None or tensor["dtype"] != "F32" or tensor["shape"] != table["shape"]:
        raise SluiceError(f"{table['file']} has no F32 tensor {table['name']} of shape {table['shape']}")
    values = np.frombuffer(mapped, np.float32, math.prod(table["shape"]), 8 + size + tensor["data_offsets"][0])
    check_hash(folder, table["name"], values.view(np.uint8), table["sha256"])
    return values.reshape(table["shape"])
