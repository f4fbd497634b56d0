"""Goldens for every adapted layer: what loralib 0.1.2 and peft 0.21.2 compute, whole tensors.

Each case holds the base (w, bias), A and B (a, b), the input x, the output y in training, the
gradients da, db and (of real inputs) dx for the output's gradient dy, the change of the weight
(delta), the merged weight and the output y_merged on it. Dropout is off; no two sizes are equal.

And one adapter that PEFT saved, and one lora_state_dict of loralib's, each of a model with a layer of
each kind, with the layers' outputs.

Writes lora-djl/src/test/resources/golden/layers/{<case>.npz,manifest.json} and
golden/layers-directory/{<layer>.npz,manifest.json,adapter/}, golden/layers-state/{..., lora.pt}.
Run: python tools/goldens/make_layer_goldens.py (numpy, torch, loralib, peft, transformers; no network).
"""

import importlib.metadata
import json
import pathlib
import platform
import warnings

import loralib
import numpy
import peft
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

SEED = 20261125
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "lora-djl/src/test/resources/golden/layers"
DIRECTORY = OUT.parent / "layers-directory"
STATE = OUT.parent / "layers-state"

EMBEDDINGS = {
    "plain": dict(entries=11, size=5, ids=(2, 4), rank=3, alpha=7.0),
    "padding": dict(entries=9, size=4, ids=(3, 5), rank=2, alpha=3.0, padding=2),
    "square": dict(entries=6, size=6, ids=(7,), rank=2, alpha=5.0),
}
LINEARS = {
    "linear": dict(x=(4, 6), out=5, rank=2, alpha=7.0),
    "fan-in": dict(x=(2, 3, 6), out=5, rank=3, alpha=2.0, fan_in=True),
}
CONVOLUTIONS = {
    "conv2d": dict(x=(2, 3, 6, 7), out=5, kernel=3, rank=2, alpha=7.0),
    "conv2d-geometry": dict(
        x=(2, 3, 9, 11), out=4, kernel=3, rank=4, alpha=3.0, stride=(2, 1), padding=(1, 2), dilation=(1, 2)
    ),
    "conv2d-groups": dict(x=(3, 6, 5, 7), out=4, kernel=2, rank=2, alpha=5.0, groups=2, padding=(1, 0)),
    "conv2d-1x1": dict(x=(2, 4, 3, 5), out=6, kernel=1, rank=3, alpha=2.0, bias=False),
    "conv2d-rectangle": dict(x=(2, 3, 6, 7), out=5, kernel=(3, 2), rank=2, alpha=7.0, padding=(0, 1)),
    "conv1d-1": dict(x=(2, 4, 9), out=6, kernel=1, rank=3, alpha=7.0),
    "conv1d": dict(x=(2, 4, 9), out=6, kernel=3, rank=2, alpha=7.0, stride=(2,), padding=(1,), dilation=(2,)),
    "conv1d-groups": dict(x=(2, 6, 8), out=9, kernel=2, rank=3, alpha=4.0, groups=3),
}
FUSED = {
    "merged-tft": dict(x=(2, 3, 4), out=9, rank=2, alpha=7.0, enable=[True, False, True]),
    "merged-ft": dict(x=(5, 4), out=6, rank=3, alpha=2.0, enable=[False, True]),
    "merged-t": dict(x=(5, 4), out=6, rank=3, alpha=2.0, enable=[True]),
    "merged-ttft": dict(x=(2, 3, 5), out=12, rank=1, alpha=3.0, enable=[True, True, False, True], bias=False),
    "merged-fan-in": dict(x=(2, 3, 4), out=9, rank=2, alpha=5.0, enable=[True, True, False], fan_in=True),
}


class AnyConv(loralib.layers.ConvLoRA):
    """0.1.2 gives B rows for two spatial dimensions whatever the layer has, so that Conv1d with a
    kernel over 1 cannot run; this is its formula for n of them: B [out/groups k^(n-1), r k]."""

    def __init__(self, module, channels, out, kernel, r, **options):
        super().__init__(module, channels, out, kernel, r=r, **options)
        n = self.conv.weight.dim() - 2
        rows = out // self.conv.groups * kernel ** (n - 1)
        self.lora_B = nn.Parameter(torch.zeros(rows, r * kernel))


