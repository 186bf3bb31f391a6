"""Tokenizers of models of text with the components of the published ones, made of what train_models.py trained and of Llama 2's file.

    python make_model_families.py TRAINED FOLDER [LLAMA2_JSON]
"""

import base64
import json
import pathlib
import sys

from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

trained, out = map(pathlib.Path, sys.argv[1:3])
out.mkdir(parents=True, exist_ok=True)
metaspace = pre_tokenizers.Metaspace
words = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace()])


def proto(name):
    content = sentencepiece_model_pb2.ModelProto()
    content.ParseFromString((trained / f"{name}.model").read_bytes())
    return content


def unigram(name, source, pre, normalizer, **options):
    content = proto(source)
    vocab = [(piece.piece, piece.score) for piece in content.pieces]
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=content.trainer_spec.unk_id, **options))
    tokenizer.normalizer = normalizer(normalizers.Precompiled(content.normalizer_spec.precompiled_charsmap))
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>", AddedToken("<mask>", lstrip=True, special=True), "<extra_id_0>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    tokenizer.save(str(out / f"{name}.json"))


sequence = normalizers.Sequence
unigram("t5", "spm-unigram", words, lambda charsmap: charsmap)
unigram("xlm-r", "spm-unigram", metaspace(prepend_scheme="always"), lambda charsmap: sequence([charsmap, normalizers.Replace(Regex(" {2,}"), " ")]))
unigram("mt5-bytes", "spm-unigram-bytes", metaspace(), lambda charsmap: sequence([charsmap]), byte_fallback=True)
unigram(
    "albert",
    "spm-unigram-bytes",
    words,
    lambda charsmap: sequence([normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), charsmap]),
)
unigram(
    "deberta-v3",
    "spm-unigram",
    metaspace(),
    lambda charsmap: sequence([normalizers.Strip(), charsmap, normalizers.Replace(Regex(" {2,}"), " ")]),
)
unigram("charsmap-first", "spm-unigram-bytes", metaspace(prepend_scheme="first", split=False), lambda charsmap: charsmap)

# Charsmaps alone: what a text becomes, byte for byte, behind a model of bytes.
for source in ["spm-unigram", "spm-unigram-bytes"]:
    vocab = [("<unk>", 0.0)] + [(f"<0x{byte:02X}>", -1.0) for byte in range(256)]
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=0, byte_fallback=True))
    tokenizer.normalizer = normalizers.Precompiled(proto(source).normalizer_spec.precompiled_charsmap)
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.save(str(out / f"charsmap-{proto(source).normalizer_spec.name}.json"))

for name in ["wordpiece-uncased", "wordpiece-cased"]:
    tokenizer = Tokenizer.from_file(str(trained / f"{name}.json"))
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", AddedToken("[MASK]", lstrip=True, special=True)])
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.save(str(out / f"bert-{name}.json"))

if len(sys.argv) > 3:
    llama = json.loads(pathlib.Path(sys.argv[3]).read_text())

    def derived(name, **changes):
        (out / f"{name}.json").write_text(json.dumps(llama | changes))

    space = lambda scheme, split=False: {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}
    derived("mistral-first", normalizer=None, pre_tokenizer=space("first"))
    derived("llama2-always", normalizer=None, pre_tokenizer=space("always"))
    derived("llama2-split", normalizer=None, pre_tokenizer=space("always", True))
    derived("phi3", added_tokens=llama["added_tokens"] + [
        {"id": 32000 + i, "content": token, "single_word": False, "lstrip": False, "rstrip": True, "normalized": False, "special": True}
        for i, token in enumerate(["<|endoftext|>", "<|assistant|>", "<|end|>", "<|user|>"])
    ])
    derived("llama2-normalized", added_tokens=[token | {"normalized": True} for token in llama["added_tokens"]])
