from __future__ import annotations

from typing import Any, cast

from ..errors import SluiceError
from .columns import document_rows, least_row_bytes, schema_sha256
from .files import as_sluice_error, read_file
from .json_limits import largest_json_bytes, parse_json
from .lists import check_count, check_lone_ids, inline_or, part_list, read_parts, source_list
from .manifest_types import Layout, Manifest
from .rules import (
    anything,
    array,
    fields,
    file_name,
    nullable,
    number,
    one_of,
    positive,
    record,
    seed,
    sha256,
    short_text,
    text,
    whole,
    whole32,
)

_name = "manifest.json"
_listed_version = 3
_token_files_version = 4
_document_rows_version = 5
_largest_batch_byte_length = 1 << 30
_largest_int32 = 2**31 - 1

_layout = fields(
    {
        "maxLength": positive,
        "vocabSize": positive,
        "embedding": one_of("full", "lazy", "none"),
        "dim": whole32,
        "layout": one_of("nested", "flat", "tensor"),
        "dtype": one_of("f32", "f16", "bf16"),
        "idType": one_of("int32", "uint16"),
        "ids": one_of("once"),
        "fillId": whole,
        "format": one_of("file", "stream"),
        "documents": one_of("none", "ids", "boundaries"),
        "positionIds": one_of(True, False),
        "pieces": one_of(True),
        "kept": fields({"names": array(text), "valueBytes": positive}),
        "firstBlockDim": positive,
        "per": one_of("document"),
        "pool": one_of("mean"),
        "rowsPerBatch": positive,
    },
    optional=("ids", "fillId", "pieces", "kept", "firstBlockDim", "per", "pool"),
)
_table = fields(
    {
        "name": text,
        "shape": array(positive),
        "dtype": one_of("f32", "f16", "bf16"),
        "sha256": sha256,
        "file": file_name,
        "keptIds": fields({"file": file_name, "sha256": sha256, "of": positive}),
        "checkpoint": one_of(True),
    },
    optional=("keptIds", "checkpoint"),
)
_file = fields({"file": file_name, "sha256": sha256})
_model = fields(
    {
        "modelType": text,
        "stage": one_of("inputs-embeds", "first-block"),
        "dtype": one_of("f32", "f16", "bf16"),
        "semantics": one_of(4, 5),
        "tokenTensor": text,
        "config": _file,
        "table": text,
        "scale": number,
        "formula": array(text),
        "exact": one_of(True, False),
        "tolerance": text,
        "provider": text,
        "leftOut": text,
    },
    optional=("tokenTensor", "scale", "tolerance", "provider", "leftOut"),
)
_windows = fields(
    {
        "stride": positive,
        "boundary": one_of("cross", "document"),
        "tail": one_of("drop", "pad", "error"),
        "packing": one_of("none", "best-fit"),
        "shuffle": fields({"seed": seed, "method": one_of("torch.randperm", "keyed")}),
    },
    optional=("tail", "packing", "shuffle"),
)
_counts = {"rows": whole, "tokens": whole, "documents": whole, "byteLength": whole}
_parts = array(fields({"name": file_name, "firstWindow": whole, "sha256": sha256, **_counts}))
_manifest = fields(
    {
        "version": one_of(1, 2, 3, 5),
        "planId": sha256,
        "config": anything,
        "layout": _layout,
        "windows": _windows,
        "identities": fields(
            {
                "tokenizer": fields(
                    {"name": text, "vocabSize": positive, "sha256": sha256, "kind": short_text, "details": record(anything)},
                    optional=("kind", "details"),
                ),
                "tables": array(_table),
                "graph": nullable(_file),
                "model": _model,
                "positions": fields(
                    {"kind": short_text, "sizes": record(anything), "tables": array(text), "formula": text, "source": text}
                ),
                "schema": sha256,
            },
            optional=("model", "positions"),
        ),
        "sources": inline_or(array(fields({"name": text, "byteLength": whole, "sha256": sha256})), source_list),
        "parts": inline_or(_parts, part_list),
        "dropped": record(whole),
        "faults": record(array(fields({"source": whole, "position": whole}))),
        "holes": array(fields({"source": whole, "segment": text, "reason": text})),
        "inputs": fields(
            {"listed": whole, "read": whole, "skipped": record(whole), "first": record(array(text)), "followed": whole}
        ),
        "loneIds": part_list,
        "documentTable": fields(
            {
                "columns": array(fields({"name": text, "field": text, "nulls": whole})),
                "files": array(
                    fields({"name": file_name, "firstDocument": whole, "documents": whole, "byteLength": whole, "sha256": sha256})
                ),
            }
        ),
        "totals": fields({**_counts, "sourceByteLength": whole}),
    },
    optional=("faults", "holes", "inputs", "documentTable", "loneIds"),
)


