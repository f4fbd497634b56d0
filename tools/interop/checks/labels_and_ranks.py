# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Texts with any number of labels, weighted labels, and cross-encoders: steps, logits and scores."""

import json
import random

import peft
import sentence_transformers
import sklearn.metrics
import torch
import transformers
from checks.adapters import peft_adapter
from harness import LOGITS, apart, check, close, evaluate, lora4j, read_table, write_table
from safetensors.torch import load_file

STEPS, BATCH = 6, 8


def steps(workshop, folder, base, start, data, labels, loss_of, *more, pair=False):
    """The same steps here and in PEFT; labels makes the targets of rows, loss_of the loss."""
    lora4j(
        "train", "--model", base, "--adapter", start, "--data", data, "--text-column", "text",
        "--label-column", "label", "--output", folder / "end", "--base-dropout", "off", "--shuffle", "off",
        "--bucketing", "off", "--batch-size", BATCH, "--steps", STEPS, "--max-length", 48, "--learning-rate", 5e-3,
        "--weight-decay", 0.01, "--schedule", "constant", "--warmup", 0, "--clip", 0, "--threads", 2,
        "--log", folder / "log.jsonl", *more,
    )  # fmt: skip
    model = transformers.AutoModelForSequenceClassification.from_pretrained(base)
    model = peft.PeftModel.from_pretrained(model, start, is_trainable=True).eval()
    rule = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3, weight_decay=0.01)
    rows, tokenizer, losses = read_table(data), workshop.tokenizer(), []
    for step in range(STEPS):
        part = rows[step * BATCH : (step + 1) * BATCH]
        others = [r["other"] for r in part] if pair else None
        batch = tokenizer([r["text"] for r in part], others, padding=True, return_tensors="pt")
        loss = loss_of(model, batch, labels(part))
        losses.append(loss.item())
        loss.backward()
        rule.step()
        rule.zero_grad()
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    close(torch.tensor([x["loss"] for x in lines if "loss" in x]), torch.tensor(losses), 1e-4, "losses")
    ended, begun = (load_file(folder / name / "adapter_model.safetensors") for name in ("end", start.name))
    tensors = peft.get_peft_model_state_dict(model)
    assert ended.keys() == tensors.keys(), sorted(ended.keys() ^ tensors.keys())
    apart(torch.cat([t.flatten() for t in begun.values()]), torch.cat([t.flatten() for t in ended.values()]), "steps")
    return max(close(ended[n], tensors[n].detach(), 1e-4, n) for n in tensors)


def copy_of(workshop, folder, **config):
    """The base with another configuration."""
    model = workshop.base()
    for key, value in config.items():
        setattr(model.config, key, value)
    model.save_pretrained(folder / "base")
    workshop.tokenizer().save_pretrained(folder / "base")
    return folder / "base"


