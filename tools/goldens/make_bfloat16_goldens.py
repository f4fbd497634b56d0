# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of models held in bfloat16: the logits that transformers computes from the tiny encoders
of make_encoder_goldens.py in float32, and in bfloat16 with its eager and its sdpa attention.

usage: python make_bfloat16_goldens.py ENCODERS_DIR OUTPUT_DIR
       (lora-hf/src/test/resources/golden/encoders, lora-hf/src/test/resources/golden/bfloat16)
"""
import json
import pathlib
import sys

import torch
import transformers
from transformers import AutoModelForSequenceClassification

SEED = 20261126
LOGITS = 1536  # enough that the error of a root mean square is below 2 %
NAMES = ["roberta", "xlm-roberta", "distilbert"]


def logits(path, batches, dtype, attention):
    model = AutoModelForSequenceClassification.from_pretrained(path, dtype=dtype, attn_implementation=attention)
    model.eval()
    found = []
    with torch.no_grad():
        for ids, mask in batches:
            found += model(input_ids=ids, attention_mask=mask).logits.float().tolist()
    return found


def main(encoders, out):
    out.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(NAMES):
        generator = torch.Generator().manual_seed(SEED + number)
        config = json.loads((encoders / name / "config.json").read_text())
        count = LOGITS // len(config["id2label"])
        rows = [torch.randint(5, 40, (int(torch.randint(3, 20, (1,), generator=generator)),),
                              generator=generator).tolist() for _ in range(count)]
        batches = []
        for i in range(0, count, 16):
            part = rows[i:i + 16]
            longest = max(map(len, part))
            pad = config["pad_token_id"]
            batches.append((torch.tensor([r + [pad] * (longest - len(r)) for r in part]),
                            torch.tensor([[1] * len(r) + [0] * (longest - len(r)) for r in part])))
        expected = dict(ids=rows, pad=config["pad_token_id"],
                        float32=logits(encoders / name, batches, torch.float32, "eager"),
                        eager=logits(encoders / name, batches, torch.bfloat16, "eager"),
                        sdpa=logits(encoders / name, batches, torch.bfloat16, "sdpa"))
        (out / f"{name}.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    (out / "manifest.json").write_text(json.dumps(dict(
        script="tools/goldens/make_bfloat16_goldens.py", seed=SEED, torch=torch.__version__,
        transformers=transformers.__version__)) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
