# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of the training package: torch's optimisers and clipping, transformers' schedules, and a
ten-step trajectory of a small network.

usage: python make_optimizer_goldens.py OUTPUT_DIR   (lora-djl/src/test/resources/golden/optimizer)
"""
import json
import pathlib
import sys
import types

import numpy
import torch
import transformers

SEED = 20261122
SHAPES = {"a": (3, 5), "b": (7,)}


def flat(tensor):
    """Numbers that read back as the same float32."""
    return [float(str(x)) for x in tensor.detach().numpy().reshape(-1)]


def optimizers():
    cases = []
    for name, options in {
        "adamw": dict(kind="ADAMW", lr=0.01, weight_decay=0.0, betas=(0.9, 0.999), eps=1e-8, clip=0.0),
        "adamw with decay and clipping": dict(
            kind="ADAMW", lr=0.05, weight_decay=0.1, betas=(0.8, 0.95), eps=1e-6, clip=0.7),
        "sgd with decay and clipping": dict(
            kind="SGD", lr=0.1, weight_decay=0.05, betas=(0.9, 0.999), eps=1e-8, clip=2.0),
    }.items():
        generator = torch.Generator().manual_seed(SEED)
        parameters = {k: torch.randn(s, generator=generator) for k, s in SHAPES.items()}
        start = {k: flat(p) for k, p in parameters.items()}
        for p in parameters.values():
            p.requires_grad_(True)
        rows = list(parameters.values())
        if options["kind"] == "ADAMW":
            optimizer = torch.optim.AdamW(
                rows, lr=options["lr"], betas=options["betas"], eps=options["eps"],
                weight_decay=options["weight_decay"])
        else:
            optimizer = torch.optim.SGD(rows, lr=options["lr"], weight_decay=options["weight_decay"])
        steps = []
        for step in range(20):
            gradients = {}
            for k, p in parameters.items():
                scale = 10.0 ** ((step % 5) - 3)
                p.grad = torch.randn(p.shape, generator=generator) * scale
                gradients[k] = flat(p.grad)
            norm = None
            if options["clip"]:
                norm = torch.nn.utils.clip_grad_norm_(rows, options["clip"]).item()
            optimizer.step()
            steps.append(dict(gradients=gradients, norm=norm,
                              parameters={k: flat(p) for k, p in parameters.items()}))
        cases.append(dict(name=name, **options, start=start, steps=steps))
    return dict(shapes={k: list(s) for k, s in SHAPES.items()}, cases=cases)


def warm_up_steps(share, total):
    """As transformers rounds; its 5.x reads 1 and more as a number of steps, not as a share."""
    if share >= 1:
        return total
    return transformers.TrainingArguments.get_warmup_steps(types.SimpleNamespace(warmup_steps=share), total)


def schedules():
    cases = []
    for total in (1, 10, 37, 2105):
        for warm_up in (0.0, 0.06, 0.1, 0.29, 1.0):
            for kind in ("linear", "cosine", "constant"):
                steps = warm_up_steps(warm_up, total)
                optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
                schedule = {
                    "linear": lambda: transformers.get_linear_schedule_with_warmup(optimizer, steps, total),
                    "cosine": lambda: transformers.get_cosine_schedule_with_warmup(optimizer, steps, total),
                    "constant": lambda: transformers.get_constant_schedule_with_warmup(optimizer, steps),
                }[kind]()
                lambdas = schedule.lr_lambdas[0]
                at = list(range(total)) if total < 100 else [0, 1, 125, 126, 127, 210, 211, 1000, 2103, 2104]
                cases.append(dict(kind=kind, total=total, warm_up=warm_up, warm_up_steps=steps, at=at,
                                  factors=[lambdas(s) for s in at]))
    return cases


def trajectory():
    generator = torch.Generator().manual_seed(SEED + 1)
    shapes = {"first.weight": (7, 5), "first.bias": (7,), "second.weight": (3, 7), "second.bias": (3,)}
    parameters = {k: torch.randn(s, generator=generator) * 0.5 for k, s in shapes.items()}
    start = {k: flat(p) for k, p in parameters.items()}
    x = torch.randn((40, 5), generator=generator)
    y = torch.randint(0, 3, (40,), generator=generator)
    for p in parameters.values():
        p.requires_grad_(True)
    options = dict(lr=0.05, weight_decay=0.02, betas=(0.9, 0.98), eps=1e-8, clip=0.5, warm_up=0.2,
                   steps=10, batch=8)
    rows = list(parameters.values())
    optimizer = torch.optim.AdamW(rows, lr=options["lr"], betas=options["betas"], eps=options["eps"],
                                  weight_decay=options["weight_decay"])
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, 2, 10)
    losses, norms, rates = [], [], []
    for step in range(10):
        at = (step % 5) * 8
        hidden = torch.relu(torch.nn.functional.linear(
            x[at:at + 8], parameters["first.weight"], parameters["first.bias"]))
        logits = torch.nn.functional.linear(hidden, parameters["second.weight"], parameters["second.bias"])
        loss = torch.nn.functional.cross_entropy(logits, y[at:at + 8])
        optimizer.zero_grad()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(rows, options["clip"]).item())
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return dict(**options, shapes={k: list(s) for k, s in shapes.items()}, start=start, x=flat(x),
                y=y.tolist(), losses=losses, norms=norms, rates=rates,
                end={k: flat(p) for k, p in parameters.items()})


def main():
    torch.set_num_threads(1)
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    files = dict(optimizers=optimizers(), schedules=schedules(), trajectory=trajectory())
    for name, value in files.items():
        (out / f"{name}.json").write_text(json.dumps(value, sort_keys=True) + "\n")
    manifest = dict(script="tools/goldens/make_optimizer_goldens.py", seed=SEED,
                    versions=dict(torch=torch.__version__, transformers=transformers.__version__,
                                  numpy=numpy.__version__),
                    files=[f"{name}.json" for name in files])
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
