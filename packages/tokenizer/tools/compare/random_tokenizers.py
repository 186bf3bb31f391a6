"""Tokenizers of random but legal configurations, trained by the wheel's own trainers: what people save, and what they could.

    python random_tokenizers.py FOLDER SEED COUNT TEXT_FILE
"""

import json
import pathlib
import random
import string
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from texts import pieces

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
seed, count = int(sys.argv[2]), int(sys.argv[3])
prose = pathlib.Path(sys.argv[4]).read_text()[:40_000].split("\n")
maybe = lambda chance=0.5: random.random() < chance
behaviors = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
expressions = [
    r"\s+", r"\s", r"\w+|[^\w\s]+", r" ?\p{L}+", r"\p{N}", r"\d{1,3}", r"\d{1,3}(?=(?:\d{3})*\b)", r"[^\n]+\n?", r"\p{Han}+", r".", r".{1,5}", r"\R", r"(?=[A-Z])", r"\b", r"\s*",
    r"(?<=\p{L})(?=\p{N})", r"(?<=a)b", r"^\s", r"\s$", r"[[:punct:]]", r"\p{P}+", r"(?i:the)", r"'(?:s|t)|\S", r"[a-z]+(?:'[a-z]+)?", r"(?!\S)\s", r"x|(?:)", r"\p{Lu}\p{Ll}*", r"\A.", r"\n+", r"[^\r\n\p{L}\p{N}]?+\p{L}++",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
]
texts = ["the", " ", "\n", "e", "aa", "▁", "_", "  ", ".", "'", "é", "中", "\u0301", "\u00a0"]


def pattern():
    return Regex(random.choice(expressions)) if maybe(0.6) else random.choice(texts)


def normalizer():
    make = [
        normalizers.NFC, normalizers.NFD, normalizers.NFKC, normalizers.NFKD, normalizers.Lowercase, normalizers.StripAccents, normalizers.Nmt,
        lambda: normalizers.ByteLevel() if maybe(0.1) else normalizers.NFC(),
        lambda: normalizers.Strip(left=maybe(), right=maybe()),
        lambda: normalizers.Prepend(random.choice(["▁", " ", "_", "x\u0301", "ab"])),
        lambda: normalizers.Replace(pattern(), random.choice(["", " ", "▁", "x", "the", "\u0301", "\\1"])),
        lambda: normalizers.Replace(" ", "▁"),
        lambda: normalizers.BertNormalizer(clean_text=maybe(), handle_chinese_chars=maybe(), strip_accents=random.choice([None, True, False]), lowercase=maybe()),
    ]
    count = random.choice([0, 0, 1, 1, 2, 3])
    some = [random.choice(make)() for _ in range(count)]
    return None if count == 0 else some[0] if count == 1 and maybe(0.7) else normalizers.Sequence(some)


def byte_level():
    return pre_tokenizers.ByteLevel(add_prefix_space=maybe(), use_regex=maybe(), trim_offsets=maybe())


def metaspace():
    return pre_tokenizers.Metaspace(replacement=random.choice("▁▁▁_"), prepend_scheme=random.choice(["always", "first", "never"]), split=maybe(0.6))


def pre_tokenizer(kind):
    make = [
        pre_tokenizers.Whitespace, pre_tokenizers.WhitespaceSplit, pre_tokenizers.BertPreTokenizer, metaspace, metaspace,
        lambda: pre_tokenizers.Digits(individual_digits=maybe()),
        lambda: pre_tokenizers.Punctuation(random.choice(behaviors)),
        *[lambda: pre_tokenizers.Split(pattern(), random.choice(behaviors), invert=maybe(0.3))] * 4,
        lambda: random.choice([pre_tokenizers.UnicodeScripts(), pre_tokenizers.CharDelimiterSplit(random.choice(" _e")), pre_tokenizers.FixedLength(length=random.randrange(1, 9))]) if maybe(0.2) else metaspace(),
    ]
    some = [random.choice(make)() for _ in range(random.choice([0, 1, 1, 1, 2, 3]))]
    if kind == "bytes":
        some.insert(len(some) if maybe(0.85) else random.randrange(len(some) + 1), byte_level())
    return None if not some else some[0] if len(some) == 1 and maybe(0.7) else pre_tokenizers.Sequence(some)


def decoder(kind):
    if kind == "bytes" and maybe(0.8):
        return decoders.ByteLevel()
    make = [
        decoders.ByteLevel, decoders.Fuse, decoders.ByteFallback,
        lambda: decoders.WordPiece(prefix=random.choice(["##", "@@"]), cleanup=maybe()),
        lambda: decoders.Metaspace(replacement=random.choice("▁▁_"), prepend_scheme=random.choice(["always", "first", "never"]), split=maybe()),
        lambda: decoders.Strip(random.choice(" _e"), random.randrange(3), random.randrange(3)),
        lambda: decoders.Replace(pattern(), random.choice(["", " ", "▁", "x"])),
        lambda: random.choice([decoders.BPEDecoder(), decoders.CTC()]) if maybe(0.2) else decoders.Fuse(),
    ]
    some = [random.choice(make)() for _ in range(random.choice([0, 1, 1, 2, 3]))]
    return None if not some else some[0] if len(some) == 1 and maybe(0.7) else decoders.Sequence(some)


