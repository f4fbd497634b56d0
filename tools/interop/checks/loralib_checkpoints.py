# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Checkpoints of loralib, converted here, give in PEFT what they give in loralib."""

import copy
import os

import loralib
import peft
import torch
import transformers
from harness import LOGITS, apart, check, close, lora4j, require

RANK = 3


class Hostile:
    def __reduce__(self):
        return os.system, ("touch hostile-pickle-was-run",)


def roberta():
    torch.manual_seed(5)
    config = transformers.RobertaConfig(
        vocab_size=31, hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=56, max_position_embeddings=40, num_labels=3,
    )  # fmt: skip
    model = transformers.RobertaForSequenceClassification(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "LayerNorm.weight" not in name:
                parameter.copy_(0.3 * torch.randn_like(parameter))
    return model.eval()


def with_loralib(base, alpha):
    """A copy of the base with loralib's layers for query and value, and a trained head."""
    model = copy.deepcopy(base)
    torch.manual_seed(6)
    for layer in model.roberta.encoder.layer:
        for name in ("query", "value"):
            old = getattr(layer.attention.self, name)
            new = loralib.Linear(old.in_features, old.out_features, r=RANK, lora_alpha=alpha)
            with torch.no_grad():
                new.weight.copy_(old.weight)
                new.bias.copy_(old.bias)
                new.lora_A.copy_(0.3 * torch.randn_like(new.lora_A))
                new.lora_B.copy_(0.3 * torch.randn_like(new.lora_B))
            setattr(layer.attention.self, name, new)
    with torch.no_grad():
        for parameter in model.classifier.parameters():
            parameter.copy_(0.3 * torch.randn_like(parameter))
    return model.eval()


def logits(model):
    ids = torch.randint(3, 31, (5, 17), generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        return model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits


@check
def loralib_checkpoints_give_pefts_logits(workshop):
    require("convert", "--alpha", "--model", "--output")
    folder = workshop.make("loralib")
    base = roberta()
    base.save_pretrained(folder / "base")
    before, found, said = logits(base), {}, []
    for alpha in (16, 8):
        model = with_loralib(base, alpha)
        theirs = logits(model)
        apart(before, theirs, "logits before and after loralib")
        trained = loralib.lora_state_dict(model)
        trained |= {n: p for n, p in model.named_parameters() if n.startswith("classifier.")}
        for form, state in (("lora", trained), ("whole", copy.deepcopy(model).train().state_dict())):
            for zipped in (True, False):
                file = folder / f"{form}-{alpha}-{zipped}.pt"
                torch.save(state, file, _use_new_zipfile_serialization=zipped)
                adapter = folder / file.stem
                report = lora4j(
                    "convert", file, "--alpha", alpha, "--model", folder / "base", "--output", adapter, "--json"
                ).report
                assert report["modules_to_save"] == ["classifier"], report
                loaded = peft.PeftModel.from_pretrained(copy.deepcopy(base), adapter).eval()
                said.append(close(logits(loaded), theirs, LOGITS, f"{file.name} in PEFT"))
        found[alpha] = theirs
    apart(found[16], found[8], "alpha 16 and alpha 8")
    return f"8 files, logits within {max(said):.1e}"


@check
def hostile_checkpoints_are_refused_in_one_line(workshop):
    require("convert", "--alpha", "--output")
    folder = workshop.make("hostile")
    for zipped in (True, False):
        file = folder / f"hostile-{zipped}.pt"
        torch.save({"a.lora_A": Hostile()}, file, _use_new_zipfile_serialization=zipped)
        result = lora4j("convert", file, "--alpha", 8, "--output", folder / "out", expect=1)
        lines = result.err.strip().splitlines()
        assert len(lines) == 1 and ".system" in lines[0], result.err
        assert not (folder / "out").exists()
    return lines[0][-80:]
