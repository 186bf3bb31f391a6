"""Write test/fixtures/tokenizer-json/*.json.gz for the tokenizers of compare/make_families.py: the file, and what tokenizers makes of some texts.

    python packages/tokenizer/tools/make_family_fixtures.py
"""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

import tokenizers

HERE = pathlib.Path(__file__).parent / "compare"
OUT = HERE.parents[1] / "test/fixtures/tokenizer-json"
with tempfile.TemporaryDirectory() as folder:
    text = HERE.parents[1] / "test/fixtures/the-verdict.txt"
    subprocess.run([sys.executable, HERE / "make_families.py", folder, text], check=True, stdout=subprocess.DEVNULL)
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        run = subprocess.run([sys.executable, HERE / "file_peer.py", path, "20261126", "60"], check=True, capture_output=True, text=True)
        lines = [line for line in map(json.loads, run.stdout.splitlines()) if "text" in line and len(line["text"]) < 2000]
        fixture = {
            "reference": f"tokenizers {tokenizers.__version__} (Python)",
            "tokenizer": json.loads(path.read_text()),
            "texts": [line["text"] for line in lines],
            "ids": [line["ids"] for line in lines],
            "idsWithoutTemplate": [line["plain"] for line in lines],
            "decoded": [line["decoded"] for line in lines],
            "offsets": [line["offsets"] for line in lines],
        }
        data = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode()
        (OUT / path.name).with_suffix(".json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
        print(path.stem, len(lines), "texts,", (OUT / path.name).with_suffix(".json.gz").stat().st_size, "bytes")
