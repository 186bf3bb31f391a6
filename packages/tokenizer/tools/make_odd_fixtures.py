"""Write test/fixtures/tokenizer-json/odd-*.json.gz with tokenizers 0.23.2: small tokenizers of odd but legal configurations, each of which once
had other ids, texts or cuts here, and what the reference makes of some texts.

    python packages/tokenizer/tools/make_odd_fixtures.py [NAME...]
"""

import gzip
import json
import pathlib
import sys

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "compare"))
from references import Tokenizers
from texts import Texts

OUT = HERE.parent / "test/fixtures/tokenizer-json"
prose = (HERE.parent / "test/fixtures/the-verdict.txt").read_text()
metaspace = pre_tokenizers.Metaspace


def assemble(model, normalizer=None, pre_tokenizer=None, decoder=None):
    """A tokenizer with the components that are given."""
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    if decoder is not None:
        tokenizer.decoder = decoder
    return tokenizer


def bytes_bpe(pre_tokenizer, alphabet=True, normalizer=None, decoder=None, tokens=()):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoder or decoders.ByteLevel()
    initial = sorted(pre_tokenizers.ByteLevel.alphabet()) if alphabet else []
    tokenizer.train_from_iterator([prose], trainers.BpeTrainer(vocab_size=400, initial_alphabet=initial, show_progress=False))
    tokenizer.add_tokens(list(tokens))
    return tokenizer


def unigram(normalizer=None, pre_tokenizer=None, decoder=None, twice=False):
    characters = sorted(set(prose)) + ["▁", "▁the", "▁a", "he", "ing", "and"]
    vocab = [("<unk>", 0.0)] + [(text, -3.0 - place / 8) for place, text in enumerate(characters)]
    model = models.Unigram(vocab + [("<unk>", -40.0)] * twice, unk_id=0)
    return assemble(model, normalizer, pre_tokenizer, decoder or decoders.Metaspace())


def word_level(pre_tokenizer, normalizer=None, decoder=None):
    tokenizer = assemble(models.WordLevel(unk_token="[UNK]"), normalizer, pre_tokenizer, decoder)
    tokenizer.train_from_iterator([prose, "中 文 字 é ß 😀"], trainers.WordLevelTrainer(vocab_size=500, special_tokens=["[UNK]", "[CLS]", "[SEP]"], show_progress=False))
    tokenizer.add_tokens([AddedToken("new york", single_word=True), AddedToken("the "), AddedToken("[MASK]", lstrip=True, special=True)])
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    return tokenizer


def twice():
    tokenizer = unigram(twice=True)
    tokenizer.add_tokens([AddedToken("<new>"), AddedToken("Łódź")])
    return tokenizer


spaces = [
    AddedToken(" ", lstrip=True, normalized=True),
    AddedToken("    ", rstrip=True, normalized=True),
    AddedToken("the", rstrip=True, normalized=False),
    AddedToken("  ", normalized=False),
]
whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
words = pre_tokenizers.ByteLevel(add_prefix_space=False)
first = lambda: metaspace(prepend_scheme="first")
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def after(processor):
    tokenizer = bytes_bpe(words)
    template = processors.TemplateProcessing(single="a b $A c", special_tokens=[("a", 64), ("b", 65), ("c", 66)])
    tokenizer.post_processor = processors.Sequence([template, processor])
    return tokenizer


removing = normalizers.Sequence([normalizers.Nmt(), normalizers.StripAccents(), normalizers.Strip(right=False)])
odd = {
    "unknown-listed-twice": twice(),
    "bytes-left-out": bytes_bpe(whole, alphabet=False),
    "taken-spaces": bytes_bpe(words, tokens=spaces),
    "beginning-removed": unigram(removing, first()),
    "beginning-cleaned": unigram(normalizers.BertNormalizer(lowercase=False), first()),
    "beginning-replaced": unigram(normalizers.Sequence([normalizers.Replace("x", ""), normalizers.Replace("zz", "a")]), first()),
    "beginning-put-back": unigram(normalizers.Sequence([normalizers.Strip(), normalizers.Prepend("_")]), first()),
    "empty-matches": bytes_bpe(
        pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"\s*"), "merged_with_previous"), pre_tokenizers.Split(Regex(r"x|(?:)"), "contiguous"), whole]),
        decoder=decoders.Sequence([decoders.ByteLevel(), decoders.Replace(Regex(r"\s*"), "_")]),
    ),
    "contiguous-known": bytes_bpe(
        pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(GPT2), "contiguous"), whole]), tokens=[AddedToken("<|a|>", special=True)]
    ),
    "template-then-bert": after(processors.BertProcessing(("s", 82), ("c", 66))),
    "template-then-roberta": after(processors.RobertaProcessing(("s", 82), ("c", 66), trim_offsets=False)),
    "word-level": word_level(pre_tokenizers.Whitespace(), normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])),
    "word-level-split": word_level(pre_tokenizers.WhitespaceSplit(), decoder=decoders.WordPiece(cleanup=True)),
    "word-level-whole": word_level(None),
    "space-gone": bytes_bpe(pre_tokenizers.Sequence([metaspace(split=False, replacement="_"), words])),
}


def named_ends(pre_tokenizer, normalizer, decoder, alphabet=(), options=(), **affixes):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", **affixes, **dict(options)))
    tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = normalizer, pre_tokenizer, decoder
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=["<unk>", "<|startoftext|>", "<|endoftext|>"], initial_alphabet=list(alphabet), show_progress=False, **affixes)
    tokenizer.train_from_iterator([prose], trainer)
    return tokenizer


