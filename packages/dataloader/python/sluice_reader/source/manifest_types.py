"""What of a manifest reading needs, as types."""

from __future__ import annotations

from typing import TypedDict


class _LayoutOfAll(TypedDict):
    maxLength: int
    vocabSize: int
    embedding: str
    dim: int
    layout: str
    dtype: str
    idType: str
    format: str
    documents: str
    positionIds: bool
    rowsPerBatch: int


class Kept(TypedDict):
    """Columns of texts that each row has from the document of its first id."""

    names: list[str]
    valueBytes: int


class Layout(_LayoutOfAll, total=False):
    """How windows are stored.

    `ids` is there where ids are kept once, with `fillId` where rows are filled up; `pieces` in packed datasets, `kept` where
    documents carry values along, `firstBlockDim` with a model's first block, `per` where a row is a whole document,
    `pool` where it holds the mean of its vectors.
    """

    ids: str
    fillId: int
    pieces: bool
    kept: Kept
    firstBlockDim: int
    per: str
    pool: str


class Part(TypedDict):
    """One Arrow file of consecutive windows."""

    name: str
    firstWindow: int
    rows: int
    tokens: int
    documents: int
    byteLength: int
    sha256: str


class KeptIds(TypedDict):
    """The ids whose rows a pruned table has, in a .npy of int32; `of` are the rows of the whole table."""

    file: str
    sha256: str
    of: int


class _TableOfAll(TypedDict):
    name: str
    file: str
    shape: list[int]
    dtype: str
    sha256: str


class Table(_TableOfAll, total=False):
    """An embedding table of a lazy dataset, in a safetensors file. `keptIds` is there where it is pruned.

    With `checkpoint` the dataset has no copy: `file` is a file of the model's folder, which the caller names.
    """

    keptIds: KeptIds
    checkpoint: bool


class Source(TypedDict):
    """One file of the corpus; the column `source` counts them."""

    name: str
    byteLength: int
    sha256: str


class DocumentFile(TypedDict):
    """One Arrow file of the table of documents."""

    name: str
    firstDocument: int
    documents: int
    byteLength: int
    sha256: str


class KeptColumn(TypedDict):
    """A column of the table of documents: the field that it is from, and how many documents have no value."""

    name: str
    field: str
    nulls: int


class DocumentTable(TypedDict):
    columns: list[KeptColumn]
    files: list[DocumentFile]


class ListFile(TypedDict):
    rows: int
    byteLength: int
    sha256: str


class SourceList(TypedDict):
    """Many sources: Arrow files `lists/sources-*.arrow`, which pyarrow reads."""

    count: int
    byteLength: int
    files: list[ListFile]


class LoneIds(TypedDict):
    """The documents of one id: Arrow files `lists/lone-ids-*.arrow` with the columns `document` and `id`."""

    count: int
    files: list[ListFile]


class Totals(TypedDict):
    rows: int
    tokens: int
    documents: int
    byteLength: int
    sourceByteLength: int


class _ModelOfAll(TypedDict):
    modelType: str
    stage: str
    dtype: str
    table: str


class Model(_ModelOfAll, total=False):
    """The model whose vectors the rows have: `scale` is the factor on the rows of `table`, 1 where it is absent."""

    scale: float


class _IdentitiesOfAll(TypedDict):
    tables: list[Table]
    schema: str


class Identities(_IdentitiesOfAll, total=False):
    """What the dataset was made with. `model` is there where a model's own embeddings were taken."""

    model: Model


class _ManifestOfAll(TypedDict):
    version: int
    planId: str
    layout: Layout
    totals: Totals
    sources: list[Source] | SourceList
    parts: list[Part]
    identities: Identities


class Manifest(_ManifestOfAll, total=False):
    """`manifest.json` of versions 1 to 3, with the parts of its list.

    `documentTable` is there where documents carry values along, `loneIds` where documents of one id have no window.
    """

    documentTable: DocumentTable
    loneIds: LoneIds
