"""Compares datasets of models with what transformers computes: python model-run.py FOLDER READER FEWEST.

FOLDER holds a model folder for each type, with `expected-DTYPE.safetensors`, `out-DTYPE` and `out-DTYPE-lazy`.
"""

import glob
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
import torch
import transformers
from safetensors.torch import load_file

folder, reader, fewest = *sys.argv[1:3], int(sys.argv[3])
sys.path.insert(0, reader)
from sluice_reader import SluiceFolder  # noqa: E402

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)


def tensor_of(values: np.ndarray, dtype: str) -> torch.Tensor:
    """Values as the reader gives them: float16 as such, bfloat16 as bits."""
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    return tensor.view(torch.bfloat16) if dtype == "bf16" else tensor


def logits_by(path: str, ids: torch.Tensor, embeds: torch.Tensor) -> "bool | None":
    """Whether the column gives the logits that the ids give; None for types whose vectors are an encoder's, or where there is no number."""
    if transformers.AutoConfig.from_pretrained(path).is_encoder_decoder:
        return None
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=embeds.dtype).eval()
    except ValueError:
        return None
    with torch.no_grad():
        wanted, got = model(input_ids=ids).logits, model(inputs_embeds=embeds).logits
    # Drawn weights can overflow in float16.
    return None if bool(wanted.isnan().all()) else torch.allclose(wanted, got, rtol=0, atol=0, equal_nan=True)


compared, failures, by_logits = 0, [], 0
for golden in sorted(glob.glob(os.path.join(folder, "*", "expected-*.safetensors"))):
    path, name = os.path.split(golden)
    dtype = name[len("expected-") : -len(".safetensors")]
    what = f"{os.path.basename(path)} in {dtype}"
    expected = load_file(golden)
    full, lazy = SluiceFolder(os.path.join(path, f"out-{dtype}")), SluiceFolder(os.path.join(path, f"out-{dtype}-lazy"))
    rows = full.read(range(3), ["input_ids", "inputs_embeds", "first_block"])
    embeds = tensor_of(rows["inputs_embeds"], dtype)
    compared += 1
    if not np.array_equal(rows["input_ids"], expected["input_ids"].numpy()):
        failures.append(f"{what}: ids differ")
        continue
    if not torch.equal(embeds, expected["inputs_embeds"]):
        failures.append(f"{what}: inputs_embeds differ")
    if not torch.equal(embeds, tensor_of(lazy.read(range(3), ["inputs_embeds"])["inputs_embeds"], dtype)):
        failures.append(f"{what}: the lazy dataset differs from the full one")
    # The first row has no padding, so that the model counts its positions as the run does.
    got, want = tensor_of(rows["first_block"], dtype)[0].float(), expected["first_block"][0].float()
    if full.manifest["identities"]["model"]["exact"]:
        if not torch.equal(got, want):
            failures.append(f"{what}: first_block differs")
    else:
        largest = float(expected["first_block"].float().abs().max())
        limit = {"f32": 4e-6 * max(1.0, largest), "bf16": 2**-7 * largest, "f16": 2**-10 * largest}[dtype]
        worst = float((got - want).abs().max())
        if worst > limit:
            failures.append(f"{what}: first_block is {worst} away, expected at most {limit}")
    same = logits_by(path, expected["input_ids"][:1], embeds[:1])
    by_logits += same is not None
    if same is False:
        failures.append(f"{what}: logits of the column differ from those of the ids")
for failure in failures:
    print(failure)
print(
    f"model-run: {compared - len(failures)} of {compared} runs equal to transformers {transformers.__version__}, "
    f"{by_logits} of them with logits compared"
)
sys.exit(0 if not failures and compared >= fewest and (fewest < 40 or by_logits >= 20) else 1)
