"""Write test/fixtures/tokenizer-json/*.json.gz for the tokenizers of compare/make_families.py: the file, and what tokenizers makes of some texts.

    python packages/tokenizer/tools/make_family_fixtures.py [FOLDER]
"""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

import tokenizers

HERE = pathlib.Path(__file__).parent / "compare"
sys.path.insert(0, str(HERE))
from references import Tokenizers
from texts import Texts

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "test/fixtures/tokenizer-json"
OUT.mkdir(parents=True, exist_ok=True)
prose = HERE.parents[1] / "test/fixtures/the-verdict.txt"


def answer(reference, text):
    line = reference.answer(text, True)
    pairs = line["offsets"]
    return {
        "texts": text,
        "ids": line.get("ids", line["plain"]),
        "idsWithoutTemplate": line["plain"],
        "decoded": reference.decode(line["plain"]),
        "offsets": [pairs[at : at + 2] for at in range(0, len(pairs), 2)],
    }


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, HERE / "make_families.py", folder, prose], check=True, stdout=subprocess.DEVNULL)
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        reference = Tokenizers(str(path))
        answers = [answer(reference, text) for text in Texts(reference, 20261126, []).short(60) if len(text) < 2000]
        fixture = {"reference": f"tokenizers {tokenizers.__version__} (Python)", "tokenizer": json.loads(path.read_text())}
        fixture |= {member: [one[member] for one in answers] for member in answers[0]}
        data = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode()
        file = OUT / f"{path.stem}.json.gz"
        file.write_bytes(gzip.compress(data, 9, mtime=0))
        print(path.stem, len(answers), "texts,", file.stat().st_size, "bytes")
