# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Adapters of the other families, both ways, and models of drawn configurations."""

import os
import random
import time

from harness import LOGITS, check, check_each, close, evaluate, predict, read_table
from peft.utils import ModulesToSaveWrapper

from checks import trajectory
from checks.adapters import ours_reads_peft, peft_reads_ours


def both_ways(workshop, family, query, value, *others):
    tiny = workshop.of(family)
    model, _, ours = peft_reads_ours(tiny, "ours", targets=f"{query},{value}")
    saved = sorted(n for n, m in model.named_modules() if isinstance(m, ModulesToSaveWrapper))
    theirs = ours_reads_peft(tiny, "texts", r=3, lora_alpha=7, target_modules=[query, value])
    pairs = ours_reads_peft(
        tiny, "pairs", pair=True, r=4, lora_alpha=5, use_rslora=True, target_modules=[query, value, *others]
    )
    return saved, f"logits within {max(ours, theirs, pairs):.1e}"


@check
def roberta_both_ways(workshop):
    saved, said = both_ways(workshop, "roberta", "query", "value", "intermediate.dense")
    assert [name.split(".")[-1] for name in saved] == ["classifier"], saved
    return said


@check
def distilbert_both_ways(workshop):
    saved, said = both_ways(workshop, "distilbert", "q_lin", "v_lin", "out_lin", "lin1")
    assert [name.split(".")[-1] for name in saved] == ["classifier", "pre_classifier"], saved
    return said


# the projections that are adapted, and some others; DeBERTa's pooler and ModernBERT's head are the base's
OTHERS = {
    "mpnet": ("q", "v", "o", "intermediate.dense"),
    "modernbert": ("Wqkv", "attn.Wo", "mlp.Wi", "head.dense"),
    "deberta-v2": ("query_proj", "value_proj", "key_proj", "pooler.dense"),
    "llama": ("q_proj", "v_proj", "o_proj", "down_proj"),
    "qwen3": ("q_proj", "v_proj", "k_proj", "up_proj"),
    "gpt2": ("c_attn", "mlp.c_proj"),
}


@check_each(list(OTHERS), "{}-both-ways-and-ten-steps-equal-those-of-peft")
def others_both_ways(workshop, family):
    tiny = workshop.of(family)
    query, value, *others = OTHERS[family]
    model, _, ours = peft_reads_ours(tiny, "ours", targets=f"{query},{value}")
    saved = sorted(n.split(".")[-1] for n, m in model.named_modules() if isinstance(m, ModulesToSaveWrapper))
    assert saved == ["score" if family in ("llama", "qwen3", "gpt2") else "classifier"], saved
    targets = [query, value, *others]
    theirs = ours_reads_peft(tiny, "pairs", pair=True, r=4, lora_alpha=5, use_rslora=True, target_modules=targets)
    said = trajectory.compare(tiny, "steps", "adamw", "constant", 0, fields=dict(r=3, lora_alpha=7, target_modules=targets))
    return f"logits within {max(ours, theirs):.1e}, {said}"


ACTIVATIONS = ["gelu", "gelu_new", "relu", "silu", "tanh"]


def drawn(family, draw):
    """Changes of a configuration: odd sizes, and each of the family's options as often as not."""
    hidden, heads = draw.choice([(24, 3), (20, 5), (24, 2), (32, 4)])
    values = dict(hidden_size=hidden, num_attention_heads=heads, num_hidden_layers=draw.randint(2, 4))
    values["intermediate_size"] = draw.randint(17, 45)
    options = {
        "mpnet": dict(hidden_act=ACTIVATIONS, layer_norm_eps=[1e-5, 1e-3], relative_attention_num_buckets=[40]),
        "modernbert": dict(
            local_attention=[0, 3, 6, 40], global_attn_every_n_layers=[1, 2, 4], classifier_pooling=["mean"],
            norm_bias=[True], attention_bias=[True], mlp_bias=[True], classifier_bias=[True], norm_eps=[1e-3],
            hidden_activation=ACTIVATIONS, classifier_activation=ACTIVATIONS,
        ),
        "deberta-v2": dict(
            position_buckets=[-1, 4, 16], max_relative_positions=[12, 30], share_att_key=[False], norm_rel_ebd=["none"],
            pos_att_type=["c2p", ["p2c"], [], "p2c|c2p"], position_biased_input=[True], type_vocab_size=[2],
            relative_attention=[False], embedding_size=[9], hidden_act=ACTIVATIONS, pooler_hidden_act=ACTIVATIONS,
        ),
        "qwen3": dict(attention_bias=[True], tie_word_embeddings=[True, False], rope_theta=[500.0]),
        "gemma2": dict(attn_logit_softcapping=[2.5], query_pre_attn_scalar=[7]),
    }[family]  # fmt: skip
    for key, choices in options.items():
        if draw.random() < 0.5:
            values[key] = draw.choice(choices)
    return values


@check_each(["mpnet", "modernbert", "deberta-v2", "qwen3", "gemma2"], "drawn-classifiers-of-{}-are-those-of-transformers")
def drawn_classifiers(workshop, family):
    seed = int(os.environ.get("LORA4J_SEED") or time.time_ns() % 1_000_000)
    changes = drawn(family, random.Random(f"{seed} {family}"))
    tiny = workshop.of(family, changes)
    rows = read_table(tiny.dev)
    theirs = predict(tiny.base(), tiny.tokenizer(), rows)
    ours, _, _ = evaluate(tiny.model_folder, tiny.dev, tiny.folder / "p.jsonl")
    return f"seed {seed}, logits within {close(ours, theirs, LOGITS, f'{changes} of seed {seed}'):.1e}"
