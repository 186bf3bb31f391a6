"""What docs/comparison.md says of Hugging Face datasets, tried on the version of the requirements."""

import sys
from pathlib import Path

import datasets

work = Path(sys.argv[1])
corpus = work / "corpus.jsonl"
corpus.write_text("".join(f'{{"text": "line {line} of the corpus"}}\n' for line in range(3000)))
calls = work / "calls"


def tokenize(rows):
    """Counts its rows in a file, because it may run in other processes; fails while the file `fail` is there."""
    with open(calls, "a") as file:
        file.write("x" * len(rows["text"]))
    if (work / "fail").exists() and rows["text"][-1].startswith("line 1999"):
        raise RuntimeError("killed")
    return {"input_ids": [[len(word) for word in text.split()] for text in rows["text"]]}


def check(what, found):
    if not found:
        raise AssertionError(f"datasets {datasets.__version__}: no longer true that {what}; change docs/comparison.md")


def mapped(processes, cache="cache"):
    calls.unlink(missing_ok=True)
    corpus_rows = datasets.load_dataset("json", data_files=str(corpus), split="train", cache_dir=str(work / cache))
    rows = corpus_rows.map(tokenize, batched=True, batch_size=1000, num_proc=processes)
    return rows, calls.stat().st_size if calls.exists() else 0


datasets.disable_progress_bars()
(work / "fail").touch()
try:
    mapped(None)
    raise AssertionError("the first attempt should fail")
except RuntimeError:
    pass
check("rows before a failure were mapped", calls.stat().st_size == 2000)
(work / "fail").unlink()
rows, count = mapped(None)
check("a map that was interrupted begins again", count == 3000)
again, count = mapped(None)
check("a map that is finished is not done again", count == 0)

many, count = mapped(3, "other-cache")
check("rows are the same for any number of processes", many["input_ids"][:] == rows["input_ids"][:])
check("files are others for another number of processes", len(many.cache_files) == 3 and len(rows.cache_files) == 1)

saved = work / "saved"
rows.save_to_disk(str(saved))
part = next(saved.glob("*.arrow"))
content = bytearray(part.read_bytes())
at = content.rindex(b"corpus")
content[at] ^= 1
part.write_bytes(content)
damaged = datasets.load_from_disk(str(saved))
check("a changed byte is not noticed", len(damaged) == 3000 and damaged["text"][:] != rows["text"][:])
print(f"  datasets {datasets.__version__}: a map begins again after a failure, files depend on processes, damage goes unnoticed")