def read_manifest(folder: str, per: str = "window") -> Manifest:
    """Reads and checks the manifest of a dataset, by the same rules as the TypeScript reader.

    `per` says what a row must be: a "window", or a whole "document". Raises `SluiceError` where the folder has no manifest, one
    of a later version, one that contradicts itself, or one of other rows.
    """
    try:
        bytes_of_manifest = read_file(folder, _name, largest_json_bytes + 1)
    except SluiceError as error:
        if isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError)):
            raise SluiceError(f"{folder} is not a dataset: it has no {_name}") from None
        raise
    with as_sluice_error(folder, _name):
        value = parse_json(bytes_of_manifest)
    version = value.get("version") if isinstance(value, dict) else None
    if version == _token_files_version:
        raise SluiceError(f"{folder} holds token files, not windows: map tokens.bin with numpy.memmap")
    if isinstance(version, (int, float)) and not isinstance(version, bool) and version > _document_rows_version:
        raise SluiceError(
            f"{folder} has a manifest of version {version}, this reader knows up to {_document_rows_version}; upgrade it"
        )
    try:
        _manifest(value, "")
        _check_lists(value)
        if isinstance(value["parts"], dict):
            value["parts"] = read_parts(folder, value["parts"])
        _check_consistent(value)
    except SluiceError as error:
        raise SluiceError(f"{folder}: {_name} is damaged: {error}") from None
    if value["layout"].get("per", "window") != per:
        rows = (
            "has a row for each document: open it with `open_documents`"
            if per == "window"
            else "has windows: open it with `open`"
        )
        raise SluiceError(f"{folder} {rows}")
    return cast(Manifest, value)


def _check_lists(manifest: dict[str, Any]) -> None:
    """Only the version that has lists may name some, and their files hold as many rows as they say."""
    listed = [what for what in ("sources", "parts") if isinstance(manifest[what], dict)]
    version = manifest["version"]
    if version != _document_rows_version and (len(listed) > 0) != (version == _listed_version):
        raise SluiceError(f"a manifest of version {manifest['version']} names {len(listed)} lists")
    for what in listed:
        check_count(manifest[what], what)


