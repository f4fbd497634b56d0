"""Makes the loralib goldens of lora-djl: checkpoints as torch.save writes them, and the deltas.

Usage: python tools/goldens/make_loralib_checkpoints.py   (torch, loralib; run in the repository root)

Each checkpoint NAME.pt has NAME.safetensors beside it: alpha / r * B A of every adapted module in
(out, in), as loralib itself merges it into the base weight, and the trained tensors that stay.
"""

import collections
import json
import pathlib
import shutil

import loralib as lora
import torch
from safetensors.torch import save_file
from torch import nn

OUT = pathlib.Path("lora-djl/src/test/resources/golden/loralib")
SEED = 31
ALPHA = 16


class Attention(nn.Module):
    """Slices of 4 in a fused layer, one of them alone, and a plain layer."""

    def __init__(self, fan_in_fan_out=False):
        super().__init__()
        kind = dict(lora_alpha=ALPHA, fan_in_fan_out=fan_in_fan_out)
        self.c_attn = lora.MergedLinear(6, 12, r=2, enable_lora=[True, False, True], **kind)
        self.c_one = lora.MergedLinear(6, 15, r=3, enable_lora=[False, True, False], **kind)
        self.c_all = lora.MergedLinear(6, 8, r=2, enable_lora=[True, True], **kind)
        self.c_proj = lora.Linear(6, 5, r=3, **kind)


class Gpt(nn.Module):
    def __init__(self, fan_in_fan_out):
        super().__init__()
        self.h = nn.ModuleList([Attention(fan_in_fan_out), Attention(fan_in_fan_out)])


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = lora.Linear(6, 5, r=3, lora_alpha=ALPHA)
        self.key = nn.Linear(6, 5)
        self.value = lora.Linear(6, 4, r=2, lora_alpha=ALPHA)
        self.norm = nn.LayerNorm(6)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.ModuleList([Block(), Block()])


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(6, 6)
        self.out_proj = nn.Linear(6, 3)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.classifier = Classifier()


class Embedded(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = lora.Embedding(7, 6, r=2, lora_alpha=ALPHA)
        self.proj = lora.Linear(6, 5, r=3, lora_alpha=ALPHA)


class Convolved(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = lora.Conv2d(4, 6, 3, r=2, lora_alpha=ALPHA, groups=2)
        self.proj = lora.Linear(6, 5, r=3, lora_alpha=ALPHA)


def randomize(model):
    torch.manual_seed(SEED)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return model


def deltas(model):
    """What eval() adds to each base weight, in (out, in), or (vocabulary, width) of an embedding."""
    layers = {n: m for n, m in model.named_modules() if isinstance(m, lora.LoRALayer)}
    weight = lambda m: m.conv.weight if hasattr(m, "conv") else m.weight  # noqa: E731
    found = {}
    for name, layer in layers.items():
        with torch.no_grad():  # from zero, so that nothing of the sum is rounded away
            kept = weight(layer).clone()
            weight(layer).zero_()
            layer.train(True)
            layer.train(False)
            delta = weight(layer).clone()
            weight(layer).copy_(kept)
            layer.merged = False
        if getattr(layer, "fan_in_fan_out", False):
            delta = delta.T
        found[name] = delta.double().float().contiguous()
    return found


def head(model):
    return {"trained." + n: p.detach().clone() for n, p in model.named_parameters() if n.startswith("classifier.")}


def save(name, state, expected, **options):
    torch.save(state, OUT / f"{name}.pt", **options)
    save_file({k: v.detach().float().contiguous() for k, v in expected.items()}, OUT / f"{name}.safetensors")


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)

    model = randomize(Model())
    linear = deltas(model)
    named = {"delta." + n: d for n, d in linear.items()}
    lora_only = {n: t.detach() for n, t in lora.lora_state_dict(model).items()}
    with_head = lora_only | {n: p.detach() for n, p in model.named_parameters() if n.startswith("classifier.")}
    save("linear", lora_only, named)
    save("linear-legacy", lora_only, named, _use_new_zipfile_serialization=False)
    save("head", with_head, named | head(model))
    save("full", model.state_dict(), named | head(model))
    save("nested", {"epoch": 3, "lr": 1e-4, "big": 2**70, "state_dict": collections.OrderedDict(with_head),
                    "args": {"device": torch.device("cpu"), "shape": torch.Size([2, 3]), "dtype": torch.float16}},
         named | head(model))
    save("protocol4", collections.OrderedDict(lora_only), named, pickle_protocol=4)
    save("parameters", {n: nn.Parameter(t) for n, t in lora_only.items()}, named)
    save("parallel", {"module." + n: t for n, t in lora_only.items()}, named)
    save("bias-only", lora.lora_state_dict(model, "lora_only"), named)
    save("bias-all", lora.lora_state_dict(model, "all"), named)
    save("double", {n: t.double() for n, t in lora_only.items()}, named)
    save_file(dict(model.state_dict()), OUT / "model-trained.safetensors")
    base = {n: t.clone() for n, t in model.state_dict().items() if "lora_" not in n and "classifier" not in n}
    save_file(base, OUT / "model.safetensors")

    views = {n: t.T.contiguous().T for n, t in lora_only.items()}
    save("views", views, named)
    save("views-legacy", views, named, _use_new_zipfile_serialization=False)
    whole = torch.cat([t.flatten() for t in lora_only.values()])
    shared, start = {}, 0
    for n, t in lora_only.items():
        shared[n] = whole[start : start + t.numel()].view_as(t)
        start += t.numel()
    save("shared", shared, named)
    save("shared-legacy", shared, named, _use_new_zipfile_serialization=False)

    for dtype, name in ((torch.float16, "half"), (torch.bfloat16, "bfloat16")):
        narrow = randomize(Model())
        with torch.no_grad():
            for p in narrow.parameters():
                p.copy_(p.to(dtype).float())
        state = {n: t.to(dtype) for n, t in lora.lora_state_dict(narrow).items()}
        save(name, state, {"delta." + n: d for n, d in deltas(narrow).items()})

    for flag, name in ((False, "merged"), (True, "merged-transposed")):
        gpt = randomize(Gpt(flag))
        named = {"delta." + n: d for n, d in deltas(gpt).items()}
        save(name, lora.lora_state_dict(gpt), named)
        save(name + "-full", gpt.state_dict(), named)

    embedded = randomize(Embedded())
    named = {"delta." + n: d for n, d in deltas(embedded).items()}
    save("embedding", lora.lora_state_dict(embedded), named)
    save("embedding-full", embedded.state_dict(), named)

    convolved = randomize(Convolved())
    named = {"delta." + n: d for n, d in deltas(convolved).items()}
    save("conv", lora.lora_state_dict(convolved), named)
    save("conv-full", convolved.state_dict(), named)

    dtypes = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
    torch.manual_seed(SEED)
    every = {d: (torch.randn(3, 2) * 3).to(getattr(torch, d)) for d in dtypes}
    every |= {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "uint16": torch.tensor([1, 65535], dtype=torch.uint16)}
    every |= {"permuted": torch.arange(24.0).view(2, 3, 4).permute(2, 0, 1), "part": torch.arange(24.0).view(4, 6)[1:3, 2::2]}
    torch.save(every, OUT / "dtypes.pt")
    save_file({n: t.contiguous() for n, t in every.items()}, OUT / "dtypes.safetensors")

    manifest = {
        "script": "tools/goldens/make_loralib_checkpoints.py",
        "seed": SEED,
        "alpha": ALPHA,
        "torch": torch.__version__,
        "loralib": "0.1.2",
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


main()
