from __future__ import annotations


class SluiceError(Exception):
    """A folder that is not an intact dataset, or an argument that is not valid."""


class OutOfRangeError(SluiceError, IndexError):
    """A row that a dataset does not have. Python's `for` over a map-style dataset ends at an IndexError."""
