"""Goldens for one LoRA linear layer: what peft 0.21.2 computes, forward, backward and merged.

Writes lora-djl/src/test/resources/golden/lora-linear/{<case>.npz,manifest.json}.
Run: python tools/goldens/make_lora_linear_goldens.py (needs numpy, torch, peft; no network).
"""

import json
import pathlib
import platform

import numpy
import peft
import torch
from peft import LoraConfig, get_peft_model

SEED = 20261122
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "lora-djl/src/test/resources/golden/lora-linear"

# name: (shape of x, out, rank, alpha, rslora, bias)
CASES = {
    "bias": ((4, 6), 5, 2, 7.0, False, True),
    "no-bias": ((4, 6), 5, 3, 1.0, False, False),
    "rslora": ((3, 7), 4, 4, 6.0, True, True),
    "sequence": ((2, 3, 5), 9, 2, 8.0, False, True),
    "wide": ((2, 2, 3, 4), 11, 6, 2.5, True, False),
}


class Model(torch.nn.Module):
    def __init__(self, inputs, outputs, bias):
        super().__init__()
        self.lin = torch.nn.Linear(inputs, outputs, bias=bias)

    def forward(self, x):
        return self.lin(x)


def run(shape, out, rank, alpha, rslora, bias):
    base = Model(shape[-1], out, bias)
    torch.nn.init.normal_(base.lin.weight, std=0.3)
    arrays = {"w": base.lin.weight.detach().clone()}
    if bias:
        torch.nn.init.normal_(base.lin.bias, std=0.3)
        arrays["bias"] = base.lin.bias.detach().clone()
    config = LoraConfig(r=rank, lora_alpha=alpha, use_rslora=rslora, target_modules=["lin"])
    model = get_peft_model(base, config)
    layer = model.base_model.model.lin
    a = layer.lora_A["default"].weight
    b = layer.lora_B["default"].weight
    torch.nn.init.normal_(a, std=0.3)
    torch.nn.init.normal_(b, std=0.3)
    x = torch.randn(shape).mul(0.3).requires_grad_()
    y = model(x)
    dy = torch.randn_like(y).mul(0.3)
    y.backward(dy)
    arrays.update(x=x, a=a, b=b, y=y, dy=dy, da=a.grad, db=b.grad, dx=x.grad)
    arrays["delta"] = layer.get_delta_weight("default")
    arrays["merged"] = layer.weight.detach() + arrays["delta"]
    plain = model.merge_and_unload()
    assert torch.equal(plain.lin.weight.detach(), arrays["merged"].detach())
    arrays["y_merged"] = plain(x)
    # every correction must matter, or the comparison would show nothing
    assert (arrays["y"] - torch.nn.functional.linear(x, arrays["w"], arrays.get("bias"))).abs().max() > 1e-2
    return {k: v.detach().numpy().astype(numpy.float32) for k, v in arrays.items()}


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    cases = {}
    for name, (shape, out, rank, alpha, rslora, bias) in CASES.items():
        numpy.savez(OUT / f"{name}.npz", **run(shape, out, rank, alpha, rslora, bias))
        cases[name] = {"rank": rank, "alpha": alpha, "rslora": rslora, "bias": bias}
    manifest = {
        "script": "tools/goldens/make_lora_linear_goldens.py",
        "seed": SEED,
        "peft": peft.__version__,
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "cases": cases,
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
