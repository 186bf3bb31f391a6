"""States and samples of the Python reader in the loaders that train with it: torchdata, accelerate and transformers."""

from accelerate import Accelerator
from sluice_reader import SluiceBatches, SluiceDataset
from torch.utils.data import DataLoader
from torchdata.stateful_dataloader import StatefulDataLoader


def check(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: got {str(found)[:300]}, expected {str(expected)[:300]}")


def ids_of(batches):
    return [batch["input_ids"].tolist() for batch in batches]


def check_stateful(folder, batch_size=2, stop=20):
    """A loader that is stopped and resumed gives the batches that are left, with and without workers."""
    for workers in (0, 2):
        whole = ids_of(SluiceBatches(folder, batch_size=batch_size, shuffle="keyed", seed=1))
        loader = StatefulDataLoader(
            SluiceBatches(folder, batch_size=batch_size, shuffle="keyed", seed=1), batch_size=None, num_workers=workers
        )
        taken = []
        for batch in loader:
            taken.append(batch["input_ids"].tolist())
            if len(taken) == stop:
                state = loader.state_dict()
                break
        check(f"{workers} workers, up to the stop", taken, whole[:stop])
        resumed = StatefulDataLoader(
            SluiceBatches(folder, batch_size=batch_size, shuffle="keyed", seed=1), batch_size=None, num_workers=workers
        )
        resumed.load_state_dict(state)
        check(f"{workers} workers, after the stop", ids_of(resumed), whole[stop:])


def check_accelerate(folder):
    """`accelerate` prepares a map-style loader and skips what was seen."""
    accelerator = Accelerator(cpu=True)
    loader = DataLoader(SluiceDataset(folder, naming="huggingface"), batch_size=2)
    whole = ids_of(loader)
    prepared = accelerator.prepare(DataLoader(SluiceDataset(folder, naming="huggingface"), batch_size=2))
    check("accelerate", ids_of(prepared), whole)
    check("accelerate resumed", ids_of(accelerator.skip_first_batches(prepared, 5)), whole[5:])


def check_trainer(folder, vocabulary, length, work):
    """transformers' loss over a sample is the mean cross entropy of the targets that are not ignored, but the last."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

    torch.manual_seed(0)
    config = GPT2Config(vocab_size=vocabulary, n_positions=length, n_embd=8, n_layer=1, n_head=2)
    model = GPT2LMHeadModel(config).eval()
    dataset = SluiceDataset(folder, naming="huggingface", columns=["input_ids", "target_ids"])
    plain = SluiceDataset(folder, int64=True)
    for window in (0, len(dataset) // 2, len(dataset) - 1):
        sample, row = dataset[window], plain[window]
        batch = {name: value[None] for name, value in sample.items()}
        logits = model(batch["input_ids"]).logits[0]
        expected = torch.nn.functional.cross_entropy(logits[:-1], row["target_ids"][:-1])
        check("loss", bool(torch.isclose(model(**batch).loss, expected, rtol=1e-5)), True)
    arguments = TrainingArguments(
        str(work), max_steps=3, per_device_train_batch_size=2, report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True
    )
    check("trainer", Trainer(model, arguments, train_dataset=dataset).train().global_step, 3)
