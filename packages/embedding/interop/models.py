"""Draws tiny models of every family with transformers and writes what it computes from them.

python models.py FOLDER SEED [TYPE...]: one model folder for each type, with `expected-DTYPE.safetensors` holding `input_ids`,
`attention_mask`, `inputs_embeds` and `first_block`; without types, a few of each table of families, drawn by the seed; `wholes` stands
for the models of pictures or sound that have one of these types as a part. `made.json` names the runs whose logits from `inputs_embeds` differ
from those from `input_ids`, and the types that this version of transformers cannot build so small, or cannot run in a dtype.
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoConfig
from transformers.models.auto import modeling_auto

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)

folder, seed, wanted = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
drawing = torch.Generator().manual_seed(seed)


def draw(low: int, high: int) -> int:
    return int(torch.randint(low, high + 1, (1,), generator=drawing))


def sizes() -> dict[str, object]:
    """Sizes of a decoder, drawn anew for each model: widths whose square root is exact in no format, odd vocabularies."""
    heads = draw(1, 2) * 2
    head_dim = draw(1, 3) * 4
    return dict(
        vocab_size=draw(80, 120), hidden_size=heads * head_dim, num_hidden_layers=2, num_attention_heads=heads,
        num_key_value_heads=heads, intermediate_size=16, max_position_embeddings=draw(12, 30),
        bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )


def gpt() -> dict[str, object]:
    return dict(vocab_size=draw(80, 120), n_embd=draw(1, 4) * 4, n_layer=1, n_head=2, n_positions=draw(12, 30), bos_token_id=1, eos_token_id=2)


def seq2seq(**more: object) -> dict[str, object]:
    return dict(
        vocab_size=draw(80, 120), d_model=draw(2, 5) * 4, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=draw(12, 30), pad_token_id=1,
        bos_token_id=0, eos_token_id=2, decoder_start_token_id=2, **more,
    )


def mixture() -> dict[str, object]:
    """Sizes of a mixture of experts: torch's grouped product wants rows of whole 16 bytes."""
    heads = draw(1, 2) * 2
    return {**sizes(), "hidden_size": heads * 8, "num_attention_heads": heads, "num_key_value_heads": heads, **EXPERTS}


