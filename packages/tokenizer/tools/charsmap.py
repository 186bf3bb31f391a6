"""Maps of characters in the form of SentencePiece, for what is asked of the normalizer Precompiled."""

import struct

LEAF = 0x100


def charsmap(codes):
    """The `precompiled_charsmap` that makes "X" of each of `codes`: the trie of SentencePiece, each node in 256 units of its own."""
    nodes = {b"": 0}
    for code in codes:
        key = chr(code).encode()
        for end in range(1, len(key)):
            nodes.setdefault(key[:end], len(nodes))
    leaf = len(nodes) << 8
    units = [0] * (leaf + 256)

    def link(position, target, bits):
        assert position ^ target < 1 << 21
        units[position] = (position ^ target) << 10 | bits

    units[0] = 0
    for key, node in nodes.items():
        if key:
            link(nodes[key[:-1]] << 8 | key[-1], node << 8, key[-1])
    for code in codes:
        key = chr(code).encode()
        link(nodes[key[:-1]] << 8 | key[-1], leaf, key[-1] | LEAF)
    return struct.pack(f"<I{len(units)}I", 4 * len(units), *units) + b"X\0"
