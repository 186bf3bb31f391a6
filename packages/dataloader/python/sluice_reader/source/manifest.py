from __future__ import annotations

import json
import os
from typing import TypedDict, cast

from ..errors import SluiceError


class Layout(TypedDict):
    """How windows are stored; the fields that reading needs."""

    maxLength: int
    dim: int
    embedding: str
    dtype: str
    idType: str
    positionIds: bool
    documents: str
    rowsPerBatch: int
    format: str


class Part(TypedDict):
    """One Arrow file of consecutive windows."""

    name: str
    firstWindow: int
    rows: int
    byteLength: int
    sha256: str


class Table(TypedDict):
    """An embedding table of a lazy dataset, in a safetensors file."""

    name: str
    file: str
    shape: list[int]
    sha256: str


class Totals(TypedDict):
    rows: int


class Identities(TypedDict):
    tables: list[Table]


class Manifest(TypedDict):
    """`manifest.json` of version 1; the fields that reading needs."""

    version: int
    planId: str
    layout: Layout
    totals: Totals
    parts: list[Part]
    identities: Identities


def read_manifest(folder: str) -> Manifest:
    """Reads the manifest of a dataset.

    Raises `SluiceError` where the folder has no manifest, or one of another version.
    """
    try:
        with open(os.path.join(folder, "manifest.json"), "rb") as file:
            manifest = cast(Manifest, json.load(file))
    except FileNotFoundError:
        raise SluiceError(f"{folder} is not a dataset: it has no manifest.json") from None
    if manifest.get("version") != 1:
        raise SluiceError(f"{folder} has a manifest of version {manifest.get('version')}, expected 1")
    return manifest