def spread(*tensors):
    for tensor in tensors:
        if tensor is not None:
            nn.init.normal_(tensor, std=0.3)


def finish(case, layer, base, a, b, x, weight, merged, delta=None):
    """Runs the layer forward and backward, then merged (a function that leaves the weight merged)."""
    arrays = {"w": weight().detach().clone(), "a": a, "b": b, "x": x}
    bias = getattr(base, "bias", None)
    if bias is not None:
        arrays["bias"] = bias
    real = x.is_floating_point()
    x = x.clone().requires_grad_() if real else x
    layer.train()
    y = layer(x)
    dy = torch.randn_like(y).mul(0.3)
    y.backward(dy)
    arrays.update(y=y, dy=dy, da=a.grad, db=b.grad)
    if real:
        arrays["dx"] = x.grad
    merge(arrays, merged, weight, x)
    return write(case, arrays)


def merge(arrays, merged, weight, x):
    run = merged()
    arrays["merged"] = weight().detach().clone()
    arrays["delta"] = arrays["merged"] - arrays["w"]
    arrays["y_merged"] = run(x)
    assert arrays["delta"].abs().max() > 1e-2, "the correction must matter"


def write(case, arrays, folder=OUT):
    floats = {}
    for name, tensor in arrays.items():
        array = tensor.detach().numpy()
        floats[name] = numpy.ascontiguousarray(array if array.dtype == numpy.int64 else array.astype(numpy.float32))
    numpy.savez(folder / f"{case}.npz", **floats)


def loralib_case(case, layer, base, x):
    spread(base.weight.data, getattr(base, "bias", None), layer.lora_A.data, layer.lora_B.data)
    names = sorted(name for name in layer.state_dict() if "lora_" in name)
    assert names == ["lora_A", "lora_B"], names
    # Merged: loralib's own eval(), which for a bare layer returns nothing
    finish(case, layer, base, layer.lora_A, layer.lora_B, x, lambda: base.weight, lambda: layer.eval() or layer)


def real(shape):
    return torch.randn(shape).mul(0.3)


def of_loralib(cases):
    for name, c in EMBEDDINGS.items():
        layer = loralib.Embedding(
            c["entries"], c["size"], r=c["rank"], lora_alpha=c["alpha"], padding_idx=c.get("padding")
        )
        ids = torch.randint(c["entries"], c["ids"])
        if "padding" in c:
            ids[0, 1] = ids[2, 3] = c["padding"]
        case = f"loralib-embedding-{name}"
        loralib_case(case, layer, layer, ids)
        cases[case] = {"kind": "embedding", **numbers(c), "padding": c.get("padding", -1)}
    for name, c in LINEARS.items():
        fan_in = c.get("fan_in", False)
        layer = loralib.Linear(
            c["x"][-1], c["out"], r=c["rank"], lora_alpha=c["alpha"], fan_in_fan_out=fan_in
        )
        case = f"loralib-{name}"
        loralib_case(case, layer, layer, real(c["x"]))
        cases[case] = {"kind": "linear", **numbers(c), "fanIn": fan_in}
    for name, c in FUSED.items():
        fan_in = c.get("fan_in", False)
        layer = loralib.MergedLinear(
            c["x"][-1], c["out"], r=c["rank"], lora_alpha=c["alpha"], enable_lora=c["enable"],
            fan_in_fan_out=fan_in, bias=c.get("bias", True),
        )  # fmt: skip
        case = f"loralib-{name}"
        loralib_case(case, layer, layer, real(c["x"]))
        cases[case] = {"kind": "merged", **numbers(c), "fanIn": fan_in, "enable": c["enable"]}
    for name, c in CONVOLUTIONS.items():
        if isinstance(c["kernel"], tuple):
            continue  # loralib takes one length
        flat = len(c["x"]) == 3
        options = dict(geometry(c), r=c["rank"], lora_alpha=c["alpha"], bias=c.get("bias", True))
        if flat and c["kernel"] > 1:
            layer = AnyConv(nn.Conv1d, c["x"][1], c["out"], c["kernel"], **options)
        else:
            layer = (loralib.Conv1d if flat else loralib.Conv2d)(c["x"][1], c["out"], c["kernel"], **options)
        case = f"loralib-{name}"
        loralib_case(case, layer, layer.conv, real(c["x"]))
        cases[case] = convolution(c, "LORALIB")


