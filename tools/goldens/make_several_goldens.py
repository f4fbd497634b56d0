# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Makes the goldens of several adapters in one model: as PEFT saves them, and combined by PEFT.

Usage: python tools/goldens/make_several_goldens.py lora-hf/src/test/resources/golden
(torch, transformers, peft; after make_bert_goldens.py, whose checkpoint "relu" is the base)
"""

import json
import pathlib
import shutil
import sys

import make_bert_goldens as bert
import peft
import torch
import transformers
from peft import LoraConfig

SEED = 91
# No task type: PEFT would add the head to each, and cannot combine adapters that share a head.
ADAPTERS = {
    "default": LoraConfig(r=3, lora_alpha=5, target_modules=["query", "value"]),
    "second": LoraConfig(r=3, lora_alpha=4, use_rslora=False, target_modules=["value", "dense"]),
    "patterns": LoraConfig(r=2, lora_alpha=7, target_modules=["query"], rank_pattern={"layer.1.attention.self.query": 4}, lora_dropout=0.1),
}
COMBINED = {
    "cat": (["default", "second", "patterns"], [0.7, -0.4, 1.5], "cat"),
    "linear": (["default", "second"], [0.6, -0.3], "linear"),
    "svd": (["default", "second"], [0.6, -0.3], "svd"),
    "single": (["second"], [-0.8], "cat"),
}


def main(golden):
    out = golden / "several"
    shutil.rmtree(out, ignore_errors=True)
    generator = torch.Generator().manual_seed(SEED)
    base = transformers.BertForSequenceClassification.from_pretrained(golden / "bert" / "relu")
    base.name_or_path = "tiny/relu-bert"
    model = peft.get_peft_model(base, ADAPTERS["default"])
    for name, config in list(ADAPTERS.items())[1:]:
        model.add_adapter(name, config)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_" in name:
                p.copy_(0.4 * torch.randn(p.shape, generator=generator))
    for name, (parts, weights, kind) in COMBINED.items():
        model.add_weighted_adapter(parts, weights, name, combination_type=kind)
    model.eval()
    model.save_pretrained(out)
    for extra in out.rglob("README.md"):
        extra.unlink()
    data = bert.batch(5, 17, True, generator)
    logits = {}
    with torch.no_grad():
        for name in [*ADAPTERS, *COMBINED]:
            model.set_adapter(name)
            logits[name] = model(**bert.padded(data)).logits.tolist()
    bert.write_json(out / "expected.json", dict(data, logits=logits))
    (out / "manifest.json").write_text(json.dumps(dict(
        script="tools/goldens/make_several_goldens.py", seed=SEED, torch=torch.__version__,
        transformers=transformers.__version__, peft=peft.__version__)) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