LATENT = dict(q_lora_rank=8, kv_lora_rank=8, qk_nope_head_dim=4, qk_rope_head_dim=4, v_head_dim=4)
EXPERTS = dict(
    moe_intermediate_size=8, n_routed_experts=2, num_experts=2, num_local_experts=2, num_experts_per_tok=1, n_group=1,
    topk_group=1, first_k_dense_replace=1, n_shared_experts=1,
)
# Sizes beside the usual ones, for types whose defaults are too large or do not fit. transformers 5.18.0 writes zeros over youtu's padding
# row when it loads a checkpoint (its first values are drawn again): without a padding id, the stored rows can be compared.
MORE: dict[str, dict[str, object]] = {
    **{kind: dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=4, rope_parameters=dict(rope_type="default", rope_theta=1e4, mrope_section=[2, 1, 1])) for kind in ("qwen2_vl_text", "qwen2_5_vl_text", "glm4v_text")},
    "glm4v_moe_text": dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=4, rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5, mrope_section=[1, 1, 0])),

    **{kind: dict(head_dim=8, hidden_size=32, num_attention_heads=4, num_key_value_heads=4, rope_parameters=dict(rope_type="default", rope_theta=1e4, mrope_section=[2, 1, 1])) for kind in ("qwen3_vl_text", "qwen3_vl_moe_text")},
    "lfm2_moe": dict(layer_types=["conv", "full_attention"], num_dense_layers=1, use_expert_bias=False),
    "gpt_oss": dict(head_dim=8), "helium": dict(hidden_size=16, num_attention_heads=2, num_key_value_heads=2, head_dim=8),
    **{kind: dict(layer_types=["linear_attention", "full_attention"]) for kind in ("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text", "kimi_linear")},
    **{kind: dict(head_dim=8) for kind in ("hunyuan_v1_dense", "hunyuan_v1_moe", "ministral")},
    "jamba": dict(attn_layer_period=2, attn_layer_offset=1), "stablelm": dict(partial_rotary_factor=0.5),
    "granitemoehybrid": dict(layer_types=["mamba", "attention"], mamba_n_heads=4, mamba_d_head="auto", mamba_d_state=4, mamba_n_groups=1),
    "falcon_h1": dict(mamba_d_ssm=16, mamba_n_heads=4, mamba_d_head=4, mamba_d_state=4, mamba_n_groups=1),
    "minicpm3": LATENT, "youtu": dict(LATENT, pad_token_id=None), "axk1": LATENT, "deepseek_v32": dict(LATENT, index_n_heads=2, index_head_dim=8, index_topk=4),
    "glm_moe_dsa": dict(LATENT, index_n_heads=2, index_head_dim=8, index_topk=4), "glm4_moe_lite": LATENT, "deepseek_v2": LATENT, "deepseek_v3": LATENT,
}
MIXTURES = (
    "mixtral qwen2_moe qwen3_moe phimoe gpt_oss olmoe flex_olmo minimax granitemoe granitemoehybrid granitemoeshared granitemoe_swa deepseek_v2 deepseek_v3 "
    "deepseek_v32 glm4_moe glm4_moe_lite glm_moe_dsa afmoe aria_text axk1 axk2 cohere2_moe ernie4_5_moe exaone_moe hunyuan_v1_moe hy_v3 jamba kimi_linear "
    "dots1 lfm2_moe qwen3_vl_moe_text glm4v_moe_text laguna longcat_flash mellum mimo_v2_flash minimax_m2 minimax_m3_vl_text moshi qwen3_5_moe_text qwen3_next solar_open llama4_text jetmoe doge nemotron_h"
).split()


def decoder(kind: str, **more: object) -> tuple[str, object, str]:
    make = mixture if kind in MIXTURES else sizes
    return ("CausalLM", lambda: {**make(), **MORE.get(kind, {}), **{name: value() for name, value in more.items()}}, "")


