# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Soft prompts: prompt tuning and P-tuning give PEFT's logits, steps and texts."""

import json

import peft
import torch
import transformers
from checks import causal, ia3
from harness import LOGITS, apart, check, check_each, close, evaluate, lora4j, predict, read_table
from safetensors.torch import load_file

TOKENS = 5
DECODERS = ["llama", "mistral", "qwen3", "gemma2", "gpt2"]


def drawn(model):
    torch.manual_seed(5)
    with torch.no_grad():
        for parameter in model.prompt_encoder.parameters():
            parameter.copy_(1.5 * torch.randn_like(parameter))
    return model


def trained_on(model, start):
    """A new model of PEFT with a file's prompt and head: PEFT lets no loaded prompt train."""
    tensors = load_file(start / "adapter_model.safetensors")
    with torch.no_grad():
        model.prompt_encoder["default"].embedding.weight.copy_(tensors.pop("prompt_embeddings"))
        for name, tensor in tensors.items():
            module, kind = name.rsplit(".", 1)
            model.get_submodule(module).modules_to_save["default"].get_parameter(kind).copy_(tensor)
    return no_dropout(model)


def no_dropout(model):
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


@check
def six_steps_of_a_prompt_of_a_classifier_equal_those_of_peft(workshop):
    folder = workshop.make("prompt-classifier")
    start, end = folder / "start", folder / "end"
    config = peft.PromptTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=TOKENS)
    model = drawn(peft.get_peft_model(workshop.base(), config))
    model.save_pretrained(start)
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    theirs = predict(model, tokenizer, rows, max_length=40)
    apart(predict(workshop.base(), tokenizer, rows, max_length=40), theirs, "logits without and with the prompt")
    ours, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "p.jsonl", start)
    close(ours, theirs, LOGITS, "logits")
    options = [o if o != 48 else 40 for o in ia3.CLASSIFIER]
    trained = ia3.our_steps(workshop.model_folder, start, workshop.train, end, *options)
    again = trained_on(peft.get_peft_model(workshop.base(), config), start)
    return ia3.same(trained, ia3.their_steps(again, ia3.batches(workshop)), start)


def base(workshop, name, family):
    folder = workshop.make(name)
    model_folder, data = folder / "model", folder / "data.jsonl"
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model(family, **causal.FAMILIES[family])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
    causal.make_tokenizer(model_folder)
    causal.make_data(data)
    return folder, model_folder, data


@check_each(DECODERS, "six-steps-of-a-prompt-of-{}-equal-those-of-peft")
def decoders(workshop, family):
    folder, model_folder, data = base(workshop, f"prompt-{family}", family)
    start, end = folder / "start", folder / "end"
    rows = causal.rows(data, causal.read_tokenizer(model_folder))
    config = peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=TOKENS)
    model = drawn(peft.get_peft_model(causal.base(model_folder), config))
    model.save_pretrained(start)
    plain, prompted = causal.losses(causal.base(model_folder), rows), causal.losses(model, rows)
    assert (plain - prompted).abs().item() > 100 * causal.LOSSES, "the prompt changes nothing"
    close(
        causal.evaluated("--model", model_folder, "--adapter", start, "--data", data),
        prompted,
        causal.LOSSES,
        "loss with PEFT's prompt",
    )
    everything = [(ids, list(ids)) for ids, _ in rows]  # also the first token is learnt
    close(
        causal.evaluated("--model", model_folder, "--adapter", start, "--data", data, "--loss-on", "all"),
        causal.losses(model, everything),
        causal.LOSSES,
        "loss of all tokens",
    )
    ours = ia3.our_steps(
        model_folder, start, data, end, "--task", "causal-lm", "--packing", "off", batch=causal.BATCH, rate=causal.RATE
    )
    again = trained_on(peft.get_peft_model(causal.base(model_folder), config), start)
    said = ia3.same(ours, causal.train(again, rows), start)
    return said + ", " + texts(model_folder, end, rows)


