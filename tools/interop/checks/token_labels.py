# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Models that label tokens: adapters both ways, steps, alignment, entities and their scores."""

import json
import random

import peft
import seqeval.metrics
import torch
import transformers
from harness import LOGITS, apart, check, check_each, close, lora4j
from safetensors.torch import load_file

TARGETS = {"distilbert": ["q_lin", "v_lin"], "mpnet": ["q", "o"], "modernbert": ["Wqkv"], "deberta-v2": ["query_proj", "key_proj"]}
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
STEPS, BATCH = 6, 8


def texts(workshop, file, count, seed):
    """Texts of drawn words with drawn tags, some of which no scheme allows; some words are several tokens."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        words = [draw.choice(workshop.words) for _ in range(draw.randint(2, 12))]
        words = [word + ("." if draw.random() < 0.1 else "") for word in words]
        third = lambda word: 1 if "ü" in word else 3 if "vi" in word else 0  # noqa: E731
        tags = [LABELS[third(w) + draw.randint(0, 1)] if third(w) and draw.random() < 0.8 else "O" for w in words]
        rows.append({"tokens": words, "tags": tags})
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return rows


def aligned(tokenizer, rows):
    """run_ner.py's tokenize_and_align_labels."""
    batch = tokenizer(
        [row["tokens"] for row in rows], is_split_into_words=True, padding=True, truncation=True, return_tensors="pt"
    )
    labels = torch.full(batch["input_ids"].shape, -100)
    for i, row in enumerate(rows):
        last = None
        for column, word in enumerate(batch.word_ids(i)):
            if word is not None and word != last:
                labels[i, column] = LABELS.index(row["tags"][word])
            last = word
    return batch, labels


def base(workshop):
    return transformers.AutoModelForTokenClassification.from_pretrained(workshop.folder / "tokens")


def prepare(workshop):
    """A base without a head, whose config names the labels."""
    folder = workshop.folder / "tokens"
    if not folder.exists():
        torch.manual_seed(3)
        model = workshop.headless()
        model.config.id2label = dict(enumerate(LABELS))
        model.config.label2id = {label: i for i, label in enumerate(LABELS)}
        model.save_pretrained(folder)
        workshop.tokenizer().save_pretrained(folder)
    return folder


def wrapped(workshop, adapter, **config):
    torch.manual_seed(7)
    model = base(workshop)
    with torch.no_grad():
        model.classifier.weight.normal_(0, 0.4)
        model.classifier.bias.normal_(0, 0.4)
    model = peft.get_peft_model(model, peft.LoraConfig(task_type="TOKEN_CLS", **config))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.3)
    model.save_pretrained(adapter)
    return model.eval()


def evaluated(workshop, data, adapter, out):
    report = lora4j(
        "evaluate", "--model", prepare(workshop), "--adapter", adapter, "--data", data, "--predictions", out, "--json"
    ).report
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()], report


def logits_of(model, tokenizer, rows):
    with torch.no_grad():
        batch, labels = aligned(tokenizer, rows)
        return model(**batch).logits[labels != -100]


def compare(tiny, folder, adapter, model, rows, data):
    lines, report = evaluated(tiny, data, adapter, folder / "p.jsonl")
    ours = torch.tensor([word for line in lines for word in line["logits"]])
    theirs = logits_of(model, tiny.tokenizer(), rows)
    apart(theirs, logits_of(base(tiny), tiny.tokenizer(), rows), "with and without the adapter")
    difference = close(ours, theirs, LOGITS, "logits")
    truth = [row["tags"] for row in rows]
    predicted = [line["tags"] for line in lines]
    for name in ("precision", "recall", "f1"):
        score = getattr(seqeval.metrics, name + "_score")(truth, predicted)
        assert abs(score - report[name]) < 1e-12, (name, score, report[name])
    whole = seqeval.metrics.classification_report(truth, predicted, output_dict=True)
    for kind, scores in report["entities"].items():
        assert abs(scores["f1"] - whole[kind]["f1-score"]) < 1e-12, (kind, scores, whole[kind])
        assert scores["true"] == whole[kind]["support"], (kind, scores, whole[kind])
    return lines, difference


