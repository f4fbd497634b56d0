# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Weighted adapters: every combination_type of add_weighted_adapter gives the same tensors here."""

import json
import shutil

import java
import peft
import torch
from counter import derive, uniform
from harness import check, close
from peft.tuners.lora.layer import LoraLayer
from safetensors.torch import load_file

SEED = 41
# No task type: PEFT cannot combine adapters that share a head.
ADAPTERS = {
    "default": dict(r=3, lora_alpha=5, target_modules=["query", "value"]),
    "second": dict(r=3, lora_alpha=4, target_modules=["value", "dense", "word_embeddings"]),
    "third": dict(r=3, lora_alpha=7, target_modules=["value", "query", "word_embeddings"]),
    "wide": dict(r=5, lora_alpha=4, use_rslora=True, target_modules=["query", "dense"]),
    "dora": dict(r=3, lora_alpha=7, target_modules=["query", "value"], use_dora=True),
}
EQUAL = (["default", "second", "third"], [0.7, -0.4, 1.5])
JOBS = {
    "magnitude_prune": (*EQUAL, dict(density=0.4)),
    "ties": (*EQUAL, dict(density=0.6)),
    "ties-frequency": (*EQUAL, dict(density=0.6, majority_sign_method="frequency")),
    "dare_linear": (*EQUAL, dict(density=0.7)),
    "dare_ties": (*EQUAL, dict(density=0.8)),
    "dare_ties-frequency": (*EQUAL, dict(density=0.8, majority_sign_method="frequency")),
    "magnitude_prune_svd": (["default", "wide"], [0.6, 1.3], dict(density=0.5)),
    "ties_svd": (["default", "wide", "third"], [0.6, 1.3, -0.8], dict(density=0.5, svd_rank=4)),
    "dare_linear_svd": (["second", "wide"], [0.6, 1.3], dict(density=0.5)),
    "dare_ties_svd": (["second", "third"], [0.6, 1.3], dict(density=0.7, majority_sign_method="frequency")),
    "linear-dora": (["dora", "default"], [0.6, 1.3], {}),
    "linear-dora-behind": (["default", "dora"], [0.6, 1.3], {}),
    "cat-dora-alone": (["dora"], [0.9], {}),
}


def draws(model, parts, kind):
    """The numbers that are drawn here, in the order in which PEFT asks for them."""
    for path, layer in model.base_model.model.named_modules():
        if isinstance(layer, LoraLayer) and "lora_" not in path:
            own = [part for part in parts if part in layer.lora_A or part in layer.lora_embedding_A]
            for tensor in ["delta"] if kind.endswith("_svd") else ["A", "B"]:
                for part in own:
                    turned = tensor == "delta" and part in layer.lora_embedding_A
                    yield derive(derive(derive(SEED, path), tensor), part), turned


def combined(model, name, parts, weights, kind, settings):
    wanted = list(draws(model, parts, kind))[::-1]

    def bernoulli(probability):
        key, turned = wanted.pop()
        shape = probability.shape[::-1] if turned else probability.shape
        numbers = uniform(key, probability.numel()).reshape(shape)
        return ((numbers.T if turned else numbers) < settings["density"]).to(probability.dtype)

    before, torch.bernoulli = torch.bernoulli, bernoulli
    try:
        model.add_weighted_adapter(parts, weights, name, combination_type=kind, **settings)
    finally:
        torch.bernoulli = before
    assert not wanted or not kind.startswith("dare"), f"PEFT drew {len(wanted)} fewer times"
    return {n: t.detach().contiguous() for n, t in peft.get_peft_model_state_dict(model, adapter_name=name).items()}


@check
def every_weighted_adapter_is_that_of_peft(workshop):
    folder = workshop.make("combinations")
    torch.manual_seed(9)
    model = peft.get_peft_model(workshop.base(), peft.LoraConfig(**ADAPTERS["default"]))
    for name, fields in list(ADAPTERS.items())[1:]:
        model.add_adapter(name, peft.LoraConfig(**fields))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_magnitude" in name:
                parameter.mul_(1 + 0.3 * torch.randn_like(parameter))
            elif "lora_" in name:
                parameter.copy_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(folder / "adapters")
    shutil.copytree(workshop.model_folder, folder / "model")
    jobs = [
        {"name": name, "parts": parts, "weights": weights, "kind": name.split("-")[0], "seed": SEED,
         "density": settings.get("density", 0), "rank": settings.get("svd_rank", 0),
         "signs": settings.get("majority_sign_method", "total").upper()}
        for name, (parts, weights, settings) in JOBS.items()
    ]  # fmt: skip
    (folder / "jobs.json").write_text(json.dumps(jobs))
    java.run("lora-hf", "org.lora4j.hf.CombinationExchange", folder)
    worst, sizes = 0.0, []
    for name, (parts, weights, settings) in JOBS.items():
        kind = name.split("-")[0]
        theirs = combined(model, name, parts, weights, kind, settings)
        ours = load_file(folder / "ours" / name / "adapter_model.safetensors")
        assert ours.keys() == theirs.keys(), (name, sorted(ours.keys() ^ theirs.keys()))
        for tensor in theirs:
            a, b = "_A" in tensor, tensor.replace("_A", "_B")
            if not kind.endswith("svd"):
                worst = max(worst, close(ours[tensor], theirs[tensor], 1e-6, f"{name} {tensor}"))
            elif a:  # singular vectors have no sign of their own
                products = [t[b] @ t[tensor] for t in (ours, theirs)]
                worst = max(worst, close(*products, 2e-5, f"{name} {tensor}"))
                sizes.append(products[0].abs().max().item())
        config = json.loads((folder / "ours" / name / "adapter_config.json").read_text())
        expected = model.peft_config[name]
        for key in ("r", "lora_alpha", "use_dora"):
            assert config[key] == getattr(expected, key), (name, key, config[key])
        vectors = [tensor for tensor in ours if "magnitude" in tensor]
        assert bool(vectors) == (name in ("linear-dora", "cat-dora-alone")), (name, vectors)
    assert min(sizes) > 0.01, "a combination is nothing"
    return f"{len(JOBS)} combinations, tensors within {worst:.1e}"
