"""The same work in Hugging Face datasets, as its language modelling examples do it: map with tokenizers, windows, save_to_disk.

datasets_map.py CORPUS OUT PROCESSES RANKS: reads JSON lines; prints the seconds of the work (imports and vocabulary excluded) and
the ids of all documents, the separators after them included.
"""

import sys
import time

import datasets

from hf_gpt2 import hf_gpt2

MAX_LENGTH = 256
END_OF_TEXT = 50256

corpus, out, processes, ranks_file = sys.argv[1:]
gpt2 = hf_gpt2(ranks_file)
datasets.disable_progress_bars()


def tokenize(batch):
    ids = [[*encoding.ids, END_OF_TEXT] for encoding in gpt2.encode_batch_fast(batch["text"])]
    return {"ids": ids, "count": [len(each) for each in ids]}


def windows(batch):
    ids = [each for document in batch["ids"] for each in document]
    starts = range(0, len(ids) - MAX_LENGTH, MAX_LENGTH)
    return {
        "input_ids": [ids[start : start + MAX_LENGTH] for start in starts],
        "target_ids": [ids[start + 1 : start + MAX_LENGTH + 1] for start in starts],
    }


if __name__ == "__main__":
    started = time.perf_counter()
    options = {"batched": True, "num_proc": int(processes)}
    loaded = datasets.load_dataset("json", data_files=corpus, split="train", cache_dir=f"{out}-cache")
    tokenized = loaded.map(tokenize, remove_columns=loaded.column_names, **options)
    rows = tokenized.map(windows, remove_columns=tokenized.column_names, **options)
    rows.save_to_disk(out, num_proc=int(processes))
    seconds = time.perf_counter() - started
    print(seconds, sum(tokenized["count"]))
