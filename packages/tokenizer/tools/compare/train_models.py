"""Trains the tokenizers that compare-models.ts compares, with the libraries that are its references.

    python train_models.py CORPORA FOLDER

CORPORA holds the benchmark's texts (packages/tokenizer/bench/gather-corpora.ts). Needs tokenizers 0.23.2 and sentencepiece 0.2.
"""

import json
import pathlib
import sys

import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

corpora, folder = map(pathlib.Path, sys.argv[1:3])
folder.mkdir(parents=True, exist_ok=True)


def text(name: str, size: int) -> str:
    return (corpora / f"{name}.txt").read_bytes()[:size].decode("utf-8", "ignore")


names = ["english", "docs", "code", "german", "russian", "chinese", "japanese"]
lines = [line for name in names for line in text(name, 120_000).split("\n")]


def save(tokenizer: Tokenizer, name: str) -> None:
    tokenizer.save(str(folder / f"{name}.json"))


unigram = Tokenizer(models.Unigram())
unigram.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.StripAccents()])
unigram.pre_tokenizer = pre_tokenizers.Metaspace()
unigram.decoder = decoders.Metaspace()
unigram.train_from_iterator(
    lines,
    trainers.UnigramTrainer(vocab_size=8000, unk_token="<unk>", special_tokens=["<pad>", "</s>", "<unk>"], show_progress=False),
)
save(unigram, "unigram")

bytes_too = json.loads(unigram.to_str())
bytes_too["model"]["vocab"] = [["<unk>", 0.0]] + [[f"<0x{byte:02X}>", 0.0] for byte in range(256)] + bytes_too["model"]["vocab"][3:]
bytes_too["model"] |= {"unk_id": 0, "byte_fallback": True}
bytes_too["added_tokens"] = []
save(Tokenizer.from_str(json.dumps(bytes_too)), "unigram-bytes")

for name, lowercase in [("wordpiece-uncased", True), ("wordpiece-cased", False)]:
    wordpiece = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    wordpiece.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    wordpiece.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    wordpiece.decoder = decoders.WordPiece()
    wordpiece.train_from_iterator(
        lines,
        trainers.WordPieceTrainer(
            vocab_size=8000, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False
        ),
    )
    save(wordpiece, name)

# Characters as symbols, an unknown token, and no bytes: fused and not.
for name, fuse in [("bpe-unknown", False), ("bpe-unknown-fused", True)]:
    bpe = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=fuse))
    bpe.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    bpe.train_from_iterator(
        lines[:4000], trainers.BpeTrainer(vocab_size=3000, special_tokens=["<unk>"], limit_alphabet=120, max_token_length=12, show_progress=False)
    )
    save(bpe, name)

training = folder / "training.txt"
training.write_text("\n".join(lines))
for name, options in {
    "spm-unigram": {"model_type": "unigram", "normalization_rule_name": "nmt_nfkc"},
    "spm-unigram-bytes": {"model_type": "unigram", "normalization_rule_name": "nmt_nfkc_cf", "byte_fallback": True},
    "spm-unigram-identity": {
        "model_type": "unigram",
        "normalization_rule_name": "identity",
        "remove_extra_whitespaces": False,
        "add_dummy_prefix": False,
        "user_defined_symbols": ["<sep>", "<b>"],
    },
    "spm-bpe": {"model_type": "bpe", "normalization_rule_name": "nmt_nfkc"},
    "spm-bpe-bytes": {
        "model_type": "bpe",
        "normalization_rule_name": "identity",
        "byte_fallback": True,
        "remove_extra_whitespaces": False,
        "split_digits": True,
        "user_defined_symbols": ["<sep>", "<b>"],
    },
}.items():
    sentencepiece.SentencePieceTrainer.train(
        input=str(training),
        model_prefix=str(folder / name),
        vocab_size=6000,
        character_coverage=0.999,
        minloglevel=2,
        **options,
    )
