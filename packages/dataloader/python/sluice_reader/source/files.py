"""Files of a dataset's folder: opened without following links, as memory, and their hashes."""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from ..errors import SluiceError
from .manifest_types import Manifest

_chunk = 4 << 20

# Opening a FIFO would wait for a writer without O_NONBLOCK; what was opened is checked to be a file.
_flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_relative = os.open in os.supports_dir_fd


@contextmanager
def as_sluice_error(folder: str, name: str) -> Iterator[None]:
    """Turns whatever damaged bytes or a storage make Python raise into one `SluiceError` that names the file."""
    try:
        yield
    except SluiceError:
        raise
    except FileNotFoundError as error:
        raise SluiceError(f"{folder}: {name} is missing") from error
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError) as error:
        raise SluiceError(f"{folder}: {name} cannot be read: {error}") from error


def open_file(folder: str, name: str) -> int:
    """Opens a file inside a folder and returns its descriptor.

    `name` is a relative path of plain steps. Links inside the folder are not followed, and what is not a regular file is
    refused: a dataset from elsewhere reads nothing outside its folder and never waits.
    """
    steps = name.split("/")
    if any(step in ("", ".", "..") or "\\" in step or ":" in step or "\0" in step for step in steps):
        raise SluiceError(f"{folder}: {name!r} is not the name of a file inside the folder")
    with as_sluice_error(folder, name):
        descriptor = _open_steps(folder, steps)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise SluiceError(f"{folder}: {name} is not a regular file")


def _open_steps(folder: str, steps: list[str]) -> int:
    if not _relative:
        path = folder
        for step in steps:
            path = os.path.join(path, step)
            if os.path.islink(path):
                raise SluiceError(f"{path} is a link, which is not followed")
        return os.open(path, _flags)
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for step in steps[:-1]:
            inner = os.open(step, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        return os.open(steps[-1], _flags, dir_fd=at)
    finally:
        os.close(at)


def file_size(folder: str, name: str) -> int:
    """The bytes of a file inside a folder."""
    descriptor = open_file(folder, name)
    try:
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def _open_folder(folder: str, inner: str) -> int | None:
    """A descriptor of a folder inside `folder`; None where that cannot be had, and each file is to say why."""
    if not (_relative and os.stat in os.supports_dir_fd):
        return None
    try:
        outer = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return os.open(inner, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=outer)
        finally:
            os.close(outer)
    except OSError:
        return None


@contextmanager
def _sizes_in(folder: str, inner: str) -> Iterator[Callable[[str], int]]:
    """Tells the bytes of files of one folder inside `folder` by their names in it: of many files opening each takes longer."""
    at = _open_folder(folder, inner)
    if at is None:
        yield lambda name: file_size(folder, name)
        return

    def size_of(name: str) -> int:
        step = name.removeprefix(f"{inner}/")
        if "/" in step:
            return file_size(folder, name)
        with as_sluice_error(folder, name):
            found = os.stat(step, dir_fd=at, follow_symlinks=False)
        # What is no file is told as by whoever opens it.
        return found.st_size if stat.S_ISREG(found.st_mode) else file_size(folder, name)

    try:
        yield size_of
    finally:
        os.close(at)


def read_file(folder: str, name: str, limit: int) -> bytes:
    """The first `limit` bytes of a file inside a folder, all of them where it is shorter."""
    with os.fdopen(open_file(folder, name), "rb") as file:
        return file.read(limit)


def map_file(folder: str, name: str) -> mmap.mmap:
    """Maps a file copy-on-write: changing the memory changes neither the file nor what other processes read."""
    descriptor = open_file(folder, name)
    try:
        with as_sluice_error(folder, name):
            return mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY)
    finally:
        os.close(descriptor)


def open_trusted_file(path: str) -> int:
    """Opens a file that the caller named, or that lies in a folder that the caller named: links are followed."""
    with as_sluice_error(*os.path.split(path)):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise SluiceError(f"{path} is not a regular file")


def check_size(folder: str, name: str, mapped: mmap.mmap) -> None:
    """Raises `SluiceError` where a mapped file was cut since: reading memory behind its end would end the process."""
    if mapped.size() < len(mapped):
        raise SluiceError(f"{folder}: {name} was cut to {mapped.size()} of {len(mapped)} bytes while it was open")


def check_hash(folder: str, name: str, buffer: Any, expected: str) -> None:
    """Raises `SluiceError` where the sha256 of a buffer is another than the manifest says."""
    digest = hashlib.sha256()
    with memoryview(buffer) as view:
        for start in range(0, len(view), _chunk):
            digest.update(view[start : start + _chunk])
    if digest.hexdigest() != expected:
        raise SluiceError(f"{folder}: {name} has sha256 {digest.hexdigest()}, the manifest says {expected}")


def check_parts(folder: str, manifest: Manifest, verify: str) -> None:
    """Checks the size of every part, and with `verify` "hash" its sha256. Raises `SluiceError` naming the first that differs."""
    if verify not in ("hash", "size"):
        raise SluiceError(f'Expected `verify` to be "hash" or "size", got {verify!r}')
    with _sizes_in(folder, "parts") as size_of:
        for part in manifest["parts"]:
            size = size_of(part["name"])
            if size != part["byteLength"]:
                raise SluiceError(f"{part['name']} has {size} bytes, the manifest says {part['byteLength']} bytes")
    if verify == "hash":
        for part in manifest["parts"]:
            with map_file(folder, part["name"]) as mapped:
                check_hash(folder, part["name"], mapped, part["sha256"])
