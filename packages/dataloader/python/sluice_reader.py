"""Read a Sluice dataset for training: one file, numpy and pyarrow; torch if it is there.

    from sluice_reader import SluiceBatches
    for batch in SluiceBatches("dataset", batch_size=8, shuffle="keyed", seed=1):
        batch["input_ids"], batch["target_ids"], batch["inputs_embeds"]

`SluiceFolder` is random access in numpy, `SluiceDataset` a map-style torch dataset for samplers of your own, and
`SluiceBatches` an iterable torch dataset that gives whole batches: the same batches, for the same seed, epoch, rank
and position, as `createDataLoader` of @sluice/dataloader, and with states that either side goes on from.

Arrays are views of the mapped files where rows lie together. The mapping is copy-on-write: changing a batch in place
changes neither the file nor what other processes read.
"""

import hashlib
import json
import math
import mmap
import os

import numpy as np
import pyarrow as pa

try:
    import torch
    from torch.utils.data import Dataset as _Dataset, IterableDataset as _IterableDataset, get_worker_info
except ImportError:  # numpy alone
    torch = None
    _Dataset = _IterableDataset = object

    def get_worker_info():
        return None


class SluiceError(Exception):
    """A folder that is no intact dataset, or an argument that cannot be."""


# -- orders: the same numbers as packages/dataloader/src/order ---------------------------------------------------------

_WORD = 0xFFFFFFFF
_WINDOWS, _BLOCKS, _GROUP, _TAIL = 0, 1, 2, 3
_ROUNDS = 6
_FEWEST_BITS = 10


def _mix(word):
    """The finalizer of MurmurHash3 (Austin Appleby, public domain), on Python integers."""
    word = (word ^ word >> 16) * 0x85EBCA6B & _WORD
    word = (word ^ word >> 13) * 0xC2B2AE35 & _WORD
    return word ^ word >> 16


