"""Datasets that the TypeScript packages wrote, and what is in them: the folder that `SLUICE_TEST_DATASETS` names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Case(NamedTuple):
    """A dataset and what its own reader found there."""

    folder: Path
    length: int
    max_length: int
    dim: int
    #: Rows of each column, flat: input_ids, target_ids, and inputs_embeds where there are any.
    rows: dict[str, list[float]]
    #: The windows of each batch of `createDataLoader` with batches of 4, keyed, seed 7, rank 1 of 2.
    keyed: list[list[int]]


datasets = Path(os.environ["SLUICE_TEST_DATASETS"])
expected: dict[str, Any] = json.loads((datasets / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(params=sorted(expected))
def case(request: pytest.FixtureRequest) -> Case:
    return Case(datasets / request.param, **expected[request.param])
