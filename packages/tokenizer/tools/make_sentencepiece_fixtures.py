"""Writes packages/tokenizer/test/fixtures/sentencepiece/*.json.gz with the sentencepiece library: small models of each kind, the ids that
they give for texts, and the texts that they give for ids.

    python packages/tokenizer/tools/make_sentencepiece_fixtures.py [NAME...]

The models are trained here on the repository's own words.
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import random
import struct
import sys

import sentencepiece

ROOT = pathlib.Path(__file__).parents[3]
OUT = ROOT / "packages/tokenizer/test/fixtures/sentencepiece"
random.seed(20261126)

WORDS = "\n".join(path.read_text() for path in sorted(ROOT.glob("packages/*/README.md")))
RUNS = ["-", "=", "*", ".", "a", "ab", "no", " -", "mis"]
LINES = [line for line in WORDS.split("\n") if line] + ["Привет мир", "中文字、中文字。", "ﬁne ½ ①"] * 5
LINES += ["x" + run * length for run in RUNS for length in range(1, 24)]
FRAGMENTS = [" ", "  ", "   ", "▁", "▁▁", "\n", "\t", "\u3000", "\u00a0", "a", "ab", "aaa", "the", "ing", ".", "--", "1", "12", "é", "e\u0301"]
FRAGMENTS += ["ж", "мир", "中", "の", "ﬁ", "½", "①", "ｶﾞ", "İ", "ß", "😀", "👩\u200d👧", "\0", "\u0085", "\ufeff", "\U0010ffff", "<0x0A>", "<s>", "<unk>"]
FRAGMENTS += ["<sep>", "<b>", "<se"]

KINDS = {
    "unigram": {"model_type": "unigram", "normalization_rule_name": "nmt_nfkc", "vocab_size": 700},
    "unigram-bytes": {"model_type": "unigram", "normalization_rule_name": "identity", "byte_fallback": True, "vocab_size": 900},
    "unigram-plain": {
        "model_type": "unigram",
        "normalization_rule_name": "identity",
        "remove_extra_whitespaces": False,
        "add_dummy_prefix": False,
        "user_defined_symbols": ["<sep>", "<b>"],
        "vocab_size": 700,
    },
    # Many ways to write a run have nearly the same sum: the last bits of the scores of user-defined pieces decide.
    "unigram-ties": {
        "model_type": "unigram",
        "normalization_rule_name": "identity",
        "byte_fallback": True,
        "user_defined_symbols": ["ab", "abab", "aaaaaaa", "a", "-----", "---", "--", "==========", "===", "misno", "no", ".."],
        "vocab_size": 900,
    },
    "bpe": {"model_type": "bpe", "normalization_rule_name": "identity", "vocab_size": 700},
    "bpe-bytes": {
        "model_type": "bpe",
        "normalization_rule_name": "identity",
        "byte_fallback": True,
        "remove_extra_whitespaces": False,
        "user_defined_symbols": ["<sep>", "<b>", "the "],
        "vocab_size": 900,
    },
}


def random_run() -> str:
    """Runs can be written in many ways of nearly the same sum of scores."""
    return "".join(random.choice(RUNS) * random.randrange(1, 40) for _ in range(random.randrange(1, 6)))


def random_text() -> str:
    parts = []
    for _ in range(random.choice([1, 2, 3, 5, 8, 30])):
        start = random.randrange(len(WORDS))
        parts.append(random.choice([random.choice(FRAGMENTS), WORDS[start : start + random.randrange(1, 20)]]))
    return "".join(parts)


OUT.mkdir(parents=True, exist_ok=True)
for name in sys.argv[1:] or KINDS:
    options = KINDS[name]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=model, character_coverage=0.995, minloglevel=2, **options
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    texts = ["", " ", "  \n ", *(random_text() for _ in range(500)), *(random_run() for _ in range(300))]
    # Said over and over, this is a text of which the sum of scores goes below -100,000 again and again.
    repeats = 60
    repeated = " ".join(random_text() + random_run() for _ in range(60))
    long_ids = processor.encode(repeated * repeats)
    sequences = [[random.randrange(processor.get_piece_size()) for _ in range(random.randrange(12))] for _ in range(400)]
    sequences += [[random.randrange(300) for _ in range(random.randrange(12))] for _ in range(200)]
    fixture = {
        "reference": f"sentencepiece {sentencepiece.__version__}",
        "model": base64.b64encode(model.getvalue()).decode(),
        "texts": texts,
        "ids": [processor.encode(text) for text in texts],
        "repeated": repeated,
        "repeats": repeats,
        "longSha256": hashlib.sha256(struct.pack(f"<{len(long_ids)}I", *long_ids)).hexdigest(),
        "sequences": sequences,
        "decoded": [processor.decode(ids) for ids in sequences],
    }
    data = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    (OUT / f"{name}.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
