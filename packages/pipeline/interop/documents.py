"""Checks rows of documents with the readers of their users: see documents.ts, which writes them."""
import glob
import json
import os
import pickle
import shutil
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
import pyarrow as pa

folder, stage = sys.argv[1], sys.argv[2]
words = [f"w{number}" for number in range(90)]


def draw():
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {token: number for number, token in enumerate(["[PAD]", "<s>", "</s>", "[UNK]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    # WordPiece is the kind of these that readers know.
    written = json.loads(tokenizer.to_str())
    written["model"] = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary}
    torch.manual_seed(7)
    size = len(vocabulary)
    made = {
        "gpt2": transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=size, n_embd=16, n_layer=2, n_head=2, n_positions=48, bos_token_id=1, eos_token_id=2)),
        "llama": transformers.LlamaForCausalLM(transformers.LlamaConfig(vocab_size=size, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, bos_token_id=1, eos_token_id=2)).to(torch.bfloat16),
        "bert": transformers.BertForMaskedLM(transformers.BertConfig(vocab_size=size, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=48)),
    }
    for name, model in made.items():
        path = os.path.join(folder, name)
        model.save_pretrained(path)
        with open(os.path.join(path, "tokenizer.json"), "w") as file:
            json.dump(written, file)
        with open(os.path.join(path, "tokenizer_config.json"), "w") as file:
            json.dump({"bos_token": "<s>", "eos_token": "</s>", "pad_token": "[PAD]", "unk_token": "[UNK]"}, file)
    drawing = np.random.default_rng(11)
    with open(os.path.join(folder, "corpus.jsonl"), "w") as file:
        for number in range(60):
            text = " ".join(drawing.choice(words, int(drawing.integers(1, 39))))
            print(json.dumps({"text": text, "name": f"text {number}"}), file=file)


def table_of(name, kind="file"):
    open_ = pa.ipc.open_file if kind == "file" else pa.ipc.open_stream
    tables = [open_(path).read_all() for path in sorted(glob.glob(os.path.join(folder, name, "parts", "*.arrow")))]
    table = pa.concat_tables(tables)
    table.validate(full=True)
    return table


def vectors(table, row, dim, column="inputs_embeds"):
    return table[column][row].values.flatten().to_numpy().reshape(-1, dim)


def check_batches(name, full, referring, model, dtype):
    """Padded batches: those of the TypeScript loader, and logits of real places that padding does not change."""
    import sluice_reader
    import torch

    order = dict(batch_size=7, shuffle="keyed", seed=5, rank=1, world_size=2, drop_last=False, pad_id=3, pad_to_multiple_of=4)
    with open(os.path.join(folder, f"{name}-full-batches.json")) as file:
        expected = json.load(file)
    batches = sluice_reader.SluiceBatches(full, as_torch=False, columns=["input_ids", "inputs_embeds", "document"], **order)
    same = sluice_reader.SluiceBatches(referring, as_torch=False, columns=["input_ids", "inputs_embeds"], **order)
    found = list(batches)
    assert len(found) == len(expected) == len(batches.__class__(full, as_torch=False, **order))
    for batch, lazily, want in zip(found, same, expected):
        shape = tuple(want["shape"])
        assert list(batch["document"]) == want["documents"] and shape[1] % 4 == 0
        for got in (batch, lazily):
            assert np.array_equal(got["input_ids"], np.reshape(want["inputIds"], shape)) and got["input_ids"].dtype == np.int32
            assert np.array_equal(got["attention_mask"], np.reshape(want["attentionMask"], shape))
            assert np.array_equal(got["inputs_embeds"], np.reshape(np.array(want["embeds"], got["inputs_embeds"].dtype), (*shape, -1)))
            assert list(got["lengths"]) == list(got["attention_mask"].sum(1))
    sample = sluice_reader.SluiceDataset(full)[4]
    assert sample["input_ids"].tolist() == full.read([4])["input_ids"][0].tolist() and sample["inputs_embeds"].dtype == dtype
    loader = torch.utils.data.DataLoader(
        sluice_reader.SluiceBatches(full, batch_size=4, naming="huggingface"), batch_size=None, num_workers=2
    )
    embeds = sluice_reader.SluiceBatches(referring, batch_size=4, naming="huggingface", embeds=True)
    for by_ids, by_embeds in zip(loader, embeds):
        assert sorted(by_ids) == ["attention_mask", "input_ids"] and by_ids["input_ids"].dtype == torch.int64
        with torch.no_grad():
            logits, others = model(**by_ids).logits, model(**by_embeds).logits
        real = by_ids["attention_mask"].bool()
        assert torch.equal(logits[real], others[real]), name