def _mix_array(words):
    """The same on uint32 arrays, whose products wrap around by themselves."""
    words = (words ^ (words >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    words = (words ^ (words >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return words ^ (words >> np.uint32(16))


def _hash(words):
    state = 0
    for word in words:
        state = _mix(((state * 5 + 0x9E3779B9) & _WORD) ^ word)
    return state


def _words_of(value):
    return [value & _WORD, value >> 32 & _WORD]


class KeyedPermutation:
    """A permutation of 0 .. length-1, computed and not listed: a Feistel network, walked until it falls below `length`."""

    def __init__(self, length, seed, epoch=0, stream=(_WINDOWS,)):
        words = [*stream, *_words_of(seed), *_words_of(epoch)]
        keys = [_hash([number, *words]) for number in range(_ROUNDS)]
        bits = max(_FEWEST_BITS, (length - 1).bit_length())
        self.length = length
        self._keys = np.array(keys, dtype=np.uint32)
        self._low_bits = np.uint64((bits + 1) // 2)
        self._low_mask = np.uint32((1 << (bits + 1) // 2) - 1)
        self._high_mask = np.uint32((1 << bits // 2) - 1)

    def __call__(self, positions):
        values = self._scramble(np.asarray(positions, dtype=np.uint64))
        outside = np.flatnonzero(values >= self.length)
        while outside.size > 0:
            values[outside] = self._scramble(values[outside])
            outside = outside[values[outside] >= self.length]
        return values.astype(np.int64)

    def _scramble(self, values):
        high = (values >> self._low_bits).astype(np.uint32)
        low = values.astype(np.uint32) & self._low_mask
        for number in range(0, _ROUNDS, 2):
            high ^= _mix_array(low ^ self._keys[number]) & self._high_mask
            low ^= _mix_array(high ^ self._keys[number + 1]) & self._low_mask
        return (high.astype(np.uint64) << self._low_bits) | low


class BlockShuffle:
    """Blocks of consecutive windows in a keyed order, the windows of `blocks_together` neighbours permuted among themselves."""

    def __init__(self, length, block_size, blocks_together, seed, epoch=0):
        self.length = length
        self._size, self._together = block_size, blocks_together
        self._seed, self._epoch = seed, epoch
        full = length // block_size
        self._blocks = KeyedPermutation(full, seed, epoch, (_BLOCKS,))
        self._tail = length - full * block_size
        self._slots = full + (self._tail > 0)
        self._tail_slot = self._tail_place() if self._tail > 0 else self._slots

    def __call__(self, positions):
        positions = np.asarray(positions, dtype=np.int64)
        windows = np.empty_like(positions)
        left = np.arange(positions.size)
        while left.size > 0:
            number, start, end = self._group_of(int(positions[left[0]]))
            at = positions[left]
            inside = (at >= start) & (at < end)
            order = KeyedPermutation(end - start, self._seed, self._epoch, (_GROUP, *_words_of(number)))
            windows[left[inside]] = self._windows_at(start + order(at[inside] - start))
            left = left[~inside]
        return windows

    def _windows_at(self, positions):
        size, tail_start = self._size, self._tail_slot * self._size
        in_tail = (positions >= tail_start) & (positions < tail_start + self._tail)
        within = np.where(positions < tail_start, positions, positions - self._tail)
        slots = np.where(in_tail, 0, within // size)
        blocks = self._blocks(slots) if self._blocks.length > 0 else slots
        windows = blocks * size + within % size
        return np.where(in_tail, self._blocks.length * size + positions - tail_start, windows)

    def _group_of(self, position):
        after_tail = position - self._tail_slot * self._size - self._tail
        slot = position // self._size if after_tail < 0 else self._tail_slot + 1 + after_tail // self._size
        number = slot // self._together
        last = min((number + 1) * self._together, self._slots)
        return number, self._start_of(number * self._together), self._start_of(last)

    def _start_of(self, slot):
        return slot * self._size if slot <= self._tail_slot else (slot - 1) * self._size + self._tail

    def _tail_place(self):
        words = [_TAIL, *_words_of(self._seed), *_words_of(self._epoch)]
        unit = (_hash([0, *words]) * 2**21 + (_hash([1, *words]) >> 11)) / 2**53
        return math.floor(unit * self._slots)


# -- the dataset -------------------------------------------------------------------------------------------------------

_CHUNK = 4 << 20
_DTYPES = {"int32": np.int32, "uint16": np.uint16, "f32": np.float32, "f16": np.float16, "bf16": np.uint16}


def _sha256(buffer):
    digest, view = hashlib.sha256(), memoryview(buffer)
    for start in range(0, len(view), _CHUNK):
        digest.update(view[start : start + _CHUNK])
    return digest.hexdigest()


def _map_file(path):
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


class SluiceFolder:
    """Random access to the windows of a dataset, in numpy.

    `verify`: "hash" checks the sha256 of every part (about a second for each gigabyte) when the folder is opened;
    "size" checks sizes only, for datasets whose parts are too many to read first. Tables are always checked.
    """

    def __init__(self, folder, verify="hash"):
        if verify not in ("hash", "size"):
            raise SluiceError(f'Expected `verify` to be "hash" or "size", got {verify!r}')
        self.folder = os.fspath(folder)
        try:
            with open(os.path.join(self.folder, "manifest.json"), "rb") as file:
                self.manifest = json.load(file)
        except FileNotFoundError:
            raise SluiceError(f"{self.folder} is not a dataset: it has no manifest.json") from None
        if self.manifest.get("version") != 1:
            raise SluiceError(f"{self.folder} has a manifest of version {self.manifest.get('version')}, expected 1")
        self.layout = self.manifest["layout"]
        self.length = self.manifest["totals"]["rows"]
        self.max_length = self.layout["maxLength"]
        self._reset()
        self._check_parts(verify)

    def __len__(self):
        return self.length

    def __getstate__(self):
        # Mappings are not for other processes; there they are made again, and what was verified stays verified.
        kept = {key: value for key, value in self.__dict__.items() if key not in ("_batches", "_tables", "_starts")}
        return kept

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._reset()

    @property
    def columns(self):
        """Names of the arrays that `read` gives."""
        names = ["input_ids", "target_ids"]
        if self.layout["embedding"] != "none":
            names.append("inputs_embeds")
        if self.layout["positionIds"]:
            names.append("position_ids")
        if self.layout["documents"] == "ids":
            names.append("document_ids")
        return names

    def read(self, windows, columns=None):
        """The rows of the given windows by column: `[rows, T]`, and `[rows, T, D]` for `inputs_embeds`.

        Views where the windows are consecutive and lie in one record batch. bf16 embeddings are their bits in uint16.
        """
        windows = np.asarray(windows, dtype=np.int64).reshape(-1)
        if windows.size > 0 and not (0 <= windows.min() and windows.max() < self.length):
            raise SluiceError(f"Expected windows in [0, {self.length}), got {windows.min()} to {windows.max()}")
        columns = self.columns if columns is None else columns
        lazy = "inputs_embeds" in columns and self.layout["embedding"] == "lazy"
        stored = [name for name in columns if not (lazy and name == "inputs_embeds")]
        rows = self._gather(windows, stored)
        if lazy:
            ids = rows["input_ids"] if "input_ids" in rows else self._gather(windows, ["input_ids"])["input_ids"]
            rows["inputs_embeds"] = self._embed(ids, windows)
        return {name: rows[name] for name in columns}

    def _gather(self, windows, columns):
        batches = np.searchsorted(self._starts, windows, side="right") - 1
        rows = windows - self._starts[batches]
        if windows.size > 0 and (batches == batches[0]).all():
            arrays = self._batch(int(batches[0]))
            first, count = int(rows[0]), rows.size
            if (rows == np.arange(first, first + count)).all():
                return {name: arrays[name][first : first + count] for name in columns}
            return {name: arrays[name].take(rows, axis=0) for name in columns}
        gathered = {name: np.empty((windows.size, *self._shape(name)), self._dtype(name)) for name in columns}
        for batch in np.unique(batches):
            here = np.flatnonzero(batches == batch)
            arrays = self._batch(int(batch))
            for name in columns:
                gathered[name][here] = arrays[name][rows[here]]
        return gathered

    def _embed(self, ids, windows):
        token, position = self._load_tables()
        sums = token[ids]
        if position is not None:
            places = self._gather(windows, ["position_ids"])["position_ids"] if self.layout["positionIds"] else None
            sums += position[: self.max_length] if places is None else position[places]
        if self.layout["dtype"] == "f32":
            return sums
        if self.layout["dtype"] == "f16":
            return sums.astype(np.float16)
        bits = sums.view(np.uint32)
        return ((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)).astype(np.uint16)

    def _shape(self, name):
        return (self.max_length, self.layout["dim"]) if name == "inputs_embeds" else (self.max_length,)

    def _dtype(self, name):
        if name == "inputs_embeds":
            return _DTYPES[self.layout["dtype"]]
        return _DTYPES[self.layout["idType"]] if name in ("input_ids", "target_ids") else np.int32

    def _reset(self):
        per_batch = self.layout["rowsPerBatch"]
        starts = [
            part["firstWindow"] + row for part in self.manifest["parts"] for row in range(0, part["rows"], per_batch)
        ]
        self._starts = np.array(starts, dtype=np.int64)
        self._batches, self._tables = {}, None

    def _batch(self, number):
        """The columns of a record batch: views of the mapped file, made when its part is first needed."""
        if number not in self._batches:
            start = int(self._starts[number])
            part = next(p for p in reversed(self.manifest["parts"]) if p["firstWindow"] <= start)
            first = int(np.searchsorted(self._starts, part["firstWindow"]))
            for offset, arrays in enumerate(self._map_part(part)):
                self._batches[first + offset] = arrays
        return self._batches[number]

    def _map_part(self, part):
        mapped = _map_file(os.path.join(self.folder, part["name"]))
        buffer = pa.py_buffer(mapped)
        if self.layout["format"] == "file":
            reader = pa.ipc.open_file(buffer)
            batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]
        else:
            batches = list(pa.ipc.open_stream(buffer))
        if sum(batch.num_rows for batch in batches) != part["rows"]:
            raise SluiceError(f"{part['name']} has other rows than the {part['rows']} of the manifest")
        stored = [name for name in self.columns if name != "inputs_embeds" or self.layout["embedding"] == "full"]
        return [{name: self._view(batch, name, mapped, buffer) for name in stored} for batch in batches]

    def _view(self, batch, name, mapped, buffer):
        array = batch.column(batch.schema.get_field_index(name))
        if isinstance(array, pa.ExtensionArray):
            array = array.storage
        while isinstance(array, pa.FixedSizeListArray):
            array = array.values
        data, dtype, shape = array.buffers()[1], self._dtype(name), (batch.num_rows, *self._shape(name))
        count = math.prod(shape)
        if array.null_count > 0 or len(array) != count or array.type.bit_width != np.dtype(dtype).itemsize * 8:
            raise SluiceError(f"{self.folder}: column {name} is {array.type}, {len(array)} values, expected {shape}")
        # From the mapping and not from Arrow, whose arrays torch would warn about: they are read-only.
        return np.frombuffer(mapped, dtype, count, data.address - buffer.address).reshape(shape)

    def _check_parts(self, verify):
        for part in self.manifest["parts"]:
            path = os.path.join(self.folder, part["name"])
            size = os.path.getsize(path) if os.path.exists(path) else None
            if size != part["byteLength"]:
                found = "is missing" if size is None else f"has {size} bytes"
                raise SluiceError(f"{part['name']} {found}, the manifest says {part['byteLength']} bytes")
            if verify == "hash":
                with _map_file(path) as mapped:
                    self._check_hash(part["name"], _sha256(mapped), part["sha256"])

    def _check_hash(self, name, found, expected):
        if found != expected:
            raise SluiceError(f"{self.folder}: {name} has sha256 {found}, the manifest says {expected}")

    def _load_tables(self):
        if self._tables is None:
            tables = {table["name"]: self._load_table(table) for table in self.manifest["identities"]["tables"]}
            if "wte.weight" not in tables:
                raise SluiceError(f"{self.folder} is lazy but its manifest names no table wte.weight")
            self._tables = tables["wte.weight"], tables.get("wpe.weight")
        return self._tables

    def _load_table(self, table):
        """A float32 table of a safetensors file: https://github.com/huggingface/safetensors#format."""
        mapped = _map_file(os.path.join(self.folder, table["file"]))
        size = int.from_bytes(mapped[:8], "little")
        if size > len(mapped) - 8:
            raise SluiceError(f"{table['file']} is damaged: a header of {size} bytes cannot be")
        try:
            tensor = json.loads(mapped[8 : 8 + size]).get(table["name"])
        except ValueError as error:
            raise SluiceError(f"{table['file']} is damaged: its header is not JSON") from error
        if tensor is None or tensor["dtype"] != "F32" or tensor["shape"] != table["shape"]:
            raise SluiceError(f"{table['file']} has no F32 tensor {table['name']} of shape {table['shape']}")
        values = np.frombuffer(mapped, np.float32, math.prod(table["shape"]), 8 + size + tensor["data_offsets"][0])
        self._check_hash(table["name"], _sha256(values.view(np.uint8)), table["sha256"])
        return values.reshape(table["shape"])


# -- samples -----------------------------------------------------------------------------------------------------------


class _Samples:
    """What a sample or batch is given as.

    naming "sluice": a dict by column. "pair": `(input_ids, target_ids)`, as the book's data loader gives it.
    "huggingface": `input_ids` and `labels`, or `inputs_embeds` and `labels` with `embeds=True`. The labels are the input ids
    themselves, because transformers' models shift them; GPT-2 of transformers adds its own positions to `inputs_embeds`.
    """

    def __init__(self, folder, naming, embeds, int64, as_torch):
        if naming not in ("sluice", "pair", "huggingface"):
            raise SluiceError(f'Expected `naming` to be "sluice", "pair" or "huggingface", got {naming!r}')
        if as_torch and torch is None:
            raise SluiceError("Expected torch to be installed, or `as_torch=False` for numpy arrays")
        has_embeds = folder.layout["embedding"] != "none"
        if embeds and not has_embeds:
            raise SluiceError(f"{folder.folder} has no embeddings; make the dataset again with embeddings full or lazy")
        embeds = has_embeds and naming == "sluice" if embeds is None else embeds
        columns = [name for name in folder.columns if embeds or name != "inputs_embeds"]
        self.folder, self.naming, self.int64, self.as_torch = folder, naming, int64, as_torch
        self.embeds = embeds
        self.columns = columns if naming == "sluice" else columns[:2] + ["inputs_embeds"] * embeds

    def read(self, windows):
        rows = {name: self._convert(name, array) for name, array in self.folder.read(windows, self.columns).items()}
        if self.naming == "pair":
            return tuple(rows.values())
        if self.naming == "huggingface":
            first = "inputs_embeds" if self.embeds else "input_ids"
            return {first: rows[first], "labels": rows["input_ids"]}
        return rows

    def _convert(self, name, array):
        if name != "inputs_embeds" and (self.int64 or self.naming == "huggingface"):
            array = array.astype(np.int64)
        if not self.as_torch:
            return array
        tensor = torch.from_numpy(array)
        bf16 = name == "inputs_embeds" and self.folder.layout["dtype"] == "bf16"
        return tensor.view(torch.bfloat16) if bf16 else tensor


class SluiceDataset(_Dataset):
    """A map-style dataset: one window a sample, for `torch.utils.data` samplers and Hugging Face's `Trainer`."""

    def __init__(self, folder, *, naming="sluice", embeds=None, int64=False, as_torch=True, verify="hash"):
        self.folder = folder if isinstance(folder, SluiceFolder) else SluiceFolder(folder, verify)
        self._samples = _Samples(self.folder, naming, embeds, int64, as_torch)

    def __len__(self):
        return len(self.folder)

    def __getitem__(self, window):
        return self.__getitems__([window])[0]

    def __getitems__(self, windows):
        """Many at once: `DataLoader` asks for a whole batch so, and they are read together."""
        rows = self._samples.read(windows)
        if isinstance(rows, tuple):
            return list(zip(*rows))
        return [{name: array[row] for name, array in rows.items()} for row in range(len(windows))]


class SluiceBatches(_IterableDataset):
    """An iterable dataset of whole batches, in the order of `createDataLoader` with `shuffle` false, 'keyed' or 'block'.

    Use it directly, or in a `DataLoader` with `batch_size=None`: workers take batches in turn, so any number of them gives the
    same batches in the same order. Iterated directly it moves on to the next epoch by itself; in a `DataLoader` with workers call
    `set_epoch` before each epoch, and give `state_dict` the number of batches taken, which only the caller knows.
    """

    def __init__(
        self, folder, *, batch_size, shuffle=False, seed=0, epoch=0, rank=0, world_size=1, drop_last=True, uneven="pad",
        block_size=None, blocks_together=4, naming="sluice", embeds=None, int64=False, as_torch=torch is not None,
        verify="hash",
    ):  # fmt: skip
        if shuffle not in (False, "keyed", "block") or uneven not in ("pad", "drop"):
            raise SluiceError(f'Expected `shuffle` False, "keyed" or "block" and `uneven` "pad" or "drop", got {shuffle!r}, {uneven!r}')
        if not (batch_size >= 1 and 0 <= rank < world_size):
            raise SluiceError(f"Expected a positive `batch_size` and `rank` < `world_size`, got {batch_size}, {rank} of {world_size}")
        self.folder = folder if isinstance(folder, SluiceFolder) else SluiceFolder(folder, verify)
        self._samples = _Samples(self.folder, naming, embeds, int64, as_torch)
        self.batch_size, self.rank, self.world_size = batch_size, rank, world_size
        self.drop_last, self.uneven = drop_last, uneven
        self._seed = seed % 2**64
        self._order = {"kind": shuffle or "sequential", "length": len(self.folder)}
        if shuffle:
            self._order["seed"] = str(self._seed)
        if shuffle == "block":
            self._order["blockSize"] = block_size or self.folder.layout["rowsPerBatch"]
            self._order["blocksTogether"] = blocks_together
        # Epoch, and position to start from; shared, so that workers that stay see what `set_epoch` sets.
        place = [epoch, 0]
        self._place = place if torch is None else torch.tensor(place, dtype=torch.int64).share_memory_()
        self._taken = 0

    @property
    def epoch(self):
        return int(self._place[0])

    def __len__(self):
        """Batches that are left of the epoch, the same for every rank."""
        left = max(0, len(self.folder) - int(self._place[1])) / self.world_size
        batches = (math.ceil(left) if self.uneven == "pad" else math.floor(left)) / self.batch_size
        return math.floor(batches) if self.drop_last else math.ceil(batches)

    def set_epoch(self, epoch):
        """Makes the next iteration epoch `epoch`, from its beginning."""
        self._place[0], self._place[1], self._taken = epoch, 0, 0

    def state_dict(self, batches=None):
        """Where the run is after `batches` batches of this iteration, by default those taken from it directly."""
        start, length = int(self._place[1]), len(self.folder)
        taken = self._taken if batches is None else batches
        consumed = min(max(start, length), start + taken * self.batch_size * self.world_size)
        source = f"dataset:{self.folder.manifest['planId']}"
        return {"version": 1, "source": source, "order": dict(self._order), "epoch": self.epoch, "consumed": consumed}

    def load_state_dict(self, state):
        """Goes on from a state of either side, with any batch size and number of ranks."""
        own = self.state_dict(0)
        for key in ("version", "source", "order"):
            if state.get(key) != own[key]:
                raise SluiceError(f"The state has {key} {state.get(key)}, this dataset has {own[key]}")
        self._place[0], self._place[1], self._taken = state["epoch"], state["consumed"], 0

    def windows(self):
        """The windows of each batch of this rank, as arrays, from the current position on."""
        for _, windows in self._numbered_windows(0, 1):
            yield windows

    def __iter__(self):
        worker = get_worker_info()
        if worker is not None:
            for _, windows in self._numbered_windows(worker.id, worker.num_workers):
                yield self._samples.read(windows)
            return
        self._taken = 0
        for _, windows in self._numbered_windows(0, 1):
            batch = self._samples.read(windows)
            self._taken += 1
            yield batch
        self.set_epoch(self.epoch + 1)

    def _numbered_windows(self, first, step):
        """Every `step`-th batch from `first` on. Orders are computed for some thousand windows at a time."""
        order, length, start = self._make_order(), len(self.folder), int(self._place[1])
        left = max(0, length - start) / self.world_size
        mine = math.ceil(left) if self.uneven == "pad" else math.floor(left)
        numbers = range(first, len(self), step)
        at_once = max(1, 4096 // self.batch_size)
        for chunk in (numbers[at : at + at_once] for at in range(0, len(numbers), at_once)):
            counts = [min(self.batch_size, mine - number * self.batch_size) for number in chunk]
            rows = [number * self.batch_size + np.arange(count) for number, count in zip(chunk, counts)]
            positions = start + np.concatenate(rows) * self.world_size + self.rank
            windows = order(positions % length)
            yield from zip(chunk, np.split(windows, np.cumsum(counts)[:-1]))

    def _make_order(self):
        order, length = self._order, len(self.folder)
        if order["kind"] == "keyed":
            return KeyedPermutation(length, self._seed, self.epoch)
        if order["kind"] == "block":
            return BlockShuffle(length, order["blockSize"], order["blocksTogether"], self._seed, self.epoch)
        return lambda positions: positions
