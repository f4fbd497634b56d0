# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Adapters of the other families, both ways."""

from harness import check
from peft.utils import ModulesToSaveWrapper

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
