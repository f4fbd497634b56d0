# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""(IA)3: the vectors of PEFT and ours rescale the same layers in the same way."""

import json

import peft
import torch
import transformers
from checks import causal
from harness import LOGITS, apart, check, check_each, close, evaluate, lora4j, predict, read_table
from safetensors.torch import load_file

STEPS, BATCH, RATE = 6, 8, 2e-2
DECODERS = ["llama", "mistral", "qwen2", "qwen3", "gemma2", "gpt2"]
KINDS = {
    "default": dict(),
    "named": dict(target_modules=["query", "intermediate.dense", "pooler.dense"], feedforward_modules=["pooler.dense"]),
    "none": dict(target_modules=["query", "output.dense"], feedforward_modules=[]),
    "regex": dict(target_modules=r".*layer\.1\..*dense", feedforward_modules=r".*output\.dense"),
    "all": dict(target_modules="all-linear", feedforward_modules=r".*(value|dense)", exclude_modules=["pooler.dense"]),
}


def moved(model, scale=0.3):
    """Moves the vectors away from ones, so that they change something."""
    torch.manual_seed(5)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "ia3_l" in name:
                parameter.add_(scale * torch.randn_like(parameter))
    return model


def their_steps(model, batches):
    """Losses and tensors of AdamW steps on batches with labels, without dropout."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=0.01)
    losses = []
    for batch in batches:
        loss = model(**batch).loss
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return torch.tensor(losses), {n: t.detach() for n, t in peft.get_peft_model_state_dict(model).items()}


def batches(workshop):
    rows, tokenizer = read_table(workshop.train), workshop.tokenizer()
    for step in range(STEPS):
        part = rows[step * BATCH : (step + 1) * BATCH]
        batch = tokenizer([r["text"] for r in part], padding=True, return_tensors="pt")
        yield dict(batch) | {"labels": torch.tensor([workshop.LABELS.index(r["label"]) for r in part])}


def our_steps(model_folder, start, data, end, *more, batch=BATCH, rate=RATE):
    log = end.parent / "log.jsonl"
    lora4j(
        "train", "--model", model_folder, "--adapter", start, "--data", data, "--output", end, "--shuffle", "off",
        "--batch-size", batch, "--steps", STEPS, "--learning-rate", rate, "--weight-decay", 0.01, "--schedule",
        "constant", "--warmup", 0, "--clip", 0, "--threads", 2, "--log", log, *more, "--json",
    )  # fmt: skip
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    ended = load_file(end / "adapter_model.safetensors")
    return torch.tensor([line["loss"] for line in lines if "loss" in line]), ended


def same(ours, theirs, start):
    """Compares losses and tensors, each of which must have moved."""
    begun = load_file(start / "adapter_model.safetensors")
    worst_loss = close(ours[0], theirs[0], 1e-4, "losses")
    assert ours[1].keys() == theirs[1].keys() == begun.keys(), sorted(ours[1].keys() ^ theirs[1].keys())
    still = [n for n in begun if "original_module" not in n and torch.equal(begun[n], ours[1][n])]
    assert not still, f"did not train, so equality would show nothing: {still}"
    worst = max(close(ours[1][n], t, 1e-4, n) for n, t in theirs[1].items())
    return f"losses within {worst_loss:.1e}, tensors after {STEPS} steps within {worst:.1e}"


CLASSIFIER = (
    "--task", "seq-cls", "--text-column", "text", "--label-column", "label", "--base-dropout", "off",
    "--bucketing", "off", "--max-length", 48,
)  # fmt: skip


@check_each(KINDS, "six-steps-of-ia3-{}-equal-those-of-peft")
def classifiers(workshop, kind):
    folder = workshop.make(f"ia3-{kind}")
    start, end = folder / "start", folder / "end"
    model = moved(peft.get_peft_model(workshop.base(), peft.IA3Config(task_type="SEQ_CLS", **KINDS[kind])))
    model.save_pretrained(start)
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    theirs = predict(model, tokenizer, rows)
    apart(predict(workshop.base(), tokenizer, rows), theirs, "logits without and with the vectors")
    ours, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "p.jsonl", start)
    close(ours, theirs, LOGITS, "logits")
    trained = our_steps(workshop.model_folder, start, workshop.train, end, *CLASSIFIER)
    again = peft.PeftModel.from_pretrained(workshop.base(), start, is_trainable=True)
    said = same(trained, their_steps(again, batches(workshop)), start)
    merged = folder / "merged"
    lora4j("merge", "--model", workshop.model_folder, "--adapter", end, "--output", merged)
    plain = transformers.AutoModelForSequenceClassification.from_pretrained(merged)
    read = peft.PeftModel.from_pretrained(workshop.base(), end)
    close(predict(plain, tokenizer, rows), predict(read, tokenizer, rows), LOGITS, "logits of the merged model")
    return said


@check_each(DECODERS, "six-steps-of-ia3-of-{}-equal-those-of-peft")
def decoders(workshop, family):
    folder = workshop.make(f"ia3-{family}")
    model_folder, start, end, data = folder / "model", folder / "start", folder / "end", folder / "data.jsonl"
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model(family, **causal.FAMILIES[family])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
    causal.make_tokenizer(model_folder)
    causal.make_data(data)
    rows = causal.rows(data, causal.read_tokenizer(model_folder))
    model = moved(peft.get_peft_model(causal.base(model_folder), peft.IA3Config(task_type="CAUSAL_LM")))
    model.save_pretrained(start)
    assert causal.changed(model_folder, start, rows) > 100 * causal.LOSSES, "the vectors change nothing"
    close(
        causal.evaluated("--model", model_folder, "--adapter", start, "--data", data),
        causal.losses(model, rows),
        causal.LOSSES,
        "loss with PEFT's vectors",
    )
    ours = our_steps(
        model_folder, start, data, end, "--task", "causal-lm", "--packing", "off", batch=causal.BATCH, rate=causal.RATE
    )  # fmt: skip
    theirs = causal.train(peft.PeftModel.from_pretrained(causal.base(model_folder), start, is_trainable=True), rows)
    said = same(ours, theirs, start)
    merged = folder / "merged"
    lora4j("merge", "--model", model_folder, "--adapter", end, "--output", merged)
    read = peft.PeftModel.from_pretrained(causal.base(model_folder), end)
    close(causal.losses(causal.base(merged), rows), causal.losses(read, rows), causal.LOSSES, "loss of the merged model")
    return said


@check
def peft_reads_ia3_trained_here(workshop):
    folder = workshop.make("ia3-ours")
    adapter = folder / "adapter"
    lora4j(
        "train", "--model", workshop.model_folder, "--data", workshop.train, "--output", adapter, "--method", "ia3",
        *CLASSIFIER, "--batch-size", BATCH, "--learning-rate", RATE, "--steps", STEPS, "--threads", 2, "--json",
    )  # fmt: skip
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    ours, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "p.jsonl", adapter)
    model = peft.PeftModel.from_pretrained(workshop.base(), adapter)
    difference = close(ours, predict(model, tokenizer, rows), LOGITS, "logits")
    written = json.loads((adapter / "adapter_config.json").read_text())
    model.save_pretrained(folder / "again")
    theirs = json.loads((folder / "again" / "adapter_config.json").read_text())
    for config in (written, theirs):
        for key in ("target_modules", "feedforward_modules", "modules_to_save"):
            config[key] = sorted(set(config[key]))
    assert written == theirs, {k: (written.get(k), theirs.get(k)) for k in written.keys() | theirs.keys()
                               if written.get(k) != theirs.get(k)}  # fmt: skip
    default = peft.get_peft_model(workshop.base(), peft.IA3Config(task_type="SEQ_CLS")).peft_config["default"]
    assert set(written["target_modules"]) == default.target_modules, written["target_modules"]
    assert set(written["feedforward_modules"]) == default.feedforward_modules, written["feedforward_modules"]
    tensors = load_file(adapter / "adapter_model.safetensors")
    assert tensors.keys() == peft.get_peft_model_state_dict(model).keys()
    assert all(not torch.equal(t, torch.ones_like(t)) for n, t in tensors.items() if "ia3_l" in n)
    return f"logits within {difference:.1e}"
