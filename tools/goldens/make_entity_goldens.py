# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.text.token.EntityReading: what seqeval makes of drawn tags, right and wrong ones.

usage: python make_entity_goldens.py OUTPUT_DIR   (lora-hf/src/test/resources/golden/entities)
"""

import importlib.metadata
import json
import pathlib
import random
import sys
import warnings

from seqeval.metrics import classification_report
from seqeval.scheme import BILOU, IOB2

SEED = 20261130
warnings.filterwarnings("ignore")


def drawn(draw, prefixes, rows):
    tags = ["O"] + [f"{p}-{kind}" for kind in ("PER", "LOC", "WORK-OF-ART") for p in prefixes]
    truth, predicted = [], []
    for _ in range(rows):
        length = draw.randint(1, 12)
        row = [draw.choice(tags) if draw.random() < 0.7 else "O" for _ in range(length)]
        truth.append(row)
        predicted.append([draw.choice(tags) if draw.random() < 0.3 else tag for tag in row])
    return truth, predicted


def scores(truth, predicted, **how):
    report = classification_report(truth, predicted, output_dict=True, zero_division=0, **how)
    keep = {name: values for name, values in report.items() if " avg" not in name or name == "micro avg"}
    return {n: [v["precision"], v["recall"], v["f1-score"], int(v["support"])] for n, v in keep.items()}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(SEED)
    cases = []
    for prefixes, scheme, name in (("BI", IOB2, "BIO"), ("BILU", BILOU, "BILOU")):
        for rows in (1, 3, 10, 40):
            for _ in range(5):
                truth, predicted = drawn(draw, prefixes, rows)
                case = {"scheme": name, "truth": truth, "predicted": predicted}
                case["strict"] = scores(truth, predicted, mode="strict", scheme=scheme)
                case["default"] = scores(truth, predicted)
                cases.append(case)
    (folder / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    manifest = {
        "script": "tools/goldens/make_entity_goldens.py",
        "seed": SEED,
        "seqeval": importlib.metadata.version("seqeval"),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


main()