PLAIN = (
    "llama mistral ministral ministral3 mixtral qwen2 qwen2_moe qwen3 qwen3_moe phi phi3 phimoe deepseek_v2 deepseek_v3 olmo olmo2 olmo3 "
    "stablelm gpt_oss llama4_text nemotron glm glm4 cohere cohere2 starcoder2 smollm3 apertus arcee bitnet cwm diffllama "
    "ernie4_5 exaone4 flex_olmo helium jetmoe lfm2 minimax olmoe persimmon qwen3_next seed_oss doge afmoe"
).split()
# type → (class, sizes, part of the model)
CASES: dict[str, tuple[str, object, str]] = {
    **{kind: decoder(kind) for kind in PLAIN},
    **{kind: decoder(kind, head_dim=lambda: 6) for kind in ("gemma", "gemma2", "gemma3_text", "vaultgemma")},
    "recurrent_gemma": ("CausalLM", lambda: {**sizes(), "lru_width": 16, "attention_window_size": 8, "block_types": ["recurrent"]}, ""),
    **{
        kind: decoder(kind, embedding_multiplier=lambda: draw(2, 200) / 7)
        for kind in ("granite", "granitemoe", "granitemoehybrid", "granitemoeshared", "granite_swa", "granitemoe_swa", "hyperclovax", "falcon_h1")
    },
    "minicpm3": decoder("minicpm3", scale_emb=lambda: draw(2, 200) / 7),
    "gptj": ("CausalLM", lambda: {**gpt(), "rotary_dim": 2}, ""), "codegen": ("CausalLM", lambda: {**gpt(), "n_head": 4, "n_embd": 16, "rotary_dim": 2}, ""),
    "gpt2": ("CausalLM", gpt, ""), "gpt_bigcode": ("CausalLM", gpt, ""),
    "gpt_neo": ("CausalLM", lambda: dict(vocab_size=draw(80, 120), hidden_size=16, num_layers=1, num_heads=2, attention_types=[[["global"], 1]], max_position_embeddings=24), ""),
    "mpt": ("CausalLM", lambda: dict(vocab_size=draw(80, 120), d_model=16, n_heads=2, n_layers=1, max_seq_len=24), ""),
    "gpt_neox": ("CausalLM", sizes, ""), "falcon": ("CausalLM", lambda: dict(sizes(), new_decoder_architecture=True, num_kv_heads=2), ""),
    "mamba": ("CausalLM", lambda: dict(sizes(), state_size=4), ""), "falcon_mamba": ("CausalLM", lambda: dict(sizes(), state_size=4), ""),
    "mamba2": ("CausalLM", lambda: dict(vocab_size=draw(80, 120), hidden_size=16, num_hidden_layers=1, state_size=4, num_heads=4, head_dim=8, n_groups=1, pad_token_id=0), ""),
    "rwkv": ("CausalLM", lambda: dict(vocab_size=draw(80, 120), hidden_size=16, num_hidden_layers=2, attention_hidden_size=16), ""),
    "bloom": ("CausalLM", lambda: dict(vocab_size=draw(80, 120), hidden_size=16, n_layer=1, n_head=2), ""),
    "opt": ("CausalLM", lambda: {**sizes(), "ffn_dim": 16, "word_embed_proj_dim": draw(1, 2) * 8, "pad_token_id": 1}, ""),
    **{kind: ("Seq2SeqLM", lambda: dict(vocab_size=draw(80, 120), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2), "encoder") for kind in ("t5", "mt5", "umt5")},
    "whisper": ("SpeechSeq2Seq", lambda: seq2seq(max_target_positions=draw(12, 30), scale_embedding=bool(draw(0, 1))), "decoder"),
    "bart": ("Seq2SeqLM", lambda: seq2seq(scale_embedding=bool(draw(0, 1))), "encoder"),
    "mbart": ("Seq2SeqLM", lambda: seq2seq(scale_embedding=bool(draw(0, 1))), "encoder"),
    "bert": ("MaskedLM", sizes, ""), "electra": ("MaskedLM", lambda: dict(sizes(), embedding_size=draw(1, 2) * 8), ""),
    "roberta": ("MaskedLM", lambda: {**sizes(), "pad_token_id": draw(0, 3), "type_vocab_size": 1}, ""),
    **{kind: ("MaskedLM", lambda: {**sizes(), "pad_token_id": 1, "type_vocab_size": 1}, "") for kind in ("camembert", "data2vec-text", "roberta-prelayernorm")},
    "mllama_text_model": ("MllamaForCausalLM", lambda: dict(sizes(), cross_attention_layers=[], rope_parameters=dict(rope_type="default", rope_theta=1e4)), ""),
    **{
        kind: (
            "", lambda: dict(
                sizes(), hidden_size=32, num_attention_heads=4, num_key_value_heads=4, rope_parameters=dict(rope_type="default", rope_theta=1e4, mrope_section=[2, 1, 1]),
                vision_config=dict(depth=1, embed_dim=16, hidden_size=32, num_heads=2, intermediate_size=16, out_hidden_size=32, fullatt_block_indexes=[0]),
            ), "language_model",
        )
        for kind in ("qwen2_vl", "qwen2_5_vl")
    },
    "modernbert-decoder": ("CausalLM", lambda: dict(sizes(), cls_token_id=1, sep_token_id=2), ""),
    "xlm-roberta": ("MaskedLM", lambda: {**sizes(), "pad_token_id": 1, "type_vocab_size": 1}, ""),
    "mpnet": ("MaskedLM", lambda: {**sizes(), "pad_token_id": 1}, ""),
    "distilbert": ("MaskedLM", lambda: dict(vocab_size=draw(80, 120), dim=16, n_layers=1, n_heads=2, hidden_dim=16, max_position_embeddings=24), ""),
    "albert": ("MaskedLM", lambda: dict(sizes(), embedding_size=8), ""),
    "deberta-v2": ("MaskedLM", lambda: dict(sizes(), type_vocab_size=draw(0, 2), position_biased_input=bool(draw(0, 1)), relative_attention=True, pos_att_type=["p2c", "c2p"]), ""),
    "modernbert": ("MaskedLM", lambda: dict(sizes(), cls_token_id=1, sep_token_id=2), ""),
    "mistral4": ("Mistral4ForCausalLM", mixture, ""), "cosmos3_edge_text": ("Cosmos3EdgeTextModel", sizes, ""),
    "emu3_text_model": ("Emu3ForCausalLM", sizes, ""), "openai_privacy_filter": ("OpenAIPrivacyFilterForTokenClassification", mixture, ""),
    **{
        kind: (name, lambda: dict(mixture(), hidden_size=32, num_attention_heads=4, num_key_value_heads=4, rope_parameters=dict(rope_type="default", rope_theta=1e4, mrope_section=[2, 1, 1])), "")
        for kind, name in (("qwen2_5_omni_text", "Qwen2_5OmniThinkerTextModel"), ("qwen3_omni_moe_text", "Qwen3OmniMoeThinkerTextModel"))
    },
    **{
        kind: (name, lambda: dict(sizes(), hidden_size=32, head_dim=8, num_attention_heads=4, num_key_value_heads=4, rope_parameters=dict(rope_type="default", rope_theta=1e4, mrope_section=[2, 1, 1])), "")
        for kind, name in (("glm_image_text", "GlmImageTextModel"), ("glm_ocr_text", "GlmOcrTextModel"), ("hunyuan_vl_text", "HunYuanVLTextModel"))
    },
    "granite4_vision_text": ("Granite4VisionTextModel", lambda: dict(sizes(), embedding_multiplier=draw(2, 200) / 7), ""),
    "clap_text_model": ("ClapTextModel", lambda: {**sizes(), "pad_token_id": 1, "type_vocab_size": 1}, ""),
    "dpr": ("DPRContextEncoder", lambda: dict(sizes(), projection_dim=0), ""),
    "gpt-sw3": ("CausalLM", gpt, ""), "splinter": ("", sizes, ""), "convbert": ("MaskedLM", lambda: dict(sizes(), embedding_size=draw(1, 2) * 8), ""),
    "ernie": ("MaskedLM", lambda: dict(sizes(), use_task_id=bool(draw(0, 1))), ""), "bert-generation": ("", sizes, ""),
    **{kind: ("MaskedLM", sizes, "") for kind in ("megatron-bert", "nystromformer", "yoso")}, "mra": ("MaskedLM", lambda: dict(sizes(), max_position_embeddings=64), ""),
    "xlm-roberta-xl": ("MaskedLM", lambda: {**sizes(), "pad_token_id": 1, "type_vocab_size": 1}, ""),
    "big_bird": ("MaskedLM", lambda: dict(sizes(), attention_type="original_full", rescale_embeddings=bool(draw(0, 1))), ""),
    "roformer": ("MaskedLM", lambda: dict(sizes(), embedding_size=draw(1, 2) * 8), ""),
}
# Models of several parts, with the type of the part in `text_config`; as many as are small with towers of one layer.
WHOLES = (
    "llava llava_next llava_next_video llava_onevision vipllava video_llava gemma3 paligemma mistral3 internvl llama4 idefics3 smolvlm lfm2_vl ovis2 "
    "got_ocr2 deepseek_vl lighton_ocr video_llama_3 qwen3_5 kimi_k25 aria modernvbert blip-2 qwen2_audio voxtral audioflamingo3 musicflamingo granite_speech "
    "qwen3_asr"
).split()
# The tables of families, as the package's documentation tells them apart, and how many of each are drawn where no type is named.
FEW = [
    (8, [*PLAIN, "gptj", "codegen", "mpt", "gpt_neox", "falcon", "mamba", "falcon_mamba", "mamba2", "rwkv", "t5", "mt5", "umt5"]),
    (4, ["gemma", "gemma2", "gemma3_text", "vaultgemma", "recurrent_gemma", "granite", "granitemoe", "granitemoeshared", "falcon_h1", "minicpm3"]),
    (4, ["gpt2", "gpt_bigcode", "gpt_neo", "opt", "bloom", "whisper"]),
    (7, ["convbert", "ernie", "roformer", "nystromformer", "megatron-bert", "bert", "electra", "roberta", "xlm-roberta", "mpnet", "distilbert", "albert", "deberta-v2", "modernbert", "bart", "mbart"]),
]


