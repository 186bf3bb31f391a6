from __future__ import annotations

import mmap
import os

from ..errors import SluiceError
from .files import as_sluice_error


class WatchedFile:
    """A file whose bytes were proved by a hash and are read later: mapped, and looked at around each reading.

    Memory behind the end of a file that was cut would end the process, and one that was written over would give other vectors.
    Takes the descriptor over. A file that is deleted or replaced under its name is still the one that was opened.
    """

    def __init__(self, folder: str, name: str, descriptor: int) -> None:
        self.name = f"{folder}: {name}"
        self._file = os.fdopen(descriptor, "rb")
        self.version = self._look()
        with as_sluice_error(folder, name):
            # Copy-on-write: changing the memory changes neither the file nor what other processes read.
            self.mapped = mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY)

    def check_unchanged(self) -> None:
        """Raises `SluiceError` where the file was changed since it was opened."""
        if self._look() != self.version:
            advice = "put the file back as it was and open the dataset again"
            raise SluiceError(f"{self.name} was changed while it was open; {advice}")

    def _look(self) -> tuple[int, ...]:
        """Equal for a file that nobody changed meanwhile: what was proved of one is true of the other."""
        found = os.fstat(self._file.fileno())
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