def model(kind):
    """The model untrained, and its trainer."""
    special = random.choice([[], ["<unk>"], ["<unk>", "<s>", "</s>"]] if kind == "bytes" else [["<unk>"], ["<unk>", "<s>", "</s>"]])
    unk = "<unk>" if special and maybe(0.9) else None
    size = random.choice([300, 400, 700])
    if kind == "unigram":
        return models.Unigram(), trainers.UnigramTrainer(vocab_size=size, special_tokens=["<unk>"], unk_token="<unk>", max_piece_length=random.choice([2, 8, 16]), show_progress=False)
    if kind == "wordpiece":
        prefix = random.choice(["##", "##", "@@"])
        return (
            models.WordPiece(unk_token="<unk>", max_input_chars_per_word=random.choice([1, 5, 100]), continuing_subword_prefix=prefix),
            trainers.WordPieceTrainer(vocab_size=size, special_tokens=["<unk>"], continuing_subword_prefix=prefix, limit_alphabet=200, show_progress=False),
        )
    if kind == "wordlevel":
        return models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=size, special_tokens=["<unk>"], show_progress=False)
    around = {}
    if kind == "characters" and maybe(0.1):
        around = random.choice([{"end_of_word_suffix": "</w>"}, {"continuing_subword_prefix": "##"}, {"end_of_word_suffix": "</w>", "continuing_subword_prefix": "##"}])
    options = {"unk_token": unk, "fuse_unk": maybe(), "byte_fallback": kind == "fallback", "ignore_merges": maybe(0.3), **around}
    alphabet = pre_tokenizers.ByteLevel.alphabet() if kind == "bytes" and maybe(0.7) else []
    if kind == "fallback":
        special = special + [f"<0x{byte:02X}>" for byte in range(256) if maybe(0.995)]
        size += 256
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, initial_alphabet=alphabet, limit_alphabet=random.choice([60, 300]), max_token_length=random.choice([None, 4, 9]), show_progress=False, **around
    )
    return models.BPE(**options), trainer


def added_tokens(tokenizer):
    vocabulary = [token for token in tokenizer.get_vocab() if token]
    contents = ["<s>", "</s>", "<mask>", "<|a|>", "<|a|><|b|>", "|><|", "[MASK]", " ", "  ", "    ", "\n", "the", "The", " the", "he", "e\u0301", "é", "Łódź", "İ", "x" * 40, "中文", "▁a", "a b", "\u00a0", "\u200d", "ﬁ", *random.choices(vocabulary, k=6), *random.choices(pieces, k=6)]
    for content in random.sample(contents, random.choice([0, 0, 1, 2, 4, 8])):
        if content == "":
            continue
        token = AddedToken(content, single_word=maybe(0.25), lstrip=maybe(0.25), rstrip=maybe(0.25), normalized=maybe(), special=False)
        if maybe():
            tokenizer.add_special_tokens([AddedToken(content, single_word=token.single_word, lstrip=token.lstrip, rstrip=token.rstrip, normalized=token.normalized, special=True)])
        else:
            tokenizer.add_tokens([token])


def post_processor(tokenizer):
    vocabulary = tokenizer.get_vocab()
    names = random.choices(sorted(vocabulary), k=3)
    pair = [(name, vocabulary[name]) for name in names]
    named = [(name, id) for name, id in pair if name and not any(char in name for char in " $:")]
    template = " ".join(["$A", *(name for name, _ in named)] if maybe() else [*(name for name, _ in named), "$A"])
    make = [
        lambda: processors.TemplateProcessing(single=template, special_tokens=list(dict(named).items())),
        lambda: processors.BertProcessing(pair[0], pair[1]),
        lambda: processors.RobertaProcessing(pair[0], pair[1], trim_offsets=maybe(), add_prefix_space=maybe()),
        lambda: processors.ByteLevel(trim_offsets=maybe(), add_prefix_space=maybe()),
    ]
    some = [random.choice(make)() for _ in range(random.choice([0, 0, 1, 1, 2]))]
    return None if not some else some[0] if len(some) == 1 else processors.Sequence(some)


def lines():
    for line in prose:
        yield line + "\n"
    for _ in range(300):
        yield "".join(random.choice(pieces) for _ in range(20))
    yield "".join(random.choices(string.printable, k=2000))


for number in range(count):
    random.seed(f"{seed}-{number}")
    kind = random.choice(["bytes"] * 6 + ["characters", "fallback", "unigram", "wordpiece"] * 2 + ["wordlevel"])
    one, trainer = model(kind)
    tokenizer = Tokenizer(one)
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizer(kind)
    tokenizer.decoder = decoder(kind)
    try:
        tokenizer.train_from_iterator(lines(), trainer)
    except BaseException as error:  # the trainers panic where nothing is left to learn
        print(f"{number} {kind}: {str(error)[:80]}", file=sys.stderr)
        continue
    added_tokens(tokenizer)
    tokenizer.post_processor = post_processor(tokenizer)
    if maybe(0.1):
        tokenizer.enable_truncation(max_length=5, direction=random.choice(["left", "right"]))
    if maybe(0.1):
        tokenizer.enable_padding(length=7, pad_token=random.choice(["[PAD]", "<unk>"]))
    if kind == "unigram" and maybe(0.3):
        content = json.loads(tokenizer.to_str())
        content["model"]["byte_fallback"] = True
        content["model"]["vocab"] += [[f"<0x{byte:02X}>", -20.0] for byte in range(256) if maybe(0.995)]
        # The added tokens that the vocabulary held before keep their ids.
        tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.save(str(out / f"{seed}-{number}-{kind}.json"))
