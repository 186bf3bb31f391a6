"""Train a small GPT on a Sluice dataset: the next id from the input embeddings that the dataset gives.

    sluice run the-verdict.txt --out dataset --max-length 32 --stride 16
    python train_gpt.py dataset

The dataset may be full (embeddings stored) or lazy (made from its tables as they are read): the model sees the same tensors, so
the losses are the same to the last bit. The embeddings stay as they are; what learns are the blocks and the head.
"""

import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
from sluice_reader import SluiceBatches, SluiceFolder  # noqa: E402


class TinyGpt(nn.Module):
    """Two transformer blocks with causal attention and a linear head."""

    def __init__(self, dim, vocab_size, max_length, heads=4, blocks=2):
        super().__init__()
        layer = nn.TransformerEncoderLayer(dim, heads, 4 * dim, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, blocks, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, vocab_size, bias=False)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(max_length), persistent=False)

    def forward(self, inputs_embeds):
        return self.head(self.norm(self.blocks(inputs_embeds, mask=self.mask, is_causal=True)))


def train(folder, epochs=2, batch_size=16, learning_rate=1e-3, seed=1, log=lambda line: None):
    """Returns the mean loss of each epoch, in nats an id."""
    torch.manual_seed(seed)
    dataset = SluiceFolder(folder)
    layout = dataset.layout
    model = TinyGpt(layout["dim"], layout["vocabSize"], layout["maxLength"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    batches = SluiceBatches(dataset, batch_size=batch_size, shuffle="keyed", seed=seed)
    losses = []
    for epoch in range(epochs):
        sum_of_losses, steps = 0.0, len(batches)
        for batch in batches:
            logits = model(batch["inputs_embeds"])
            loss = functional.cross_entropy(logits.flatten(0, 1), batch["target_ids"].flatten().long())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sum_of_losses += loss.item()
        losses.append(sum_of_losses / steps)
        log(f"epoch {epoch + 1}: loss {losses[-1]:.4f} over {steps} batches")
    return losses


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python train_gpt.py DATASET")
    train(sys.argv[1], epochs=5, log=print)
