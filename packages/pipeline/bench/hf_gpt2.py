"""Hugging Face's gpt2, made of a file of base64 token and rank a line: its tokenizer.json cannot be downloaded everywhere."""

import base64

import tokenizers


def byte_alphabet():
    """The character that stands for each byte in a byte-level vocabulary (GPT-2's encoder.py)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {**{byte: chr(byte) for byte in plain}, **{byte: chr(256 + at) for at, byte in enumerate(others)}}


def parts_of(token, ranks):
    """The two tokens whose merge makes this one: what merging in order gives just before its own merge."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 2:
        pairs = [ranks.get(left + right, len(ranks)) for left, right in zip(parts, parts[1:])]
        at = pairs.index(min(pairs))
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def hf_gpt2(path):
    with open(path, "rb") as file:
        ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in file if line.strip())}
    alphabet = byte_alphabet()
    text = lambda token: "".join(alphabet[byte] for byte in token)
    merges = [tuple(map(text, parts_of(token, ranks))) for token in ranks if len(token) > 1]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE({text(token): rank for token, rank in ranks.items()}, merges))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer
