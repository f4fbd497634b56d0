# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of models held in bfloat16: the logits that transformers computes from the tiny encoders
and decoders of the other scripts in float32, and in bfloat16 with its eager and its sdpa attention;
and how far PEFT's gradients in bfloat16 are from those in float32.

usage: python make_bfloat16_goldens.py GOLDEN_DIR   (lora-hf/src/test/resources/golden)

Writes GOLDEN_DIR/bfloat16 from GOLDEN_DIR/encoders and GOLDEN_DIR/decoders.
"""
import json
import pathlib
import sys

import peft
import torch
import transformers
from make_decoder_goldens import loss_sum
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

SEED = 20261126
LOGITS = 1536  # enough that the error of a root mean square is below 2 %
ENCODERS = ["roberta", "xlm-roberta", "distilbert"]
DECODERS = ["llama", "llama-tied", "mistral", "qwen2", "qwen3", "gemma2", "phi3", "gpt2"]


def logits(path, batches, dtype, attention):
    model = AutoModelForSequenceClassification.from_pretrained(path, dtype=dtype, attn_implementation=attention)
    model.eval()
    found = []
    with torch.no_grad():
        for ids, mask in batches:
            found += model(input_ids=ids, attention_mask=mask).logits.float().tolist()
    return found


def encoder(path, generator):
    config = json.loads((path / "config.json").read_text())
    count = LOGITS // len(config["id2label"])
    rows = [torch.randint(5, 40, (int(torch.randint(3, 20, (1,), generator=generator)),),
                          generator=generator).tolist() for _ in range(count)]
    batches = []
    for i in range(0, count, 16):
        part = rows[i:i + 16]
        longest = max(map(len, part))
        pad = config["pad_token_id"]
        batches.append((torch.tensor([r + [pad] * (longest - len(r)) for r in part]),
                        torch.tensor([[1] * len(r) + [0] * (longest - len(r)) for r in part])))
    return dict(ids=rows, pad=config["pad_token_id"],
                float32=logits(path, batches, torch.float32, "eager"),
                eager=logits(path, batches, torch.bfloat16, "eager"),
                sdpa=logits(path, batches, torch.bfloat16, "sdpa"))


def causal(path, dtype, attention):
    """The model; eager where transformers has no other attention for it (Gemma 2)."""
    try:
        return AutoModelForCausalLM.from_pretrained(path, dtype=dtype, attn_implementation=attention)
    except ValueError:
        return AutoModelForCausalLM.from_pretrained(path, dtype=dtype, attn_implementation="eager")


def next_tokens(path, rows, dtype, attention):
    """The logits of all tokens, one after another."""
    model = causal(path, dtype, attention).eval()
    with torch.no_grad():
        return [[round(v, 6) for v in token] for row in rows
                for token in model(input_ids=torch.tensor([row])).logits[0].float().tolist()]


def gradients(path, dtype, attention):
    """PEFT's gradients of the adapter and the batch of make_decoder_goldens.py."""
    batch = json.loads((path / "expected.json").read_text())
    base = causal(path, dtype, attention)
    model = peft.PeftModel.from_pretrained(base, path.with_name(path.name + "-adapter"), is_trainable=True)
    loss_sum(model, batch["ids"], batch["labels"]).backward()
    return {name: p.grad.float() for name, p in model.named_parameters() if p.requires_grad}


def gradient_error(path, attention):
    """The mean over the tensors of the distance to float32, relative to the gradient's norm."""
    exact = gradients(path, torch.float32, "eager")
    found = gradients(path, torch.bfloat16, attention)
    return sum(((found[n] - g).norm() / g.norm()).item() for n, g in exact.items()) / len(exact)


def decoder(path, generator):
    rows = [torch.randint(3, 40, (n,), generator=generator).tolist() for n in [9, 5, 7, 3, 8, 6, 4, 10]]
    return dict(ids=rows, pad=0,
                float32=next_tokens(path, rows, torch.float32, "eager"),
                eager=next_tokens(path, rows, torch.bfloat16, "eager"),
                sdpa=next_tokens(path, rows, torch.bfloat16, "sdpa"),
                gradientErrors=[gradient_error(path, "eager"), gradient_error(path, "sdpa")])


def main(golden):
    out = golden / "bfloat16"
    out.mkdir(parents=True, exist_ok=True)
    models = [(golden / "encoders" / name, encoder) for name in ENCODERS]
    models += [(golden / "decoders" / name, decoder) for name in DECODERS]
    for number, (path, make) in enumerate(models):
        expected = make(path, torch.Generator().manual_seed(SEED + number))
        (out / f"{path.name}.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    (out / "manifest.json").write_text(json.dumps(dict(
        script="tools/goldens/make_bfloat16_goldens.py", seed=SEED, torch=torch.__version__,
        transformers=transformers.__version__)) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