class Holder(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)


def peft_case(case, module, x, c, merges=True):
    spread(module.weight.data, getattr(module, "bias", None))
    config = peft.LoraConfig(
        r=c["rank"], lora_alpha=c["alpha"], target_modules=["layer"], fan_in_fan_out=isinstance(module, Conv1D)
    )
    model = peft.get_peft_model(Holder(module), config)
    layer = model.base_model.model.layer
    if isinstance(module, nn.Embedding):
        a, b = layer.lora_embedding_A["default"], layer.lora_embedding_B["default"]
    else:
        a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
        if hasattr(module, "dilation"):
            # PEFT leaves it out of A, and then cannot run; with it, unmerged and merged agree
            layer.lora_A["default"].dilation = module.dilation
    spread(a.data, b.data)

    def merged():
        layer.merge()
        return model

    if merges:
        finish(case, model, module, a, b, x, lambda: module.weight, merged)
        return
    # groups over 1: PEFT has no merged form
    arrays = {"w": module.weight, "a": a, "b": b, "x": x, "bias": module.bias}
    own = x.clone().requires_grad_()
    y = model(own)
    dy = torch.randn_like(y).mul(0.3)
    y.backward(dy)
    arrays.update(y=y, dy=dy, da=a.grad, db=b.grad, dx=own.grad)
    write(case, arrays)


def of_peft(cases):
    for name, c in EMBEDDINGS.items():
        module = nn.Embedding(c["entries"], c["size"], padding_idx=c.get("padding"))
        ids = torch.randint(c["entries"], c["ids"])
        if "padding" in c:
            ids[0, 1] = ids[2, 3] = c["padding"]
        case = f"peft-embedding-{name}"
        peft_case(case, module, ids, c)
        cases[case] = {"kind": "embedding", **numbers(c), "padding": c.get("padding", -1)}
    for name, c in LINEARS.items():
        fan_in = c.get("fan_in", False)
        module = Conv1D(c["out"], c["x"][-1]) if fan_in else nn.Linear(c["x"][-1], c["out"])
        case = f"peft-{name}"
        peft_case(case, module, real(c["x"]), c)
        cases[case] = {"kind": "linear", **numbers(c), "fanIn": fan_in}
    for name, c in CONVOLUTIONS.items():
        groups = c.get("groups", 1)
        layer = nn.Conv1d if len(c["x"]) == 3 else nn.Conv2d
        module = layer(c["x"][1], c["out"], c["kernel"], bias=c.get("bias", True), **geometry(c))
        case = f"peft-{name}"
        peft_case(case, module, real(c["x"]), c, merges=groups == 1)
        cases[case] = convolution(c, "PEFT")


class Bench(nn.Module):
    """A layer of each kind, under the names of their Java classes."""

    def __init__(self, layers):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)


