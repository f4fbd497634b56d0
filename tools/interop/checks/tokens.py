# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Rows of some tokens beside low-rank pairs: PEFT's trainable_token_indices."""

import json

import peft
import torch
import transformers
from checks import causal
from checks.adapters import ours_reads_peft, peft_reads_ours
from checks.ia3 import our_steps
from harness import check, check_each, close, lora4j
from safetensors.torch import load_file

TOKENS = [7, 3, 11]
DELTA = "token_adapter.trainable_tokens_delta"
KINDS = {
    "tied": ("qwen2", TOKENS),
    "untied": ("llama", TOKENS),
    "untied-both": ("llama", {"embed_tokens": TOKENS, "lm_head": [5, 97, 7, 110]}),
    "tied-both": ("qwen2", {"embed_tokens": TOKENS, "lm_head": TOKENS}),
    "tied-apart": ("qwen2", {"embed_tokens": TOKENS, "lm_head": [5, 97, 7, 110]}),
    "gpt2": ("gpt2", [32, 97, 58]),
}


def start(folder, adapter, tokens):
    """An adapter whose rows were moved away from the base's."""
    torch.manual_seed(3)
    config = peft.LoraConfig(
        r=3, lora_alpha=7, target_modules="all-linear", task_type="CAUSAL_LM", trainable_token_indices=tokens
    )
    model = peft.get_peft_model(causal.base(folder), config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name or "trainable_tokens_delta" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(adapter)
    return model


@check_each(KINDS, "six-steps-of-{}-tokens-equal-those-of-peft")
def compare(workshop, kind):
    family, tokens = KINDS[kind]
    folder = workshop.make(f"tokens-{kind}")
    model_folder, adapter, data_file = folder / "model", folder / "start", folder / "data.jsonl"
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model(family, **causal.FAMILIES[family])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
    causal.make_tokenizer(model_folder)
    causal.make_data(data_file)
    data = causal.rows(data_file, causal.read_tokenizer(model_folder))
    start(model_folder, adapter, tokens)
    read = lambda place, **more: peft.PeftModel.from_pretrained(causal.base(model_folder), place, **more)  # noqa: E731

    close(
        causal.evaluated("--model", model_folder, "--adapter", adapter, "--data", data_file),
        causal.losses(read(adapter), data),
        causal.LOSSES,
        "loss with PEFT's adapter",
    )
    end, log = folder / "end", folder / "log.jsonl"
    lora4j(
        "train", "--task", "causal-lm", "--model", model_folder, "--adapter", adapter, "--data", data_file,
        "--output", end, "--packing", "off", "--shuffle", "off", "--batch-size", causal.BATCH, "--steps", causal.STEPS,
        "--learning-rate", causal.RATE, "--weight-decay", 0.01, "--schedule", "constant", "--warmup", 0, "--clip", 0,
        "--threads", 2, "--log", log, "--json",
    )  # fmt: skip
    ours = torch.tensor([line["loss"] for line in map(json.loads, log.read_text().splitlines()) if "loss" in line])
    theirs, tensors = causal.train(read(adapter, is_trainable=True), data)
    worst_loss = close(ours, theirs, causal.LOSSES, "losses")
    begun, ended = load_file(adapter / "adapter_model.safetensors"), load_file(end / "adapter_model.safetensors")
    assert ended.keys() == tensors.keys() == begun.keys(), sorted(ended.keys() ^ tensors.keys())
    still = [name for name in tensors if torch.equal(tensors[name], begun[name])]
    assert not still, f"did not train, so equality would show nothing: {still}"
    worst = max(close(ended[n], tensors[n], causal.TENSORS, n) for n in tensors)
    assert any(DELTA in name for name in ended), sorted(ended)

    merged = folder / "merged"
    lora4j("merge", "--model", model_folder, "--adapter", end, "--output", merged)
    close(
        causal.losses(causal.base(merged), data),
        causal.losses(read(end), data),
        causal.LOSSES,
        "loss of the merged model in transformers",
    )
    return f"losses within {worst_loss:.1e}, tensors after {causal.STEPS} steps within {worst:.1e}"


@check
def peft_reads_rows_of_tokens_trained_here(workshop):
    model, adapter, difference = peft_reads_ours(workshop, "ours-tokens", "--trainable-token-indices", "7,3,9")
    assert model.peft_config["default"].trainable_token_indices == [7, 3, 9]
    tensors = load_file(adapter / "adapter_model.safetensors")
    table = workshop.base().bert.embeddings.word_embeddings.weight
    rows = tensors[f"base_model.model.bert.embeddings.word_embeddings.{DELTA}"]
    assert rows.shape == (3, table.shape[1]) and not torch.equal(rows, table[[7, 3, 9]]), rows.shape
    return f"logits within {difference:.1e}"


@check
def rows_of_tokens_of_peft_give_the_same_logits_here(workshop):
    lists = ours_reads_peft(
        workshop, "tokens", r=3, lora_alpha=7, target_modules=["query"], trainable_token_indices=[7, 0, 9]
    )
    named = ours_reads_peft(
        workshop, "tokens-named", r=3, lora_alpha=7, target_modules=["query"],
        trainable_token_indices={"position_embeddings": [1, 4], "word_embeddings": [6, 10, 2]},
    )  # fmt: skip
    return f"logits within {max(lists, named):.1e}"


@check
def rows_of_new_tokens_of_peft_give_the_same_losses_here(workshop):
    said = []
    for family in ("llama", "qwen2"):
        folder = workshop.make(f"tokens-new-{family}")
        model_folder, data_file = folder / "model", folder / "data.jsonl"
        torch.manual_seed(11)
        config = transformers.AutoConfig.for_model(family, **causal.FAMILIES[family])
        transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
        causal.make_tokenizer(model_folder)
        causal.make_data(data_file)
        data = causal.rows(data_file, causal.read_tokenizer(model_folder))
        torch.manual_seed(3)
        base = causal.base(model_folder)
        base.resize_token_embeddings(causal.VOCABULARY + 3)
        config = peft.LoraConfig(
            r=3, lora_alpha=7, target_modules=["q_proj"], task_type="CAUSAL_LM", trainable_token_indices=[258, 260, 58]
        )
        model = peft.get_peft_model(base, config)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name or "trainable_tokens_delta" in name:
                    parameter.add_(0.2 * torch.randn_like(parameter))
        model.save_pretrained(folder / "adapter")
        said.append(
            close(
                causal.evaluated("--model", model_folder, "--adapter", folder / "adapter", "--data", data_file),
                causal.losses(model, data),
                causal.LOSSES,
                f"loss of {family} with new tokens",
            )
        )
    return f"losses within {max(said):.1e}"


ALONE = {
    "tied": ("qwen2", None),
    "untied": ("llama", None),
    "untied-both": ("llama", ["embed_tokens", "lm_head"]),
    "gpt2": ("gpt2", ["wte"]),
}


@check_each(ALONE, "six-steps-of-{}-tokens-by-themselves-equal-those-of-peft")
def alone(workshop, kind):
    family, targets = ALONE[kind]
    folder = workshop.make(f"tokens-alone-{kind}")
    model_folder, adapter, data_file = folder / "model", folder / "start", folder / "data.jsonl"
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model(family, **causal.FAMILIES[family])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
    causal.make_tokenizer(model_folder)
    causal.make_data(data_file)
    data = causal.rows(data_file, causal.read_tokenizer(model_folder))
    config = peft.TrainableTokensConfig(token_indices=[97, 32, 58, 256], target_modules=targets, task_type="CAUSAL_LM")
    torch.manual_seed(3)
    model = peft.get_peft_model(causal.base(model_folder), config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "trainable_tokens_delta" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(adapter)
    read = lambda place, **more: peft.PeftModel.from_pretrained(causal.base(model_folder), place, **more)  # noqa: E731
    close(
        causal.evaluated("--model", model_folder, "--adapter", adapter, "--data", data_file),
        causal.losses(read(adapter), data),
        causal.LOSSES,
        "loss with PEFT's adapter",
    )
    assert causal.changed(model_folder, adapter, data) > 100 * causal.LOSSES, "the rows change nothing"
    ours, ended = our_steps(
        model_folder, adapter, data_file, folder / "end", "--task", "causal-lm", "--packing", "off",
        batch=causal.BATCH, rate=causal.RATE,
    )  # fmt: skip
    theirs, tensors = causal.train(read(adapter, is_trainable=True), data)
    worst_loss = close(ours, theirs, causal.LOSSES, "losses")
    begun = load_file(adapter / "adapter_model.safetensors")
    assert ended.keys() == tensors.keys() == begun.keys(), sorted(ended.keys() ^ begun.keys())
    still = [name for name in tensors if torch.equal(tensors[name], begun[name])]
    assert not still, f"did not train, so equality would show nothing: {still}"
    worst = max(close(ended[n], tensors[n], causal.TENSORS, n) for n in tensors)
    merged = folder / "merged"
    lora4j("merge", "--model", model_folder, "--adapter", folder / "end", "--output", merged)
    close(
        causal.losses(causal.base(merged), data),
        causal.losses(read(folder / "end"), data),
        causal.LOSSES,
        "loss of the merged model in transformers",
    )
    return f"losses within {worst_loss:.1e}, tensors after {causal.STEPS} steps within {worst:.1e}"


@check
def peft_reads_tokens_trained_here_by_themselves(workshop):
    folder = workshop.make("tokens-alone-ours")
    model_folder, adapter, data_file = folder / "model", folder / "adapter", folder / "data.jsonl"
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model("qwen2", **causal.FAMILIES["qwen2"])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
    causal.make_tokenizer(model_folder)
    causal.make_data(data_file)
    data = causal.rows(data_file, causal.read_tokenizer(model_folder))
    lora4j(
        "train", "--task", "causal-lm", "--model", model_folder, "--data", data_file, "--output", adapter,
        "--method", "trainable-tokens", "--trainable-token-indices", "97,32,256", "--steps", 6, "--batch-size", 4,
        "--learning-rate", 5e-2, "--threads", 2, "--json",
    )  # fmt: skip
    model = peft.PeftModel.from_pretrained(causal.base(model_folder), adapter)
    assert causal.changed(model_folder, adapter, data) > 100 * causal.LOSSES, "the rows change nothing"
    difference = close(
        causal.evaluated("--model", model_folder, "--adapter", adapter, "--data", data_file),
        causal.losses(model, data),
        causal.LOSSES,
        "loss with our adapter",
    )
    config = model.peft_config["default"]
    assert config.peft_type == "TRAINABLE_TOKENS" and config.token_indices == [97, 32, 256], config
    written = json.loads((adapter / "adapter_config.json").read_text())
    model.save_pretrained(folder / "again")
    theirs = json.loads((folder / "again" / "adapter_config.json").read_text())
    assert written == theirs, {k: (written.get(k), theirs.get(k)) for k in written.keys() | theirs.keys()
                               if written.get(k) != theirs.get(k)}  # fmt: skip
    return f"losses within {difference:.1e}"
