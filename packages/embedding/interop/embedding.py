"""Opens saved embeddings with onnx, onnxruntime and safetensors; repeats the draws with torch where it is installed."""

import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime
import safetensors.numpy

folder = pathlib.Path(sys.argv[1])

for dtype in ("f32", "f16", "bf16"):
    directory = folder / dtype
    path = str(directory / "embedding.onnx")
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path, load_external_data=False)
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    ids = numpy.fromfile(directory / "input_ids.i32", numpy.int32).reshape(32, 64)
    positions = numpy.arange(64, dtype=numpy.int32)[None]
    (embeds,) = session.run(None, {"input_ids": ids, "position_ids": positions})
    assert embeds.shape == (32, 64, 256)
    for provider in ("cpu", "wasm"):
        ours = (directory / f"{provider}.f32").read_bytes()
        assert embeds.tobytes() == ours, f"{dtype}: onnxruntime in Python and {provider} differ"

    definition = json.loads((directory / "positions.json").read_text())
    assert definition["tensors"] == {"t5.relative_attention_bias": [32, 8]}, definition
    if dtype != "bf16":  # numpy has no bfloat16
        tensors = safetensors.numpy.load_file(directory / "tables.safetensors")
        assert set(tensors) == {"wte.weight", "wpe.weight", "t5.relative_attention_bias"}
        token, position = (tensors[name].astype(numpy.float32) for name in ("wte.weight", "wpe.weight"))
        assert numpy.array_equal(token[ids] + position[positions[0]], embeds)
print("onnx", onnx.__version__, "accepts the graphs; onnxruntime", onnxruntime.__version__, "gives the same bits")

try:
    import torch
except ModuleNotFoundError:
    print("torch is not installed here: the unit tests compare with values that it made")
    sys.exit(0)

avx2 = torch.backends.cpu.get_cpu_capability() != "DEFAULT" and torch.__version__.startswith("2.13")
if not avx2:
    print("torch", torch.__version__, "is not the build that the draws follow: not compared")
    sys.exit(0)

draws = folder / "draws"
for seed in (0, 123, 2**33 + 5):
    g = torch.Generator().manual_seed(seed)
    for n, mean, std in ((5, 0, 1), (16, 0.5, 2), (100_003, 0, 1), (1000, -1.25, 0.02)):
        name = f"{n}_{mean}_{std}"
        read = lambda kind: numpy.fromfile(draws / f"{seed}_{kind}_{name}", numpy.float32)
        normal = torch.empty(n).normal_(mean, std, generator=g).numpy()
        assert normal.tobytes() == read("normal").tobytes(), (seed, "normal", name)
        half = torch.empty(n, dtype=torch.bfloat16).normal_(mean, std, generator=g)
        assert torch.equal(half, torch.from_numpy(read("half")).bfloat16()), (seed, "bfloat16", name)
        uniform = torch.empty(n).uniform_(mean - 1, mean + std, generator=g).numpy()
        assert uniform.tobytes() == read("uniform").tobytes(), (seed, "uniform", name)
    order = torch.randperm(1000, generator=g).numpy().astype(numpy.int32)
    assert order.tobytes() == (draws / f"{seed}_randperm").read_bytes(), (seed, "randperm")
    state = (draws / f"{seed}_state").read_bytes()
    assert bytes(g.get_state().numpy()) == state, (seed, "state")
    torch.Generator().set_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))
print("torch", torch.__version__, "makes the same draws")