def _check_consistent(manifest: dict[str, Any]) -> None:
    """What rules of fields cannot say: numbers that must agree with each other."""
    layout: Layout = manifest["layout"]
    _check_layout(layout)
    if ("per" in layout) != (manifest["version"] == _document_rows_version):
        raise SluiceError(f"a manifest of version {manifest['version']} has other rows")
    least, next_window = least_row_bytes(layout), 0
    for index, part in enumerate(manifest["parts"]):
        if part["firstWindow"] != next_window:
            raise SluiceError(f"{part['name']} begins at window {part['firstWindow']}, expected {next_window}")
        name = f"parts/{index:05d}-{part['sha256'][:16]}.arrow"
        if part["name"] != name:
            raise SluiceError(f"part {index} is called {part['name']!r}, expected {name}")
        most = part["rows"] * layout["maxLength"]
        if part["tokens"] > most or (part["tokens"] < most and "per" not in layout):
            raise SluiceError(f"{name} has {part['tokens']} tokens")
        if part["byteLength"] < part["rows"] * least:
            raise SluiceError(f"{name} has {part['byteLength']} bytes for {part['rows']} rows")
        next_window += part["rows"]
    _check_documents(manifest)
    _check_references(manifest)
    check_lone_ids(manifest)
    totals = {key: sum(part[key] for part in manifest["parts"]) for key in _counts}
    sources = manifest["sources"]
    listed = isinstance(sources, dict)
    totals["sourceByteLength"] = sources["byteLength"] if listed else sum(source["byteLength"] for source in sources)
    if totals != manifest["totals"]:
        raise SluiceError(f"`totals` is {manifest['totals']}, the parts add up to {totals}")
    if manifest["identities"]["schema"] != schema_sha256(layout):
        raise SluiceError("`identities.schema` does not belong to `layout`")


def _check_references(manifest: dict[str, Any]) -> None:
    """Only a lazy dataset of a model refers to tensors of a checkpoint, which lie whole in a file of its folder."""
    for table in manifest["identities"]["tables"]:
        if "checkpoint" not in table:
            continue
        is_lazy = manifest["layout"]["embedding"] == "lazy" and "model" in manifest["identities"]
        if not is_lazy or "keptIds" in table or "/" in table["file"] or not table["file"].endswith(".safetensors"):
            raise SluiceError(f"{table['name']} cannot be a tensor of a checkpoint")


def _check_documents(manifest: dict[str, Any]) -> None:
    """The table of documents has the columns that the layout keeps, and its files all documents of their place."""
    kept, table = manifest["layout"].get("kept"), manifest.get("documentTable")
    if kept is None or table is None:
        if kept is not None or table is not None:
            raise SluiceError("`documentTable` does not belong to `layout`")
        return
    if [column["name"] for column in table["columns"]] != kept["names"]:
        raise SluiceError("`documentTable` has other columns than `layout`")
    _, per_file = document_rows(kept)
    for index, file in enumerate(table["files"]):
        is_last = index == len(table["files"]) - 1
        is_full = file["documents"] == per_file or (is_last and file["documents"] <= per_file)
        if file["firstDocument"] != index * per_file or not is_full:
            raise SluiceError(f"{file['name']} has not the documents of its place")
        if file["name"] != f"documents/{index:05d}-{file['sha256'][:16]}.arrow":
            raise SluiceError(f"{file['name']} is not named after its place and content")


def _check_layout(layout: Layout) -> None:
    """The bounds that the writer keeps, so that nothing is allocated that a dataset cannot need."""
    if (layout["embedding"] == "none") != (layout["dim"] == 0):
        raise SluiceError(f"`layout.dim` is {layout['dim']} with embeddings {layout['embedding']}")
    if layout["idType"] == "uint16" and layout["vocabSize"] > 1 << 16:
        raise SluiceError(f"`layout.vocabSize` is {layout['vocabSize']} with uint16 ids")
    if "pool" in layout and ("per" not in layout or layout["embedding"] != "full" or layout["dtype"] != "f32"):
        raise SluiceError("`layout.pool` does not belong to its rows")
    fill = layout.get("fillId")
    if "ids" in layout and "pieces" in layout:
        raise SluiceError("`layout.ids` is once with packed rows")
    if fill is not None and ("ids" not in layout or layout["idType"] == "uint16" or fill >= layout["vocabSize"]):
        raise SluiceError(f"`layout.fillId` is {fill}")
    row = least_row_bytes(layout)
    too_long = layout["maxLength"] * max(1, layout["dim"]) > _largest_int32
    if too_long or row * layout["rowsPerBatch"] > _largest_batch_byte_length:
        raise SluiceError(f"a record batch of {layout['rowsPerBatch']} rows of {row} bytes cannot be")