def check_padding(name, full, means, dtype):
    """Batches of ids, vectors and first blocks against torch's own padding of the rows, and of means against torch.stack."""
    import sluice_reader
    import torch
    from torch.nn.utils.rnn import pad_sequence

    def tensor(values):
        made = torch.from_numpy(np.ascontiguousarray(values))
        return made.view(torch.bfloat16) if made.dtype == torch.uint16 and dtype == torch.bfloat16 else made

    batches = list(sluice_reader.SluiceBatches(full, batch_size=7, drop_last=False, pad_id=3))
    assert [len(batch["lengths"]) for batch in batches] == [7] * 8 + [4]
    for at, batch in enumerate(batches):
        rows = full.read(range(7 * at, min(60, 7 * at + 7)))
        for column, filling, kind in (("input_ids", 3, torch.int32), ("inputs_embeds", 0, dtype), ("first_block", 0, dtype)):
            wanted = pad_sequence([tensor(row) for row in rows[column]], batch_first=True, padding_value=filling)
            assert batch[column].dtype == kind and torch.equal(batch[column], wanted), (name, column)
        mask = pad_sequence([torch.ones(len(row), dtype=torch.int64) for row in rows["input_ids"]], batch_first=True)
        assert torch.equal(batch["attention_mask"], mask) and torch.equal(batch["lengths"], mask.sum(1))
    stacked = list(sluice_reader.SluiceBatches(means, batch_size=60))[0]
    rows = [full.read([row])["inputs_embeds"][0] for row in range(60)]
    assert stacked["embedding"].dtype == torch.float32 and stacked["tokens"].tolist() == [len(row) for row in rows]
    for got, row in zip(stacked["embedding"], rows):
        values = tensor(row).to(torch.float32).numpy()
        assert np.array_equal(got.numpy(), np.add.reduce(values, axis=0, dtype=np.float32) / np.float32(len(values))), name


