"""Answers what the model of a tokenizer.json gives for pieces, by the tokenizers library.

    python model_peer.py FILE

Reads a JSON list of pieces a line, and writes a line of [[id...], [end in bytes...]] for each list's pieces.
"""

import json
import sys

from tokenizers import Tokenizer

model = Tokenizer.from_file(sys.argv[1]).model
for line in sys.stdin:
    answers = []
    for piece in json.loads(line):
        tokens = model.tokenize(piece)
        answers.append([[token.id for token in tokens], [token.offsets[1] for token in tokens]])
    print(json.dumps(answers), flush=True)
