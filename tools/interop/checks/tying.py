# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Word tables and heads that train as one: PEFT's ensure_weight_tying."""

import json

import peft
import torch
import transformers
from checks import causal
from checks.ia3 import our_steps
from harness import check_each, close
from safetensors.torch import load_file

KINDS = {
    "copies": dict(target_modules=["q_proj"], modules_to_save=["embed_tokens"]),
    "pairs": dict(target_modules=["q_proj", "lm_head"]),
}


@check_each(KINDS, "six-steps-of-tied-{}-equal-those-of-peft")
def compare(workshop, kind):
    folder = workshop.make(f"tying-{kind}")
    model_folder, start, end, data_file = folder / "model", folder / "start", folder / "end", folder / "data.jsonl"
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model("qwen2", **causal.FAMILIES["qwen2"])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
    causal.make_tokenizer(model_folder)
    causal.make_data(data_file)
    data = causal.rows(data_file, causal.read_tokenizer(model_folder))
    torch.manual_seed(3)
    config = peft.LoraConfig(r=3, lora_alpha=7, task_type="CAUSAL_LM", ensure_weight_tying=True, **KINDS[kind])
    model = peft.get_peft_model(causal.base(model_folder), config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad and "lm_head" not in name:
                parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(start)
    read = lambda place, **more: peft.PeftModel.from_pretrained(causal.base(model_folder), place, **more)  # noqa: E731
    close(
        causal.evaluated("--model", model_folder, "--adapter", start, "--data", data_file),
        causal.losses(read(start), data),
        causal.LOSSES,
        "loss with PEFT's adapter",
    )
    ours, ended = our_steps(
        model_folder, start, data_file, end, "--task", "causal-lm", "--packing", "off", batch=causal.BATCH,
        rate=causal.RATE,
    )  # fmt: skip
    theirs, tensors = causal.train(read(start, is_trainable=True), data)
    worst_loss = close(ours, theirs, causal.LOSSES, "losses")
    begun = load_file(start / "adapter_model.safetensors")
    assert ended.keys() == begun.keys(), sorted(ended.keys() ^ begun.keys())
    same = [n for n in begun if n in tensors and "base_layer" not in n and "original_module" not in n]
    assert any("lm_head" in n for n in same) and any("embed_tokens" in n for n in same), same
    still = [n for n in same if torch.equal(begun[n], ended[n])]
    assert not still, f"did not train, so equality would show nothing: {still}"
    worst = max(close(ended[n], tensors[n], causal.TENSORS, n) for n in same)
    table, head = ([n for n in same if word in n and "lora_B" not in n] for word in ("embed_tokens", "lm_head"))
    if kind == "copies":
        assert torch.equal(ended[table[0]], ended[head[0]]), "the two came apart"
    else:
        b = next(t for n, t in ended.items() if "lora_embedding_B" in n)
        assert torch.equal(b.T, ended[head[0]]), "the two came apart"
    assert json.loads((end / "adapter_config.json").read_text())["ensure_weight_tying"] is True
    again = causal.losses(read(end), data)
    close(causal.evaluated("--model", model_folder, "--adapter", end, "--data", data_file), again, causal.LOSSES, "loss")
    return f"losses within {worst_loss:.1e}, tensors after {causal.STEPS} steps within {worst:.1e}"
