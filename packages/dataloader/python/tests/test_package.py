"""The installed wheel, and the one file that stands for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from conftest import Case

import sluice_reader

same = """
import json, sys
sys.path.insert(0, sys.argv[1])
import sluice_reader
batches = sluice_reader.SluiceBatches(sys.argv[2], batch_size=4, shuffle="keyed", seed=7, rank=1, world_size=2, drop_last=False)
rows = [batch["input_ids"].tolist() for batch in batches]
print(json.dumps({"file": sluice_reader.__file__, "names": sluice_reader.__all__, "rows": rows}))
"""


def test_wheel_is_typed_and_whole() -> None:
    installed = Path(sluice_reader.__file__).parent
    assert installed.parent.name == "site-packages"
    assert (installed / "py.typed").is_file()
    files = {str(file) for file in metadata.files("sluice-reader") or []}
    assert {file.split("/")[0] for file in files} <= {
        "sluice_reader",
        f"sluice_reader-{metadata.version('sluice-reader')}.dist-info",
    }
    assert any(file.endswith("LICENSE") for file in files)


def test_what_is_needed_is_stated() -> None:
    requires = metadata.requires("sluice-reader") or []
    assert sorted(line for line in requires if "extra" not in line) == ["numpy>=1.22", "pyarrow>=12"]
    assert metadata.metadata("sluice-reader")["Requires-Python"] == ">=3.9"


def test_public_names_are_documented() -> None:
    for name in sluice_reader.__all__:
        assert (getattr(sluice_reader, name).__doc__ or "").strip(), name


def test_reading_rows_does_not_import_torch(case: Case) -> None:
    """Importing it takes several times as long as opening a dataset."""
    script = """
import sys
import sluice_reader
sluice_reader.open(sys.argv[1]).read([0])
late = ["torch", "sluice_reader.loader.batches"]
print(any(name in sys.modules for name in late), sluice_reader.SluiceDataset.__module__, hasattr(sluice_reader, "Nothing"))
"""
    run = [sys.executable, "-c", script, str(case.folder)]
    printed = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    assert printed.split() == ["False", "sluice_reader.loader.dataset", "False"]


def test_one_file_reads_the_same_without_the_package(case: Case) -> None:
    """In an isolated interpreter that finds the copied file first."""
    copied = os.environ["SLUICE_SINGLE_FILE"]
    run = [sys.executable, "-I", "-c", same, str(Path(copied).parent), str(case.folder)]
    found = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    batches = sluice_reader.SluiceBatches(
        case.folder, batch_size=4, shuffle="keyed", seed=7, rank=1, world_size=2, drop_last=False
    )
    assert found == {
        "file": copied,
        "names": sluice_reader.__all__,
        "rows": [batch["input_ids"].tolist() for batch in batches],
    }
