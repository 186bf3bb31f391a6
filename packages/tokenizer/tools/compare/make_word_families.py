"""Tokenizers of models whose BPE names the end of a word, with the components that transformers 5.14 and its converters write, trained on a text.

    python make_word_families.py FOLDER TEXT_FILE [VOCAB_SIZE]
"""

import json
import pathlib
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
size = int(sys.argv[3]) if len(sys.argv) > 3 else 20000
WORDS = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
bert = pre_tokenizers.BertPreTokenizer
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())


def trained(pre_tokenizer, normalizer, special, alphabet=(), complete=False, **affixes):
    tokenizer = Tokenizer(models.BPE(**affixes))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=list(alphabet), limit_alphabet=1000, show_progress=False, **affixes)
    tokenizer.train([sys.argv[2]], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocab = model["vocab"]
    if complete:  # as CLIP's, which has every byte in both names
        for char in alphabet:
            for token in (char, char + affixes["end_of_word_suffix"]):
                vocab.setdefault(token, len(vocab))
    return vocab, [tuple(pair) for pair in model["merges"]]


def clip(name, expression, normalized):
    normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    split = pre_tokenizers.Split(Regex(expression), behavior="removed", invert=True)
    pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    vocab, merges = trained(pre_tokenizer, normalizer, [], ALPHABET, True, end_of_word_suffix="</w>")
    start, end = "<|startoftext|>", "<|endoftext|>"
    vocab |= {start: len(vocab), end: len(vocab) + 1}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, continuing_subword_prefix="", end_of_word_suffix="</w>", unk_token=end))
    tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = normalizer, pre_tokenizer, decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(start, normalized=normalized, special=True), AddedToken(end, normalized=False, special=True)])
    tokenizer.post_processor = processors.RobertaProcessing((end, vocab[end]), (start, vocab[start]), trim_offsets=False, add_prefix_space=False)
    tokenizer.save(str(out / f"{name}.json"))


def of_words(name, normalizer, special, unk="<unk>", pre_tokenizer=None, decoder=None, post=None, options=(), **affixes):
    pre_tokenizer = pre_tokenizer or bert()
    vocab, merges = trained(pre_tokenizer, normalizer, special, **affixes)
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token=unk, **affixes, **dict(options)))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    tokenizer.decoder = decoder or decoders.BPEDecoder(suffix=affixes.get("end_of_word_suffix", ""))
    tokenizer.add_special_tokens(special)
    if post is not None:
        tokenizer.post_processor = post
    tokenizer.save(str(out / f"{name}.json"))


clip("clip", WORDS, True)
clip("clip-with-tokens", r"<\|startoftext\|>|<\|endoftext\|>|" + WORDS, False)
of_words("gpt1", normalizers.BertNormalizer(lowercase=True), ["<unk>"], end_of_word_suffix="</w>")
of_words(
    "herbert",
    normalizers.BertNormalizer(lowercase=False, strip_accents=False),
    ["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    post=processors.BertProcessing(("</s>", 2), ("<s>", 0)),
    end_of_word_suffix="</w>",
)
of_words("continuing", normalizers.NFKC(), ["<unk>"], decoder=decoders.WordPiece(prefix="##"), options={"fuse_unk": True}, continuing_subword_prefix="##")
of_words("both", normalizers.Lowercase(), ["<unk>"], unk=None, pre_tokenizer=pre_tokenizers.Whitespace(), options={"ignore_merges": True}, continuing_subword_prefix="é@", end_of_word_suffix="</w>")
print(*sorted(str(path) for path in out.glob("*.json")))
