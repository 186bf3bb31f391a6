"""Compares tables of positions inside attention with what transformers and torch compute.

python positions.py draw FOLDER: writes tiny models with rotary positions and ALiBi into FOLDER/models.
python positions.py check FOLDER READER: compares the datasets.
"""

import json
import math
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
    *["ministral", "apertus", "bitnet", "cwm", "diffllama", "exaone4", "flex_olmo", "olmoe", "lfm2", "vaultgemma", "granitemoeshared"],
    *["hyperclovax", "doge", "eurobert", "jais2", "olmo3", "falcon", "persimmon", "gemma3_text", "glm", "glm4", "ernie4_5", "helium", "modernbert", "modernbert-decoder"],
]
# Types that want more sizes to be built so small.
latent = dict(q_lora_rank=8, kv_lora_rank=8, qk_nope_head_dim=4, qk_rope_head_dim=4, v_head_dim=4, head_dim=4)
experts = dict(n_routed_experts=2, n_group=1, topk_group=1, n_shared_experts=1, moe_num_experts=2, moe_k=1, first_k_dense_replace=1)
sized = {
    **{kind: {**latent, **experts} for kind in ("deepseek_v2", "deepseek_v3", "youtu", "minicpm3")},
    "glm4_moe": experts, "ernie4_5_moe": experts, "dots1": experts, "lfm2_moe": dict(layer_types=["full_attention"], num_dense_layers=0, use_expert_bias=False),
}
scalings = {
    "linear": {"rope_type": "linear", "factor": 4.0},
    "llama3": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
    },
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
    "yarn-mscale": {
        "rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 16, "mscale": 0.7, "mscale_all_dim": 1.3, "beta_fast": 4, "beta_slow": 0.5,
        "truncate": False,
    },
    "yarn-attention": {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 32, "attention_factor": 1.37},
    # Windows of twelve tokens are within the first training's length in one and beyond it in the other.
    "longrope-short": {
        "rope_type": "longrope", "original_max_position_embeddings": 16, "short_factor": [1.0, 1.1, 1.3, 1.7, 2.0, 2.5, 3.0, 3.5],
        "long_factor": [1.0, 2.0, 4.0, 8.0, 9.0, 10.0, 11.0, 12.0],
    },
    "longrope-long": {
        "rope_type": "longrope", "original_max_position_embeddings": 8, "factor": 6.0, "short_factor": [1.0] * 8,
        "long_factor": [1.0, 2.0, 4.0, 8.0, 9.0, 10.0, 11.0, 12.0],
    },
    "dynamic": {"rope_type": "dynamic", "factor": 3.0},
}
# More positions than the model has, for a kind that depends on it.
beyond = {"dynamic-beyond": {"rope_type": "dynamic", "factor": 3.0}}
none_of = ["bert-relative"]
# DeBERTa's ways of using its table of distances, with sizes drawn small enough that windows of twelve tokens reach the far buckets.
relative = dict(relative_attention=True, max_relative_positions=-1, pos_att_type=["p2c", "c2p"])
disentangled = {
    "deberta-both": dict(relative), "deberta-c2p": dict(relative, pos_att_type="c2p"), "deberta-p2c": dict(relative, pos_att_type=["p2c"]),
    "deberta-near": dict(relative, max_relative_positions=5), "deberta-other": dict(relative, pos_att_type="c2p|p2p"),
    "deberta-v2-both": dict(relative), "deberta-v2-near": dict(relative, max_relative_positions=7, pos_att_type="P2C | c2p"),
    "deberta-v2-buckets": dict(relative, position_buckets=6, norm_rel_ebd="layer_norm", share_att_key=True),
    "deberta-v2-few": dict(relative, position_buckets=3, max_relative_positions=10, pos_att_type=["c2p"], share_att_key=True),
    "deberta-v2-p2c": dict(relative, position_buckets=4, max_relative_positions=9, pos_att_type=["p2c"], norm_rel_ebd="none|layer_norm", layer_norm_eps=1e-3),
}
without_any = {"deberta-none": dict(), "deberta-v2-none": dict(relative_attention=True, pos_att_type=[])}


