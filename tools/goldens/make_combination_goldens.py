# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens for the merging of task tensors: what peft/utils/merge_utils.py of peft 0.21.2 computes.

Random prunings draw what CounterRandom draws from the keys.

Writes lora-djl/src/test/resources/golden/combinations/cases.json.
Run: python tools/goldens/make_combination_goldens.py (torch, peft; no network).
"""

import json
import pathlib
import sys

import torch
from peft.utils import merge_utils

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/interop"))
from counter import uniform  # noqa: E402

OUT = ROOT / "lora-djl/src/test/resources/golden/combinations"
SEED = 20261130
KEYS = [5, -(2**61) + 7, 12345678901]
WEIGHTS = [0.7, -1.3, 0.4]
CASES = {
    "magnitude_prune": dict(density=0.37),
    "ties": dict(density=0.6, majority_sign_method="total"),
    "ties_frequency": dict(density=0.6, majority_sign_method="frequency"),
    "ties_none": dict(density=0.0, majority_sign_method="total"),
    "ties_all": dict(density=1.0, majority_sign_method="total"),
    "dare_linear": dict(density=0.45),
    "dare_ties": dict(density=0.8, majority_sign_method="total"),
    "dare_ties_frequency": dict(density=0.8, majority_sign_method="frequency"),
}


def run(name, settings, tensors):
    keys = iter(KEYS)

    def bernoulli(probability):
        return (uniform(next(keys), probability.numel()) < probability.flatten()[0].double()).to(probability.dtype)

    merge_utils.torch.bernoulli, before = bernoulli, torch.bernoulli
    try:
        rule = next(r for r in ("magnitude_prune", "dare_ties", "dare_linear", "ties") if name.startswith(r))
        found = getattr(merge_utils, rule)(list(tensors), torch.tensor(WEIGHTS), **settings)
    finally:
        merge_utils.torch.bernoulli = before
    return settings | {"expected": found.tolist()}


def main():
    torch.manual_seed(SEED)
    tensors = torch.randn(3, 37)
    tensors[1] = 0.5 * tensors[0] + 0.8 * tensors[1]
    OUT.mkdir(parents=True, exist_ok=True)
    made = {
        "script": "tools/goldens/make_combination_goldens.py",
        "seed": SEED,
        "peft": "0.21.2",
        "torch": torch.__version__,
        "tensors": tensors.tolist(),
        "weights": WEIGHTS,
        "keys": KEYS,
        "cases": {name: run(name, settings, tensors) for name, settings in CASES.items()},
    }
    (OUT / "cases.json").write_text(json.dumps(made) + "\n")


if __name__ == "__main__":
    main()
