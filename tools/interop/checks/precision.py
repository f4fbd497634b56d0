# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Bases in 16 bits, beside PEFT's."""

import json

import peft
import torch
from checks.adapters import train
from harness import LOGITS, check, close, evaluate, lora4j, predict, read_table
from safetensors.torch import load_file


@check
def peft_reads_an_adapter_trained_on_a_bfloat16_base(workshop):
    folder = workshop.make("ours-bf16")
    adapter = folder / "adapter"
    train(workshop, adapter, "--dtype", "bf16")
    tensors = load_file(adapter / "adapter_model.safetensors")
    assert tensors and all(t.dtype == torch.float32 for t in tensors.values()), "an adapter is float32"
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    single, half = (peft.PeftModel.from_pretrained(workshop.base().to(dtype), adapter)
                    for dtype in (torch.float32, torch.bfloat16))
    exact = predict(single, tokenizer, rows)
    in_single, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "single.jsonl", adapter)
    close(in_single, exact, LOGITS, "logits in float32")
    report = lora4j(
        "evaluate", "--model", workshop.model_folder, "--adapter", adapter, "--data", workshop.dev,
        "--text-column", "text", "--predictions", folder / "half.jsonl", "--dtype", "bf16", "--json",
    )  # fmt: skip
    ours = torch.tensor([json.loads(line)["logits"] for line in (folder / "half.jsonl").read_text().splitlines()])
    theirs = torch.as_tensor(predict(half, tokenizer, rows)).float()
    exact = torch.as_tensor(exact).float()
    error = lambda logits: (logits - exact).pow(2).mean().sqrt().item()
    assert report.code == 0 and 0 < error(ours) <= 1.5 * error(theirs), (error(ours), error(theirs))
    return f"error to float32 {error(ours):.1e}, PEFT's {error(theirs):.1e}"
