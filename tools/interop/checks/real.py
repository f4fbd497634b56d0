# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""MiniLM on SST-2: a short training reaches a sane accuracy, and PEFT agrees sentence by sentence."""

import os

import peft
import transformers
from harness import DATA, LOGITS, Skipped, check, close, evaluate, lora4j, predict, read_table

STEPS = int(os.environ.get("LORA4J_REAL_STEPS", "300"))
# A sanity bound for 300 steps; chance is 0.51, and PEFT's full run of 2,105 steps reaches 0.87.
ACCURACY = 0.80


@check
def real_sst2_trains_here_and_agrees_with_peft(workshop):
    model, train, dev = DATA / "minilm", DATA / "sst2" / "train.tsv", DATA / "sst2" / "dev.tsv"
    absent = [str(path) for path in (model, train, dev) if not path.exists()]
    if absent:
        raise Skipped(f"no {', '.join(absent)}; LORA4J_DATA names the folder with minilm/ and sst2/")
    folder = workshop.make("sst2")
    adapter = folder / "adapter"
    report = lora4j(
        "train", "--model", model, "--task", "seq-cls", "--data", train, "--validation", dev,
        "--text-column", "text_a", "--label-column", "label", "--output", adapter,
        "--rank", 8, "--alpha", 16, "--dropout", 0.1, "--init", "gaussian", "--target-modules", "query,value",
        "--batch-size", 32, "--learning-rate", 1e-3, "--schedule", "linear", "--warmup", 0.06, "--clip", 0, "--steps", STEPS,
        "--bucketing", "on", "--max-length", 128, "--seed", 0, "--threads", 2, "--json",
    ).report  # fmt: skip
    size = (adapter / "adapter_model.safetensors").stat().st_size
    assert size < 400_000, f"the adapter has {size} bytes"
    ours, _, judged = evaluate(model, dev, folder / "p.jsonl", adapter, text="text_a")
    assert abs(judged["accuracy"] - report["validation"]["accuracy"]) < 2e-3, (judged, report["validation"])
    rows = [{"text": row["text_a"], "label": row["label"]} for row in read_table(dev)]
    base = transformers.AutoModelForSequenceClassification.from_pretrained(model, num_labels=2)
    theirs = predict(
        peft.PeftModel.from_pretrained(base, adapter),
        transformers.AutoTokenizer.from_pretrained(model),
        rows,
        max_length=128,
    )
    difference = close(ours, theirs, LOGITS, f"logits of {len(rows)} sentences")
    assert judged["accuracy"] >= ACCURACY, f"accuracy {judged['accuracy']:.4f} after {STEPS} steps, below {ACCURACY}"
    return (
        f"accuracy {judged['accuracy']:.4f} after {STEPS} steps, {report['examples_per_second']:.0f} examples/s, "
        f"{size} bytes, logits within {difference:.1e}"
    )
