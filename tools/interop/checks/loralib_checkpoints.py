# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Checkpoints of loralib, converted here, give in PEFT what they give in loralib."""

import copy
import os
import pickle
import zipfile

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
def biases_of_loralib_reach_peft(workshop):
    folder = workshop.make("loralib-bias")
    base = roberta()
    base.save_pretrained(folder / "base")
    said = []
    for mode in ("lora_only", "all"):
        model = with_loralib(base, 5)
        loralib.mark_only_lora_as_trainable(model, bias=mode)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if parameter.requires_grad and "lora_" not in name:
                    parameter.add_(0.3 * torch.randn_like(parameter))
        state = loralib.lora_state_dict(model, bias=mode)
        state |= {n: p for n, p in model.named_parameters() if n.startswith("classifier.")}
        torch.save(state, folder / f"{mode}.pt")
        report = lora4j(
            "convert", folder / f"{mode}.pt", "--alpha", 5, "--model", folder / "base",
            "--output", folder / mode, "--json",
        ).report  # fmt: skip
        assert report["bias"] == mode, report
        loaded = peft.PeftModel.from_pretrained(copy.deepcopy(base), folder / mode).eval()
        said.append(close(logits(loaded), logits(model), LOGITS, f"bias {mode} in PEFT"))
    return f"logits within {max(said):.1e}"


@check
def a_merged_linear_of_gpt2_gives_its_logits_in_peft(workshop):
    folder = workshop.make("loralib-merged")
    torch.manual_seed(8)
    base = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=31, n_embd=24, n_layer=2, n_head=3, n_positions=40)
    ).eval()
    base.save_pretrained(folder / "base")
    model = copy.deepcopy(base)
    for block in model.transformer.h:
        old = block.attn.c_attn
        new = loralib.MergedLinear(
            24, 72, r=RANK, lora_alpha=7, enable_lora=[True, False, True], fan_in_fan_out=True, merge_weights=False
        )
        with torch.no_grad():
            new.weight.copy_(old.weight)
            new.bias.copy_(old.bias)
            new.lora_A.copy_(0.3 * torch.randn_like(new.lora_A))
            new.lora_B.copy_(0.3 * torch.randn_like(new.lora_B))
        block.attn.c_attn = new
    theirs = logits(model.eval())
    apart(logits(base), theirs, "logits before and after loralib")
    torch.save(loralib.lora_state_dict(model), folder / "merged.pt")
    command = ["convert", folder / "merged.pt", "--alpha", 7, "--model", folder / "base", "--output", folder / "out"]
    undecided = lora4j(*command, expect=1)
    for option in ("--enable-lora", "--fan-in-fan-out"):
        assert option in undecided.err or option == "--enable-lora", undecided.err
    assert not (folder / "out").exists()
    lora4j(*command, "--fan-in-fan-out", "--enable-lora", "true,false,true")
    loaded = peft.PeftModel.from_pretrained(base, folder / "out").eval()
    return f"logits within {close(logits(loaded), theirs, LOGITS, 'MergedLinear in PEFT'):.1e}"


@check
def a_convolution_of_loralib_is_refused_by_name(workshop):
    folder = workshop.make("loralib-conv")
    model = torch.nn.Sequential(loralib.Conv2d(3, 4, 3, r=2, lora_alpha=4))
    torch.save(model.train().state_dict(), folder / "conv.pt")
    line = refused(folder, "conv.pt")
    assert "convolution" in line, line
    return line[-80:]


def refused(folder, name):
    """Asserts that a file is refused in one line and that nothing is written; returns the line."""
    result = lora4j("convert", folder / name, "--alpha", 8, "--output", folder / "out", expect=1)
    lines = result.err.strip().splitlines()
    assert len(lines) == 1, f"{name}: {result.err[:500]}"
    assert not (folder / "out").exists(), name
    return lines[0]


def pickled(code):
    """The old form of torch.save with a pickle of our own in the place of the dict."""
    parts = [0x1950A86A20F9469CFC6C, 1001, dict(protocol_version=1001, little_endian=True)]
    return b"".join(pickle.dumps(part, protocol=2) for part in parts) + code + pickle.dumps([], protocol=2)


def without_storage(folder):
    """A zip whose tensor's bytes were taken away."""
    torch.save({"a.lora_A": torch.ones(2, 3), "a.lora_B": torch.ones(4, 2)}, folder / "whole.pt")
    with zipfile.ZipFile(folder / "whole.pt") as whole, zipfile.ZipFile(folder / "storage.pt", "w") as part:
        for entry in whole.namelist():
            if not entry.endswith("data/1"):
                part.writestr(entry, whole.read(entry))


@check
def hostile_checkpoints_are_refused_in_one_line(workshop):
    require("convert", "--alpha", "--output")
    folder = workshop.make("hostile")
    for zipped in (True, False):
        torch.save({"a.lora_A": Hostile()}, folder / "system.pt", _use_new_zipfile_serialization=zipped)
        line = refused(folder, "system.pt")
        assert ".system" in line, line
    (folder / "nest.pt").write_bytes(pickled(b"\x80\x02" + b"(" * 200_000 + b"t" * 200_000 + b"."))
    (folder / "length.pt").write_bytes(pickled(b"\x80\x02X\xff\xff\xff\x7fa."))
    without_storage(folder)
    said = [refused(folder, f"{name}.pt")[-60:] for name in ("nest", "length", "storage")]
    return "; ".join(said)
