"""Goldens for DoRA on every kind of layer: what peft 0.21.2 computes, whole tensors.

Each case holds the base (w, bias), A, B and the magnitudes (a, b, m), what PEFT began the magnitudes
with (m0), the input x, the output y in training, the gradients da, db, dm and (of real inputs) dx for
the output's gradient dy, the change of the weight (delta), the merged weight and the output y_merged on
it. Cases with dropout also hold its mask, times 1 / (1 - p), and nothing merged.

And the two orders in which PEFT merges and runs an adapter with DoRA and one without on one layer.

Writes lora-djl/src/test/resources/golden/dora/{<case>.npz,manifest.json}.
Run: python tools/goldens/make_dora_goldens.py (numpy, torch, loralib, peft, transformers; no network).
"""

import warnings

import peft
import torch
from make_layer_goldens import (
    CONVOLUTIONS,
    EMBEDDINGS,
    OUT,
    Conv1D,
    Holder,
    convolution,
    geometry,
    manifest,
    merge,
    nn,
    numbers,
    real,
    spread,
    write,
)

SEED = 20261130
FOLDER = OUT.parent / "dora"
LINEARS = {
    "linear": dict(x=(4, 6), out=5, rank=2, alpha=7.0),
    "no-bias": dict(x=(2, 3, 7), out=4, rank=3, alpha=2.0, bias=False),
    "rslora": dict(x=(3, 5), out=8, rank=4, alpha=6.0, rslora=True),
    "fan-in": dict(x=(2, 3, 6), out=5, rank=3, alpha=2.0, fan_in=True),
    "dropout": dict(x=(4, 6), out=5, rank=2, alpha=7.0, dropout=True),
    "dropout-fan-in": dict(x=(2, 3, 6), out=5, rank=3, alpha=2.0, fan_in=True, dropout=True),
}
P = 0.4


class Fixed(nn.Module):
    """Dropout with a mask that is known."""

    def __init__(self, mask):
        super().__init__()
        self.mask = mask

    def forward(self, x):
        return x * self.mask


def adapted(module, c, **more):
    spread(module.weight.data, getattr(module, "bias", None))
    fan_in = isinstance(module, Conv1D)
    config = peft.LoraConfig(
        r=c["rank"], lora_alpha=c["alpha"], target_modules=["layer"], fan_in_fan_out=fan_in, use_dora=True,
        use_rslora=c.get("rslora", False), **more,
    )  # fmt: skip
    return peft.get_peft_model(Holder(module), config)


def tensors(layer, name="default"):
    if isinstance(layer.get_base_layer(), nn.Embedding):
        a, b = layer.lora_embedding_A[name], layer.lora_embedding_B[name]
    else:
        a, b = layer.lora_A[name].weight, layer.lora_B[name].weight
    return a, b, layer.lora_magnitude_vector[name].weight if name in layer.lora_magnitude_vector else None


def dora_case(case, module, x, c):
    model = adapted(module, c, lora_dropout=P if c.get("dropout") else 0.0)
    layer = model.base_model.model.layer
    if hasattr(module, "dilation"):
        # PEFT leaves it out of A, and then cannot run
        layer.lora_A["default"].dilation = module.dilation
    a, b, m = tensors(layer)
    arrays = {"w": module.weight.detach().clone(), "m0": m.detach().clone(), "x": x}
    if getattr(module, "bias", None) is not None:
        arrays["bias"] = module.bias
    spread(a.data, b.data)
    m.data.mul_(1 + 0.3 * torch.randn_like(m))
    if c.get("dropout"):
        arrays["mask"] = (torch.rand(x.shape) >= P) / (1 - P)
        layer.lora_dropout["default"] = Fixed(arrays["mask"])
    model.train()
    floats = x.is_floating_point()
    own = x.clone().requires_grad_() if floats else x
    y = model(own)
    dy = torch.randn_like(y).mul(0.3)
    y.backward(dy)
    arrays.update(a=a, b=b, m=m, y=y, dy=dy, da=a.grad, db=b.grad, dm=m.grad)
    if floats:
        arrays["dx"] = own.grad
    if not c.get("dropout"):

        def merged():
            model.eval()
            assert (model(x) - y).abs().max() < 1e-6, "training without dropout is inference"
            layer.merge()
            return model

        try:
            merge(arrays, merged, lambda: module.weight, x)
        except NotImplementedError as e:
            assert c.get("groups", 1) > 1, e
    write(case, arrays, FOLDER)


def two(cases):
    """A DoRA adapter and a plain one, in both orders: PEFT's DoRA rescales what came before it."""
    c = dict(rank=2, alpha=7.0)
    for order in (["dora", "plain"], ["plain", "dora"]):
        module = nn.Linear(6, 5)
        torch.manual_seed(SEED + 1)
        model = adapted(module, c)
        model.add_adapter("plain", peft.LoraConfig(r=3, lora_alpha=2.0, target_modules=["layer"]))
        layer = model.base_model.model.layer
        arrays = {"w": module.weight.detach().clone(), "bias": module.bias, "x": real((4, 6))}
        a, b, m = tensors(layer)
        more = tensors(layer, "plain")
        spread(a.data, b.data, more[0].data, more[1].data)
        m.data.mul_(1 + 0.3 * torch.randn_like(m))
        arrays.update(a=a, b=b, m=m, a2=more[0], b2=more[1])
        active = ["default" if name == "dora" else name for name in order]
        model.base_model.set_adapter(active)
        model.eval()
        arrays["y"] = model(arrays["x"])
        layer.merge(adapter_names=active)
        arrays["merged"] = module.weight.detach().clone()
        assert (model(arrays["x"]) - arrays["y"]).abs().max() < 1e-6
        case = "two-" + order[0] + "-first"
        write(case, arrays, FOLDER)
        cases[case] = {"kind": "two", "first": order[0]}


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message=".*groups > 1.*")
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases = {}
    for name, c in LINEARS.items():
        fan_in = c.get("fan_in", False)
        module = Conv1D(c["out"], c["x"][-1]) if fan_in else nn.Linear(c["x"][-1], c["out"], bias=c.get("bias", True))
        dora_case(name, module, real(c["x"]), c)
        cases[name] = {"kind": "linear", **numbers(c), "fanIn": fan_in, "rslora": c.get("rslora", False)}
        if c.get("dropout"):
            cases[name]["kind"] = "dropout"
    for name, c in EMBEDDINGS.items():
        module = nn.Embedding(c["entries"], c["size"], padding_idx=c.get("padding"))
        ids = torch.randint(c["entries"], c["ids"])
        if "padding" in c:
            ids[0, 1] = ids[2, 3] = c["padding"]
        dora_case(f"embedding-{name}", module, ids, c)
        cases[f"embedding-{name}"] = {"kind": "embedding", **numbers(c), "padding": c.get("padding", -1)}
    for name, c in CONVOLUTIONS.items():
        layer = nn.Conv1d if len(c["x"]) == 3 else nn.Conv2d
        module = layer(c["x"][1], c["out"], c["kernel"], bias=c.get("bias", True), **geometry(c))
        dora_case(name, module, real(c["x"]), c)
        cases[name] = convolution(c, "PEFT")
    two(cases)
    text = manifest(cases).replace("make_layer_goldens", "make_dora_goldens").replace("20261125", str(SEED))
    (FOLDER / "manifest.json").write_text(text)


if __name__ == "__main__":
    main()
