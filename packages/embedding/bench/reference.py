"""Measures, when told, what PyTorch and onnxruntime do with the same table and ids: one line in, one line of JSON out."""

import json
import sys
import time

import numpy

directory, rows, columns, dim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
ids = numpy.fromfile(f"{directory}/input_ids.i32", numpy.int32).reshape(rows, columns)
positions = numpy.arange(columns, dtype=numpy.int32)[None]
measures = {}

try:
    import torch

    torch.set_num_threads(1)
    token, position = torch.nn.Embedding(50257, dim), torch.nn.Embedding(columns, dim)
    x, p = torch.from_numpy(ids.astype(numpy.int64)), torch.arange(columns)
    target = torch.empty(50257, dim)

    def eager():
        with torch.no_grad():
            token(x) + position(p)

    measures["torch"] = eager
    measures["torch normal_"] = lambda: target.normal_(generator=torch.Generator().manual_seed(123))
except ModuleNotFoundError:
    pass

try:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(f"{directory}/embedding.onnx", options, providers=["CPUExecutionProvider"])
    output = numpy.empty((rows, columns, dim), numpy.float32)
    binding = session.io_binding()
    binding.bind_cpu_input("input_ids", ids)
    binding.bind_cpu_input("position_ids", positions)
    binding.bind_output("inputs_embeds", "cpu", 0, numpy.float32, output.shape, output.ctypes.data)
    measures["onnxruntime"] = lambda: session.run_with_iobinding(binding)
except ModuleNotFoundError:
    pass

for measure in measures.values():
    measure()
print(json.dumps(sorted(measures)), flush=True)
for line in sys.stdin:
    start = time.process_time()
    measures[line.strip()]()
    print(json.dumps(time.process_time() - start), flush=True)
