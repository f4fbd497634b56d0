# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Layers of every kind that PEFT has, on DJL blocks and on torch modules with the same weights."""

import json
import warnings

import java
import loralib
import numpy
import peft
import torch
from harness import apart, check, close
from safetensors.torch import load_file, save_file
from torch import nn
from transformers.pytorch_utils import Conv1D

# Blocks of one's own have no place on the command line.
PROGRAM = "org.lora4j.djl.LayerExchange"
TOLERANCE = 1e-5


class Bench(nn.Module):
    """Layers side by side, under the names of their Java classes."""

    def __init__(self, layers):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)


def layers():
    """A layer of each kind with drawn weights, its input, and its case for the Java side."""
    torch.manual_seed(23)
    found = {
        "Words": (nn.Embedding(13, 6), torch.randint(13, (3, 5)), {"kind": "embedding", "padding": -1}),
        "Linear": (nn.Linear(7, 4), torch.randn(2, 3, 7), {"kind": "linear", "fanIn": False}),
        "TransposedLinear": (Conv1D(5, 8), torch.randn(2, 3, 8), {"kind": "linear", "fanIn": True}),
        "Conv1d": convolution(nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), (3, 4, 11)),
        "Conv2d": convolution(nn.Conv2d(3, 5, (3, 2), stride=(1, 2), padding=(2, 1)), (2, 3, 7, 8)),
    }
    for layer, _, _ in found.values():
        for parameter in layer.parameters():
            nn.init.normal_(parameter, std=0.3)
    return found


def convolution(layer, shape):
    case = {"kind": "convolution", "groups": layer.groups}
    case.update({key: list(getattr(layer, key)) for key in ("stride", "padding", "dilation")})
    return layer, torch.randn(shape), case


def write(folder, found):
    cases = {}
    for name, (layer, x, case) in found.items():
        arrays = {"w": layer.weight, "x": x}
        if getattr(layer, "bias", None) is not None:
            arrays["bias"] = layer.bias
        numpy.savez(folder / f"{name}.npz", **{k: numpy.ascontiguousarray(v.detach().numpy()) for k, v in arrays.items()})
        cases[name] = case
    (folder / "manifest.json").write_text(json.dumps({"cases": cases}))


def outputs(model, found):
    model.eval()
    inner = model.base_model.model
    with torch.no_grad():
        return {name: getattr(inner, name)(x) for name, (_, x, _) in found.items()}


def run(folder, *more):
    """Runs the Java side on a folder."""
    java.run("lora-djl", PROGRAM, folder, *more)


def near(ours, theirs, what):
    """Agreement beside the largest output, since our own adapters draw large numbers."""
    scale = max(1.0, theirs.abs().max().item())
    return close(ours / scale, theirs / scale, TOLERANCE, what)


def loaded(file):
    with numpy.load(file) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files}


@check
def layers_of_every_kind_go_both_ways(workshop):
    return both_ways(workshop, "layers", False)


@check
def layers_of_every_kind_with_dora_go_both_ways(workshop):
    return both_ways(workshop, "layers-dora", True)