def few() -> list[str]:
    return [kinds[at] for count, kinds in FEW for at in torch.randperm(len(kinds), generator=drawing)[:count].tolist()]


def randomize(model: torch.nn.Module) -> None:
    """Gives every parameter values that make a wrong rounding, row or order visible."""
    done: set[int] = set()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.data_ptr() in done or not parameter.is_floating_point():
                continue
            done.add(parameter.data_ptr())
            noise = torch.randn(parameter.shape, generator=drawing) * 0.5
            is_norm = "norm" in name.lower() and name.endswith("weight") and parameter.dim() == 1
            parameter.copy_(1 + noise / 2 if is_norm else noise)


def flatten(path: str) -> None:
    """Writes the text model's fields among the others, as version 4 did for the first models of pictures and text."""
    with open(path) as file:
        config = json.load(file)
    text = {field: value for field, value in config.pop("text_config").items() if field != "model_type"}
    with open(path, "w") as file:
        json.dump({**text, **config}, file)


def whole_of(kind: str) -> tuple[str, object]:
    """The class and configuration of a model of several parts: a drawn text model, and the other parts as they are by default with one layer."""
    text = AutoConfig.for_model(kind).text_config.model_type
    make = (CASES[text] if text in CASES else decoder(text))[1]
    config = AutoConfig.for_model(kind)
    config.text_config = AutoConfig.for_model(text, **make())
    for name in config.to_dict():
        part = getattr(config, name, None)
        for field in ("num_hidden_layers", "depth", "num_layers", "encoder_layers") if name != "text_config" and hasattr(part, "model_type") else ():
            if isinstance(getattr(part, field, None), int):
                setattr(part, field, 1)
        if name.endswith(("image_token_id", "image_token_index", "audio_token_id", "audio_token_index", "video_token_id")):
            setattr(config, name, 5)
    names = [modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES, modeling_auto.MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES, modeling_auto.MODEL_MAPPING_NAMES]
    return next(table[kind] for table in names if kind in table), config


