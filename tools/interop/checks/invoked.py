# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""aLoRA: an adapter acts from its invocation on as in PEFT, in losses, steps and generated texts."""

import json

import peft
from checks import causal, ia3, prompts, rows
from harness import apart, check, check_each, close, lora4j

CAT = [99, 97, 116]  # "cat", which some texts lack
KINDS = {
    "llama": ("llama", CAT, {"target_modules": "all-linear"}),
    "gpt2": ("gpt2", CAT, {"target_modules": ["c_attn", "c_proj", "c_fc"]}),
    "llama-with-a-head": ("llama", CAT, {"target_modules": ["q_proj", "down_proj", "lm_head"], "use_rslora": True}),
    "pissa": ("llama", CAT, {"target_modules": ["q_proj", "down_proj"], "init_lora_weights": "pissa"}),
}


def start(folder, adapter, invocation, fields):
    causal.torch.manual_seed(3)
    config = peft.LoraConfig(r=3, lora_alpha=7, task_type="CAUSAL_LM", alora_invocation_tokens=invocation, **fields)
    model = peft.get_peft_model(causal.base(folder), config)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            causal.torch.nn.init.normal_(parameter, std=0.4)
    model.save_pretrained(adapter, save_embedding_layers=False)


def rewritten(adapter, folder, **fields):
    """The same tensors with other settings."""
    folder.mkdir()
    config = json.loads((adapter / "adapter_config.json").read_text()) | fields
    (folder / "adapter_config.json").write_text(json.dumps(config))
    (folder / "adapter_model.safetensors").write_bytes((adapter / "adapter_model.safetensors").read_bytes())
    return folder


def loaded(folder, adapter, trainable=False):
    return peft.PeftModel.from_pretrained(causal.base(folder), adapter, is_trainable=trainable)


@check_each(KINDS, "six-steps-of-an-invoked-adapter-of-{}-equal-those-of-peft")
def steps(workshop, kind):
    family, invocation, fields = KINDS[kind]
    folder, model, data = prompts.base(workshop, f"invoked-{kind}", family)
    begun, end = folder / "start", folder / "end"
    read = causal.rows(data, causal.read_tokenizer(model))
    start(model, begun, invocation, fields)
    has = [any(ids[i : i + len(invocation)] == invocation for i in range(len(ids))) for ids, _ in read]
    assert any(has) and not all(has), has
    theirs = causal.losses(loaded(model, begun), read)
    everywhere = causal.losses(loaded(model, rewritten(begun, folder / "plain", alora_invocation_tokens=None)), read)
    apart(everywhere, theirs, "losses with the adapter on all tokens")
    for packing in ("on", "off"):
        ours = causal.evaluated("--model", model, "--adapter", begun, "--data", data, "--packing", packing)
        close(ours, theirs, causal.LOSSES, f"loss with packing {packing}")
    ours = ia3.our_steps(
        model, begun, data, end, "--task", "causal-lm", "--packing", "off", batch=causal.BATCH, rate=causal.RATE
    )
    losses, tensors = causal.train(loaded(model, begun, True), read)
    tensors = {name: tensor for name, tensor in tensors.items() if "base_layer" not in name}
    said = ia3.same(ours, (losses, tensors), begun)
    close(
        causal.evaluated("--model", model, "--adapter", end, "--data", data),
        causal.losses(loaded(model, end), read),
        causal.LOSSES,
        "loss of our adapter in PEFT",
    )
    refused = lora4j("merge", "--model", model, "--adapter", end, "--output", folder / "merged", expect=1)
    assert "aLoRA" in refused.err and not (folder / "merged").exists(), refused.err
    return said + ", " + prompts.texts(model, end, read)


@check
def peft_reads_an_adapter_that_was_trained_with_invocation_tokens(workshop):
    folder, model, data = prompts.base(workshop, "invoked-new", "llama")
    end = folder / "end"
    lora4j(
        "train", "--task", "causal-lm", "--model", model, "--data", data, "--output", end, "--alora_invocation_tokens",
        "99", "97", "116", "--rank", 3, "--alpha", 5, "--steps", 8, "--learning-rate", 2e-2, "--packing", "on", "--json",
    )  # fmt: skip
    written = json.loads((end / "adapter_config.json").read_text())
    assert written["alora_invocation_tokens"] == CAT, written
    read = causal.rows(data, causal.read_tokenizer(model))
    theirs = causal.losses(loaded(model, end), read)
    apart(causal.losses(causal.base(model), read), theirs, "losses of the base")
    worst = close(causal.evaluated("--model", model, "--adapter", end, "--data", data), theirs, causal.LOSSES, "loss")
    return f"loss within {worst:.1e}"


@check
def a_batch_of_mixed_adapters_with_invocations_is_pefts(workshop):
    adapters = rows.LLAMA | {
        "invoked": {"r": 3, "lora_alpha": 8, "target_modules": ["q_proj", "up_proj"], "alora_invocation_tokens": [7, 5]},
        "absent": {"r": 3, "lora_alpha": 8, "target_modules": ["q_proj"], "alora_invocation_tokens": [62, 3, 4, 5]},
    }
    return rows.mixed(workshop, "rows-invoked", rows.llama, adapters, "CAUSAL_LM", 10, planted=[7, 5])