@check
def layers_of_every_kind_with_ia3_go_both_ways(workshop):
    """PEFT has no (IA)3 on Conv1d: ours is compared with its own sum there."""
    folder = workshop.make("layers-ia3")
    found = layers()
    write(folder, found)
    plain = {name: layer(x).detach() for name, (layer, x, _) in found.items()}
    targets = ["Linear", "TransposedLinear", "Conv2d"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = peft.get_peft_model(
            Bench({name: layer for name, (layer, _, _) in found.items()}),
            peft.IA3Config(target_modules=targets, feedforward_modules=["TransposedLinear", "Conv2d"]),
        )
    for name, parameter in model.named_parameters():
        if "ia3_l" in name:
            parameter.data.add_(0.5 * torch.randn_like(parameter))
    model.save_pretrained(folder / "theirs")
    theirs = outputs(model, found)
    run(folder, "ia3")
    read, made, merged = (loaded(folder / f"{name}.npz") for name in ("read", "made", "merged"))
    worst = 0.0
    for name in targets:
        apart(plain[name], theirs[name], f"{name}: with and without PEFT's vectors")
        worst = max(worst, near(read[name], theirs[name], f"{name}: PEFT's vectors"))
    file = folder / "ours" / "adapter_model.safetensors"
    vectors = load_file(file)
    row = vectors.pop("base_model.model.Conv1d.ia3_l")
    layer, x, _ = found["Conv1d"]
    save_file(vectors, file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        base = model.unload()
        own = getattr(base, "Conv1d")(x * row).detach()
        config = json.loads((folder / "ours" / "adapter_config.json").read_text())
        config["target_modules"] = targets
        config["feedforward_modules"] = ["Linear"]
        (folder / "ours" / "adapter_config.json").write_text(json.dumps(config))
        model = peft.PeftModel.from_pretrained(base, folder / "ours")
    expected = outputs(model, found) | {"Conv1d": own}
    for name in [*targets, "Conv1d"]:
        apart(plain[name], made[name], f"{name}: with and without our vectors")
        worst = max(worst, near(made[name], expected[name], f"{name}: our vectors"))
        worst = max(worst, near(merged[name], expected[name], f"{name}: merged"))
    return f"{len(targets) + 1} kinds, outputs within {worst:.1e}"


def both_ways(workshop, folder, dora):
    folder = workshop.make(folder)
    found = layers()
    write(folder, found)
    plain = {name: layer(x).detach() for name, (layer, x, _) in found.items()}
    config = peft.LoraConfig(
        r=4, lora_alpha=7, target_modules=list(found), rank_pattern={"Conv2d": 3}, alpha_pattern={"Words": 2},
        use_dora=dora,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = peft.get_peft_model(Bench({name: layer for name, (layer, _, _) in found.items()}), config)
    for name, parameter in model.named_parameters():
        if "magnitude" in name:
            parameter.data.mul_(1 + 0.3 * torch.randn_like(parameter))
        elif "lora_" in name:
            nn.init.normal_(parameter.data, std=0.3)
    model.save_pretrained(folder / "theirs")
    theirs = outputs(model, found)
    run(folder, *["dora"] * dora)
    read, made = loaded(folder / "read.npz"), loaded(folder / "made.npz")
    worst = 0.0
    for name, expected in theirs.items():
        apart(plain[name], expected, f"{name}: with and without PEFT's adapter")
        worst = max(worst, near(read[name], expected, f"{name}: PEFT's adapter"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = peft.PeftModel.from_pretrained(model.unload(), folder / "ours")
    for name, found_there in outputs(model, found).items():
        apart(plain[name], made[name], f"{name}: with and without our adapter")
        worst = max(worst, near(found_there, made[name], f"{name}: our adapter"))
    config = model.peft_config["default"]
    assert config.r == 4 and config.rank_pattern == {"Linear": 3}, config
    return f"{len(found)} kinds, outputs within {worst:.1e}"


def loralib_layers():
    """loralib's layers of each kind, rank 2, alpha 7, as the Java side makes them."""
    torch.manual_seed(29)
    options = dict(r=2, lora_alpha=7)
    conv = loralib.Conv2d(4, 6, 3, stride=2, padding=1, groups=2, **options)
    conv1 = loralib.Conv1d(4, 6, 1, **options)
    found = {
        "Words": (loralib.Embedding(13, 6, **options), torch.randint(13, (3, 5)), {"kind": "embedding", "padding": -1}),
        "Linear": (loralib.Linear(7, 4, **options), torch.randn(2, 3, 7), {"kind": "linear", "fanIn": False}),
        "TransposedLinear": (
            loralib.MergedLinear(5, 12, enable_lora=[True, False, True], fan_in_fan_out=True, **options),
            torch.randn(2, 3, 5),
            {"kind": "linear", "fanIn": True},
        ),
        "Conv1d": (conv1, torch.randn(3, 4, 11), convolution(conv1.conv, (1,))[2]),
        "Conv2d": (conv, torch.randn(2, 4, 7, 8), convolution(conv.conv, (1,))[2]),
    }
    for layer, _, _ in found.values():
        for parameter in layer.parameters():
            nn.init.normal_(parameter, std=0.3)
    return found


@check
def layers_of_loralib_go_both_ways(workshop):
    folder = workshop.make("layers-loralib")
    found = loralib_layers()
    write(folder, {name: (getattr(layer, "conv", layer), x, case) for name, (layer, x, case) in found.items()})
    model = Bench({name: layer for name, (layer, _, _) in found.items()})
    torch.save(loralib.lora_state_dict(model), folder / "theirs.pt")
    theirs = {name: layer(x).detach() for name, (layer, x, _) in found.items()}
    run(folder)
    read, made = loaded(folder / "read.npz"), loaded(folder / "made.npz")
    worst = max(near(read[name], y, f"{name}: loralib's state") for name, y in theirs.items())
    report = model.load_state_dict(torch.load(folder / "ours.pt", weights_only=True), strict=False)
    assert not report.unexpected_keys and not any("lora_" in key for key in report.missing_keys), report
    for name, (layer, x, _) in found.items():
        apart(theirs[name], made[name], f"{name}: their state and ours")
        layer.train(False)  # merged by loralib
        worst = max(worst, near(layer(x).detach(), made[name], f"{name}: our state"))
    return f"{len(found)} kinds, outputs within {worst:.1e}"
