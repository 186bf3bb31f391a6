"""Writes packages/tokenizer/test/fixtures/models/*.json.gz with tokenizers 0.23.2: small models of each family whose tokens are text,
and the ids and ends of tokens that they give.

    python packages/tokenizer/tools/make_model_fixtures.py [FAMILY...]

The models are trained here on the repository's own words. `unigram-ties` has scores at which many ways to write a text come to nearly
the same sum; `bpe-early` has merges that stand before those that make their parts, as Llama 2's and Gemma's do.
"""

import gzip
import json
import pathlib
import random
import sys

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

ROOT = pathlib.Path(__file__).parents[3]
OUT = ROOT / "packages/tokenizer/test/fixtures/models"
random.seed(20261126)

WORDS = "\n".join(path.read_text() for path in sorted(ROOT.glob("packages/*/README.md")))
LINES = WORDS.split("\n") + ["Привет мир, мир и мера", "中文字、中文字。文字", "これは文字です", "한국어 한국", "größer straße é è"] * 5
FRAGMENTS = ["▁", "▁▁", "▁▁▁", " ", "\n", "\t", "a", "ab", "aaa", "the", "ing", ".", "..", "--", "1", "12", "é", "e\u0301", "ж", "мир", "中", "文字"]
FRAGMENTS += ["の", "한", "😀", "👩\u200d👧", "\0", "\u0085", "\ufeff", "\U0010ffff", "<0x0A>", "<unk>", "##s", "##", "<", ">", "q", "zzz"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def pieces(tokens: list[str]) -> list[str]:
    texts = []
    for _ in range(600):
        parts = []
        for _ in range(random.choice([1, 2, 3, 5, 8, 30])):
            kind = random.randrange(4)
            if kind == 0:
                start = random.randrange(len(WORDS))
                parts.append(WORDS[start : start + random.randrange(1, 20)].replace(" ", "▁"))
            else:
                parts.append(random.choice(FRAGMENTS if kind < 3 else tokens))
        texts.append("".join(parts))
    for run in ["a", "▁", "-", "é", "中", "aab", "a▁", "\U0010ffff"]:
        texts.append(run * (500 // len(run)))
    return [text for text in texts if text]


def write(name: str, tokenizer: Tokenizer) -> None:
    model = json.loads(tokenizer.to_str())["model"]
    vocab = model["vocab"]
    texts = pieces([entry[0] for entry in vocab] if isinstance(vocab, list) else list(vocab))
    answers = [tokenizer.model.tokenize(text) for text in texts]
    fixture = {
        "reference": f"tokenizers {tokenizers.__version__}",
        "model": model,
        "pieces": texts,
        "ids": [[token.id for token in answer] for answer in answers],
        "ends": [[token.offsets[1] for token in answer] for answer in answers],
    }
    data = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode()
    (OUT / f"{name}.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def of_model(model: dict) -> Tokenizer:
    parts = ["normalizer", "pre_tokenizer", "post_processor", "decoder", "truncation", "padding"]
    return Tokenizer.from_str(json.dumps({"version": "1.0", "added_tokens": [], "model": model} | dict.fromkeys(parts)))


def bpe() -> None:
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=900, special_tokens=["<unk>"], limit_alphabet=90, show_progress=False)
    trained.train_from_iterator(LINES, trainer)
    model = json.loads(trained.to_str())["model"]
    write("bpe-unknown", of_model(model))
    write("bpe-unknown-fused", of_model(model | {"fuse_unk": True}))
    write("bpe-left-out", of_model(model | {"unk_token": None, "byte_fallback": True}))
    ids = {token: id for id, token in enumerate(["<unk>"] + BYTES + [token for token in model["vocab"] if token != "<unk>"])}
    full = model | {"vocab": ids, "fuse_unk": True, "byte_fallback": True}
    write("bpe-bytes", of_model(full))
    write("bpe-ignore-merges", of_model(full | {"ignore_merges": True, "vocab": ids | {"the▁the": len(ids), "aaaaaaaaa": len(ids) + 1}}))
    # Some bytes only, so that others are unknown; and merges of bytes and of the unknown token.
    some = {token: id for token, id in ids.items() if token not in BYTES[0xE0:]}
    odd = {"<0xC2><0x85>": 5000, "<unk>▁": 5001, "a<unk>": 5002}
    merges = [["<0xC2>", "<0x85>"], ["<unk>", "▁"], ["a", "<unk>"]] + full["merges"]
    write("bpe-some-bytes", of_model(full | {"vocab": some | odd, "merges": merges}))
    # Every way to make a token is a merge, in an order that knows nothing of how the parts are made.
    merges = [[token[:i], token[i:]] for token in ids for i in range(1, len(token)) if token[:i] in ids and token[i:] in ids and token not in BYTES]
    random.shuffle(merges)
    write("bpe-early", of_model(full | {"merges": merges}))


def unigram() -> None:
    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(LINES, trainers.UnigramTrainer(vocab_size=900, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False))
    model = json.loads(trained.to_str())["model"]
    vocab = model["vocab"]
    write("unigram", of_model(model))
    write("unigram-bytes", of_model(model | {"vocab": vocab + [[token, 0.0] for token in BYTES], "byte_fallback": True}))
    # Equal and nearly equal sums: scores of few digits and of as many as there are; a text listed twice; a joined unknown run.
    scores = [-0.1, -0.2, -0.30000000000000004, -1.1, -1.1000000000000003, -2.2, -3.3000000000000003, -7.123456789012345]
    tied = [[token, random.choice(scores)] for token, _ in vocab]
    tied += [["a", -0.1], ["aa", -0.2], ["aaa", -0.30000000000000004], ["ab", -1.1], ["aba", -1.2000000000000002], ["\0\0", 30.5]]
    write("unigram-ties", of_model(model | {"vocab": tied + [["aa", -0.2]]}))


def as_read(score: float) -> float:
    """What the library's JSON reader makes of a score: its digits as an integer, divided by a power of ten."""
    whole, fraction = repr(-score).split(".")
    return -(float(int(whole + fraction)) / float(10 ** len(fraction)))


def unigram_digits() -> None:
    """A doubled letter is a token of twice the letter's score, which the library reads as less: two tokens win by that."""
    vocab = [["<unk>", -30.0]]
    for letter in map(chr, range(0x61, 0x7B)):
        score = 0.0
        while as_read(score) >= score or as_read(score / 2) != score / 2:
            score = -random.uniform(2, 20)
        vocab += [[letter, score / 2], [letter * 2, score]]
    model = {"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": False}
    write("unigram-digits", of_model(model))


def wordpiece() -> None:
    trained = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    trained.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trained.train_from_iterator(LINES, trainers.WordPieceTrainer(vocab_size=900, special_tokens=["[UNK]"], show_progress=False))
    model = json.loads(trained.to_str())["model"]
    write("wordpiece", of_model(model | {"max_input_chars_per_word": 100}))
    write("wordpiece-short", of_model(model | {"max_input_chars_per_word": 6, "continuing_subword_prefix": "#"}))
    write("wordpiece-no-prefix", of_model(model | {"max_input_chars_per_word": 40, "continuing_subword_prefix": ""}))


def wordlevel() -> None:
    random.seed(20261128)
    trained = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    trained.pre_tokenizer = pre_tokenizers.Whitespace()
    trained.train_from_iterator(LINES, trainers.WordLevelTrainer(vocab_size=400, special_tokens=["[UNK]"], show_progress=False))
    write("wordlevel", of_model(json.loads(trained.to_str())["model"]))


def word_bpe() -> None:
    random.seed(20261129)
    names = {"suffix": {"end_of_word_suffix": "</w>"}, "prefix": {"continuing_subword_prefix": "##"}, "both": {"end_of_word_suffix": "😀", "continuing_subword_prefix": "é#"}}
    for name, affixes in names.items():
        trained = Tokenizer(models.BPE(unk_token="<unk>", **affixes))
        trained.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trained.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=700, special_tokens=["<unk>"], limit_alphabet=90, show_progress=False, **affixes))
        model = json.loads(trained.to_str())["model"]
        random.shuffle(model["merges"])
        write(f"word-bpe-{name}", of_model(model | {"fuse_unk": name == "prefix", "ignore_merges": name == "both"}))


OUT.mkdir(parents=True, exist_ok=True)
families = {"bpe": bpe, "unigram": unigram, "wordpiece": wordpiece, "unigram-digits": unigram_digits, "wordlevel": wordlevel, "word-bpe": word_bpe}
for name in sys.argv[1:] or families:
    families[name]()