def check_damage(name):
    """A model that moved, changed or went, before a dataset is opened and while it is open: one clear line, and never other vectors."""
    import sluice_reader

    def model_of(kind):
        path = os.path.join(folder, f"{name}-{kind}")
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(os.path.join(folder, name), path)
        return path, os.path.join(path, "model.safetensors")

    def message_of(act):
        try:
            act()
        except sluice_reader.SluiceError as error:
            return str(error)
        raise AssertionError("expected an error")

    reference = os.path.join(folder, f"{name}-reference-windows")
    opening = lambda path: message_of(lambda: sluice_reader.open(reference, checkpoint=path))
    asked = "Expected `checkpoint` to be the folder of the model that the dataset was made with; "
    assert opening(os.path.join(folder, "nowhere")).startswith(asked) and opening(reference + "/manifest.json").endswith(" is no folder")
    for kind, said in (
        ("cut", "model.safetensors is damaged: its tensors end at byte"),
        ("empty", "model.safetensors cannot be read"),
        ("pointer", "model.safetensors is a pointer of Git LFS, fetch it with `git lfs pull`; name the model"),
        ("deleted", "there is no model.safetensors and no other safetensors file; name the model that the dataset was made with"),
        ("pipe", "model.safetensors is not a regular file"),
        ("flipped", "has sha256"),
    ):
        path, file = model_of(kind)
        if kind == "cut":
            os.truncate(file, os.path.getsize(file) - 9)
        elif kind == "empty":
            os.truncate(file, 0)
        elif kind == "flipped":
            write_over(file)
        else:
            os.remove(file)
        if kind == "pointer":
            with open(file, "w") as pointer:
                pointer.write("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
        if kind == "pipe":
            os.mkfifo(file)
        found = opening(path)
        assert said in found and "\n" not in found, found

    path, file = model_of("moved")
    os.rename(file, os.path.join(path, "weights.safetensors"))
    whole = sluice_reader.open(os.path.join(folder, f"{name}-windows"))
    wanted = whole.read(range(len(whole)))["inputs_embeds"]
    for how, act in (("replaced", os.remove), ("written over", write_over), ("cut", lambda file: os.truncate(file, 300))):
        for dataset in (f"{name}-reference-windows", f"{name}-pruned-windows"):
            path, file = model_of("open")
            copy = os.path.join(folder, "copy")
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(os.path.join(folder, dataset), copy)
            reader = sluice_reader.open(copy, checkpoint=path)
            assert np.array_equal(reader.read([0])["inputs_embeds"], wanted[:1])
            there = pickle.dumps(reader)
            table = file if "reference" in dataset else os.path.join(copy, "tables", "pruned.safetensors")
            os.chmod(table, 0o644)
            bytes_before = open(table, "rb").read()
            act(table)
            if how == "replaced":
                assert np.array_equal(reader.read(range(len(whole)))["inputs_embeds"], wanted)
                with open(table, "wb") as other:
                    other.write(bytes_before[:-1] + bytes([bytes_before[-1] ^ 1]))
                write_over(table)
            else:
                assert "was changed while it was open" in message_of(lambda: reader.read(range(len(whole))))
            # Another process opens the file anew: what was proved of the one before is not taken over.
            assert message_of(lambda: pickle.loads(there).read(range(len(whole)))), (dataset, how)


def write_over(file):
    """Changes every byte behind the header, in place."""
    with open(file, "r+b") as bits:
        start = 8 + int.from_bytes(bits.read(8), "little")
        bits.seek(start)
        changed = bytes(byte ^ 1 for byte in bits.read())
        bits.seek(start)
        bits.write(changed)


def check():
    import duckdb
    import polars
    import sluice_reader
    import torch
    import transformers

    full, half, mean = table_of("full"), table_of("half", "stream"), table_of("mean")
    rows = full  # the name that DuckDB finds it by
    frame = polars.from_arrow(full)
    sizes = duckdb.sql("select len(input_ids) ids, len(inputs_embeds) vectors, inputs_embeds from rows order by document").fetchall()
    reader, lazy, pruned = (sluice_reader.open_documents(os.path.join(folder, name)) for name in ("full", "lazy", "pruned"))
    halves, means = (sluice_reader.open_documents(os.path.join(folder, name)) for name in ("half", "mean"))
    assert len(reader) == full.num_rows == 60
    for row in range(60):
        ids, embeds = full["input_ids"][row].values.to_numpy(), vectors(full, row, 24)
        assert len(ids) == len(embeds) == sizes[row][0] == sizes[row][1]
        assert np.array_equal(frame["input_ids"][row].to_numpy(), ids)
        assert np.array_equal(np.array(frame["inputs_embeds"][row].to_list(), np.float32), embeds)
        assert np.array_equal(np.array(sizes[row][2], np.float32), embeds)
        read, made = reader.read([row]), lazy.read([row])
        for got in (read, made, pruned.read([row])):
            assert np.array_equal(got["input_ids"][0], ids) and got["name"] == [f"text {row}"]
            assert got["inputs_embeds"][0].dtype == np.float32 and np.array_equal(got["inputs_embeds"][0], embeds)
        narrow = halves.read([row])
        assert narrow["input_ids"][0].dtype == np.uint16 and np.array_equal(narrow["input_ids"][0], ids)
        assert np.array_equal(narrow["inputs_embeds"][0], embeds.astype(np.float16))
        assert np.array_equal(vectors(half, row, 24), embeds.astype(np.float16))
        # The stated order, one addition after the other, and numpy's own sum over the first axis.
        total = np.zeros(24, np.float32)
        for vector in embeds:
            total = total + vector
        expected = total / np.float32(len(embeds))
        assert np.array_equal(expected, np.add.reduce(embeds, axis=0, dtype=np.float32) / np.float32(len(embeds)))
        assert np.array_equal(mean["embedding"][row].values.to_numpy(), expected)
        assert mean["tokens"][row].as_py() == len(embeds)
    together = means.read(range(60))
    assert np.array_equal(together["embedding"], np.stack([mean["embedding"][row].values.to_numpy() for row in range(60)]))
    far = reader.read([59, 0, 59], ["input_ids", "document"])
    assert list(far["document"]) == [59, 0, 59] and np.array_equal(far["input_ids"][0], far["input_ids"][2])
    again = pickle.loads(pickle.dumps(reader))
    assert np.array_equal(again.read([3])["inputs_embeds"][0], vectors(full, 3, 24))
    for wrong in (lambda: sluice_reader.open(os.path.join(folder, "full")), lambda: reader.read([60]), lambda: reader.read([0], ["x"])):
        try:
            wrong()
        except sluice_reader.SluiceError as error:
            assert "row for each document" in str(error) or "Expected documents" in str(error) or "no column x" in str(error)
        else:
            raise AssertionError("expected an error")
    print("documents: pyarrow, polars, DuckDB and the Python reader give 60 documents alike; numpy gives their means")

    for name, dtype in (("gpt2", torch.float32), ("llama", torch.bfloat16), ("bert", torch.float32)):
        kind = transformers.AutoModelForMaskedLM if name == "bert" else transformers.AutoModelForCausalLM
        model = kind.from_pretrained(os.path.join(folder, name), dtype=dtype).eval()
        stored_rows, made, pruned = (sluice_reader.open_documents(os.path.join(folder, f"{name}-{how}")) for how in ("full", "lazy", "pruned"))
        windows, few = (sluice_reader.open(os.path.join(folder, f"{name}-{how}")) for how in ("windows", "pruned-windows"))
        assert np.array_equal(few.read(range(len(few)))["inputs_embeds"], windows.read(range(len(windows)))["inputs_embeds"])
        checkpoint = os.path.join(folder, name)
        referring = sluice_reader.open_documents(os.path.join(folder, f"{name}-reference"), checkpoint=checkpoint)
        shown = sluice_reader.open(os.path.join(folder, f"{name}-reference-windows"), checkpoint=checkpoint)
        again = pickle.loads(pickle.dumps(shown))
        for reader in (shown, again):
            assert np.array_equal(reader.read(range(len(reader)))["inputs_embeds"], windows.read(range(len(windows)))["inputs_embeds"])
        check_batches(name, stored_rows, referring, model, dtype)
        check_padding(name, stored_rows, sluice_reader.open_documents(os.path.join(folder, f"{name}-mean")), dtype)
        check_damage(name)
        for row in range(60):
            read = stored_rows.read([row])
            stored = read["inputs_embeds"][0]
            for lazily in (made, pruned, referring):
                assert np.array_equal(lazily.read([row])["inputs_embeds"][0], stored)
            embeds = torch.from_numpy(stored.copy())
            embeds = embeds.view(torch.bfloat16) if dtype == torch.bfloat16 else embeds
            ids = torch.from_numpy(read["input_ids"][0].astype(np.int64))
            with torch.no_grad():
                expected = model(input_ids=ids[None]).logits
                assert torch.equal(model(inputs_embeds=embeds[None]).logits, expected), (name, row)
        print(f"documents: {name} gives the same logits for the vectors of each of 60 rows as for their ids")


draw() if stage == "draw" else check()