def keep_text(path: str) -> None:
    """Leaves the tensors of the towers out, which are large."""
    tensors = load_file(os.path.join(path, "model.safetensors"))
    save_file({name: tensor for name, tensor in tensors.items() if not any(word in name for word in ("vision", "audio", "encoder.layers", "qformer", "sam_"))}, os.path.join(path, "model.safetensors"))


def class_of(auto: str) -> object:
    """Of a model with a head, or of its body alone, as those of pictures and text have one for text."""
    if auto == "":
        return transformers.AutoModel
    return getattr(transformers, auto, None) or getattr(transformers, "AutoModelFor" + auto)


def block_of(body: torch.nn.Module) -> torch.nn.Module:
    names = ("layers", "h", "layer", "block", "blocks", "albert_layer_groups")
    return next(child[0] for name, child in body.named_modules() if isinstance(child, torch.nn.ModuleList) and len(child) and name.split(".")[-1] in names)


def compute(path: str, auto: str, part: str, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    model = class_of(auto).from_pretrained(path, dtype=dtype).eval()
    body = model.get_encoder() if part == "encoder" else model.get_decoder() if part in ("decoder", "whole") and hasattr(model, "get_decoder") else model.language_model if part == "language_model" else model.text_model if part == "whole" else getattr(model, model.base_model_prefix, model)
    config = model.config.get_text_config()
    pad = getattr(config, "pad_token_id", None) or 0
    vocab = body.get_input_embeddings().weight.shape[0]
    ids = torch.randint(6, vocab, (3, 9), generator=torch.Generator().manual_seed(seed))
    mask = torch.ones(3, 9, dtype=torch.long)
    ids[1, 6:], mask[1, 6:] = pad, 0
    ids[2, :2], mask[2, :2] = pad, 0
    seen: list[torch.Tensor] = []
    handle = block_of(body).register_forward_pre_hook(lambda _, args, named: seen.append((args[0] if args else named["hidden_states"]).detach().clone()), with_kwargs=True)
    with torch.no_grad():
        body(input_ids=ids, attention_mask=mask)
        embeds = body.get_input_embeddings()(ids)
        if config.model_type == "falcon_h1":
            # The factor is applied in the model's forward, and only where it is given ids.
            embeds = embeds * config.embedding_multiplier
        handle.remove()
        # The promise that users rely on, checked where positions do not depend on padding ids: the same logits.
        whole = dict(attention_mask=mask[:1])
        # A model of two halves wants what the other one gives: its half alone says whether its own vectors are equal.
        target = body if part != "" else model
        first = lambda out: next(value for value in out.values() if isinstance(value, torch.Tensor))
        by_ids, by_embeds = target(input_ids=ids[:1], **whole), target(inputs_embeds=embeds[:1], **whole)
        # Drawn weights can overflow in float16: what is no number is then none both times.
        if not torch.allclose(first(by_ids), first(by_embeds), rtol=0, atol=0, equal_nan=True):
            raise AssertionError("logits from inputs_embeds differ from those from input_ids")
    return dict(input_ids=ids, attention_mask=mask, inputs_embeds=embeds.contiguous(), first_block=seen[0].contiguous())


def build(kind: str) -> tuple[str, str, torch.nn.Module]:
    """The class and part of a type, and a model of it. Types of no case above are decoders of the usual sizes, or a body alone."""
    if kind in WHOLES:
        name, config = whole_of(kind)
        return name, "whole", class_of(name)._from_config(config).eval()
    cases = [CASES[kind]] if kind in CASES else [decoder(kind), ("MaskedLM", sizes, ""), ("", decoder(kind)[1], "")]
    for case in cases:
        auto, make, part = case
        try:
            config = AutoConfig.for_model(kind, **make())
            made = class_of(auto)
            return auto, part, getattr(made, "from_config", getattr(made, "_from_config", None))(config).eval()
        except Exception as error:
            if case is cases[-1] or "Unrecognized configuration class" not in str(error):
                raise
    raise AssertionError("no case")


left_out: dict[str, str] = {}
differing: dict[str, str] = {}
made: list[str] = []
logging_of = lambda error: f"{type(error).__name__}: {error}"[:160]
for kind in [one for kind in wanted or few() for one in (WHOLES if kind == "wholes" else [kind])]:
    path = os.path.join(folder, kind)
    torch.manual_seed(seed)
    try:
        auto, part, model = build(kind)
    except Exception as error:  # Some types have sizes that cannot be this small.
        left_out[kind] = logging_of(error)
        continue
    randomize(model)
    stored = [torch.float32, torch.bfloat16, torch.float16][draw(0, 2)]
    model.to(stored).save_pretrained(path)
    if part == "language_model":
        flatten(os.path.join(path, "config.json"))
    for label, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16), ("f16", torch.float16)):
        try:
            save_file(compute(path, auto, part, dtype), os.path.join(path, f"expected-{label}.safetensors"))
            made.append(f"{kind} {label}")
        except AssertionError as error:
            differing[f"{kind} in {label}"] = str(error)
        except Exception as error:
            left_out[f"{kind} in {label}"] = logging_of(error)
    if part == "whole":
        keep_text(path)
json.dump(dict(transformers=transformers.__version__, torch=torch.__version__, made=made, differing=differing, left_out=left_out), open(os.path.join(folder, "made.json"), "w"))
