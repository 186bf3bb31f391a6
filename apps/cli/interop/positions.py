"""Compares tables of positions inside attention with what transformers and torch compute: python positions.py FOLDER READER."""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers
from safetensors.torch import load_file
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.t5.modeling_t5 import T5Attention

folder, reader = sys.argv[1:]
sys.path.insert(0, reader)
from sluice_reader import SluiceFolder

transformers.utils.logging.set_verbosity_error()
vocab, dim, context = 50257, 48, 96


def drawn(rows: int, columns: int) -> torch.Tensor:
    """A table that is drawn after the token table, as torch does it."""
    torch.manual_seed(123)
    torch.nn.Embedding(vocab, dim)
    return torch.nn.Embedding(rows, columns).weight.detach()


def check_rotary(tables: "dict[str, torch.Tensor]", sizes: "dict[str, float]") -> None:
    config = transformers.LlamaConfig(
        hidden_size=dim, num_attention_heads=dim // sizes["headDim"], max_position_embeddings=context,
        rope_parameters={"rope_type": "default", "rope_theta": sizes["base"]},
    )
    cos, sin = LlamaRotaryEmbedding(config)(torch.zeros(1), torch.arange(context)[None])
    half = sizes["headDim"] // 2
    for name, want in [("rotary.cos", cos), ("rotary.sin", sin)]:
        # transformers multiplies positions and frequencies in float32, the tables are rounded once.
        torch.testing.assert_close(tables[name], want[0, :, :half], rtol=0, atol=2e-5)


def check_alibi(tables: "dict[str, torch.Tensor]", sizes: "dict[str, float]") -> None:
    heads = sizes["numHeads"]
    bias = build_alibi_tensor(torch.ones(1, 2), heads, torch.float32)
    torch.testing.assert_close(tables["alibi.slopes"], bias.reshape(heads, 2)[:, 1], rtol=1e-6, atol=0)


def check_t5(tables: "dict[str, torch.Tensor]", sizes: "dict[str, float]") -> None:
    table = tables["t5.relative_attention_bias"]
    assert torch.equal(table, drawn(sizes["numBuckets"], sizes["numHeads"]))
    config = transformers.T5Config(
        d_model=dim, d_kv=12, num_heads=sizes["numHeads"], relative_attention_num_buckets=sizes["numBuckets"],
        relative_attention_max_distance=sizes["maxDistance"], is_decoder=not sizes["bidirectional"],
    )
    attention = T5Attention(config, has_relative_attention_bias=True, layer_idx=0)
    # The table fits into the model, which then gives its rows by buckets.
    attention.relative_attention_bias.load_state_dict({"weight": table})
    bias = attention.compute_bias(200, 200).detach()
    assert torch.equal(bias[0, :, 5, 5], table[0]) and torch.equal(bias[0, :, 5, 6], table[17])


def check_transformer_xl(tables: "dict[str, torch.Tensor]", sizes: "dict[str, float]") -> None:
    # PositionalEmbedding of the authors' code, for positions keyLength - 1 down to 0.
    inverse = 1 / (sizes["base"] ** (torch.arange(0.0, dim, 2.0) / dim))
    angles = torch.outer(torch.arange(sizes["keyLength"] - 1, -1, -1.0), inverse)
    want = torch.cat([angles.sin(), angles.cos()], dim=-1)
    torch.testing.assert_close(tables["transformer_xl.r"], want, rtol=0, atol=2e-5)


def check_relative_key(tables: "dict[str, torch.Tensor]", sizes: "dict[str, float]") -> None:
    assert torch.equal(tables["relative.distance"], drawn(2 * sizes["maxDistance"] - 1, sizes["headDim"]))


checks = {
    "rotary": check_rotary,
    "alibi": check_alibi,
    "t5": check_t5,
    "transformer-xl": check_transformer_xl,
    "relative_key": check_relative_key,
    "relative_key_query": check_relative_key,
}
with open(os.path.join(folder, "runs.json")) as file:
    names = json.load(file)
for name in names:
    dataset = SluiceFolder(os.path.join(folder, name))
    # Nothing is added: a row is that of the token table.
    rows = dataset.read(range(2), ["input_ids", "inputs_embeds"])
    token = load_file(os.path.join(folder, name, "tables", "tables.safetensors"))["wte.weight"]
    assert torch.equal(torch.from_numpy(rows["inputs_embeds"]), token[torch.from_numpy(rows["input_ids"]).long()]), name
    positions = dataset.manifest["identities"]["positions"]
    tables = load_file(os.path.join(folder, name, "tables", "positions.safetensors"))
    assert sorted(tables) == sorted(positions["tables"]), name
    checks[positions["kind"]](tables, positions["sizes"])
print(f"positions: {len(names)} runs, tables as transformers {transformers.__version__} and torch {torch.__version__} have them")
