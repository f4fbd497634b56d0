# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Models that answer questions: adapters both ways, steps, answers from windows and their scores."""

import json
import random
import re
import string
from collections import Counter

import peft
import torch
import transformers
from harness import apart, check, check_each, close, lora4j
from safetensors.torch import load_file

from checks.token_labels import TARGETS

STEPS, BATCH, LENGTH, STRIDE = 6, 4, 30, 8
LONGEST, KEPT = 7, 20


def questions(workshop, file, count, seed, none=False, words=(20, 60)):
    """Drawn questions and contexts, as SQuAD has them; answers are drawn words of the context."""
    draw = random.Random(seed)
    rows = []
    for i in range(count):
        own = [draw.choice(workshop.words) for _ in range(draw.randint(*words))]
        context = " ".join(word + (", " if draw.random() < 0.1 else "") for word in own)
        question = " ".join(draw.choice(workshop.words) for _ in range(draw.randint(1, 3)))
        answers = []
        for _ in range(0 if none and i % 3 == 0 else draw.randint(1, 2)):
            at = draw.choice([m.start() for m in re.finditer(r"\S+", context)])
            text = " ".join(context[at:].split()[: draw.randint(1, 3)])
            if context.startswith(text, at):
                answers.append({"text": text, "answer_start": at})
        if not answers and not (none and i % 3 == 0):
            answers.append({"text": context.split()[0], "answer_start": 0})
        rows.append({"id": f"q{i}", "question": question, "context": context, "answers": answers})
    data = [{"paragraphs": [{"context": r["context"], "qas": [{k: r[k] for k in ("id", "question", "answers")}]}]} for r in rows]
    file.write_text(json.dumps({"version": "drawn", "data": data}), encoding="utf-8")
    return rows


def windows(tokenizer, rows, length=LENGTH):
    return tokenizer(
        [row["question"] for row in rows], [row["context"] for row in rows], truncation="only_second",
        max_length=length, stride=STRIDE, return_overflowing_tokens=True, return_offsets_mapping=True,
    )  # fmt: skip


def labelled(tokenizer, rows, length=LENGTH):
    """Windows with the places of answers as run_qa.py finds them: those of [CLS] where an answer is not whole."""
    batch = windows(tokenizer, rows, length)
    starts, ends = [], []
    for i, sample in enumerate(batch["overflow_to_sample_mapping"]):
        offsets, texts = batch["offset_mapping"][i], batch.sequence_ids(i)
        answers = rows[sample]["answers"]
        own = [k for k, text in enumerate(texts) if text == 1]
        begin = answers[0]["answer_start"] if answers else -1
        end = begin + len(answers[0]["text"]) if answers else -1
        if not answers or offsets[own[0]][0] > begin or offsets[own[-1]][1] < end:
            starts.append(0)
            ends.append(0)
            continue
        starts.append(max(k for k in own if offsets[k][0] <= begin))
        ends.append(min(k for k in own if offsets[k][1] >= end))
    return batch, starts, ends


def padded(tokenizer, batch):
    keep = {k: batch[k] for k in ("input_ids", "attention_mask", "token_type_ids") if k in batch}
    return tokenizer.pad(keep, return_tensors="pt")


def whole(model):
    """The adapted model itself: PeftModelForQuestionAnswering.forward leaves token_type_ids out (PEFT 0.21.2)."""
    return model.base_model if isinstance(model, peft.PeftModel) else model


def outputs(model, tokenizer, rows):
    batch = windows(tokenizer, rows)
    with torch.no_grad():
        given = whole(model)(**padded(tokenizer, batch))
    return batch, given.start_logits, given.end_logits


def trimmed(text, start, end):
    """A span without the spaces at its ends, which some tokenizers count to the word after them."""
    span = text[start:end]
    return start + len(span) - len(span.lstrip()), end - len(span) + len(span.rstrip())


