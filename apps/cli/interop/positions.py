"""Compares tables of positions inside attention with what transformers and torch compute.

python positions.py draw FOLDER: writes tiny models with rotary positions and ALiBi into FOLDER/models.
python positions.py check FOLDER READER: compares the datasets.
"""

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

folder = sys.argv[2]
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
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
types = [
    *["llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "phi3", "olmo", "olmo2", "starcoder2", "gemma"],
    *["gemma2", "granite", "granitemoe", "smollm3", "arcee", "seed_oss", "phi", "nemotron", "stablelm", "gpt_neox", "cohere", "cohere2"],
]
scalings = {
    "linear": {"rope_type": "linear", "factor": 4.0},
    "llama3": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
    },
}
none_of = {"yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}}


def draw() -> None:
    sizes = {
        "vocab_size": 64, "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 4,
        "intermediate_size": 16, "max_position_embeddings": 64, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
        "num_experts": 2, "num_local_experts": 2, "num_experts_per_tok": 1, "moe_intermediate_size": 8,
        "shared_expert_intermediate_size": 8, "head_dim": 16,
    }

    def save(name: str, kind: str, **more: object) -> None:
        model = transformers.AutoModel.from_config(transformers.AutoConfig.for_model(kind, **{**sizes, **more}))
        model.save_pretrained(os.path.join(folder, "models", name))

    for kind in types:
        save(kind, kind)
    for name, scaling in {**scalings, **none_of}.items():
        save(f"llama-{name}", "llama", rope_parameters={**scaling, "rope_theta": 5e5})
    save("mistral-wide", "mistral", head_dim=24)
    save("bloom", "bloom", n_layer=1, n_head=4)
    save("bloom-12", "bloom", hidden_size=48, n_layer=1, n_head=12)
    # As version 4 wrote it.
    path = os.path.join(folder, "models", "llama-old")
    transformers.LlamaModel(transformers.LlamaConfig(**{**sizes, "rope_parameters": {"rope_type": "default", "rope_theta": 7e4}})).save_pretrained(path)
    with open(os.path.join(path, "config.json")) as file:
        config = json.load(file)
    config["rope_theta"], config["rope_scaling"] = config.pop("rope_parameters")["rope_theta"], {"type": "linear", "factor": 2.0}
    with open(os.path.join(path, "config.json"), "w") as file:
        json.dump(config, file)


def check_model(name: str) -> int:
    path = os.path.join(folder, "models", name)
    positions = SluiceFolder(os.path.join(path, "out")).manifest["identities"].get("positions")
    if name.removeprefix("llama-") in none_of:
        assert positions is None, name
        return 0
    tables = load_file(os.path.join(path, "out", "tables", "positions.safetensors"))
    if name.startswith("bloom"):
        check_alibi(tables, positions["sizes"])
        return 1
    model = transformers.AutoModel.from_pretrained(path, dtype=torch.float32)
    rotary = model.rotary_emb
    torch.testing.assert_close(tables["rotary.inv_freq"], rotary.inv_freq, rtol=5e-7, atol=0, msg=name)
    cos, sin = (part[0] for part in rotary(torch.zeros(1), torch.arange(12)[None]))
    columns = slice(0, None, 2) if "(2d, 2d + 1)" in positions["formula"] else slice(0, cos.shape[-1] // 2)
    others = slice(1, None, 2) if "(2d, 2d + 1)" in positions["formula"] else slice(cos.shape[-1] // 2, None)
    for table, want in [("rotary.cos", cos), ("rotary.sin", sin)]:
        torch.testing.assert_close(tables[table], want[:, columns], rtol=0, atol=2e-6, msg=name)
        # Columns that are turned together have the same angle.
        assert torch.equal(want[:, columns], want[:, others]), name
    return 1


def check_runs() -> int:
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
    return len(names)


if sys.argv[1] == "draw":
    draw()
else:
    sys.path.insert(0, sys.argv[3])
    from sluice_reader import SluiceFolder

    runs = check_runs()
    models = sum(check_model(name) for name in sorted(os.listdir(os.path.join(folder, "models"))))
    print(
        f"positions: {runs} runs and {models} models, tables as transformers {transformers.__version__} and torch {torch.__version__} have them"
    )