@check_each(["bert", "roberta", "distilbert", "mpnet", "modernbert", "deberta-v2"], "token-labels-of-{}-both-ways")
def token_labels_both_ways(workshop, family):
    tiny = workshop.of(family) if family != "bert" else workshop
    prepare(tiny)
    folder = tiny.make("token-labels")
    rows = texts(tiny, folder / "dev.jsonl", 37, 5)
    texts(tiny, folder / "train.jsonl", 60, 6)
    targets = TARGETS.get(family, ["query", "value"])
    theirs = wrapped(tiny, folder / "theirs", r=3, lora_alpha=7, target_modules=targets)
    _, first = compare(tiny, folder, folder / "theirs", theirs, rows, folder / "dev.jsonl")
    lora4j(
        "train", "--model", prepare(tiny), "--task", "token-cls", "--data", folder / "train.jsonl",
        "--validation", folder / "dev.jsonl", "--best-metric", "f1", "--output", folder / "ours", "--rank", 3,
        "--alpha", 7, "--target-modules", ",".join(targets), "--batch-size", 8, "--learning-rate", 1e-2,
        "--steps", 12, "--seed", 5, "--threads", 2,
    )  # fmt: skip
    config = json.loads((folder / "ours" / "adapter_config.json").read_text())
    assert config["task_type"] == "TOKEN_CLS" and "classifier" in config["modules_to_save"], config
    ours = peft.PeftModel.from_pretrained(base(tiny), folder / "ours").eval()
    _, second = compare(tiny, folder, folder / "ours", ours, rows, folder / "dev.jsonl")
    return f"logits within {max(first, second):.1e}"


@check
def six_steps_of_token_labels_equal_those_of_peft(workshop):
    prepare(workshop)
    folder = workshop.make("token-steps")
    rows = texts(workshop, folder / "train.jsonl", STEPS * BATCH, 8)
    wrapped(workshop, folder / "start", r=3, lora_alpha=7, target_modules=["query", "value", "dense"])
    lora4j(
        "train", "--model", prepare(workshop), "--task", "token-cls", "--adapter", folder / "start",
        "--data", folder / "train.jsonl", "--output", folder / "end", "--base-dropout", "off", "--shuffle", "off",
        "--bucketing", "off", "--batch-size", BATCH, "--steps", STEPS, "--learning-rate", 5e-3,
        "--weight-decay", 0.01, "--schedule", "constant", "--warmup", 0, "--clip", 0, "--threads", 2,
        "--log", folder / "log.jsonl",
    )  # fmt: skip
    model = peft.PeftModel.from_pretrained(base(workshop), folder / "start", is_trainable=True).eval()  # no dropout
    steps = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3, weight_decay=0.01)
    losses = []
    for step in range(STEPS):
        batch, labels = aligned(workshop.tokenizer(), rows[step * BATCH : (step + 1) * BATCH])
        loss = model(**batch, labels=labels).loss
        losses.append(loss.item())
        loss.backward()
        steps.step()
        steps.zero_grad()
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    worst = close(torch.tensor([x["loss"] for x in lines if "loss" in x]), torch.tensor(losses), 1e-4, "losses")
    tensors = peft.get_peft_model_state_dict(model)
    ended, begun = (load_file(folder / name / "adapter_model.safetensors") for name in ("end", "start"))
    assert ended.keys() == tensors.keys(), sorted(ended.keys() ^ tensors.keys())
    apart(torch.cat([t.flatten() for t in begun.values()]), torch.cat([t.flatten() for t in ended.values()]), "steps")
    tensor = max(close(ended[n], tensors[n].detach(), 1e-4, n) for n in tensors)
    return f"losses within {worst:.1e}, tensors within {tensor:.1e}"


@check
def entities_equal_those_of_the_pipeline(workshop):
    prepare(workshop)
    folder = workshop.make("token-entities")
    rows = texts(workshop, folder / "dev.jsonl", 40, 9)
    model = wrapped(workshop, folder / "adapter", r=3, lora_alpha=7, target_modules=["query", "value"])
    lines, _ = evaluated(workshop, folder / "dev.jsonl", folder / "adapter", folder / "p.jsonl")
    pipeline = transformers.pipeline(
        "token-classification", model.merge_and_unload(), tokenizer=workshop.tokenizer(), aggregation_strategy="first"
    )
    count = 0
    for row, line in zip(rows, lines, strict=True):
        text = " ".join(row["tokens"])
        theirs = pipeline(text)
        ours = [(e["start"], e["end"], e["label"]) for e in line["entities"]]
        assert ours == [(e["start"], e["end"], e["entity_group"]) for e in theirs], (text, ours, theirs)
        for own, other in zip(line["entities"], theirs, strict=True):
            assert abs(own["probability"] - other["score"]) < 1e-4, (own, other)
        count += len(ours)
    assert count > 40, f"only {count} entities"
    return f"{count} entities"
