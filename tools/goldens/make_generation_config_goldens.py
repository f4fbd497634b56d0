# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of what generation_config.json does: transformers' own tokens for a tiny Llama with files of many kinds, and
scores as its processors change them. No case depends on two scores that are nearly equal.

usage: python make_generation_config_goldens.py DECODERS_DIR OUTPUT_DIR
  (lora-hf/src/test/resources/golden/decoders lora-hf/src/test/resources/golden/generation-config)
"""
import json
import pathlib
import random
import sys
import tempfile
import warnings

import torch
import transformers
from transformers import AutoModelForCausalLM, GenerationConfig

SEED = 20261129
WORDS = 41  # of the tiny Llama
NEW = 20
TIE = 1e-3

FIXED = [
    {},
    {"repetition_penalty": 1.4},
    {"repetition_penalty": 0.7},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"no_repeat_ngram_size": 3},
    {"encoder_no_repeat_ngram_size": 1},
    {"encoder_no_repeat_ngram_size": 2, "repetition_penalty": 1.1},
    {"encoder_repetition_penalty": 1.5},
    {"encoder_repetition_penalty": 0.5, "repetition_penalty": 1.2},
    {"max_length": 12},
    {"max_new_tokens": 5, "max_length": 9},
    {"max_length": 15, "forced_eos_token_id": 7},
    {"max_new_tokens": 6, "forced_eos_token_id": [9, 2]},
    {"forced_bos_token_id": 11},
    {"forced_bos_token_id": 11, "begin_suppress_tokens": [3, 4, 5, 6, 7, 8]},
    {"begin_suppress_tokens": list(range(3, 20))},
    {"suppress_tokens": list(range(3, 30))},
    {"remove_invalid_values": True, "suppress_tokens": list(range(3, 12))},
    {"renormalize_logits": True, "num_beams": 1, "use_cache": False, "typical_p": 0.5, "epsilon_cutoff": 0.1,
     "temperature": 0.3, "top_k": 3, "top_p": 0.4, "min_p": 0.3, "length_penalty": 2.0, "early_stopping": True,
     "diversity_penalty": 0.0, "guidance_scale": 1.0, "num_return_sequences": 1, "output_scores": False},
]  # fmt: skip


def words(draw, longest):
    return [draw.randrange(3, WORDS) for _ in range(draw.randint(1, longest))]


def drawn(draw):
    """A file with a few keys of any values."""
    makers = {
        "repetition_penalty": lambda: draw.choice([1.0, 1.05, 1.3, 1.9, 0.8]),
        "encoder_repetition_penalty": lambda: draw.choice([1.0, 1.2, 0.7]),
        "no_repeat_ngram_size": lambda: draw.choice([0, 1, 2, 3, 4]),
        "encoder_no_repeat_ngram_size": lambda: draw.choice([0, 2, 3]),
        "bad_words_ids": lambda: [words(draw, 2) for _ in range(draw.randint(1, 12))],
        "sequence_bias": lambda: [[words(draw, 3), draw.choice([-2.5, 1.5, 4.0, -0.25])] for _ in range(draw.randint(1, 14))],
        "min_length": lambda: draw.choice([0, 8, 16]),
        "min_new_tokens": lambda: draw.choice([0, 4, 11]),
        "suppress_tokens": lambda: sorted({draw.randrange(3, WORDS) for _ in range(10)}),
        "begin_suppress_tokens": lambda: sorted({draw.randrange(3, WORDS) for _ in range(25)}),
        "forced_eos_token_id": lambda: draw.choice([2, 5, [4, 9]]),
        "forced_bos_token_id": lambda: draw.randrange(3, WORDS),
        "remove_invalid_values": lambda: True,
        "exponential_decay_length_penalty": lambda: [draw.randint(0, 8), draw.choice([1.01, 1.2, 2.0])],
        "eos_token_id": lambda: draw.choice([2, [2, 17], [2, 8, 30], [2, 12, 13, 14, 15, 16]]),
        "max_new_tokens": lambda: draw.randint(3, NEW),
        "pad_token_id": lambda: 0,
    }  # fmt: skip
    keys = draw.sample(sorted(makers), draw.randint(1, 6))
    if any(key.startswith("forced") for key in keys):
        keys = [key for key in keys if key != "suppress_tokens"]  # which transformers refuses together
    return {key: makers[key]() for key in keys}


def sampling(draw):
    values = {"do_sample": True}
    for key, choices in {"temperature": [0.6, 1.0, 1.7], "top_k": [0, 1, 5, 50], "top_p": [1.0, 0.8, 0.5],
                         "min_p": [0.0, 0.05, 0.3]}.items():  # fmt: skip
        if draw.random() < 0.6:
            values[key] = draw.choice(choices)
    return values


def load(folder, values):
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    with tempfile.TemporaryDirectory() as place:
        (pathlib.Path(place) / "generation_config.json").write_text(json.dumps(values))
        model.generation_config = GenerationConfig.from_pretrained(place)
    return model


def text(model, prompt, new):
    """The new tokens, and how near any choice was."""
    with torch.no_grad():
        out = model.generate(input_ids=torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
                             do_sample=False, return_dict_in_generate=True, output_scores=True,
                             **({} if new is None else {"max_new_tokens": new}))  # fmt: skip
    near = float("inf")
    for scores in out.scores:
        best = scores[0].topk(2).values
        if torch.isfinite(best[1]):
            near = min(near, (best[0] - best[1]).item())
    return out.sequences[0, len(prompt):].tolist(), near


def greedy(folder, values, draw):
    model = load(folder, values)
    limited = "max_new_tokens" in values or "max_length" in values
    texts = []
    for length in (6, 1, 3, 9):
        for _ in range(5):
            prompt = [draw.randrange(3, WORDS) for _ in range(length)]
            if length == 9:
                prompt = (prompt[:3] * 3)[:9]  # something to repeat
            ids, near = text(model, prompt, None if limited else NEW)
            if near > TIE:
                texts.append(dict(prompt=prompt, ids=ids))
                break
    return dict(file=values, limited=limited, texts=texts)


def processed(model, tokens, prompt, scores):
    config, _ = model._prepare_generation_config(None)
    own = model.generation_config
    model._prepare_special_tokens(config, True, device="cpu")
    config = model._prepare_generated_length(config, own.max_length is None, own.min_length is None, "input_ids", prompt,
                                             None)  # fmt: skip
    processors = model._get_logits_processor(config, input_ids_seq_length=prompt, device="cpu",
                                             encoder_input_ids=torch.tensor([tokens[:prompt]]))  # fmt: skip
    return processors(torch.tensor([tokens]), scores[None].clone())[0]


def changed(folder, values, draw, generator):
    model = load(folder, values)
    prompt, new = draw.randint(1, 7), draw.randint(0, 9)
    tokens = [draw.randrange(3, 12) for _ in range(prompt + new)]
    scores = 3 * torch.randn(WORDS, generator=generator)
    made = processed(model, tokens, prompt, scores)
    return dict(file=values, tokens=tokens, prompt=prompt, logits=[x.hex() for x in scores.tolist()],
                processed=[x.hex() for x in made.tolist()])  # fmt: skip


def main(decoders, out):
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    out.mkdir(parents=True, exist_ok=True)
    draw, generator = random.Random(SEED), torch.Generator().manual_seed(SEED)
    folder = decoders / "llama"
    ends = {"eos_token_id": 2}
    texts = [greedy(folder, ends | values, draw) for values in FIXED]
    texts += [greedy(folder, ends | drawn(draw), draw) for _ in range(50)]
    scores = [changed(folder, ends | drawn(draw), draw, generator) for _ in range(40)]
    scores += [changed(folder, ends | drawn(draw) | sampling(draw), draw, generator) for _ in range(40)]
    manifest = dict(script="tools/goldens/make_generation_config_goldens.py", torch=torch.__version__,
                    transformers=transformers.__version__, seed=SEED)  # fmt: skip
    made = json.dumps(dict(manifest=manifest, texts=texts, scores=scores)).replace('{"file"', '\n{"file"')
    (out / "cases.json").write_text(made + "\n")


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:3]))