def of_directory():
    """An adapter of PEFT's on several kinds of layer at once, in the form it is saved in."""
    cases, layers, inputs = {}, {}, {}
    layers["Words"] = nn.Embedding(11, 5)
    inputs["Words"] = torch.randint(11, (2, 4))
    cases["Words"] = {"kind": "embedding", "padding": -1}
    layers["Linear"], inputs["Linear"] = nn.Linear(6, 5), real((4, 6))
    cases["Linear"] = {"kind": "linear", "fanIn": False}
    layers["TransposedLinear"], inputs["TransposedLinear"] = Conv1D(5, 6), real((2, 3, 6))
    cases["TransposedLinear"] = {"kind": "linear", "fanIn": True}
    for name, key, layer in (("Conv1d", "conv1d", nn.Conv1d), ("Conv2d", "conv2d-geometry", nn.Conv2d)):
        c = {**CONVOLUTIONS[key], "dilation": (1,) * (len(CONVOLUTIONS[key]["x"]) - 2)}
        layers[name] = layer(c["x"][1], c["out"], c["kernel"], **geometry(c))
        inputs[name] = real(c["x"])
        cases[name] = convolution(c, "PEFT")
    for layer in layers.values():
        spread(layer.weight.data, getattr(layer, "bias", None))
    weights = {n: (m.weight.detach().clone(), getattr(m, "bias", None)) for n, m in layers.items()}
    config = peft.LoraConfig(
        r=4, lora_alpha=7, target_modules=list(layers), rank_pattern={"Linear": 3}, alpha_pattern={"Words": 2},
        fan_in_fan_out=True,
    )  # fmt: skip
    model = peft.get_peft_model(Bench(layers), config)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            spread(parameter.data)
    model.save_pretrained(DIRECTORY / "adapter")
    (DIRECTORY / "adapter" / "README.md").unlink()
    saved = DIRECTORY / "adapter" / "adapter_config.json"
    fields = json.loads(saved.read_text())
    fields["target_modules"].sort()  # a set in PEFT, in another order each time
    saved.write_text(json.dumps(fields, indent=2, sort_keys=True))
    model.eval()
    for name in layers:
        arrays = {"w": weights[name][0], "x": inputs[name], "y": getattr(model.base_model.model, name)(inputs[name])}
        if weights[name][1] is not None:
            arrays["bias"] = weights[name][1]
        write(name, arrays, DIRECTORY)
    return cases


def of_state():
    """loralib's own file of several kinds of layer at once; rank 2, alpha 7."""
    options = dict(r=2, lora_alpha=7)
    layers = {
        "Words": (loralib.Embedding(11, 5, **options), torch.randint(11, (2, 4)), {"kind": "embedding", "padding": -1}),
        "Linear": (loralib.Linear(6, 5, **options), real((4, 6)), {"kind": "linear", "fanIn": False}),
        "TransposedLinear": (
            loralib.MergedLinear(4, 9, enable_lora=[True, False, True], fan_in_fan_out=True, **options),
            real((2, 3, 4)),
            {"kind": "linear", "fanIn": True},
        ),
    }
    for name, key, layer in (("Conv1d", "conv1d-1", loralib.Conv1d), ("Conv2d", "conv2d-groups", loralib.Conv2d)):
        c = CONVOLUTIONS[key]
        layers[name] = (
            layer(c["x"][1], c["out"], c["kernel"], **options, **geometry(c)), real(c["x"]), convolution(c, "LORALIB")
        )  # fmt: skip
    cases = {}
    for name, (layer, x, case) in layers.items():
        base = getattr(layer, "conv", layer)
        spread(base.weight.data, getattr(base, "bias", None), layer.lora_A.data, layer.lora_B.data)
        arrays = {"w": base.weight, "x": x, "y": layer(x)}
        if getattr(base, "bias", None) is not None:
            arrays["bias"] = base.bias
        write(name, arrays, STATE)
        cases[name] = case
    torch.save(loralib.lora_state_dict(Bench({name: layer for name, (layer, _, _) in layers.items()})), STATE / "lora.pt")
    return cases


def numbers(c):
    return {"rank": c["rank"], "alpha": c["alpha"]}


def geometry(c):
    n = len(c["x"]) - 2
    one, zero = (1,) * n, (0,) * n
    return dict(
        stride=c.get("stride", one),
        padding=c.get("padding", zero),
        dilation=c.get("dilation", one),
        groups=c.get("groups", 1),
    )


def convolution(c, form):
    lists = {k: list(v) if isinstance(v, tuple) else v for k, v in geometry(c).items()}
    return {"kind": "convolution", "form": form, **numbers(c), **lists}


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message=".*groups > 1.*")
    OUT.mkdir(parents=True, exist_ok=True)
    cases = {}
    of_loralib(cases)
    of_peft(cases)
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    STATE.mkdir(parents=True, exist_ok=True)
    for folder, content in ((OUT, cases), (DIRECTORY, of_directory()), (STATE, of_state())):
        (folder / "manifest.json").write_text(manifest(content))


def manifest(cases):
    manifest = {
        "script": "tools/goldens/make_layer_goldens.py",
        "seed": SEED,
        "loralib": importlib.metadata.version("loralib"),
        "peft": peft.__version__,
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "cases": cases,
    }
    return json.dumps(manifest, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