CLIP = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def clip(expression):
    normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    split = pre_tokenizers.Split(Regex(expression), behavior="removed", invert=True)
    pre_tokenizer = pre_tokenizers.Sequence([split, words])
    tokenizer = named_ends(pre_tokenizer, normalizer, decoders.ByteLevel(), pre_tokenizers.ByteLevel.alphabet(), end_of_word_suffix="</w>")
    tokenizer.post_processor = processors.RobertaProcessing(("<|endoftext|>", 2), ("<|startoftext|>", 1), trim_offsets=False, add_prefix_space=False)
    return tokenizer


def of_letters(normalizer=None, pre_tokenizer=None, decoder=None):
    """BPE without the pre-tokenizer ByteLevel, and without an unknown token: what has no token is left out."""
    tokenizer = assemble(models.BPE(), normalizer, pre_tokenizer, decoder)
    tokenizer.train_from_iterator([prose], trainers.BpeTrainer(vocab_size=400, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
    return tokenizer


split = lambda pattern, behavior: pre_tokenizers.Split(pattern, behavior)
odd |= {
    "clip": clip(CLIP),
    "clip-with-tokens": clip(r"<\|startoftext\|>|<\|endoftext\|>|" + CLIP),
    "word-ends": named_ends(pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer(), decoders.BPEDecoder(), end_of_word_suffix="</w>"),
    "continued-words": named_ends(
        pre_tokenizers.WhitespaceSplit(), normalizers.NFKC(), decoders.WordPiece(), options={"fuse_unk": True}, continuing_subword_prefix="##"
    ),
    "both-ends": named_ends(pre_tokenizers.Whitespace(), None, decoders.BPEDecoder(suffix="@"), options={"ignore_merges": True}, continuing_subword_prefix="é#", end_of_word_suffix="@"),
    "scripts": bytes_bpe(pre_tokenizers.Sequence([pre_tokenizers.UnicodeScripts(), whole])),
    "scripts-behind": unigram(normalizers.NFKC(), pre_tokenizers.Sequence([pre_tokenizers.Digits(), pre_tokenizers.UnicodeScripts(), metaspace()])),
    "fixed-length": bytes_bpe(pre_tokenizers.Sequence([pre_tokenizers.FixedLength(3), words])),
    "delimited": word_level(pre_tokenizers.CharDelimiterSplit(" "), decoder=decoders.CTC(pad_token="[CLS]", word_delimiter_token="the")),
    "delimited-by-letter": unigram(None, pre_tokenizers.CharDelimiterSplit("e"), decoders.Sequence([decoders.CTC(pad_token="▁", cleanup=False), decoders.BPEDecoder(suffix="")])),
    "byte-level-text": of_letters(normalizers.Sequence([normalizers.NFC(), normalizers.ByteLevel()]), None, decoders.ByteLevel()),
    "byte-level-text-split": of_letters(normalizers.ByteLevel(), split(Regex(r"Ġ?\p{L}+|\d{1,2}"), "merged_with_next"), decoders.ByteLevel()),
    "byte-level-twice": bytes_bpe(words, normalizer=normalizers.ByteLevel()),
    "letters-only": of_letters(None, split(" ", "merged_with_next")),
}
own = [
    "", " ", "     ", "      the   x", "  the    \n    he", "\u0301a b", "\u0301\u0301 the", "\x01the a", "\t the", " the", "xthe", "xxthe zz", "zzthe", "the zz x", "\u200bthe", "中the", "é", "e\u0301",
    "a ELSE < 64 _BD = BD != 0", "x <  y -- z", "a-b--c", "---", "xx", "x y", "Łódź <new><unk>", "Я и ты: yes и no .и .",
    "  да and нет 1 да", "漢字 ひらカター abc ￥x", "HE'LL say: it's <|endoftext|> 12", "a  b\u00a0c\td", "the the [CLS] [CLS] n't .",
]
for name, tokenizer in odd.items():
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    content = tokenizer.to_str()
    path = pathlib.Path("/tmp") / "odd.json"
    path.write_text(content)
    reference = Tokenizers(str(path))
    texts = own + [text for text in Texts(reference, 20261127, [prose]).short(60) if len(text) < 400]
    lines = []
    for text in texts:
        try:
            answer = reference.answer(text, True)
            plain = answer["plain"]
            lines.append((text, answer.get("ids", plain), plain, reference.decode(plain), answer["offsets"]))
        except BaseException as error:  # it panics where a token's white space ends before the token
            print(f"{name}: {text!r}: {error}")
    fixture = {
        "reference": f"tokenizers {tokenizers.__version__} (Python)",
        "tokenizer": json.loads(content),
        "texts": [text for text, *_ in lines],
        "ids": [ids for _, ids, *_ in lines],
        "idsWithoutTemplate": [plain for _, _, plain, *_ in lines],
        "decoded": [decoded for *_, decoded, _ in lines],
        "offsets": [[offsets[i : i + 2] for i in range(0, len(offsets), 2)] for *_, offsets in lines],
    }
    data = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    file = OUT / f"odd-{name}.json.gz"
    file.write_bytes(gzip.compress(data, 9, mtime=0))
    print(name, len(lines), "texts,", file.stat().st_size, "bytes")
