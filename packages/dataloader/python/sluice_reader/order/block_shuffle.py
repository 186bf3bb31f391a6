from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .keyed_permutation import KeyedPermutation
from .keys import blocks_stream, group_stream, hash_words, tail_stream, words_of


class BlockShuffle:
    """Blocks of consecutive windows in a keyed order, the windows of `blocks_together` neighbours permuted among themselves."""

    def __init__(self, length: int, block_size: int, blocks_together: int, seed: int, epoch: int = 0) -> None:
        self.length = length
        self._size, self._together = block_size, blocks_together
        self._seed, self._epoch = seed, epoch
        full = length // block_size
        self._blocks = KeyedPermutation(full, seed, epoch, (blocks_stream,))
        self._tail = length - full * block_size
        self._slots = full + (self._tail > 0)
        self._tail_slot = self._tail_place() if self._tail > 0 else self._slots

    def __call__(self, positions: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """The windows at the given positions of the order, as int64, one-dimensional."""
        positions = np.asarray(positions, dtype=np.int64)
        windows = np.empty_like(positions)
        left = np.arange(positions.size)
        while left.size > 0:
            number, start, end = self._group_of(int(positions[left[0]]))
            at = positions[left]
            inside = (at >= start) & (at < end)
            order = KeyedPermutation(end - start, self._seed, self._epoch, (group_stream, *words_of(number)))
            windows[left[inside]] = self._windows_at(start + order(at[inside] - start))
            left = left[~inside]
        return windows

    def _windows_at(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        size, tail_start = self._size, self._tail_slot * self._size
        in_tail = (positions >= tail_start) & (positions < tail_start + self._tail)
        within = np.where(positions < tail_start, positions, positions - self._tail)
        slots = np.where(in_tail, 0, within // size)
        blocks = self._blocks(slots) if self._blocks.length > 0 else slots
        windows = blocks * size + within % size
        return np.where(in_tail, self._blocks.length * size + positions - tail_start, windows)

    def _group_of(self, position: int) -> tuple[int, int, int]:
        after_tail = position - self._tail_slot * self._size - self._tail
        slot = position // self._size if after_tail < 0 else self._tail_slot + 1 + after_tail // self._size
        number = slot // self._together
        last = min((number + 1) * self._together, self._slots)
        return number, self._start_of(number * self._together), self._start_of(last)

    def _start_of(self, slot: int) -> int:
        return slot * self._size if slot <= self._tail_slot else (slot - 1) * self._size + self._tail

    def _tail_place(self) -> int:
        words = [tail_stream, *words_of(self._seed), *words_of(self._epoch)]
        unit = (hash_words([0, *words]) * 2**21 + (hash_words([1, *words]) >> 11)) / 2**53
        return math.floor(unit * self._slots)