def texts(model_folder, adapter, rows):
    """Greedy tokens with the key-value cache."""
    model = peft.PeftModel.from_pretrained(causal.base(model_folder), adapter).eval()
    tokenizer = causal.read_tokenizer(model_folder)
    for prompt in ("cat naive:", "a", "the cat {7*7} sat:"):
        ids = tokenizer(prompt, return_tensors="pt")
        with torch.no_grad():
            made = model.generate(**ids, do_sample=False, max_new_tokens=12)
        theirs = tokenizer.decode(made[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
        report = lora4j(
            "generate", "--model", model_folder, "--adapter", adapter, "--prompt", prompt, "--max-new-tokens", 12,
            "--temperature", 0, "--json",
        ).report  # fmt: skip
        ours = report["text"]
        assert ours == theirs, f"{prompt!r} goes on with {ours!r}, not {theirs!r}"
    return "3 texts"


@check_each(["mlp", "lstm"], "peft-reads-a-prompt-of-p-tuning-by-{}")
def p_tuning(workshop, network):
    folder = workshop.make(f"p-tuning-{network}")
    ours, theirs = folder / "ours", folder / "theirs"
    options = [o if o != 48 else 40 for o in ia3.CLASSIFIER]
    lora4j(
        "train", "--model", workshop.model_folder, "--data", workshop.train, "--output", ours, "--method", "p-tuning",
        "--num-virtual-tokens", TOKENS, "--encoder-reparameterization-type", network, "--encoder-hidden-size", 10,
        *options, "--batch-size", 8, "--learning-rate", 2e-2, "--steps", 6, "--threads", 2, "--json",
    )  # fmt: skip
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    here, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "ours.jsonl", ours)
    model = peft.PeftModel.from_pretrained(workshop.base(), ours)
    worst = close(here, predict(model, tokenizer, rows, max_length=40), LOGITS, "logits of our prompt")
    saved = json.loads((ours / "adapter_config.json").read_text())
    model.save_pretrained(folder / "again")
    again = json.loads((folder / "again" / "adapter_config.json").read_text())
    for written in (saved, again):
        written["modules_to_save"] = sorted(set(written["modules_to_save"]))
    assert saved == again, {k: (saved.get(k), again.get(k)) for k in saved.keys() | again.keys() if saved.get(k) != again.get(k)}
    config = peft.PromptEncoderConfig(
        task_type="SEQ_CLS", num_virtual_tokens=TOKENS, encoder_reparameterization_type=network.upper(), encoder_hidden_size=10
    )
    model = drawn(peft.get_peft_model(workshop.base(), config)).eval()
    model.save_pretrained(theirs)
    here, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "theirs.jsonl", theirs)
    prompted = predict(model, tokenizer, rows, max_length=40)
    apart(predict(workshop.base(), tokenizer, rows, max_length=40), prompted, "logits without and with the prompt")
    worst = max(worst, close(here, prompted, LOGITS, "logits of PEFT's prompt"))
    refused = lora4j(
        "train", "--model", workshop.model_folder, "--data", workshop.train, "--output", folder / "no", "--adapter", theirs,
        *options, "--steps", 1, expect=1,
    )  # fmt: skip
    assert "P-tuning" in refused.err, refused.err
    return f"logits within {worst:.1e}"


@check
def a_prompt_of_a_text_begins_as_in_peft(workshop):
    worst = 0
    for family in ("llama", "gemma2"):
        folder, model_folder, data = base(workshop, f"prompt-text-{family}", family)
        text = "cat 日本"
        config = peft.PromptTuningConfig(
            task_type="CAUSAL_LM", num_virtual_tokens=17, prompt_tuning_init="TEXT", prompt_tuning_init_text=text,
            tokenizer_name_or_path=str(model_folder),
        )  # fmt: skip
        theirs = peft.get_peft_model(causal.base(model_folder), config)
        lora4j(
            "train", "--task", "causal-lm", "--model", model_folder, "--data", data, "--output", folder / "ours",
            "--method", "prompt-tuning", "--num-virtual-tokens", 17, "--prompt-tuning-init-text", text, "--steps", 1,
            "--learning-rate", 1e-9, "--json",
        )  # fmt: skip
        ours = load_file(folder / "ours" / "adapter_model.safetensors")["prompt_embeddings"]
        begun = theirs.prompt_encoder["default"].embedding.weight.detach()
        worst = max(worst, close(ours, begun, 1e-6, f"vectors of {family}"))
        peft.PeftModel.from_pretrained(causal.base(model_folder), folder / "ours")
    return f"vectors within {worst:.1e}"
