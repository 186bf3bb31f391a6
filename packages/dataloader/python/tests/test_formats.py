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


@pytest.mark.parametrize("folder", with_windows, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_dataset_holds_what_it_held(folder: Path) -> None:
    reader = sluice_reader.open(folder)
    expected = contents[folder]
    assert len(reader) == expected["length"]
    rows = reader.read(range(len(reader)))
    for name, values in rows.items():
        assert hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest() == expected["columns"][name], name


@pytest.mark.parametrize("folder", [folder for folder in contents if folder not in with_windows], ids=lambda folder: folder.name)
def test_token_files_are_refused_by_name(folder: Path) -> None:
    with pytest.raises(sluice_reader.SluiceError, match="holds token files, not windows"):
        sluice_reader.open(folder)
