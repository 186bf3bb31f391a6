"""Small tokenizers of families whose files are not to be had, with the components of the published ones, and of every component by itself.

    python make_families.py FOLDER TEXT_FILE
"""

import json
import pathlib
import random
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
random.seed(20261126)
corpus = [pathlib.Path(sys.argv[2]).read_text()]
corpus += ["".join(chr(random.choice([random.randrange(0x3000), random.randrange(0x20, 0x7F), random.randrange(0x4E00, 0x9FFF)])) for _ in range(200)) for _ in range(400)]
corpus += ["def f(x):\n    return x + 1234567\n\n\n        # comment -- 12.50 don't\n"] * 50
CL100K = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN35 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
KIMI = r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
bytelevel = pre_tokenizers.ByteLevel
plain = lambda: bytelevel(add_prefix_space=False, use_regex=False)
words = lambda: bytelevel(add_prefix_space=False, use_regex=True)
split = lambda pattern, behavior="isolated", invert=False: pre_tokenizers.Split(Regex(pattern), behavior, invert)
seq = pre_tokenizers.Sequence


def make(name, pre, normalizer=None, tokens=(), alphabet=True, change=None, unk=None, post=None, decoder=None):
    tokenizer = Tokenizer(models.BPE(unk_token=unk))
    tokenizer.pre_tokenizer = pre
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoder or decoders.ByteLevel()
    initial = sorted(bytelevel.alphabet()) if alphabet else []
    special = [unk] if unk else []
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=initial, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.add_special_tokens(["<|endoftext|>"])
    for token in tokens:
        tokenizer.add_tokens([token])
    if post is not None:
        tokenizer.post_processor = post
    content = json.loads(tokenizer.to_str())
    if change is not None:
        change(content)
    (out / f"{name}.json").write_text(json.dumps(content))


def shuffled_merges(content):
    random.shuffle(content["model"]["merges"])


def all_splits(content):
    vocab = content["model"]["vocab"]
    pairs = []
    for token, _ in sorted(vocab.items(), key=lambda item: item[1]):
        pairs += [(token[:i], token[i:]) for i in range(1, len(token)) if token[:i] in vocab and token[i:] in vocab]
    random.shuffle(pairs)
    content["model"]["merges"] = pairs
    content["model"]["ignore_merges"] = True


def wrong_ids(content):
    for token in content["added_tokens"]:
        token["id"] = 40000


def saved_after_call(content):
    content["truncation"] = {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0}
    content["padding"] = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "<|endoftext|>"}


def fuse(content):
    content["model"]["fuse_unk"] = True


spaces = [AddedToken(" " * n, normalized=True, special=False) for n in range(24, 1, -1)]
falcon = seq([pre_tokenizers.Punctuation("contiguous"), words(), pre_tokenizers.Digits(individual_digits=False), split("[0-9][0-9][0-9]")])
make("falcon", falcon)
make("starcoder", seq([pre_tokenizers.Digits(individual_digits=True), words()]))
make("command-r", seq([pre_tokenizers.Digits(individual_digits=True), bytelevel(add_prefix_space=False, use_regex=True)]), normalizers.NFC())
make("neox", words(), normalizers.NFC(), tokens=spaces)
make("modernbert", words(), normalizers.NFC(), tokens=[*spaces, AddedToken("[MASK]", lstrip=True, normalized=False, special=True), AddedToken("Łódź", normalized=True)])
make("qwen35", seq([split(QWEN35), plain()]), normalizers.NFC())
make("bloom", seq([split(BLOOM), plain()]))
make("nanochat", seq([split(r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"), plain()]))
make("possessive-interval", seq([split(CL100K.replace("{1,3}", "{1,3}+")), plain()]))
make("kimi", seq([split(KIMI), plain()]))
make("deepseek-coder", seq([split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split("[一-龥ࠀ-一가-퟿]+"), pre_tokenizers.Digits(individual_digits=True), plain()]))
make("own-pattern", seq([split(r"\b\w+\b|[[:punct:]]+|\d{2}|\S"), plain()]))
make("merged-previous", seq([split(r"\s", "merged_with_previous"), plain()]))
make("merged-next", seq([split(r"\p{Lu}", "merged_with_next"), plain()]))
make("contiguous-inverted", seq([split(r"[aeiou]", "contiguous", True), plain()]))
make("removed", seq([split(r"[\s,]+", "removed"), plain()]))
make("literal", seq([pre_tokenizers.Split("the", "isolated"), plain()]))
make("whole-text", plain())
make("prefix", bytelevel(add_prefix_space=True), tokens=[AddedToken("<mask>", lstrip=True, special=True)])
make("prefix-pieces", seq([pre_tokenizers.WhitespaceSplit(), bytelevel(add_prefix_space=True)]))
make("default-alphabet", words(), alphabet=False)
make("unknown", words(), alphabet=False, unk="<unk>")
make("unknown-fused", words(), alphabet=False, unk="<unk>", change=fuse)
make("shuffled-merges", words(), change=shuffled_merges)
make("all-splits", seq([split(CL100K), plain()]), change=all_splits)
make("wrong-ids", words(), change=wrong_ids)
make("saved", words(), change=saved_after_call)
make("nfkc", words(), normalizers.NFKC())
make("nfd", words(), normalizers.NFD())
make("nfkd-lower-accents", words(), normalizers.Sequence([normalizers.NFKD(), normalizers.Lowercase(), normalizers.StripAccents()]))
make("strip-replace", words(), normalizers.Sequence([normalizers.Strip(), normalizers.Replace("''", '"'), normalizers.Replace(Regex(" {2,}"), " ")]))
make("nmt-prepend", words(), normalizers.Sequence([normalizers.Nmt(), normalizers.Prepend("_")]))
make("bert-normalizer", seq([pre_tokenizers.BertPreTokenizer(), plain()]), normalizers.BertNormalizer())
make("bert-cased", seq([pre_tokenizers.BertPreTokenizer(), plain()]), normalizers.BertNormalizer(lowercase=False))
make("whitespace", seq([pre_tokenizers.Whitespace(), plain()]))
make("metaspace", seq([pre_tokenizers.Metaspace(), plain()]))
make("metaspace-first", seq([pre_tokenizers.Metaspace(prepend_scheme="first", split=False), plain()]))
single = [AddedToken("he", single_word=True), AddedToken("the", single_word=True, lstrip=True), AddedToken("World", rstrip=True, normalized=True), AddedToken("  ", normalized=False)]
make("single-word", words(), normalizers.Lowercase(), tokens=single)
make("roberta-trimmed", bytelevel(add_prefix_space=True), tokens=[AddedToken("<mask>", lstrip=True, special=True)],
     post=processors.RobertaProcessing(("<|endoftext|>", 0), ("<|endoftext|>", 0)))
make("sequence-post", words(), post=processors.Sequence([processors.ByteLevel(trim_offsets=True), processors.TemplateProcessing(single="<|endoftext|> $A <|endoftext|>", special_tokens=[("<|endoftext|>", 7)])]))
print(*sorted(str(path) for path in out.glob("*.json")))