def best(model, tokenizer, rows, none):
    """The answer to each question: the best of all spans of all windows, as run_qa.py chooses; and the threshold.

    With that threshold half of the questions have no answer."""
    batch, starts, ends = outputs(model, tokenizer, rows)
    read = []
    for sample in range(len(rows)):
        spans, nothing = {}, []
        for i, of in enumerate(batch["overflow_to_sample_mapping"]):
            if of != sample:
                continue
            offsets, texts = batch["offset_mapping"][i], batch.sequence_ids(i)
            nothing.append((starts[i, 0] + ends[i, 0]).item())
            own = [k for k, text in enumerate(texts) if text == 1]
            for at, k in enumerate(own):
                for last in own[at : at + LONGEST]:
                    span = trimmed(rows[sample]["context"], offsets[k][0], offsets[last][1])
                    score = starts[i, k].item() + ends[i, last].item()
                    if span[0] < span[1]:
                        spans[span] = max(score, spans.get(span, score))
        kept = sorted(spans.items(), key=lambda s: -s[1])[:KEPT]
        scores = [score for _, score in kept] + ([min(nothing)] if none else [])
        shares = torch.softmax(torch.tensor(scores, dtype=torch.float64), 0).tolist()
        read.append((kept[0][0], shares, min(nothing) - kept[0][1]))
    margins = sorted(margin for _, _, margin in read)
    threshold = (margins[len(rows) // 2 - 1] + margins[len(rows) // 2]) / 2
    found = []
    for ((start, end), shares, margin), row in zip(read, rows, strict=True):
        if none and margin > threshold:
            found.append(("", None, None, shares[-1]))
        else:
            found.append((row["context"][start:end], start, end, shares[0]))
    return found, threshold


def words(text):
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def squad(answer, truth, second):
    """Exact match and F1 by the rules of the scripts of SQuAD 1.1 and 2.0."""
    if second:
        truth = [t for t in truth if words(t)] or [""]
    scores = []
    for ours, theirs in ((words(answer), words(t)) for t in truth):
        same = sum((Counter(ours) & Counter(theirs)).values())
        precision, recall = (1.0 * same / max(1, len(part)) for part in (ours, theirs))
        f1 = 2 * precision * recall / (precision + recall) if same else 0.0
        scores.append((float(ours == theirs), float(ours == theirs) if second and not (ours and theirs) else f1))
    return max(s[0] for s in scores), max(s[1] for s in scores)


def base(workshop):
    return transformers.AutoModelForQuestionAnswering.from_pretrained(workshop.folder / "questions")


def prepare(workshop):
    """A base without a head."""
    folder = workshop.folder / "questions"
    if not folder.exists():
        torch.manual_seed(3)
        model = workshop.headless()
        model.config.num_labels = 2
        model.save_pretrained(folder)
        workshop.tokenizer().save_pretrained(folder)
    return folder


def wrapped(workshop, adapter, **config):
    torch.manual_seed(7)
    model = base(workshop)
    head = "classifier" if workshop.family == "modernbert" else "qa_outputs"
    with torch.no_grad():
        getattr(model, head).weight.normal_(0, 0.7)
        getattr(model, head).bias.normal_(0, 0.4)
    # PEFT saves a head that is called qa_outputs by itself
    config |= dict(modules_to_save=[head]) if head == "classifier" else {}
    model = peft.get_peft_model(model, peft.LoraConfig(task_type="QUESTION_ANS", **config))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.3)
    model.save_pretrained(adapter)
    return model.eval()


def compare(tiny, folder, adapter, model, rows, none):
    """Answers, where they stand, their probabilities, the loss and the scores of what a model says."""
    out = folder / "p.jsonl"
    tokenizer = tiny.tokenizer()
    theirs, threshold = best(model, tokenizer, rows, none)
    report = lora4j(
        "evaluate", "--model", prepare(tiny), "--adapter", adapter, "--data", folder / "dev.json", "--predictions",
        out, "--max-length", LENGTH, "--doc-stride", STRIDE, "--max-answer-length", LONGEST, f"--no-answer-threshold={threshold}", "--json",
    ).report  # fmt: skip
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    worst = 0
    for line, (text, start, end, share), row in zip(lines, theirs, rows, strict=True):
        assert (line["answer"], line["start"], line["end"]) == (text, start, end), (line, text, start, end)
        worst = max(worst, abs(line["probability"] - share))
        exact, f1 = squad(text, [a["text"] for a in row["answers"]], none)
        assert (line["exact_match"], line["f1"]) == (bool(exact), f1), (line, exact, f1)
    assert worst < 1e-4, worst
    scores = [squad(t[0], [a["text"] for a in row["answers"]], none) for t, row in zip(theirs, rows, strict=True)]
    for at, name in enumerate(("exact_match", "f1")):
        mean = sum(s[at] for s in scores) / len(scores)
        assert abs(report[name] - mean) < 1e-12, (name, report[name], mean)
    if none:
        empty = [s[0] for s, row in zip(scores, rows, strict=True) if not row["answers"]]
        assert abs(report["exact_match_no_answer"] - sum(empty) / len(empty)) < 1e-12, report
        assert {bool(t[0]) for t in theirs} == {True, False}, "the threshold shows nothing"
    batch, starts, ends = outputs(model, tokenizer, rows)
    _, firsts, lasts = labelled(tokenizer, rows)
    own = padded(tokenizer, batch)["attention_mask"] == 0
    terms = [
        torch.nn.functional.cross_entropy(logits.masked_fill(own, -torch.inf), torch.tensor(labels)).item()
        for logits, labels in ((starts, firsts), (ends, lasts))
    ]
    loss = close(torch.tensor(report["loss"]), torch.tensor(sum(terms) / 2), 1e-4, "loss")
    plain = outputs(base(tiny), tokenizer, rows)
    apart(starts, plain[1], "with and without the adapter")
    return max(worst, loss)


@check_each(["bert", "roberta", "distilbert", "modernbert", "deberta-v2"], "answers-of-{}-both-ways")
def answers_both_ways(workshop, family):
    tiny = workshop.of(family) if family != "bert" else workshop
    prepare(tiny)
    none = family != "roberta"
    folder = tiny.make("answers")
    rows = questions(tiny, folder / "dev.json", 30, 5, none)
    questions(tiny, folder / "train.json", 40, 6, none)
    targets = TARGETS.get(family, ["query", "value"])
    theirs = wrapped(tiny, folder / "theirs", r=3, lora_alpha=7, target_modules=targets)
    first = compare(tiny, folder, folder / "theirs", theirs, rows, none)
    lora4j(
        "train", "--model", prepare(tiny), "--task", "qa", "--data", folder / "train.json", "--output",
        folder / "ours", "--rank", 3, "--alpha", 7, "--target-modules", ",".join(targets), "--batch-size", 8,
        "--learning-rate", 1e-2, "--steps", 8, "--seed", 5, "--threads", 2, "--max-length", LENGTH,
        "--doc-stride", STRIDE,
    )  # fmt: skip
    config = json.loads((folder / "ours" / "adapter_config.json").read_text())
    head = "classifier" if family == "modernbert" else "qa_outputs"
    assert config["task_type"] == "QUESTION_ANS" and config["modules_to_save"] == [head], config
    ours = peft.PeftModel.from_pretrained(base(tiny), folder / "ours").eval()
    second = compare(tiny, folder, folder / "ours", ours, rows, False if not none else none)
    return f"losses and probabilities within {max(first, second):.1e}"


@check
def six_steps_of_answers_equal_those_of_peft(workshop):
    """Windows of one length, where transformers' softmax has no padding in it."""
    prepare(workshop)
    folder = workshop.make("answer-steps")
    tokenizer = workshop.tokenizer()
    drawn = questions(workshop, folder / "drawn.json", 400, 8, True, (8, 14))
    length = Counter(len(w) for w in windows(tokenizer, drawn)["input_ids"]).most_common(1)[0][0]
    rows = [r for r in drawn if [len(w) for w in windows(tokenizer, [r])["input_ids"]] == [length]][: STEPS * BATCH]
    assert len(rows) == STEPS * BATCH, len(rows)
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "train.jsonl").write_text(lines, encoding="utf-8")
    wrapped(workshop, folder / "start", r=3, lora_alpha=7, target_modules=["query", "value", "dense"])
    lora4j(
        "train", "--model", prepare(workshop), "--task", "qa", "--adapter", folder / "start",
        "--data", folder / "train.jsonl", "--output", folder / "end", "--base-dropout", "off", "--shuffle", "off",
        "--bucketing", "off", "--batch-size", BATCH, "--steps", STEPS, "--learning-rate", 5e-3,
        "--weight-decay", 0.01, "--schedule", "constant", "--warmup", 0, "--clip", 0, "--threads", 2,
        "--log", folder / "log.jsonl",
    )  # fmt: skip
    model = peft.PeftModel.from_pretrained(base(workshop), folder / "start", is_trainable=True).eval()  # no dropout
    steps = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3, weight_decay=0.01)
    losses = []
    for step in range(STEPS):
        batch, starts, ends = labelled(tokenizer, rows[step * BATCH : (step + 1) * BATCH])
        own = padded(tokenizer, batch)
        loss = whole(model)(**own, start_positions=torch.tensor(starts), end_positions=torch.tensor(ends)).loss
        losses.append(loss.item())
        loss.backward()
        steps.step()
        steps.zero_grad()
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    worst = close(torch.tensor([x["loss"] for x in log if "loss" in x]), torch.tensor(losses), 1e-4, "losses")
    tensors = peft.get_peft_model_state_dict(model)
    ended, begun = (load_file(folder / name / "adapter_model.safetensors") for name in ("end", "start"))
    assert ended.keys() == tensors.keys(), sorted(ended.keys() ^ tensors.keys())
    apart(torch.cat([t.flatten() for t in begun.values()]), torch.cat([t.flatten() for t in ended.values()]), "steps")
    # A softmax over tokens does not change with the head's bias: AdamW scales the rounding of its gradient, which is 0.
    free = [n for n in tensors if not n.endswith("qa_outputs.bias")]
    assert len(free) == len(tensors) - 1, sorted(tensors)
    tensor = max(close(ended[n], tensors[n].detach(), 1e-4, n) for n in free)
    return f"losses within {worst:.1e}, tensors within {tensor:.1e}"
