"""Trains the tables of a dataset with PyTorch and saves them for the next run.

    sluice run the-verdict.txt --out drawn --max-length 8 --embeddings lazy --dim 16 --seed 7
    python train_and_embed.py drawn trained.safetensors
    sluice run the-verdict.txt --out again --max-length 8 --tables trained.safetensors

`train-and-embed.ts` beside it does all three steps in one program.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "packages" / "dataloader" / "python"))
from sluice_reader import SluiceBatches, SluiceFolder  # noqa: E402


def train(folder, out, epochs=3, batch_size=16, learning_rate=20.0, log=print):
    """Saves the trained tables and returns the mean loss of each epoch."""
    dataset = SluiceFolder(folder)
    tables = load_file(Path(folder) / "tables" / "tables.safetensors")
    token, position = (tables[name].requires_grad_() for name in ("wte.weight", "wpe.weight"))
    optimizer = torch.optim.SGD([token, position], lr=learning_rate)
    batches = SluiceBatches(dataset, batch_size=batch_size, shuffle="keyed", seed=1, embeds=False)
    others = torch.Generator().manual_seed(1)
    losses = []
    for epoch in range(epochs):
        total, steps = 0.0, len(batches)
        for batch in batches:
            ids, targets = batch["input_ids"].long(), batch["target_ids"].long()
            drawn = torch.randint(0, len(token), targets.shape, generator=others)
            x = token[ids] + position
            # The next id should score high, one that was drawn at random low.
            loss = functional.softplus(-(x * token[targets]).sum(-1)).mean()
            loss = loss + functional.softplus((x * token[drawn]).sum(-1)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / steps)
        log(f"epoch {epoch + 1}: loss {losses[-1]:.3f} over {steps} batches")
    save_file({"wte.weight": token.detach(), "wpe.weight": position.detach()}, out)
    return losses


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python train_and_embed.py DATASET OUT.safetensors")
    train(sys.argv[1], sys.argv[2])