def draw() -> None:
    sizes = {
        "vocab_size": 64, "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 4,
        "intermediate_size": 16, "max_position_embeddings": 64, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
        "num_experts": 2, "num_local_experts": 2, "num_experts_per_tok": 1, "moe_intermediate_size": 8,
        "shared_expert_intermediate_size": 8, "head_dim": 16,
    }

    def save(name: str, kind: str, **more: object) -> None:
        own = {field: value for field, value in sizes.items() if not (kind == "falcon" and field == "head_dim")}
        model = transformers.AutoModel.from_config(transformers.AutoConfig.for_model(kind, **{**own, **more}))
        model.save_pretrained(os.path.join(folder, "models", name))

    both = dict(num_hidden_layers=2, layer_types=["sliding_attention", "full_attention"])
    for kind in types:
        save(kind, kind, **(both if kind in ("gemma3_text", "olmo3", "modernbert", "modernbert-decoder") else {}))
    for name, scaling in scalings.items():
        save(f"llama-{name}", "llama", rope_parameters={**scaling, "rope_theta": 5e5})
    for name, scaling in beyond.items():
        save(f"llama-{name}", "llama", max_position_embeddings=8, rope_parameters={**scaling, "rope_theta": 5e5})
    two = {"sliding_attention": {"rope_type": "default", "rope_theta": 3e3}, "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 9e5}}
    save("gemma3_text-two", "gemma3_text", rope_parameters=two, **both)
    for kind, more in sized.items():
        save(kind, kind, **more)
    for name, more in {**disentangled, **without_any}.items():
        kind = "deberta-v2" if name.startswith("deberta-v2") else "deberta"
        model = transformers.AutoModel.from_config(transformers.AutoConfig.for_model(kind, **{**sizes, "num_hidden_layers": 2, **more}))
        torch.nn.init.normal_(model.embeddings.word_embeddings.weight)
        for parameter in model.encoder.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        model.save_pretrained(os.path.join(folder, "models", name))
    save("bert-relative", "bert", position_embedding_type="relative_key")
    for heads in (4, 6):
        save(f"mpt-{heads}", "mpt", d_model=heads * 8, n_heads=heads, n_layers=1, max_seq_len=64)
    for kind in ("t5", "mt5", "umt5"):
        config = transformers.AutoConfig.for_model(
            kind, vocab_size=64, d_model=16, d_kv=4, d_ff=16, num_layers=2, num_heads=4, relative_attention_num_buckets=16, relative_attention_max_distance=40
        )
        transformers.AutoModelForSeq2SeqLM.from_config(config).save_pretrained(os.path.join(folder, "models", kind))
    save("mpnet", "mpnet", relative_attention_num_buckets=32)
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
    model_identity = SluiceFolder(os.path.join(path, "out")).manifest["identities"]["model"]
    if name in none_of:
        assert positions is None and model_identity["leftOut"], name
        return 0
    assert "leftOut" not in model_identity, model_identity
    if name in without_any:
        assert positions is None, name
        return 0
    if positions["kind"] == "disentangled":
        return check_disentangled(name, path, positions)
    if positions["kind"] == "t5":
        return check_bias(name, path, positions)
    tables = load_file(os.path.join(path, "out", "tables", "positions.safetensors"))
    if name.startswith("bloom"):
        check_alibi(tables, positions["sizes"])
        return 1
    if name.startswith("mpt"):
        heads = positions["sizes"]["numHeads"]
        bias = transformers.models.mpt.modeling_mpt.build_mpt_alibi_tensor(heads, 12)[:, 0]
        # The last place has no bias, the first is eleven before it.
        torch.testing.assert_close(-11 * tables["alibi.slopes"], bias[:, 0], rtol=1e-6, atol=0)
        return 1
    model = transformers.AutoModel.from_pretrained(path, dtype=torch.float32)
    kinds = sorted({table.split(".")[1] for table in positions["tables"] if table.count(".") == 2})
    pairs = "interleaved" if "(2d, 2d + 1)" in positions["formula"] else "half"
    for kind in kinds or [None]:
        stem = "rotary" if kind is None else f"rotary.{kind}"
        check_turns(name, model, {part: tables[f"{stem}.{part}"] for part in ("inv_freq", "cos", "sin")}, pairs, kind)
    return 1


def check_turns(name: str, model: torch.nn.Module, own: "dict[str, torch.Tensor]", pairs: str, kind: "str | None") -> None:
    """Frequencies, cosines and sines, and the scores of turned queries and keys, by the type's own code and by the manifest's definition."""
    rotary, places = getattr(model, "rotary_emb", None) or model.pos_emb, torch.arange(12)[None]
    # Kinds that depend on the window compute their frequencies when they are first used.
    made = rotary(torch.zeros(1), places) if kind is None else rotary(torch.zeros(1), places, kind)
    frequencies = rotary.inv_freq if kind is None else getattr(rotary, f"{kind}_inv_freq")
    torch.testing.assert_close(own["inv_freq"], frequencies, rtol=5e-7, atol=0, msg=name)
    half = frequencies.numel()
    complex_numbers = isinstance(made, torch.Tensor)
    cos, sin = (made[0].real, made[0].imag) if complex_numbers else (part[0] for part in made)
    # Some types have each cosine twice in a row, others all of them twice.
    columns = slice(0, None, 2) if not complex_numbers and torch.equal(cos[:, 0], cos[:, 1]) else slice(0, half)
    for table, want in [("cos", cos), ("sin", sin)]:
        torch.testing.assert_close(own[table], want[:, columns], rtol=0, atol=2e-6, msg=name)
    query, key = (torch.randn(1, 1, 12, 2 * half, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    module = sys.modules[type(model).__module__]
    if complex_numbers:
        turned = module.apply_rotary_emb(query, key, made)
    else:
        latent = model.config.model_type in ("deepseek_v3", "youtu")
        apply = module.apply_rotary_pos_emb_interleave if latent else module.apply_rotary_pos_emb
        turned = apply(query, key, *made)
    # Some bring the columns that are turned together apart, which no score sees.
    want = turned[0] @ turned[1].transpose(-1, -2)
    got = turn(query, own, pairs) @ turn(key, own, pairs).transpose(-1, -2)
    torch.testing.assert_close(got, want, rtol=1e-5, atol=1e-4, msg=lambda text: f"{name}: {text}")


def turn(values: torch.Tensor, own: "dict[str, torch.Tensor]", pairs: str) -> torch.Tensor:
    """The definition in the manifest: (a, b) -> (a cos - b sin, b cos + a sin)."""
    half = values.shape[-1] // 2
    a, b = (values[..., 0::2], values[..., 1::2]) if pairs == "interleaved" else (values[..., :half], values[..., half:])
    return torch.cat([a * own["cos"] - b * own["sin"], b * own["cos"] + a * own["sin"]], dim=-1)


def bucket_of(distance: int, sizes: "dict[str, int]") -> int:
    """The definition in the manifest: T5's buckets for both directions."""
    buckets = sizes["numBuckets"] // 2
    side, away, exact = buckets * (distance > 0), abs(distance), buckets // 2
    if away < exact:
        return side + away
    beyond = int(math.log(away / exact) / math.log(sizes["maxDistance"] / exact) * (buckets - exact))
    return side + min(exact + beyond, buckets - 1)


def check_bias(name: str, path: str, positions: dict) -> int:
    """The bias that the model's own module computes, from the tables of the dataset by the definition of its manifest."""
    tables = load_file(os.path.join(path, "out", "tables", "model.safetensors"))
    model = transformers.AutoModel.from_pretrained(path, dtype=torch.float32)
    length, sizes = 60, positions["sizes"]
    ids = torch.tensor([[bucket_of(j - i, sizes) for j in range(length)] for i in range(length)])
    for layer, table in enumerate(positions["tables"]):
        got = tables[table][ids].permute(2, 0, 1)[None]
        if name == "mpnet":
            want = model.encoder.compute_position_bias(torch.zeros(1, length, 8))
        else:
            attention = model.encoder.block[layer].layer[0].SelfAttention
            want = attention.compute_bias(length, length)
        assert torch.equal(got, want.detach()), (name, table)
    assert len(positions["tables"]) == (2 if name == "umt5" else 1), name
    return 1


def check_disentangled(name: str, path: str, positions: dict) -> int:
    """The scores that each layer of the model adds for distances, from the tables of the dataset by the definition of its manifest."""
    tables = {key: value for part in ("model", "positions") for key, value in load_file(os.path.join(path, "out", "tables", f"{part}.safetensors")).items()}
    assert set(positions["tables"]) <= set(tables), name
    model = transformers.AutoModel.from_pretrained(path, dtype=torch.float32).eval()
    sizes, length = positions["sizes"], 12
    first, second = torch.arange(length)[:, None], torch.arange(length)[None]
    rows = tables["disentangled.rows"][first - second + sizes["contextLength"] - 1].long()
    relative = next(tables[key] for key in positions["tables"] if key.endswith("rel_embeddings.weight"))
    if "epsilon" in sizes:
        weight, bias = (next(tables[key] for key in positions["tables"] if key.endswith(f"LayerNorm.{part}")) for part in ("weight", "bias"))
        relative = torch.nn.functional.layer_norm(relative, weight.shape, weight, bias, sizes["epsilon"])
    by_name = {part: positions["formula"].split(f"{part} = columns of R through ")[1].split(" ")[0] for part in "KQ" if f"; {part} = " in positions["formula"]}
    assert set(by_name) == {part for part, field in (("K", "contentToPosition"), ("Q", "positionToContent")) if sizes[field]}, name
    v2, seen = name.startswith("deberta-v2"), []
    method = "disentangled_attention_bias" if v2 else "disentangled_att_bias"
    for layer in model.encoder.layer:
        module = layer.attention.self
        def kept(query, key, *rest, original=getattr(module, method)):
            seen.append((query, key, original(query, key, *rest)))
            return seen[-1][2]
        setattr(module, method, kept)
    with torch.no_grad():
        model(input_ids=torch.arange(6, 6 + length)[None])
        assert len(seen) == len(model.encoder.layer) == 2
        for layer, (query, key, want) in zip(model.encoder.layer, seen):
            by = {part: layer.get_submodule(where)(relative).view(len(relative), -1, sizes["headDim"]).transpose(0, 1) for part, where in by_name.items()}
            query, key, want = (part.reshape(-1, length, part.shape[-1]) for part in (query, key, want))
            divisor = math.sqrt(sizes["terms"] * sizes["headDim"])
            # The first version divides its queries before.
            query = query if v2 else query * divisor
            got = torch.zeros_like(want)
            if "K" in by:
                got += torch.einsum("hid,hijd->hij", query, by["K"][:, rows]) / divisor
            if "Q" in by:
                got += torch.einsum("hjd,hijd->hij", key, by["Q"][:, rows]) / divisor
            torch.testing.assert_close(got, want, rtol=1e-5, atol=2e-5, msg=lambda text: f"{name}: {text}")
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
    models, failures = 0, []
    for name in sorted(os.listdir(os.path.join(folder, "models"))):
        try:
            models += check_model(name)
        except Exception as error:
            failures.append(f"{name}: {type(error).__name__}: {error}")
    for failure in failures:
        print(failure)
    print(
        f"positions: {runs} runs and {models} models, tables as transformers {transformers.__version__} and torch {torch.__version__} have them"
    )
    sys.exit(1 if failures else 0)
