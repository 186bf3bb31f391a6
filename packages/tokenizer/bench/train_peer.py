"""Trains byte-level BPE with Hugging Face's trainer, for bench/train.ts.

    python train_peer.py CORPUS VOCAB_SIZE OUTPUT

Writes the tokenizer to OUTPUT, and the seconds of processor time and the peak memory in bytes to the standard output.
"""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402

corpus, vocab_size, output = sys.argv[1:]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=int(vocab_size),
    min_frequency=2,
    special_tokens=["<|endoftext|>"],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
start = time.time()
with open(corpus, encoding="utf-8", newline="\n") as lines:
    tokenizer.train_from_iterator(lines, trainer)
wall = time.time() - start
tokenizer.save(output)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"wall": wall, "processor": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024}))
