# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.hf.decoder: tiny random decoders, what transformers makes of sequences in
float32 and float64, and an adapter of PEFT with the gradients of one batch and six steps of AdamW.

usage: python make_decoder_goldens.py OUTPUT_DIR   (lora-hf/src/test/resources/golden/decoders)
"""
import copy
import json
import pathlib
import shutil
import sys

import peft
import safetensors.torch
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

SEED = 20261125
VOCABULARY = 41

# No two sizes are equal, so that a transposed or swapped tensor cannot fit.
LLAMA = dict(vocab_size=VOCABULARY, hidden_size=24, num_attention_heads=6, num_key_value_heads=2, head_dim=8,
             num_hidden_layers=2, intermediate_size=20, max_position_embeddings=64, rms_norm_eps=1e-5,
             bos_token_id=1, eos_token_id=2)

MODELS = {
    "llama": LlamaConfig(**LLAMA),
    "llama-tied": LlamaConfig(**dict(LLAMA, num_key_value_heads=6, head_dim=4, attention_bias=True, mlp_bias=True,
                                     hidden_act="gelu"), tie_word_embeddings=True),
}
# lm_head is a target in one case, so that the head's own gradients are compared as well
ADAPTERS = {"llama": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "lm_head"],
            "llama-tied": ["q_proj", "down_proj"]}


def randomised(model, generator):
    """Weights of a size that makes every layer matter, none of them ones or zeros."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if "norm" in name:
                p.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                p.copy_(0.1 * noise)
            elif "embed" in name:
                p.copy_(0.7 * noise)
            else:
                p.copy_(1.1 * noise / p.shape[-1] ** 0.5)
    return model.eval()


def sequences(lengths, generator):
    return [torch.randint(3, VOCABULARY, (n,), generator=generator).tolist() for n in lengths]


def padded(rows, left=False, fill=0):
    longest = max(map(len, rows))
    pad = lambda r, v: [v] * (longest - len(r)) + r if left else r + [v] * (longest - len(r))
    mask = torch.tensor([pad([1] * len(r), 0) for r in rows])
    return dict(input_ids=torch.tensor([pad(r, fill) for r in rows]), attention_mask=mask,
                position_ids=(mask.cumsum(-1) - 1).clamp(min=0))


def logits(model, rows):
    """For each sequence the logits of its own tokens."""
    with torch.no_grad():
        return [model(input_ids=torch.tensor([r])).logits[0].tolist() for r in rows]


def labels(rows, generator):
    """A label for most tokens, as a prompt leaves some out: the id itself or -100."""
    return [[-100 if i < len(r) // 3 else t for i, t in enumerate(r)] for r in rows]


def loss_sum(model, rows, wanted):
    total = 0
    for r, y in zip(rows, wanted):
        out = model(input_ids=torch.tensor([r])).logits[0, :-1].float()
        total = total + torch.nn.functional.cross_entropy(out, torch.tensor(y[1:]), reduction="sum", ignore_index=-100)
    return total


def write_json(path, value):
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")


def save(path, model):
    path.mkdir(parents=True)
    values = model.config.to_dict()
    values["architectures"] = [type(model).__name__]
    values.pop("transformers_version", None)
    write_json(path / "config.json", values)
    state = {k: v.contiguous() for k, v in model.state_dict().items()
             if not (k == "lm_head.weight" and model.config.tie_word_embeddings)}
    safetensors.torch.save_file(state, path / "model.safetensors", {"format": "pt"})


def adapted(model, targets, generator):
    config = peft.LoraConfig(r=3, lora_alpha=7, target_modules=targets, task_type="CAUSAL_LM", lora_dropout=0.0)
    model = peft.get_peft_model(model, config)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_" in name:
                p.copy_(0.3 * torch.randn(p.shape, generator=generator))
    return model


def adapter(out, name, model, rows, wanted, generator):
    model = adapted(model, ADAPTERS[name], generator)
    model.save_pretrained(out / (name + "-adapter"))
    for extra in ("README.md",):
        (out / (name + "-adapter") / extra).unlink(missing_ok=True)
    count = sum(t != -100 for y in wanted for t in y[1:])
    trained = {k: p for k, p in model.named_parameters() if p.requires_grad}
    plain = lambda k: k.replace("base_model.model.", "").replace(".default", "")
    result = dict(logits=logits(model, rows))
    optimizer = torch.optim.AdamW(trained.values(), lr=0.01, weight_decay=0.02)
    losses = []
    for step in range(6):
        optimizer.zero_grad()
        loss = loss_sum(model, rows, wanted) / count
        loss.backward()
        if step == 0:
            safetensors.torch.save_file({plain(k): p.grad.contiguous() for k, p in trained.items()},
                                        out / (name + "-gradients.safetensors"))
        optimizer.step()
        losses.append(loss.item())
    safetensors.torch.save_file({plain(k): p.detach().contiguous() for k, p in trained.items()},
                                out / (name + "-trained.safetensors"))
    return dict(result, losses=losses)


def main(out):
    out = pathlib.Path(out)
    shutil.rmtree(out, ignore_errors=True)
    for number, (name, c) in enumerate(MODELS.items()):
        generator = torch.Generator().manual_seed(SEED + number)
        model = randomised(AutoModelForCausalLM.from_config(c, attn_implementation="eager"), generator)
        save(out / name, model)
        rows = sequences([9, 5, 13, 5], generator)
        wanted = labels(rows, generator)
        expected = dict(ids=rows, labels=wanted, logits=logits(model, rows),
                        logits64=logits(copy.deepcopy(model).double(), rows),
                        right=model(**padded(rows)).logits.tolist(),
                        left=model(**padded(rows, left=True)).logits.tolist(),
                        loss=loss_sum(model, rows, wanted).item())
        expected["adapter"] = adapter(out, name, model, rows, wanted, generator)
        write_json(out / name / "expected.json", expected)


if __name__ == "__main__":
    main(sys.argv[1])
