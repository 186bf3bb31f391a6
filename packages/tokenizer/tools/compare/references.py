"""The programs that are the references, each behind the same few questions.

Ids "with" are those of a text with the tokens around it that the file asks for; "plain" are those without.
"""

import base64
import hashlib
import itertools
import json
import pathlib
import sys


class Tokenizers:
    """Hugging Face's tokenizers, for a tokenizer.json."""

    def __init__(self, path):
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(path)
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.special = [token.content for token in self.tokenizer.get_added_tokens_decoder().values()]
        self.vocabulary = self.tokenizer.get_vocab(with_added_tokens=True)
        self.ids = sorted(self.vocabulary.values())
        self.model_tokens = [token for token in self.tokenizer.get_vocab(with_added_tokens=False) if token]
        self.has_template = self.tokenizer.num_special_tokens_to_add(False) > 0

    def answer(self, text, with_offsets):
        """The ids; of a short text also those with what is around it, and the places of its tokens."""
        plain = self.tokenizer.encode(text, add_special_tokens=False)
        line = {"plain": plain.ids}
        if with_offsets:
            if self.has_template:
                line["ids"] = self.tokenizer.encode(text).ids
            line["offsets"] = list(itertools.chain.from_iterable(plain.offsets))
        return line

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=False)


class Tiktoken:
    """tiktoken, for a built-in encoding (its ranks lie in the folder RANKS), and for a tekken.json, whose ranks come after its special tokens."""

    def __init__(self, encoding):
        self.encoding = encoding
        self.special = sorted(encoding.special_tokens_set)
        # Of two names of one id tiktoken decodes either, by chance.
        names = [encoding._special_tokens[name] for name in self.special]
        twice = {id for id in names if names.count(id) > 1}
        known = set(encoding._mergeable_ranks.values()) | set(names)
        self.ids = sorted(known - twice)
        self.model_tokens = [text for text in (token.decode(errors="ignore") for token in encoding._mergeable_ranks) if text]

    @classmethod
    def built_in(cls, name, ranks):
        import tiktoken
        from tiktoken_ext import openai_public

        def load_ranks(url, expected_hash=None):
            data = (pathlib.Path(ranks) / url.split("/")[-1]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == expected_hash
            return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in data.splitlines() if line)}

        openai_public.load_tiktoken_bpe = load_ranks
        constructor = getattr(openai_public, "r50k_base" if name == "gpt2" else name)
        return cls(tiktoken.Encoding(**constructor()))

    @classmethod
    def tekken(cls, content, special):
        import tiktoken

        config = content["config"]
        first = config["default_num_special_tokens"]
        vocab = content["vocab"][: config["default_vocab_size"] - first]
        ranks = {base64.b64decode(entry["token_bytes"]): first + entry["rank"] for entry in vocab}
        return cls(tiktoken.Encoding("tekken", pat_str=config["pattern"], mergeable_ranks=ranks, special_tokens=special))

    def answer(self, text, with_offsets):
        ids = self.encoding.encode(text, allowed_special="all")
        line = {"plain": ids}
        if with_offsets:
            line["starts"] = self.encoding.decode_with_offsets(ids)[1]
        return line

    def decode(self, ids):
        return self.encoding.decode(ids)


class SentencePiece:
    """sentencepiece, for a .model file."""

    def __init__(self, path):
        import sentencepiece

        self.processor = sentencepiece.SentencePieceProcessor(model_file=path)
        self.ids = list(range(self.processor.get_piece_size()))
        pieces = [self.processor.id_to_piece(id) for id in self.ids]
        self.special = [piece for id, piece in enumerate(pieces) if self.processor.is_control(id) or self.processor.is_unknown(id)]
        self.model_tokens = [piece for piece in pieces if piece]

    def answer(self, text, with_offsets):
        return {"plain": self.processor.encode(text)}

    def decode(self, ids):
        return self.processor.decode(ids)


def reference_of(target, ranks):
    if target.endswith(".model"):
        return SentencePiece(target)
    if not target.endswith(".json"):
        return Tiktoken.built_in(target, ranks)
    content = json.loads(pathlib.Path(target).read_text())
    if "config" not in content:
        return Tokenizers(target)
    # The names of the special tokens are the caller's: some files do not list them.
    return Tiktoken.tekken(content, json.loads(sys.stdin.readline()))
