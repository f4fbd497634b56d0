# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.generate.RougeL: rouge_score's ROUGE-L of drawn texts.

usage: python make_rouge_goldens.py OUTPUT_DIR   (lora-hf/src/test/resources/golden/rouge)
"""

import importlib.metadata
import json
import pathlib
import random
import sys

from rouge_score import rouge_scorer

SEED = 20261130
WORDS = ["the", "Harbour", "is", "calm", "3.5", "don't", "naïve", "ÄB", "42km", "!", "…", "İx", "a-b", "STRASSE"]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(SEED)
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    cases = []
    for _ in range(60):
        truth = [draw.choice(WORDS) for _ in range(draw.randint(0, 12))]
        made = [w if draw.random() < 0.7 else draw.choice(WORDS) for w in truth] + [draw.choice(WORDS)] * draw.randint(0, 2)
        truth, made = " ".join(truth), " ".join(made)
        cases.append([truth, made, scorer.score(truth, made)["rougeL"].fmeasure])
    (folder / "cases.json").write_text(json.dumps(cases) + "\n")
    manifest = {
        "script": "tools/goldens/make_rouge_goldens.py",
        "seed": SEED,
        "rouge_score": importlib.metadata.version("rouge_score"),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


main()
