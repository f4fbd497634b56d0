# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.generate.Sampler: scores as transformers' own processors make them, in the
order in which generate() calls them, the probabilities, and the tokens of given uniform numbers.

usage: python make_sampler_goldens.py OUTPUT_DIR   (lora-hf/src/test/resources/golden/sampler)
"""
import json
import pathlib
import sys

import torch
import transformers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

SEED = 20261127
UNIFORMS = [1e-12, 0.03, 0.2, 0.41, 0.5, 0.66, 0.83, 0.97, 1 - 1e-12]


def settings():
    yield dict()
    yield dict(temperature=0.7)
    yield dict(temperature=1.9)
    yield dict(top_k=1)
    yield dict(top_k=7)
    yield dict(top_k=500)
    yield dict(top_p=0.9)
    yield dict(top_p=0.3)
    yield dict(top_p=0.01)
    yield dict(top_p=0.999)
    yield dict(repetition_penalty=1.3)
    yield dict(repetition_penalty=0.6)
    yield dict(temperature=0.8, top_k=12, top_p=0.85)
    yield dict(temperature=1.4, top_k=20, top_p=0.6, repetition_penalty=1.7)
    yield dict(temperature=0.3, top_p=0.95, repetition_penalty=1.1)


def logits(kind, draw):
    if kind == "normal":
        return 3 * torch.randn(48, generator=draw)
    if kind == "coarse":  # many equal scores: ties at each border
        return torch.randint(-4, 5, (48,), generator=draw).float() / 2
    if kind == "equal":
        return torch.full((40,), 1.25)
    if kind == "masked":
        scores = 2 * torch.randn(48, generator=draw)
        scores[torch.randperm(48, generator=draw)[:30]] = -float("inf")
        return scores
    raise ValueError(kind)


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    draw = torch.Generator().manual_seed(SEED)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=48, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                                         num_attention_heads=1))
    cases = []
    for kind in ["normal", "coarse", "equal", "masked"]:
        for values in settings():
            scores = logits(kind, draw)
            tokens = torch.randint(0, 40, (9,), generator=draw)
            tokens[5] = tokens[2]
            config = GenerationConfig(do_sample=True, **{"top_k": 0, **values})
            processors = model._get_logits_processor(config, input_ids_seq_length=9, device="cpu")
            processed = processors(tokens[None], scores[None].clone())[0]
            greedy = model._get_logits_processor(
                GenerationConfig(do_sample=False, repetition_penalty=values.get("repetition_penalty", 1.0)),
                input_ids_seq_length=9, device="cpu")(tokens[None], scores[None].clone())[0]
            probabilities = processed.double().softmax(-1)
            sums = probabilities.cumsum(-1)
            # A uniform number at the border of two tokens would test rounding, not sampling.
            uniforms = [u for u in UNIFORMS if (sums - u * sums[-1]).abs().min() > 1e-9 or u < 1e-9 or u > 1 - 1e-9]
            chosen = []
            for u in uniforms:
                above = (sums > u * sums[-1]) & (probabilities > 0)
                chosen.append(int(above.int().argmax()) if above.any() else int(probabilities.nonzero()[-1]))
            cases.append(dict(
                kind=kind, settings=values, tokens=tokens.tolist(),
                logits=[x.hex() for x in scores.tolist()],
                processed=[x.hex() for x in processed.tolist()],
                uniforms=uniforms, chosen=chosen, greedy=int(greedy.argmax())))
    manifest = dict(script="tools/goldens/make_sampler_goldens.py", torch=torch.__version__,
                    transformers=transformers.__version__, seed=SEED)
    text = json.dumps(dict(manifest=manifest, cases=cases)).replace('{"kind"', '\n{"kind"')
    (out / "cases.json").write_text(text + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
