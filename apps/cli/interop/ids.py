"""Files of ids by other programs, and what datasets made of them hold.

python ids.py write FOLDER NAME...: writes the files, and what `tokenizer(text)` gives for the texts of each tokenizer.
python ids.py check FOLDER READER NAME...: compares the datasets with them.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np

end = 50256


def join(*parts: str) -> str:
    return os.path.join(*parts)


def write(folder: str, names: "list[str]") -> None:
    import datasets
    import transformers

    datasets.disable_progress_bars()
    random = np.random.default_rng(3)
    documents = [random.integers(0, end, int(length)).tolist() for length in random.integers(1, 400, 50)]
    with open(join(folder, "documents.json"), "w") as file:
        json.dump(documents, file)
    flat = np.array([id for ids in documents for id in [*ids, end]], "<u2")
    flat.tofile(join(folder, "train.bin"))
    np.save(join(folder, "vector.npy"), flat)
    np.save(join(folder, "rows.npy"), random.integers(0, end, (20, 33)))
    table = datasets.Dataset.from_dict({"input_ids": documents, "name": [f"d{at}" for at in range(50)]})
    table.to_parquet(join(folder, "lists.parquet"))
    table.save_to_disk(join(folder, "saved"), num_shards=2)
    table.to_json(join(folder, "lists.jsonl"))
    for name in names:
        tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=join(folder, name, "tokenizer.json"))
        with open(join(folder, name, "texts.jsonl")) as file:
            texts = [json.loads(line)["text"] for line in file.read().split("\n") if line]
        with open(join(folder, name, "expected.json"), "w") as file:
            json.dump([tokenizer(text)["input_ids"] for text in texts], file)


def check(folder: str, reader: str, names: "list[str]") -> None:
    sys.path.insert(0, reader)
    from sluice_reader import SluiceFolder

    def ids_of(name: str) -> np.ndarray:
        opened = SluiceFolder(join(folder, name))
        return opened.read(range(len(opened)), ["input_ids"])["input_ids"].ravel()

    with open(join(folder, "documents.json")) as file:
        documents = json.load(file)
    stream = [id for at, ids in enumerate(documents) for id in ([end] if at else []) + ids]
    for name in ["from-bin", "from-vector", "from-parquet", "from-saved", "from-lines"]:
        got = ids_of(name)
        assert len(stream) - 16 <= len(got) and np.array_equal(got, stream[: len(got)]), name
    rows = np.load(join(folder, "rows.npy"))
    stream = [id for at, row in enumerate(rows) for id in ([end] if at else []) + row.tolist()]
    lazy = SluiceFolder(join(folder, "from-rows"))
    read = lazy.read(range(3), ["input_ids", "inputs_embeds"])
    assert np.array_equal(read["input_ids"].ravel(), stream[:48]) and read["inputs_embeds"].shape == (3, 16, 4)
    compared = 0
    for name in names:
        with open(join(folder, name, "expected.json")) as file:
            expected = [id for ids in json.load(file) for id in ids]
        compared += len(expected)
        assert np.array_equal(ids_of(f"around-{name}"), expected[:-1]), name
    print(f"ids: 6 corpora of ids as their writers made them; {compared} ids of tokenizer(text) by {len(names)} tokenizers")


if sys.argv[1] == "write":
    write(sys.argv[2], sys.argv[3:])
else:
    check(sys.argv[2], sys.argv[3], sys.argv[4:])
