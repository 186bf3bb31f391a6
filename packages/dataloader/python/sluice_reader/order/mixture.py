from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..errors import SluiceError
from .keyed_permutation import KeyedPermutation
from .keys import mixture_stream, source_stream, words_of

# Windows in which the shares are kept exactly.
_block = 1024


class MixtureOrder:
    """Sources mixed by weight: every 1,024 windows hold each source's share, at places drawn from the seed.

    Each source is read in full, in a new keyed order each time, before any of its windows comes again, over the ends of
    epochs too. Windows are numbered through the sources: those of the second follow those of the first.
    """

    def __init__(
        self, lengths: Sequence[int], weights: Sequence[float], *, length: int, shuffle: bool, seed: int, epoch: int = 0
    ) -> None:
        self.length = length
        self._lengths, self._counts = lengths, shares_of(lengths, weights)
        self._first_windows = [sum(lengths[:number]) for number in range(len(lengths))]
        self._first_places = np.cumsum([0, *self._counts])
        self._shuffle, self._seed, self._before = shuffle, seed, epoch * length

    def __call__(self, positions: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """The windows at the given positions of the order."""
        totals = self._before + np.asarray(positions, dtype=np.int64)
        numbers = totals // _block
        places = np.empty_like(totals)
        for number in np.unique(numbers):
            here = numbers == number
            stream = [mixture_stream, *words_of(int(number))]
            places[here] = KeyedPermutation(_block, self._seed, 0, stream)(totals[here] - number * _block)
        sources = np.searchsorted(self._first_places, places, side="right") - 1
        windows = np.empty_like(totals)
        for source in np.unique(sources):
            here = sources == source
            taken = numbers[here] * self._counts[source] + places[here] - self._first_places[source]
            windows[here] = self._first_windows[source] + self._windows_of(int(source), taken)
        return windows

    def _windows_of(self, source: int, taken: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        passes, windows = np.divmod(taken, self._lengths[source])
        if self._shuffle:
            for number in np.unique(passes):
                here = passes == number
                order = KeyedPermutation(self._lengths[source], self._seed, int(number), [source_stream, source])
                windows[here] = order(windows[here])
        return windows


def shares_of(lengths: Sequence[int], weights: Sequence[float]) -> list[int]:
    """How many of 1,024 windows each source has: largest remainders first, so that they add up."""
    if not lengths or len(lengths) != len(weights):
        raise SluiceError(f"Expected a weight for each of at least one source, got {len(weights)} for {len(lengths)}")
    total = 0.0
    for weight in weights:
        if not (weight > 0 and math.isfinite(weight)):
            raise SluiceError(f"Expected weights to be positive, got {weight}")
        # Not `sum`, which since Python 3.12 rounds otherwise than adding one after the other.
        total += weight
    exact = [weight / total * _block for weight in weights]
    counts = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda number: (counts[number] - exact[number], number))
    for number in by_remainder[: _block - sum(counts)]:
        counts[number] += 1
    for number, (length, count) in enumerate(zip(lengths, counts)):
        if length == 0:
            raise SluiceError(f"Source {number} of the mixture has no windows")
        if count == 0:
            raise SluiceError(f"Expected each weight to be at least a {_block}th of all, got {weights[number]} of {total}")
    return counts
