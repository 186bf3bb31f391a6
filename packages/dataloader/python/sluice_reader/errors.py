from __future__ import annotations


class SluiceError(Exception):
    """A folder that is not an intact dataset, or an argument that is not valid."""
