"""Makes the safetensors goldens of lora-djl with the reference implementation.

Usage: python tools/goldens/safetensors_files.py   (torch, safetensors; run in the repository root)
"""

import json
import pathlib

import safetensors
import safetensors.torch
import torch

OUT = pathlib.Path("lora-djl/src/test/resources/golden/safetensors")
SEED = 20

SPECIAL = [0.0, -0.0, 1.0, -2.5, 65504.0, 3e38, -3e38, 6e-8, 1e-40, float("inf"), float("-inf"), 0.1, 1 / 3]


def main():
    torch.manual_seed(SEED)
    OUT.mkdir(parents=True, exist_ok=True)
    special = torch.tensor(SPECIAL, dtype=torch.float64)
    tensors = {
        "f64": special.reshape(13, 1),
        "f32": torch.randn(3, 5),
        "f32.special": special.float(),
        "f16": special.half(),
        "bf16": special.bfloat16(),
        "bf16.matrix": torch.randn(7, 2, 3).bfloat16(),
        "i64": torch.tensor([[-(2**63), 2**63 - 1, 7]]),
        "i32": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
        "i16": torch.tensor([-32768, 32767, 5], dtype=torch.int16),
        "i8": torch.tensor([-128, 127, 3], dtype=torch.int8),
        "u8": torch.tensor([0, 255, 9], dtype=torch.uint8),
        "bool": torch.tensor([[True, False], [False, True], [True, True]]),
        "scalar": torch.tensor(4.25),
        "empty": torch.zeros(0, 4),
        "f8": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn),
        "naïve/\U0001f600": torch.tensor([1.5]),
    }
    safetensors.torch.save_file(tensors, OUT / "mixed.safetensors", metadata={"format": "pt"})
    floats = {
        name: tensor.float().contiguous()
        for name, tensor in tensors.items()
        if tensor.dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16)
    }
    safetensors.torch.save_file(floats, OUT / "mixed_as_float32.safetensors", metadata={"format": "pt"})
    manifest = {
        "script": "tools/goldens/safetensors_files.py",
        "seed": SEED,
        "torch": torch.__version__,
        "safetensors": safetensors.__version__,
        "files": ["mixed.safetensors", "mixed_as_float32.safetensors"],
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


main()
