"""The reader on datasets of each kind, without torch: what it gives are numpy arrays."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Case

import sluice_reader


def test_rows_are_those_that_typescript_reads(case: Case) -> None:
    folder = sluice_reader.open(case.folder)
    assert len(folder) == case.length
    rows = folder.read(range(case.length))
    shape: tuple[int, ...] = (case.length, case.max_length)
    for name in ("input_ids", "target_ids"):
        assert rows[name].dtype == (np.uint16 if folder.layout["idType"] == "uint16" else np.int32)
        np.testing.assert_array_equal(rows[name], np.reshape(case.rows[name], shape))
    assert ("inputs_embeds" in rows) == (case.dim > 0)
    if case.dim > 0:
        assert rows["inputs_embeds"].dtype == np.float32
        expected = np.reshape(np.array(case.rows["inputs_embeds"], np.float32), (*shape, case.dim))
        np.testing.assert_array_equal(rows["inputs_embeds"], expected)


def test_ids_that_are_kept_once_are_views(case: Case) -> None:
    folder = sluice_reader.open(case.folder)
    if "ids" not in folder.layout:
        pytest.skip("inputs and targets are two columns")
    rows = folder.read([0, 1], ["input_ids", "target_ids", "window_ids"])
    assert rows["window_ids"].shape == (2, case.max_length + 1)
    assert np.shares_memory(rows["window_ids"], rows["target_ids"])
    # Inputs of rows that are filled up are a copy: what fills them up is -100 in the file.
    is_filled = bool((rows["window_ids"] < 0).any()) if "fillId" in folder.layout else False
    assert np.shares_memory(rows["window_ids"], rows["input_ids"]) != is_filled
    assert (rows["input_ids"] >= 0).all()


def test_rows_far_apart_and_repeated(case: Case) -> None:
    folder = sluice_reader.open(case.folder, verify="size")
    windows = [case.length - 1, 0, case.length // 2, 0]
    whole = folder.read(range(case.length))
    for name, values in folder.read(windows).items():
        np.testing.assert_array_equal(values, whole[name][windows])


def test_batches_are_in_the_order_of_the_typescript_loader(case: Case) -> None:
    batches = sluice_reader.SluiceBatches(
        case.folder, batch_size=4, shuffle="keyed", seed=7, rank=1, world_size=2, drop_last=False
    )
    assert [windows.tolist() for windows in batches.windows()] == case.keyed
    folder = sluice_reader.open(case.folder)
    for batch, windows in zip(batches, case.keyed):
        assert all(isinstance(values, np.ndarray) for values in batch.values())
        np.testing.assert_array_equal(batch["input_ids"], folder.read(windows)["input_ids"])
    assert batches.epoch == 1


def test_state_is_taken_up_by_another_process(case: Case) -> None:
    def open_batches() -> sluice_reader.SluiceBatches:
        return sluice_reader.SluiceBatches(case.folder, batch_size=2, shuffle="keyed", seed=3)

    first, second = open_batches(), open_batches()
    whole = [windows.tolist() for windows in open_batches().windows()]
    batches = iter(first)
    for _ in range(3):
        next(batches)
    second.load_state_dict(first.state_dict())
    assert [windows.tolist() for windows in second.windows()] == whole[3:]


def test_labels_of_hugging_face(case: Case) -> None:
    """transformers shifts labels once more: `labels[1:]` are `target_ids[:-1]`, and nothing predicts the first id."""
    samples = sluice_reader.SluiceDataset(case.folder, naming="huggingface", as_torch=False)
    rows = sluice_reader.open(case.folder).read([1])
    sample = samples[1]
    assert sample["labels"][0] == -100
    np.testing.assert_array_equal(sample["labels"][1:], rows["target_ids"][0][:-1])
    np.testing.assert_array_equal(sample["input_ids"], rows["input_ids"][0])


def test_a_loop_over_samples_ends_with_the_last(case: Case) -> None:
    samples = sluice_reader.SluiceDataset(case.folder, as_torch=False)
    assert len([sample for sample in samples]) == len(samples)


def test_numpy_alone_is_enough(case: Case) -> None:
    """As for JAX, which takes numpy arrays: torch is neither needed nor imported."""
    list(sluice_reader.SluiceBatches(case.folder, batch_size=3, as_torch=False))
    assert "torch" not in sys.modules


def test_changing_a_batch_changes_no_file(case: Case) -> None:
    folder = sluice_reader.open(case.folder)
    before: Any = folder.read([0])["input_ids"].copy()
    folder.read([0])["input_ids"][...] = 7
    np.testing.assert_array_equal(sluice_reader.open(case.folder).read([0])["input_ids"], before)


def test_a_part_that_is_cut_while_it_is_open_is_an_error(case: Case, tmp_path: Path) -> None:
    """And not the end of the process."""
    copy = tmp_path / "copy"
    shutil.copytree(case.folder, copy)
    folder = sluice_reader.open(copy)
    folder.read([0])
    os.truncate(sorted((copy / "parts").iterdir())[0], 100)
    with pytest.raises(sluice_reader.SluiceError, match=r"was cut to 100 of \d+ bytes while it was open"):
        folder.read([0])


def test_a_part_that_is_replaced_while_it_is_open_is_read_as_it_was(case: Case, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(case.folder, copy)
    folder = sluice_reader.open(copy)
    before = folder.read([0])["input_ids"].copy()
    part = sorted((copy / "parts").iterdir())[0]
    (tmp_path / "other").write_bytes(bytes(part.stat().st_size))
    os.replace(tmp_path / "other", part)
    np.testing.assert_array_equal(folder.read([0])["input_ids"], before)
    with pytest.raises(sluice_reader.SluiceError, match=r"has sha256 [0-9a-f]{64}, the manifest says"):
        sluice_reader.open(copy)


def test_what_is_wrong_is_said(case: Case, tmp_path: Path) -> None:
    folder = sluice_reader.open(case.folder)
    with pytest.raises(sluice_reader.SluiceError, match=rf"Expected windows in \[0, {case.length}\), got -1 to -1"):
        folder.read([-1])
    with pytest.raises(sluice_reader.SluiceError, match="has no column labels; it has input_ids, "):
        folder.read([0], columns=["labels"])
    with pytest.raises(sluice_reader.SluiceError, match=r"it has no manifest\.json"):
        sluice_reader.open(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(case.folder, copy)
    part = sorted((copy / "parts").iterdir())[0]
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    with pytest.raises(sluice_reader.SluiceError, match=r"has sha256 [0-9a-f]{64}, the manifest says"):
        sluice_reader.open(copy)
