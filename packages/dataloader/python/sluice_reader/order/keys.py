"""Keys of the orders, from a seed and an epoch: 32-bit words, mixed as MurmurHash3 finishes them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

word_mask = 0xFFFFFFFF

# The first word of each stream of keys, so that no two draws share one.
windows_stream, blocks_stream, group_stream, tail_stream, mixture_stream, source_stream = 0, 1, 2, 3, 4, 5


def mix(word: int) -> int:
    """The finalizer of MurmurHash3 (Austin Appleby, public domain), on a Python integer of 32 bits."""
    word = (word ^ word >> 16) * 0x85EBCA6B & word_mask
    word = (word ^ word >> 13) * 0xC2B2AE35 & word_mask
    return word ^ word >> 16


def mix_array(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """`mix` on uint32 arrays, whose products wrap around by themselves."""
    words = (words ^ (words >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    words = (words ^ (words >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    words = words ^ (words >> np.uint32(16))
    return words


def hash_words(words: Iterable[int]) -> int:
    """Hashes 32-bit words into one, in order."""
    state = 0
    for word in words:
        state = mix(((state * 5 + 0x9E3779B9) & word_mask) ^ word)
    return state


def words_of(value: int) -> list[int]:
    """Splits a number of 64 bits into its two words, the low one first."""
    return [value & word_mask, value >> 32 & word_mask]
