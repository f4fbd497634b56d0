# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Adapters of the other families, both ways."""

from harness import check, check_each
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
