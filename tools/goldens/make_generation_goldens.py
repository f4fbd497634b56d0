# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.generate: what transformers' generate makes of prompts with the tiny decoders of
make_decoder_goldens.py, always taking the best token, and with PEFT's adapters of them. Prompts of unequal lengths go
in one batch, padded on the left; where frequencies depend on the batch's longest text, each goes alone. margins: by how
much the best logit was above the next one.

usage: python make_generation_goldens.py DECODERS_DIR OUTPUT_DIR
  (lora-hf/src/test/resources/golden/decoders lora-hf/src/test/resources/golden/generation)
"""
import json
import pathlib
import random
import sys
import tempfile

import peft
import torch
import transformers
from transformers import AutoModelForCausalLM

SEED = 20261127
NEW = 28
PLAIN = ["llama", "llama-tied", "mistral", "qwen2", "qwen3", "gemma2", "phi3", "gpt2"]
# name: model, rope, positions; texts cross 16 positions
ROPES = {
    "linear": ("llama", dict(rope_type="linear", factor=2.5, rope_theta=10000.0), 64),
    "dynamic": ("llama", dict(rope_type="dynamic", factor=2.0, rope_theta=10000.0), 16),
    "yarn": ("llama", dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16, rope_theta=10000.0), 64),
    "llama3": ("llama", dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                             original_max_position_embeddings=16, rope_theta=10000.0), 64),
    "longrope": ("phi3", dict(rope_type="longrope", original_max_position_embeddings=16, rope_theta=10000.0,
                              partial_rotary_factor=1.0, short_factor=[1.0, 1.3], long_factor=[2.0, 5.0]), 64),
}


def load(folder, rope, positions):
    if rope is None:
        return AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    with tempfile.TemporaryDirectory() as changed:
        config = json.loads((folder / "config.json").read_text())
        config.update(rope_parameters=rope, max_position_embeddings=positions)
        if "original_max_position_embeddings" in rope:
            config["original_max_position_embeddings"] = rope["original_max_position_embeddings"]
        (pathlib.Path(changed) / "config.json").write_text(json.dumps(config))
        (pathlib.Path(changed) / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
        return AutoModelForCausalLM.from_pretrained(changed, attn_implementation="eager").eval()


def greedy(model, prompts, new):
    """For each prompt the new ids, the end token included, and the margin of each."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    with torch.no_grad():
        out = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=new, do_sample=False, pad_token_id=0,
                             return_dict_in_generate=True, output_logits=True)
    texts, margins = [], []
    for row in range(len(prompts)):
        made = out.sequences[row, longest:].tolist()
        if 2 in made:
            made = made[:made.index(2) + 1]
        best = torch.stack([step[row] for step in out.logits[:len(made)]]).topk(2).values
        texts.append(made)
        margins.append([round(m, 4) for m in (best[:, 0] - best[:, 1]).tolist()])
    return texts, margins


def each(make, prompts, new):
    done = [greedy(make(), [p], new) for p in prompts]
    return [d[0][0] for d in done], [d[1][0] for d in done]


def case(decoders, name, model, rope, positions, draw):
    folder = decoders / model
    new = 7 if model == "gpt2" else NEW
    prompts = [[draw.randrange(3, 41) for _ in range(n)] for n in (9, 1, 13, 4)]
    if rope is None:
        made, margins = greedy(load(folder, rope, positions), prompts, new)
    else:
        made, margins = each(lambda: load(folder, rope, positions), prompts, new)
    result = dict(name=name, model=model, rope=rope and json.dumps(rope), positions=positions, maxNewTokens=new,
                  prompts=prompts, generated=made, margins=margins)
    if rope is None:
        adapted = peft.PeftModel.from_pretrained(load(folder, rope, positions), decoders / (model + "-adapter")).eval()
        result["adapted"], result["adaptedMargins"] = greedy(adapted, prompts, new)
    return result


def main(decoders, out):
    decoders, out = pathlib.Path(decoders), pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    draw = random.Random(SEED)
    cases = [case(decoders, name, name, None, 0, draw) for name in PLAIN]
    cases += [case(decoders, name, *rest, draw) for name, rest in ROPES.items()]
    (out / "greedy.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
    (out / "manifest.json").write_text(json.dumps(dict(
        script="tools/goldens/make_generation_goldens.py", seed=SEED, torch=torch.__version__,
        transformers=transformers.__version__, peft=peft.__version__), indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
