from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .keys import hash_words, mix_array, windows_stream, words_of

_rounds = 6
_fewest_bits = 10


class KeyedPermutation:
    """A permutation of 0 .. length-1, computed and not listed: a Feistel network, walked until it falls below `length`."""

    def __init__(self, length: int, seed: int, epoch: int = 0, stream: Sequence[int] = (windows_stream,)) -> None:
        words = [*stream, *words_of(seed), *words_of(epoch)]
        keys = [hash_words([number, *words]) for number in range(_rounds)]
        bits = max(_fewest_bits, (length - 1).bit_length())
        self.length = length
        self._keys = np.array(keys, dtype=np.uint32)
        self._low_bits = np.uint64((bits + 1) // 2)
        self._low_mask = np.uint32((1 << (bits + 1) // 2) - 1)
        self._high_mask = np.uint32((1 << bits // 2) - 1)

    def __call__(self, positions: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """The windows at the given positions of the order, as int64 of the same shape."""
        values = self._scramble(np.asarray(positions, dtype=np.uint64))
        outside = np.flatnonzero(values >= self.length)
        while outside.size > 0:
            values[outside] = self._scramble(values[outside])
            outside = outside[values[outside] >= self.length]
        return values.astype(np.int64)

    def _scramble(self, values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        high = (values >> self._low_bits).astype(np.uint32)
        low = values.astype(np.uint32) & self._low_mask
        for number in range(0, _rounds, 2):
            high ^= mix_array(low ^ self._keys[number]) & self._high_mask
            low ^= mix_array(high ^ self._keys[number + 1]) & self._low_mask
        joined: npt.NDArray[np.uint64] = (high.astype(np.uint64) << self._low_bits) | low
        return joined
