"""What torch does on the same card: a plain copy on the device, and embedding + add. Prints one line of JSON; nothing without a GPU."""

import json
import sys

try:
    import torch
except ImportError:
    sys.exit(0)
if not torch.cuda.is_available():
    sys.exit(0)

device = torch.device("cuda")


def seconds(work, repeats=50):
    """The median of events on the device, after a warm-up."""
    for _ in range(5):
        work()
    taken = []
    for _ in range(repeats):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        work()
        end.record()
        end.synchronize()
        taken.append(start.elapsed_time(end) / 1000)
    return sorted(taken)[repeats // 2]


speeds = []


def report(what, size, work):
    speeds.append({"what": what, "gigabytesPerSecond": size / seconds(work) / 1e9})


source = torch.rand(1 << 28, device=device)
target = torch.empty_like(source)
report("plain copy on the device, 1 GiB, bytes of output", source.nbytes, lambda: target.copy_(source))

for windows, dim in ((32, 256), (32, 768), (512, 768)):
    tokens = torch.nn.Embedding(50257, dim, device=device)
    positions = torch.nn.Embedding(1024, dim, device=device)
    half = torch.nn.Embedding(50257, dim, device=device, dtype=torch.bfloat16)
    ids = torch.randint(50257, (windows, 1024), device=device)
    places = torch.arange(1024, device=device)
    size = ids.numel() * dim * 4
    what = f"{windows} x 1024 ids, dim {dim}"
    copied, source = torch.empty(windows, 1024, dim, device=device), torch.rand(windows, 1024, dim, device=device)
    with torch.no_grad():
        report(f"{what}, plain copy on the device of as many bytes", size, lambda: copied.copy_(source))
        report(f"{what}, f32 + positions, left on the device", size, lambda: tokens(ids) + positions(places))
        report(f"{what}, bf16 rows alone, left on the device", size / 2, lambda: half(ids))
        if windows > 32:
            continue
        host = torch.empty(windows, 1024, dim)
        pinned = torch.empty(windows, 1024, dim, pin_memory=True)
        report(f"{what}, f32 + positions, to the host", size, lambda: host.copy_(tokens(ids) + positions(places)))
        report(f"{what}, f32 + positions, to pinned memory", size, lambda: pinned.copy_(tokens(ids) + positions(places)))
print(json.dumps({"device": torch.cuda.get_device_name(0), "version": torch.__version__, "speeds": speeds}))
