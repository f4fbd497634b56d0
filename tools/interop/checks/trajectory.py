# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""From the same A, B and head, ten optimiser steps go the same way here and in PEFT."""

import json
import math

import peft
import torch
import transformers
from checks.adapters import VARIANTS, peft_adapter
from harness import check, close, lora4j, options, read_table, require
from peft.optimizers import create_loraplus_optimizer
from safetensors.torch import load_file

STEPS, BATCH = 10, 8
RATES = {"adamw": 5e-3, "sgd": 5e-2}
LOSSES = 1e-4
TENSORS = {"adamw": 1e-4, "sgd": 1e-5}


def theirs(workshop, start, optimizer, schedule, warmup, plus):
    """Losses and final tensors of PEFT, batches in the order of the file, no dropout."""
    base = workshop.base()
    model = peft.PeftModel.from_pretrained(base, start, is_trainable=True)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    trainable = [p for p in model.parameters() if p.requires_grad]
    rule = torch.optim.AdamW if optimizer == "adamw" else torch.optim.SGD
    if plus:
        steps = create_loraplus_optimizer(model, rule, lr=RATES[optimizer], loraplus_weight_decay=0.01, **plus)
    else:
        steps = rule(trainable, lr=RATES[optimizer], weight_decay=0.01)
    rates = {
        "constant": lambda: transformers.get_constant_schedule(steps),
        "linear": lambda: transformers.get_linear_schedule_with_warmup(steps, math.ceil(warmup * STEPS), STEPS),
        "cosine": lambda: transformers.get_cosine_schedule_with_warmup(steps, math.ceil(warmup * STEPS), STEPS),
    }[schedule]()
    rows, tokenizer, losses = read_table(workshop.train), workshop.tokenizer(), []
    for step in range(STEPS):
        part = rows[step * BATCH : (step + 1) * BATCH]
        batch = tokenizer([r["text"] for r in part], padding=True, return_tensors="pt")
        labels = torch.tensor([workshop.LABELS.index(r["label"]) for r in part])
        loss = model(**batch, labels=labels).loss
        losses.append(loss.item())
        loss.backward()
        steps.step()
        rates.step()
        steps.zero_grad()
    return torch.tensor(losses), {n: t.detach() for n, t in peft.get_peft_model_state_dict(model).items()}


def compare(workshop, name, optimizer, schedule, warmup, *more, variant="patterns", plus=None, fields=None):
    require("train", "--adapter", "--shuffle", "--log")
    folder = workshop.make(f"trajectory-{name}")
    start = folder / "start"
    peft_adapter(workshop, start, **(fields or VARIANTS[variant]))
    config = json.loads((start / "adapter_config.json").read_text())
    config["lora_dropout"] = 0.0
    (start / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True))
    lora4j(
        "train", "--model", workshop.model_folder, "--task", "seq-cls", "--adapter", start, "--data", workshop.train,
        "--text-column", "text", "--label-column", "label", "--output", folder / "end", "--base-dropout", "off",
        "--shuffle", "off", "--bucketing", "off", "--batch-size", BATCH, "--steps", STEPS, "--max-length", 48,
        "--learning-rate", RATES[optimizer], "--weight-decay", 0.01, "--schedule", schedule, "--warmup", warmup,
        "--clip", 0, "--threads", 2, "--log", folder / "log.jsonl", *more,
        *(text for key, value in (plus or {}).items() for text in ("--" + key.replace("_", "-"), value)), "--json",
    )  # fmt: skip
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    ours = torch.tensor([line["loss"] for line in lines if "loss" in line])
    losses, tensors = theirs(workshop, start, optimizer, schedule, warmup, plus)
    worst_loss = close(ours, losses, LOSSES, "losses")
    begun, ended = load_file(start / "adapter_model.safetensors"), load_file(folder / "end" / "adapter_model.safetensors")
    assert ended.keys() == tensors.keys(), sorted(ended.keys() ^ tensors.keys())
    still = {n for n in tensors if "original_module" not in n and torch.equal(tensors[n], begun[n])}
    kept = {n for n in tensors if variant == "mica" and "_B" in n}
    assert still == kept, f"did not train, so equality would show nothing: {sorted(still ^ kept)}"
    assert all(torch.equal(ended[n], begun[n]) for n in kept), "what stays in PEFT trained here"
    worst = max(close(ended[n], tensors[n], TENSORS[optimizer], n) for n in tensors)
    return f"losses within {worst_loss:.1e}, tensors within {worst:.1e}"


@check
def ten_adamw_steps_equal_those_of_peft(workshop):
    return compare(workshop, "adamw", "adamw", "constant", 0)


@check
def ten_sgd_steps_of_biases_equal_those_of_peft(workshop):
    return compare(workshop, "biases", "sgd", "constant", 0, "--optimizer", "sgd", variant="bias-all")


@check
def ten_adamw_steps_of_dora_equal_those_of_peft(workshop):
    return compare(workshop, "dora", "adamw", "constant", 0, variant="dora")


@check
def ten_sgd_steps_of_dora_with_words_and_biases_equal_those_of_peft(workshop):
    return compare(workshop, "dora-words", "sgd", "constant", 0, "--optimizer", "sgd", variant="dora-rslora")


@check
def ten_adamw_steps_of_a_bias_of_b_equal_those_of_peft(workshop):
    return compare(workshop, "lora-bias", "adamw", "constant", 0, variant="lora-bias")


@check
def ten_adamw_steps_of_pissa_equal_those_of_peft(workshop):
    return compare(workshop, "pissa", "adamw", "constant", 0, variant="pissa")


@check
def ten_adamw_steps_of_mica_equal_those_of_peft(workshop):
    return compare(workshop, "mica", "adamw", "constant", 0, variant="mica")


@check
def ten_sgd_steps_of_pissa_with_dora_and_words_equal_those_of_peft(workshop):
    return compare(workshop, "pissa-dora", "sgd", "constant", 0, "--optimizer", "sgd", variant="pissa-dora-rslora")


@check
def ten_adamw_steps_on_a_linear_schedule_equal_those_of_peft(workshop):
    return compare(workshop, "linear", "adamw", "linear", 0.3)


@check
def ten_adamw_steps_on_a_cosine_schedule_equal_those_of_peft(workshop):
    return compare(workshop, "cosine", "adamw", "cosine", 0.2)


@check
def ten_adamw_steps_of_loraplus_equal_those_of_peft(workshop):
    plus = dict(loraplus_lr_ratio=4.0)
    return compare(workshop, "plus", "adamw", "linear", 0.3, variant="patterns", plus=plus)


@check
def ten_sgd_steps_of_loraplus_with_words_biases_and_dora_equal_those_of_peft(workshop):
    plus = dict(loraplus_lr_ratio=3.0, loraplus_lr_embedding=0.2)
    return compare(
        workshop, "plus-words", "sgd", "cosine", 0.2, "--optimizer", "sgd", variant="dora-rslora", plus=plus
    )


@check
def ten_sgd_steps_equal_those_of_peft(workshop):
    if "--optimizer" not in options("train"):
        from harness import Skipped

        raise Skipped("the command line offers no other optimizer than AdamW")
    return compare(workshop, "sgd", "sgd", "constant", 0, "--optimizer", "sgd")


@check
def ten_steps_of_embeddings_equal_those_of_peft(workshop):
    return compare(workshop, "embeddings", "sgd", "constant", 0, "--optimizer", "sgd", variant="embeddings")