def start_of(workshop, folder, base):
    """An adapter with the base's head, of no dropout."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(base)
    config = peft.LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=7, target_modules=["query", "value"])
    torch.manual_seed(13)
    model = peft.get_peft_model(model, config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.3)
    model.save_pretrained(folder / "start")
    return folder / "start"


@check
def six_steps_of_several_labels_equal_those_of_peft(workshop):
    folder = workshop.make("several-labels")
    base = copy_of(workshop, folder, problem_type="multi_label_classification")
    draw = random.Random(4)
    rows = read_table(workshop.train)
    for row in rows:
        row["label"] = "|".join(label for label in workshop.LABELS if draw.random() < 0.4) or "|"
    write_table(folder / "train.tsv", rows)

    def targets(part):
        return torch.tensor([[float(label in row["label"].split("|")) for label in workshop.LABELS] for row in part])

    worst = steps(
        workshop, folder, base, start_of(workshop, folder, base), folder / "train.tsv", targets,
        lambda model, batch, labels: model(**batch, labels=labels).loss, "--task", "multi-label",
    )  # fmt: skip
    logits, said, report = evaluate(base, folder / "train.tsv", folder / "p.jsonl", folder / "end")
    truth, found = targets(rows).numpy(), (logits > 0).float().numpy()
    for name, score in {
        "f1_micro": sklearn.metrics.f1_score(truth, found, average="micro", zero_division=0),
        "f1_macro": sklearn.metrics.f1_score(truth, found, average="macro", zero_division=0),
        "accuracy": sklearn.metrics.accuracy_score(truth, found),
    }.items():
        assert abs(report[name] - score) < 1e-12, (name, report[name], score)
    assert said[0] == "|".join(label for label, on in zip(workshop.LABELS, found[0], strict=True) if on), said[0]
    assert json.loads((folder / "end" / "lora4j.json").read_text())["problem"] == "labels"
    return f"tensors within {worst:.1e}"


@check
def six_steps_of_weighted_labels_equal_those_of_peft(workshop):
    folder = workshop.make("weighted-labels")
    weights = torch.tensor([2.5, 0.75, 1.0])
    worst = steps(
        workshop, folder, workshop.model_folder, start_of(workshop, folder, workshop.model_folder), workshop.train,
        lambda part: torch.tensor([workshop.LABELS.index(r["label"]) for r in part]),
        lambda model, batch, labels: torch.nn.CrossEntropyLoss(weight=weights)(model(**batch).logits, labels),
        "--task", "seq-cls", "--class-weights", "negative=2.5,neutral=0.75",
    )  # fmt: skip
    return f"tensors within {worst:.1e}"


@check
def a_reranker_equals_sentence_transformers_cross_encoder(workshop):
    folder = workshop.make("reranker")
    draw = random.Random(6)
    rows = [{**row, "label": str(draw.choice([0, 1]))} for row in read_table(workshop.train)]
    queries = [row["text"] for row in rows[:9]]
    dev = [{**row, "text": draw.choice(queries), "label": str(draw.choice([0, 1]))} for row in rows]
    write_table(folder / "train.tsv", rows)
    write_table(folder / "dev.tsv", dev)
    columns = ["--text-column", "text", "--text-pair-column", "other", "--label-column", "label"]
    lora4j(
        "train", "--task", "rerank", "--new-head", "--model", workshop.model_folder, "--data", folder / "train.tsv",
        *columns, "--output", folder / "adapter", "--rank", 3, "--alpha", 7, "--target-modules", "query,value",
        "--steps", 12, "--learning-rate", 1e-2, "--batch-size", 8, "--threads", 2,
    )  # fmt: skip
    logits, _, _ = evaluate(workshop.model_folder, folder / "dev.tsv", folder / "p.jsonl", folder / "adapter", pair=True)
    said = lora4j(
        "evaluate", "--model", workshop.model_folder, "--adapter", folder / "adapter", "--data", folder / "dev.tsv",
        *columns,
    ).out  # fmt: skip
    lora4j("merge", "--model", workshop.model_folder, "--adapter", folder / "adapter", "--output", folder / "merged")
    encoder = sentence_transformers.CrossEncoder(str(folder / "merged"), device="cpu")
    theirs = torch.tensor(encoder.predict([(row["text"], row["other"]) for row in dev]))
    worst = close(torch.sigmoid(logits.flatten()), theirs, LOGITS, "scores")
    apart(theirs[:10], theirs[10:20], "scores of different pairs")
    gains = []
    for query in sorted({row["text"] for row in dev}):
        own = [i for i, row in enumerate(dev) if row["text"] == query]
        truth = [float(dev[i]["label"]) for i in own]
        if any(truth) and len(own) > 1:
            gains.append(sklearn.metrics.ndcg_score([truth], [theirs[own].tolist()], k=10))
        elif any(truth):
            gains.append(1.0)
    expected = f"ndcg@10 {sum(gains) / len(gains):.4f}"
    assert expected in said, (expected, said[-300:])
    again = lora4j("evaluate", "--model", folder / "merged", "--data", folder / "dev.tsv", *columns).out
    assert expected in again, again[-300:]
    return f"scores within {worst:.1e}"
