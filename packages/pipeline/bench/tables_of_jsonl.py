"""tables_of_jsonl.py CORPUS PARQUET ARROW: the texts of JSON lines as tables, in row groups and record batches of 20,000 rows."""

import json
import sys

import pyarrow
import pyarrow.parquet

corpus, parquet, arrow = sys.argv[1:]
with open(corpus, encoding="utf-8") as file:
    table = pyarrow.table({"text": [json.loads(line)["text"] for line in file]})
pyarrow.parquet.write_table(table, parquet, row_group_size=20_000)
with pyarrow.OSFile(arrow, "wb") as sink, pyarrow.ipc.new_file(sink, table.schema) as writer:
    writer.write_table(table, max_chunksize=20_000)
