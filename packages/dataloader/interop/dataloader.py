"""The Python reader and torch itself against the TypeScript loader: called by dataloader.ts with a folder of datasets and cases."""

import copy
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch.utils.data import DataLoader, Dataset, DistributedSampler, RandomSampler

root = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(root / "packages/dataloader/python"), str(root / "packages/dataloader/examples"), str(Path(__file__).parent)]
from sluice_reader import BlockShuffle, KeyedPermutation, SluiceBatches, SluiceDataset, SluiceError, SluiceFolder, SluiceMixture  # noqa: E402
from train_gpt import train  # noqa: E402
from check_loaders import check_accelerate, check_stateful, check_trainer  # noqa: E402

torch.set_num_threads(1)
work = Path(sys.argv[1])
cases = json.loads((work / "cases.json").read_text())


def sha256(array):
    if isinstance(array, torch.Tensor):
        array = (array.view(torch.int16) if array.dtype == torch.bfloat16 else array).numpy()
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def check(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: got {str(found)[:300]}, expected {str(expected)[:300]}")


def options_of(case, **more):
    return {"batch_size": case["batchSize"], **case["options"], **more}


def check_orders():
    for case in cases["keyed"]:
        seed, epoch = int(case["seed"]), case["epoch"]
        positions = np.array(case["positions"], dtype=np.int64)
        check(f"keyed {case}", KeyedPermutation(case["length"], seed, epoch)(positions).tolist(), case["windows"])
        sizes = case["blockSize"], case["blocksTogether"]
        check(f"block {case}", BlockShuffle(case["length"], *sizes, seed, epoch)(positions).tolist(), case["blockWindows"])
    return len(cases["keyed"])


def check_batches():
    batches = 0
    for case in cases["batches"]:
        dataset = SluiceBatches(work / case["folder"], **options_of(case))
        if case["state"] is not None:
            dataset.load_state_dict(case["state"])
        check(f"length of {case['folder']} {case['options']}", len(dataset), len(case["batches"]))
        for number, (batch, expected) in enumerate(zip(dataset, case["batches"], strict=True)):
            hashes = {name: sha256(array) for name, array in batch.items()}
            check(f"batch {number} of {case['folder']} {case['options']}", hashes, expected["hashes"])
            if number + 1 < len(case["batches"]):
                check("state", dataset.state_dict(), expected["state"])
            batches += 1
    return batches


def check_mixtures():
    """The same windows in the same batches, with the same states, for the same seed, epoch, rank and weights."""
    batches = 0
    for case in cases["mixtures"]:
        sources = [(work / folder, weight) for folder, weight in case["sources"]]
        mixture = SluiceMixture(sources, windows_per_epoch=case["windowsPerEpoch"])
        columns = ["input_ids", "target_ids", "id"]
        dataset = SluiceBatches(mixture, columns=columns, **options_of(case))
        if case["state"] is not None:
            dataset.load_state_dict(case["state"])
        about = f"{case['sources']} {case['options']}"
        check(f"length of {about}", len(dataset), len(case["batches"]))
        for number, (batch, expected) in enumerate(zip(dataset, case["batches"], strict=True)):
            found = {name: rows if isinstance(rows, list) else sha256(rows) for name, rows in batch.items()}
            check(f"batch {number} of {about}", found, expected["hashes"])
            if number + 1 < len(case["batches"]):
                check(f"state of {about}", dataset.state_dict(), expected["state"])
            batches += 1
    return batches


def check_kept():
    """Kept columns, by the reader and by pyarrow."""
    folder = SluiceFolder(work / "kept")
    table = pa.concat_tables(pa.ipc.open_file(path).read_all() for path in sorted((work / "kept/parts").glob("*.arrow")))
    table.validate(full=True)
    for windows in (range(len(folder)), range(0, len(folder), 3), [5, 2, 2, 40]):
        rows = folder.read(list(windows), ["id", "Straße", "window"])
        for name in ("id", "Straße"):
            expected = [None if window % 5 == 4 else f"{name} of {window}" for window in windows]
            check(f"kept {name}", rows[name], expected)
            check(f"kept {name} by pyarrow", table[name].take(list(windows)).to_pylist(), expected)


def check_workers():
    """Any number of workers gives the same batches in the same order, epoch after epoch."""
    for shuffle in (False, "keyed", "block"):
        dataset = SluiceBatches(work / "full", batch_size=5, shuffle=shuffle, seed=4, drop_last=False, rank=1, world_size=2)
        staying = DataLoader(dataset, batch_size=None, num_workers=2, persistent_workers=True)
        seen = []
        for epoch in range(2):
            dataset.set_epoch(epoch)
            expected = [sha256(batch["inputs_embeds"]) for batch in copy.copy(dataset)]
            dataset.set_epoch(epoch)
            workers = epoch + 1
            loader = DataLoader(dataset, batch_size=None, num_workers=workers)
            check(f"{workers} workers", [sha256(batch["inputs_embeds"]) for batch in loader], expected)
            dataset.set_epoch(epoch)
            check(f"2 workers that stay, epoch {epoch}", [sha256(batch["inputs_embeds"]) for batch in staying], expected)
            seen.append(expected)
        check("the second epoch is the first one again", seen[0] == seen[1], shuffle is False)


def check_map_style():
    """`SluiceDataset` in torch's DataLoader with torch's own samplers gives what the TypeScript loader gives."""
    for case in cases["torchSamplers"]:
        dataset = SluiceDataset(work / case["folder"])
        sampler = DistributedSampler(dataset, case["worldSize"], case["rank"], shuffle=True, seed=case["seed"])
        sampler.set_epoch(case["epoch"])
        for workers in (0, 2):
            loader = DataLoader(dataset, batch_size=case["batchSize"], sampler=sampler, num_workers=workers)
            for batch, expected in zip(loader, case["hashes"], strict=True):
                check(f"torch samplers {case['folder']}", {name: sha256(array) for name, array in batch.items()}, expected)


class Range(Dataset):
    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return index


def check_torch():
    """torch's own DataLoader, live, over as many items: order, and where it leaves its generators."""
    for case in cases["torch"]:
        items = Range(case["n"])
        generator = torch.Generator().manual_seed(case["seed"]) if case["generator"] == "own" else None
        torch.manual_seed(case["seed"])
        sampler = None
        if case["numSamples"] is not None:
            sampler = RandomSampler(items, case["replacement"], case["numSamples"], generator=generator)
        loader = DataLoader(
            items, case["batchSize"], shuffle=None if sampler else case["shuffle"], sampler=sampler,
            drop_last=case["dropLast"], generator=generator,
        )  # fmt: skip
        for number, expected in enumerate(case["epochs"]):
            check(f"epoch {number} of {case}", [batch.tolist() for batch in loader], expected)
        state = (generator.get_state() if generator else torch.get_rng_state()).numpy()
        check(f"generator after {case}", sha256(state), case["generatorState"])
    return len(cases["torch"])


def check_naming():
    folder = SluiceFolder(work / "full")
    inputs, targets = SluiceDataset(folder, naming="pair")[3]
    check("pair", [inputs.tolist(), targets.tolist()], [row[0].tolist() for row in list(folder.read([3]).values())[:2]])
    sample = SluiceDataset(folder, naming="huggingface")[3]
    check("labels are the targets moved up by one", sample["labels"].tolist(), [-100, *targets.tolist()[:-1]])
    check("labels are int64", str(sample["labels"].dtype), "torch.int64")
    sample = SluiceDataset(folder, naming="huggingface", embeds=True)[3]
    check("inputs_embeds instead of input_ids", sorted(sample), ["inputs_embeds", "labels"])
    rows = folder.read([4, 5, 6])
    check("consecutive rows are views", rows["inputs_embeds"].base is not None, True)
    check("and may be written to", rows["inputs_embeds"].flags.writeable, True)


def check_refusals():
    def refuses(what, action, message):
        try:
            action()
        except SluiceError as error:
            if message in str(error):
                return
            raise AssertionError(f"{what}: got {error}, expected {message}") from None
        raise AssertionError(f"{what} was accepted")

    refuses("no dataset", lambda: SluiceFolder(work), "is not a dataset")
    refuses("a flipped byte", lambda: SluiceFolder(work / "flipped"), "has sha256")
    refuses("a short part", lambda: SluiceFolder(work / "short", verify="size"), "the manifest says")
    refuses("other tables", lambda: SluiceFolder(work / "other-tables").read([0]), "weight has sha256")
    refuses("a window beyond the end", lambda: SluiceFolder(work / "full").read([10**6]), "Expected windows in")
    state = SluiceBatches(work / "full", batch_size=2, shuffle="keyed", seed=1).state_dict()
    other = SluiceBatches(work / "full", batch_size=2, shuffle="keyed", seed=2)
    refuses("a state of another seed", lambda: other.load_state_dict(state), "The state has order")


def check_training():
    full = train(work / "verdict-full", epochs=3)
    lazy = train(work / "verdict-lazy", epochs=3)
    check("losses of full and lazy", lazy, full)
    if not all(later < earlier for earlier, later in zip(full, full[1:])):
        raise AssertionError(f"expected the loss to fall, got {full}")
    return full


orders, batches = check_orders(), check_batches()
print(f"  {orders} keyed and block orders, {batches} batches equal to the TypeScript loader's, states included")
check_kept()
print(f"  {check_mixtures()} batches of {len(cases['mixtures'])} mixtures equal, kept columns and states included")
check_workers()
check_map_style()
print(f"  {check_torch()} runs of torch {torch.__version__}'s DataLoader equal, generators included; workers and samplers equal")
check_naming()
check_refusals()
check_stateful(work / "none")
check_accelerate(work / "none")
check_trainer(work / "none", 50, 6, work / "trainer")
print("  torchdata's StatefulDataLoader with 0 and 2 workers, accelerate and transformers' Trainer")
print("  training on full and lazy embeddings, equal losses:", ", ".join(f"{loss:.3f}" for loss in check_training()))
