"""Write packages/tokenizer/test/fixtures/tokenizer-json/*.json.gz with tokenizers 0.23.2: small tokenizers of each family,
and the ids they give.

    python packages/tokenizer/tools/make_tokenizer_json_fixtures.py

The tokenizers are trained here on a text of all Unicode blocks and the repository's own words, so that no model's files
are copied; their components are those of the published files.
"""

import gzip
import json
import pathlib
import random

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ROOT = pathlib.Path(__file__).parents[3] / "packages/tokenizer"
OUT = ROOT / "test/fixtures/tokenizer-json"
CL100K = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = CL100K.replace(r"\p{N}{1,3}", r"\p{N}")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEKKEN = O200K.replace(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "").replace(r"\p{N}{1,3}", r"\p{N}")
random.seed(20261124)

FRAGMENTS = [
    "a", "B", "z", "É", "é", "e\u0301", "ß", "ǅ", "ʰ", "Σ", "ſ", "中", "亚洲AV", "の", "カ", "\u304b\u3099", "한", "\u1112\u1161\u11ab", "क्", "\u0958",
    "1", "2", "123", "4567", "٣", "½", "Ⅷ", " ", "  ", "   ", "\n", "\r\n", "\t", "\u3000", "\u00a0", "\u0085", "\u200b", "\ufeff",
    "'", "’", "'s", "'S", "'ſ", "'T", "'ll", "'LL", "'re", "!", "?!", "/", ";\n//", "_", "-", ".", "\0", "😀", "👍🏽", "\u0301", "\u212b",
    "hello", " world", "World", " The", "the", "Don", "ing", " http://", "<|", "|>", "<|endoftext|>", "<|begin|>", "<mask>", "<s>",
]
TEXTS = ["", "Hello, world. Is this-- a test?"] + [
    "".join(random.choice(FRAGMENTS) for _ in range(random.randint(1, 30))) for _ in range(600)
]
CORPUS = [(ROOT / "test/fixtures/the-verdict.txt").read_text()] + TEXTS


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior=behavior, invert=invert),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def train(pre_tokenizer, normalizer=None, vocab_size=900):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def edit(tokenizer, change):
    content = json.loads(tokenizer.to_str())
    change(content)
    return Tokenizer.from_str(json.dumps(content))


def all_splits(content):
    """Merges as Llama 3's file has them: every pair that makes a token, by token."""
    vocab = content["model"]["vocab"]
    pairs = []
    for token, rank in sorted(vocab.items(), key=lambda item: item[1]):
        here = [(token[:i], token[i:]) for i in range(1, len(token)) if token[:i] in vocab and token[i:] in vocab]
        pairs += sorted(here, key=lambda pair: (vocab[pair[0]], vocab[pair[1]]))
    content["model"]["merges"] = pairs
    content["model"]["ignore_merges"] = True


def unmerged(content):
    """A token that no merging makes, which `ignore_merges` still finds."""
    content["model"]["vocab"][" mask".replace(" ", "\u0120")] = len(content["model"]["vocab"])
    content["model"]["ignore_merges"] = True


tokens = {}
gpt2 = train(pre_tokenizers.ByteLevel(add_prefix_space=False))
gpt2.post_processor = processors.ByteLevel(trim_offsets=False)
gpt2.add_special_tokens([AddedToken("<|endoftext|>", normalized=True)])
tokens["gpt2"] = gpt2
roberta = train(pre_tokenizers.ByteLevel(add_prefix_space=True))
roberta.add_special_tokens(["<s>", "</s>", AddedToken("<mask>", lstrip=True, rstrip=False)])
roberta.post_processor = processors.RobertaProcessing(("</s>", roberta.token_to_id("</s>")), ("<s>", roberta.token_to_id("<s>")))
tokens["roberta"] = roberta
llama3 = edit(train(split(CL100K)), all_splits)
llama3.add_special_tokens(["<|begin|>", "<|endoftext|>", AddedToken("<mask>", lstrip=True, rstrip=True)])
llama3.post_processor = processors.Sequence(
    [
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", llama3.token_to_id("<|begin|>"))]),
    ]
)
tokens["llama3"] = llama3
tokens["ignore-merges"] = edit(train(split(CL100K)), unmerged)
qwen2 = train(split(QWEN2), normalizers.NFC())
qwen2.add_special_tokens(["<|endoftext|>"])
qwen2.add_tokens([AddedToken("World", normalized=False, special=False)])
tokens["qwen2"] = qwen2
tekken = train(split(TEKKEN))
tekken.add_special_tokens(["<s>", "</s>"])
tokens["tekken"] = tekken
phi4 = train(split(CL100K, "removed", True))
phi4.add_special_tokens([AddedToken("<|endoftext|>", lstrip=True, rstrip=True)])
tokens["phi4"] = phi4
tokens["o200k"] = train(split(O200K, "removed", True))

OUT.mkdir(parents=True, exist_ok=True)
for name, tokenizer in tokens.items():
    content = json.loads(tokenizer.to_str())
    if name == "gpt2":  # merges as older files write them
        content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    fixture = {
        "reference": f"tokenizers {tokenizers.__version__} (Python)",
        "tokenizer": content,
        "texts": TEXTS,
        "ids": [tokenizer.encode(text).ids for text in TEXTS],
        "idsWithoutTemplate": [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS],
        "decoded": [tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).ids, skip_special_tokens=False) for text in TEXTS],
    }
    data = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode()
    (OUT / f"{name}.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    print(name, len(data), "bytes,", (OUT / f"{name}.json.gz").stat().st_size, "compressed")

# What BpeTrainer learns from the same texts, for trainBpe.
trained = Tokenizer(models.BPE())
trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
trainer = trainers.BpeTrainer(
    vocab_size=2000,
    min_frequency=2,
    initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    special_tokens=["<|endoftext|>"],
    show_progress=False,
)
trained.train_from_iterator(CORPUS, trainer)
learnt = {
    "reference": f"tokenizers {tokenizers.__version__} (Python), BpeTrainer",
    "texts": TEXTS,
    "model": json.loads(trained.to_str())["model"],
}
data = json.dumps(learnt, ensure_ascii=False, separators=(",", ":")).encode()
(OUT.parent / "bpe-trainer.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
