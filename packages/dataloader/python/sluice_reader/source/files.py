"""Files as memory, and their hashes."""

from __future__ import annotations

import hashlib
import mmap
from typing import Any

from ..errors import SluiceError

_chunk = 4 << 20


def map_file(path: str) -> mmap.mmap:
    """Maps a file copy-on-write: changing the memory changes neither the file nor what other processes read."""
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def check_hash(folder: str, name: str, buffer: Any, expected: str) -> None:
    """Raises `SluiceError` where the sha256 of a buffer is another than the manifest says."""
    digest = hashlib.sha256()
    with memoryview(buffer) as view:
        for start in range(0, len(view), _chunk):
            digest.update(view[start : start + _chunk])
    if digest.hexdigest() != expected:
        raise SluiceError(f"{folder}: {name} has sha256 {digest.hexdigest()}, the manifest says {expected}")
