# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.hf.rotary.RotaryFrequencies: the inverse frequencies and attention
factors that transformers computes from configurations of every rope type, old keys and new.

usage: python make_rotary_goldens.py OUTPUT_DIR   (lora-hf/src/test/resources/golden/rotary)
"""
import json
import pathlib
import random
import sys

import torch
import transformers
from transformers import AutoConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.phi3.modeling_phi3 import Phi3RotaryEmbedding

SEED = 20261125
LENGTHS = [1, 33, 64, 65, 300, 4097]


def base(kind="llama", **more):
    return dict(model_type=kind, hidden_size=48, num_attention_heads=3, num_key_value_heads=1,
                num_hidden_layers=1, intermediate_size=8, vocab_size=40, max_position_embeddings=64, **more)


def factors(n, seed):
    draw = random.Random(seed)
    return [round(1 + 9 * draw.random(), 6) for _ in range(n)]


CASES = {
    "default": base(),
    "default-theta": base(rope_theta=500000.0, rope_scaling=None),
    "default-head-dim": base("mistral", head_dim=20, rope_theta=1e6),
    "default-parameters": base("qwen3", head_dim=24, rope_parameters=dict(rope_type="default", rope_theta=777777.7)),
    "linear-old": base(rope_scaling=dict(type="linear", factor=2.5)),
    "linear": base("gemma2", head_dim=32, rope_parameters=dict(rope_type="linear", factor=4, rope_theta=12345.0)),
    "dynamic-old": base(rope_theta=20000, rope_scaling=dict(type="dynamic", factor=2.0)),
    "dynamic": base("qwen2", rope_scaling=dict(rope_type="dynamic", factor=3.7)),
    "yarn": base("qwen2", rope_theta=1e6, rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=32)),
    "yarn-long": base("qwen3", head_dim=128, rope_theta=1e6, rope_scaling=dict(
        rope_type="yarn", factor=4.0, original_max_position_embeddings=32768)),
    "yarn-all": base("llama", head_dim=64, rope_scaling=dict(
        rope_type="yarn", factor=40, original_max_position_embeddings=4096, beta_fast=24, beta_slow=2,
        mscale=0.707, mscale_all_dim=1.3, truncate=False)),
    "yarn-attention": base("llama", head_dim=64, rope_scaling=dict(
        rope_type="yarn", factor=8.0, original_max_position_embeddings=2048, attention_factor=1.21)),
    "longrope": base("phi3", rope_scaling=dict(
        type="longrope", short_factor=factors(8, 1), long_factor=factors(8, 2)),
        original_max_position_embeddings=32),
    "longrope-su": base("phi3", rope_scaling=dict(
        type="su", short_factor=factors(8, 3), long_factor=factors(8, 4), original_max_position_embeddings=64),
        original_max_position_embeddings=32),
    "longrope-yarn": base("phi3", rope_scaling=dict(type="yarn", short_factor=factors(8, 3), long_factor=factors(8, 4))),
    "longrope-partial": base("phi3", partial_rotary_factor=0.75, rope_scaling=dict(
        type="longrope", short_factor=factors(6, 5), long_factor=factors(6, 6)), original_max_position_embeddings=16),
    "longrope-factor": base("llama", rope_parameters=dict(
        rope_type="longrope", rope_theta=31000.0, factor=16.0, short_factor=factors(8, 7), long_factor=factors(8, 8),
        original_max_position_embeddings=32)),
    "longrope-attention": base("llama", rope_scaling=dict(
        rope_type="longrope", attention_factor=1.5, short_factor=factors(8, 9), long_factor=factors(8, 10),
        original_max_position_embeddings=50)),
    "partial": base("phi3", partial_rotary_factor=0.5),
    "partial-parameters": base("phi3", rope_parameters=dict(
        rope_type="default", rope_theta=5e4, partial_rotary_factor=0.25)),
    "llama3": base(head_dim=128, rope_theta=500000.0, rope_scaling=dict(
        rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=8192)),
    "llama3-32": base(head_dim=64, rope_parameters=dict(
        rope_type="llama3", rope_theta=500000.0, factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=8192)),
    "llama3-small": base(rope_scaling=dict(
        rope_type="llama3", factor=3.0, low_freq_factor=1.5, high_freq_factor=6.0,
        original_max_position_embeddings=40)),
}


def frequencies(config, length):
    kind = config.rope_parameters["rope_type"]
    if kind == "default":  # the families' default functions are one text; Phi-3's knows partial factors
        return Phi3RotaryEmbedding.compute_default_rope_parameters(config)
    return ROPE_INIT_FUNCTIONS[kind](config, seq_len=length)


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    cases = {}
    for name, values in CASES.items():
        config = AutoConfig.for_model(**json.loads(json.dumps(values)))
        head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        runs = {}
        for length in LENGTHS:
            inverse, attention = frequencies(config, length)
            assert inverse.dtype == torch.float32
            runs[length] = dict(inverse=[f.hex() for f in inverse.tolist()], attention=float(attention).hex())
        if all(run == runs[1] for run in runs.values()):
            runs = {1: runs[1], LENGTHS[-1]: runs[LENGTHS[-1]]}
        cases[name] = dict(config=values, head_dim=head_dim, runs=runs)
    manifest = dict(script="tools/goldens/make_rotary_goldens.py", torch=torch.__version__,
                    transformers=transformers.__version__, seed=SEED)
    text = json.dumps(dict(manifest=manifest, cases=cases), indent=1)
    (out / "cases.json").write_text(text + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
