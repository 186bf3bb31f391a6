"""Datasets as releases wrote them, which every later one reads: the folders of `SLUICE_TEST_FORMATS`, one for each release."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sluice_reader

formats = Path(os.environ["SLUICE_TEST_FORMATS"])
contents: dict[Path, Any] = {
    release / name: what
    for release in sorted(formats.iterdir())
    for name, what in json.loads((release / "contents.json").read_text(encoding="utf-8")).items()
}
with_windows = [folder for folder, what in contents.items() if what["version"] < 4]
with_documents = [folder for folder, what in contents.items() if what["version"] == 5]
with_token_files = [folder for folder, what in contents.items() if what["version"] == 4]


@pytest.mark.parametrize("folder", with_windows, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_dataset_holds_what_it_held(folder: Path) -> None:
    reader = sluice_reader.open(folder)
    expected = contents[folder]
    assert len(reader) == expected["length"]
    # A dataset that refers to a checkpoint has no vectors without it.
    rows = reader.read(range(len(reader)), [name for name in reader.columns if name in expected["columns"]])
    for name, values in rows.items():
        assert hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest() == expected["columns"][name], name


@pytest.mark.parametrize("folder", with_documents, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_rows_of_documents_hold_what_they_held(folder: Path) -> None:
    reader = sluice_reader.open_documents(folder)
    expected = contents[folder]
    assert len(reader) == expected["length"]
    rows = reader.read(range(len(reader)))
    assert len(expected["columns"]) >= 4
    for name, digest in expected["columns"].items():
        values = rows["tokens"] if name == "lengths" and "tokens" in rows else rows.get(name)
        if name == "lengths" and values is None:
            values = np.array([len(row) for row in rows["input_ids"]], np.int32)
        elif isinstance(values, list) and name in ("input_ids", "inputs_embeds"):
            values = np.concatenate(values)
        elif isinstance(values, list):
            values = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
        data = values if isinstance(values, bytes) else np.ascontiguousarray(values).tobytes()
        assert hashlib.sha256(data).hexdigest() == digest, name


@pytest.mark.parametrize("folder", with_token_files, ids=lambda folder: folder.name)
def test_token_files_are_refused_by_name(folder: Path) -> None:
    with pytest.raises(sluice_reader.SluiceError, match="holds token files, not windows"):
        sluice_reader.open(folder)
