# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""KaSA: the truncated base, the diagonal and the penalties are those of PEFT."""

import json

import peft
import torch
from checks import causal, ia3, prompts
from harness import LOGITS, apart, check, close, evaluate, lora4j, predict, read_table
from safetensors.torch import load_file, save_file


def drawn(model, adapter):
    torch.manual_seed(3)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(adapter)
    return model


def config(**fields):
    numbers = peft.tuners.lora.config.KasaConfig(beta=0.02, gamma=0.03)
    return peft.LoraConfig(r=3, lora_alpha=7, kasa_config=numbers, **fields)


def their_steps(model, batches, rate, loss):
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate, weight_decay=0.01)
    losses = []
    for batch in batches:
        value = loss(model, batch) + model.base_model._get_kasa_loss()
        losses.append(value.item())
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
    return torch.tensor(losses), {n: t.detach() for n, t in peft.get_peft_model_state_dict(model).items()}


@check
def six_steps_of_kasa_of_a_classifier_equal_those_of_peft(workshop):
    folder = workshop.make("kasa-classifier")
    start, end = folder / "start", folder / "end"
    fields = dict(task_type="SEQ_CLS", target_modules=["query", "value", "output.dense"], rank_pattern={"query": 5})
    drawn(peft.get_peft_model(workshop.base(), config(**fields)), start)
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    theirs = predict(peft.PeftModel.from_pretrained(workshop.base(), start), tokenizer, rows)
    ours, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "p.jsonl", start)
    close(ours, theirs, LOGITS, "logits")
    plain = folder / "plain"
    plain.mkdir()
    tensors = {n: t for n, t in load_file(start / "adapter_model.safetensors").items() if "lora_diag" not in n}
    save_file(tensors, plain / "adapter_model.safetensors")
    settings = json.loads((start / "adapter_config.json").read_text()) | {"kasa_config": None}
    (plain / "adapter_config.json").write_text(json.dumps(settings))
    apart(predict(peft.PeftModel.from_pretrained(workshop.base(), plain), tokenizer, rows), theirs, "logits without KaSA")
    trained = ia3.our_steps(workshop.model_folder, start, workshop.train, end, *ia3.CLASSIFIER)
    again = peft.PeftModel.from_pretrained(workshop.base(), start, is_trainable=True)
    said = ia3.same(trained, their_steps(again, ia3.batches(workshop), ia3.RATE, lambda m, b: m(**b).loss), start)
    ours, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "p.jsonl", end)
    ended = peft.PeftModel.from_pretrained(workshop.base(), end)
    close(ours, predict(ended, tokenizer, rows), LOGITS, "logits of our adapter in PEFT")
    merged = folder / "merged"
    lora4j("merge", "--model", workshop.model_folder, "--adapter", end, "--output", merged)
    there = predict(ended.merge_and_unload(), tokenizer, rows)
    here, _, _ = evaluate(merged, workshop.dev, folder / "m.jsonl", None)
    close(here, there, LOGITS, "logits of the merged models")
    return said


@check
def six_steps_of_kasa_of_a_decoder_equal_those_of_peft(workshop):
    folder, model, data = prompts.base(workshop, "kasa-decoder", "llama")
    start, end, converted = folder / "start", folder / "end", folder / "converted"
    fields = dict(task_type="CAUSAL_LM", target_modules="all-linear", use_rslora=True)
    drawn(peft.get_peft_model(causal.base(model), config(**fields)), start)
    read = causal.rows(data, causal.read_tokenizer(model))
    theirs = causal.losses(peft.PeftModel.from_pretrained(causal.base(model), start), read)
    close(causal.evaluated("--model", model, "--adapter", start, "--data", data), theirs, causal.LOSSES, "loss")
    apart(causal.losses(causal.base(model), read), theirs, "losses of the base")
    ours = ia3.our_steps(
        model, start, data, end, "--task", "causal-lm", "--packing", "off", batch=causal.BATCH, rate=causal.RATE
    )
    parts = [read[i : i + causal.BATCH] for i in range(0, causal.STEPS * causal.BATCH, causal.BATCH)]
    again = peft.PeftModel.from_pretrained(causal.base(model), start, is_trainable=True)
    said = ia3.same(ours, their_steps(again, parts, causal.RATE, causal.loss), start)
    lora4j("convert", end, "--model", model, "--output", converted)
    plain = causal.losses(peft.PeftModel.from_pretrained(causal.base(model), converted), read)
    ended = causal.losses(peft.PeftModel.from_pretrained(causal.base(model), end), read)
    assert json.loads((converted / "adapter_config.json").read_text())["kasa_config"] is None
    worst = close(plain, ended, causal.LOSSES, "loss as plain LoRA in PEFT")
    new = folder / "new"
    lora4j(
        "train", "--task", "causal-lm", "--model", model, "--data", data, "--output", new, "--kasa", "--rank", 3,
        "--alpha", 5, "--steps", 3, "--learning-rate", 1e-2, "--json",
    )  # fmt: skip
    close(
        causal.evaluated("--model", model, "--adapter", new, "--data", data),
        causal.losses(peft.PeftModel.from_pretrained(causal.base(model), new), read),
        causal.LOSSES,
        "loss of an adapter of ours in PEFT",
    )
    return f"{said}, as plain LoRA within {worst:.1e}"
