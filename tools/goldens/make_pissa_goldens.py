"""Goldens for PiSSA and OLoRA on linear layers: what peft 0.21.2 computes, whole tensors.

Each case holds the base (w, bias) and the input x; what PEFT takes off the base (taken); A and B as they
are later (a, b), with DoRA the magnitudes (m0 at first, m later); the output y in training, the
gradients da, db, dx and dm for the output's gradient dy; and the merged weight.

Writes lora-djl/src/test/resources/golden/pissa/{<case>.npz,manifest.json}.
Run: python tools/goldens/make_pissa_goldens.py (numpy, torch, loralib, peft, transformers; no network).
"""

import peft
import torch
from make_layer_goldens import OUT, Conv1D, Holder, manifest, nn, numbers, real, spread, write

SEED = 20261201
FOLDER = OUT.parent / "pissa"
CASES = {
    "pissa": dict(x=(4, 6), out=5, rank=2, alpha=7.0, init="pissa"),
    "pissa-tall": dict(x=(2, 3, 4), out=9, rank=3, alpha=2.0, init="pissa", bias=False),
    "pissa-rslora": dict(x=(3, 7), out=8, rank=4, alpha=6.0, init="pissa", rslora=True),
    "pissa-fan-in": dict(x=(2, 3, 6), out=5, rank=2, alpha=3.0, init="pissa", fan_in=True),
    "pissa-dora": dict(x=(4, 6), out=5, rank=2, alpha=7.0, init="pissa", dora=True),
    "pissa-niter": dict(x=(4, 8), out=6, rank=2, alpha=5.0, init="pissa_niter_16"),
    "pissa-niter-tall": dict(x=(4, 5), out=7, rank=2, alpha=5.0, init="pissa_niter_16"),
    "olora": dict(x=(4, 6), out=5, rank=2, alpha=7.0, init="olora"),
    "olora-tall": dict(x=(4, 5), out=8, rank=3, alpha=1.5, init="olora"),
}


def run(case, c):
    fan_in = c.get("fan_in", False)
    module = Conv1D(c["out"], c["x"][-1]) if fan_in else nn.Linear(c["x"][-1], c["out"], bias=c.get("bias", True))
    spread(module.weight.data, module.bias)
    if "niter" in c["init"]:
        # of singular values far apart, so that iterations find them to the last digits
        u, s, vh = torch.linalg.svd(module.weight.data, full_matrices=False)
        module.weight.data = u @ torch.diag(2.0 ** -torch.arange(len(s))) @ vh
    x = real(c["x"]).requires_grad_()
    arrays = {"w": module.weight.detach().clone(), "x": x}
    if module.bias is not None:
        arrays["bias"] = module.bias
    plain = module(x).detach()
    config = peft.LoraConfig(
        r=c["rank"], lora_alpha=c["alpha"], target_modules=["layer"], fan_in_fan_out=fan_in,
        init_lora_weights=c["init"], use_rslora=c.get("rslora", False), use_dora=c.get("dora", False),
    )  # fmt: skip
    model = peft.get_peft_model(Holder(module), config)
    layer = model.base_model.model.layer
    arrays["taken"] = arrays["w"] - module.weight.detach()
    assert arrays["taken"].abs().max() > 0.1
    assert (model(x) - plain).abs().max() < 1e-5, "a new adapter changes nothing"
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    leaves = {"a": a, "b": b}
    if c.get("dora"):
        leaves["m"] = layer.lora_magnitude_vector["default"].weight
        arrays["m0"] = leaves["m"].detach().clone()
    for leaf in leaves.values():
        leaf.data.add_(0.3 * torch.randn_like(leaf))
    model.train()
    y = model(x)
    dy = torch.randn_like(y).mul(0.3)
    y.backward(dy)
    arrays.update(y=y, dy=dy, dx=x.grad, **leaves, **{"d" + name: leaf.grad for name, leaf in leaves.items()})
    layer.merge()
    arrays["merged"] = module.weight.detach().clone()
    assert (model(x) - y).abs().max() < 1e-5
    write(case, arrays, FOLDER)
    return {"kind": "linear", **numbers(c), "fanIn": fan_in, "rslora": c.get("rslora", False), "init": c["init"],
            "dora": c.get("dora", False)}  # fmt: skip


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases = {name: run(name, c) for name, c in CASES.items()}
    text = manifest(cases).replace("make_layer_goldens", "make_pissa_goldens").replace("20261125", str(SEED))
    (FOLDER / "manifest.json").write_text(text)


if __name__ == "__main__":
    main()
