# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Random decoders: every family with drawn options, adapters with drawn targets, beside transformers and PEFT.

Each run draws anew; LORA4J_SEED repeats one, and the seed stands in what is printed."""

import functools
import json
import os
import random
import time
import warnings

import peft
import torch
import transformers
from harness import check, check_each, lora4j
from java import run
from safetensors.torch import load_file

from checks.causal import make_tokenizer
from checks.drawn import FAMILIES, draw_adapter, draw_config

CASES = int(os.environ.get("LORA4J_CASES", 3))  # of each family
PROGRAM = "org.lora4j.hf.DecoderExchange"


def seed():
    return int(os.environ.get("LORA4J_SEED") or time.time_ns() % 1_000_000)


def randomise(model, generator):
    """Weights of a size that makes every layer matter, none of them ones or zeros."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if ("norm" in name or "ln_" in name) and not name.endswith("bias"):
                p.copy_(0.2 * noise if model.config.model_type == "gemma2" else 1 + 0.2 * noise)
            elif name.endswith("bias"):
                p.copy_(0.1 * noise)
            elif any(word in name for word in ("embed", "wte", "wpe")):
                p.copy_(0.7 * noise)
            else:
                p.copy_(1.1 * noise / p.shape[-1] ** 0.5)


def load(folder, attention, dtype=torch.float32):
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation=attention, dtype=dtype
    ).eval()


class Case:
    """One drawn model with an adapter and a batch."""

    def __init__(self, folder, family, number, base_seed):
        self.folder = folder / f"{family}-{number}"
        self.name = f"{family} {number} of seed {base_seed}"
        draw = random.Random(f"{base_seed} {family} {number}")
        generator = torch.Generator().manual_seed(draw.randrange(1 << 30))
        self.json = self.draw_config(family, draw)
        self.model_folder = self.folder / "model"
        self.model_folder.mkdir(parents=True)
        (self.model_folder / "config.json").write_text(json.dumps(self.json, indent=1))
        config = transformers.AutoConfig.from_pretrained(self.model_folder)
        model = transformers.AutoModelForCausalLM.from_config(config)
        randomise(model, generator)
        model.save_pretrained(self.folder / "written")
        (self.folder / "written" / "model.safetensors").rename(self.model_folder / "model.safetensors")
        make_tokenizer(self.model_folder)
        self.words = config.vocab_size
        self.attention = "eager" if family == "gemma2" else draw.choice(["eager", "sdpa"])
        longest = min(config.max_position_embeddings, 20) if family == "gpt2" else 20
        lengths = [draw.randint(9, longest), 1, draw.randint(2, 6), draw.randint(2, longest)]
        draw.shuffle(lengths)
        self.ids = [[draw.randrange(config.vocab_size) for _ in range(n)] for n in lengths]
        self.labels = [[-100 if draw.random() < 0.3 else t for t in row] for row in self.ids]
        (self.folder / "batch.json").write_text(json.dumps({"ids": self.ids, "labels": self.labels}))
        self.adapter(draw, family, generator)

    def draw_config(self, family, draw):
        return draw_config(family, draw)

    def adapter(self, draw, family, generator):
        self.peft = draw_adapter(family, self.json, draw)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = peft.get_peft_model(load(self.model_folder, self.attention), peft.LoraConfig(**self.peft))
            with torch.no_grad():
                for name, p in model.named_parameters():
                    if "lora_magnitude_vector" in name:
                        p.mul_(1 + 0.3 * torch.randn(p.shape, generator=generator))
                    elif "lora_" in name:
                        p.copy_(0.3 * torch.randn(p.shape, generator=generator))
                    elif p.requires_grad:
                        p.add_(0.1 * torch.randn(p.shape, generator=generator))
            model.save_pretrained(self.folder / "adapter")

    @property
    def pads_alike(self):
        """Whether transformers' own padding may be asked: rotary types by length look at the longest row."""
        kinds = (self.json.get(key) or {} for key in ("rope_scaling", "rope_parameters"))
        by_length = any({"dynamic", "longrope"} & set(map(str, kind.values())) for kind in kinds)
        return self.attention == "eager" and not by_length

    def rows(self, model):
        """Logits of each sequence alone."""
        return [self.row(model, row) for row in self.ids]

    def row(self, model, row):
        base = model.get_base_model() if isinstance(model, peft.PeftModel) else model
        rotary = getattr(getattr(base, "model", None), "rotary_emb", None)
        if rotary is not None:  # a rotary type that depends on the length remembers the longest
            rotary.max_seq_len_cached = rotary.original_max_seq_len
            rotary.inv_freq.copy_(rotary.original_inv_freq)
        return model(input_ids=torch.tensor([row])).logits[0]

    def loss(self, model):
        total, count = 0, 0
        for row, wanted in zip(self.ids, self.labels):
            labels = torch.tensor(wanted[1:], dtype=torch.long)
            logits = self.row(model, row)[:-1]
            total = total + torch.nn.functional.cross_entropy(logits, labels, reduction="sum", ignore_index=-100)
            count += int((labels != -100).sum())
        return total / max(count, 1)

    def adapted(self, folder, attention=None, dtype=torch.float32):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            base = load(self.model_folder, attention or self.attention, dtype)
            return peft.PeftModel.from_pretrained(base, folder, is_trainable=True).eval()

    def padded(self, model, left):
        """transformers' own padding, on a side."""
        width = max(map(len, self.ids))
        fill = lambda row, value: [value] * (width - len(row)) + row if left else row + [value] * (width - len(row))
        mask = torch.tensor([fill([1] * len(row), 0) for row in self.ids])
        logits = model(
            input_ids=torch.tensor([fill(row, 0) for row in self.ids]),
            attention_mask=mask,
            position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
        ).logits
        return [logits[i][mask[i] != 0] for i in range(len(self.ids))]


def gradients(case, model):
    loss = case.loss(model)
    model.zero_grad(set_to_none=True)
    loss.backward()
    plain = lambda name: name.removeprefix("base_model.model.").replace(".default", "").replace(
        ".modules_to_save", "").replace(".base_layer", "").replace(".original_module", "").replace(
        "magnitude_vector.weight", "magnitude_vector")
    return loss.item(), {plain(n): p.grad for n, p in model.named_parameters() if p.requires_grad}


def double(model):
    """The model in float64, where GPT-2 has no cast up to float32."""
    for module in model.modules():
        if hasattr(module, "reorder_and_upcast_attn"):
            module.reorder_and_upcast_attn = False
    return model.double()


class Compared:
    """Ours beside float64, with transformers' own float32 as the measure."""

    def __init__(self, case):
        self.case = case
        self.worst = 0.0

    def near(self, ours, exact, single, what):
        exact, single, ours = (t.detach().double().flatten() for t in (exact, single, ours))
        assert ours.shape == exact.shape, f"{self.case}: {what}: {ours.shape}, expected {exact.shape}"
        assert torch.isfinite(exact).all(), f"{self.case}: {what}: the reference is not finite"
        scale = max(1.0, exact.abs().max().item())
        error = (ours - exact).abs().max().item() / scale
        theirs = (single - exact).abs().max().item() / scale
        assert error <= 4 * theirs + 2e-5, f"{self.case}: {what}: differs by {error:.3g}; transformers by {theirs:.3g}"
        self.worst = max(self.worst, error)


def compare(case):
    refused = case.folder / "refused.txt"
    assert not refused.exists(), f"{case.name}: refused: {refused.read_text()}"
    ours = load_file(case.folder / "ours.safetensors")
    compared = Compared(f"{case.name} ({json.dumps(case.json)}, {case.peft})")
    with torch.no_grad():
        model = load(case.model_folder, case.attention)
        single = case.rows(model)
        own = {left: case.padded(model, left) for left in (True, False)} if case.pads_alike else {}
        exact = case.rows(double(model))
        for i, row in enumerate(exact):
            compared.near(ours[f"base {i}"], row, single[i], f"logits of sequence {i}")
        compared.near(ours["base packed"], torch.cat(exact), torch.cat(single), "packed logits")
        width, words = max(map(len, case.ids)), exact[0].shape[1]
        for side in ("left", "right"):
            found = ours[side].reshape(len(case.ids), width, words)
            for i, row in enumerate(case.ids):
                at = slice(width - len(row), width) if side == "left" else slice(0, len(row))
                compared.near(found[i][at], exact[i], single[i], f"sequence {i} padded on the {side}")
                rest = found[i].clone()
                rest[at] = 0
                assert not rest.any(), f"{case.name}: padding on the {side} is not zero"
        for left, rows in own.items():
            compared.near(torch.cat(rows), torch.cat(exact), torch.cat(single), f"transformers' padding, left: {left}")
    model = case.adapted(case.folder / "adapter")
    loss, g = gradients(case, model)
    with torch.no_grad():
        single = case.rows(model)
        exact_rows = case.rows(double(model))
    exact_loss, exact_g = gradients(case, model)
    for i, row in enumerate(exact_rows):
        compared.near(ours[f"adapted {i}"], row, single[i], f"adapted logits of sequence {i}")
    moved = max((a - b).abs().max().item() for a, b in zip(exact, exact_rows))
    assert moved > 1e-3, f"{case.name}: the adapter changes nothing ({moved:.1e})"
    compared.near(ours["loss"], torch.tensor([exact_loss]), torch.tensor([loss]), "loss")
    found = {name.removeprefix("gradient "): t for name, t in ours.items() if name.startswith("gradient ")}
    found = {name.replace(".base_layer", ""): t for name, t in found.items()}
    assert found.keys() == exact_g.keys(), f"{compared.case}: trains {sorted(found.keys() ^ exact_g.keys())}"
    for name, gradient in found.items():
        compared.near(gradient, exact_g[name], g[name], f"gradient of {name}")
    with torch.no_grad():
        theirs = case.rows(case.adapted(case.folder / "saved"))
        merged = case.rows(load(case.folder / "merged", case.attention))
    for i, row in enumerate(exact_rows):
        compared.near(theirs[i], row, single[i], f"PEFT with the adapter that we saved, sequence {i}")
        compared.near(merged[i], row, single[i], f"the merged model in transformers, sequence {i}")
    return compared.worst, half(case, ours, g)


def half(case, ours, exact):
    """How far gradients on a base in bfloat16 are from float32's, beside the worse of PEFT's two ways."""
    found = {name.removeprefix("half ").replace(".base_layer", ""): t for name, t in ours.items()
             if name.startswith("half ")}  # fmt: skip
    if not found:
        return []
    norm = {name: g.norm().item() for name, g in exact.items()}
    apart = lambda other: sum(
        (other[n].float().flatten() - g.flatten()).norm().item() / norm[n] for n, g in exact.items() if norm[n] > 0
    )
    theirs = []
    for attention in {case.attention, "eager"}:
        model = case.adapted(case.folder / "adapter", attention, torch.bfloat16)
        theirs.append(apart(gradients(case, model)[1]))
    return [apart(found) / max(theirs)]


@functools.cache
def computed(workshop):
    """All families' models, computed by one process of ours."""
    base_seed = seed()
    folder = workshop.make("drawn")
    cases = {family: [Case(folder, family, n, base_seed) for n in range(CASES)] for family in FAMILIES}
    run("lora-hf", PROGRAM, *(case.folder for each in cases.values() for case in each), timeout=900)
    return base_seed, cases


@check_each(FAMILIES, "drawn-models-of-{}-are-those-of-transformers")
def sweep(workshop, family):
    base_seed, drawn = computed(workshop)
    cases = drawn[family]
    found = [compare(case) for case in cases]
    worst = max(each for each, _ in found)
    ratios = [ratio for _, each in found for ratio in each]
    mean = torch.tensor(ratios or [0.0]).log().mean().exp().item()
    return f"{len(cases)} models of seed {base_seed} within {worst:.1e}; bfloat16's error {mean:.2f} of PEFT's"


@check
def inspect_counts_decoders_as_peft_does(workshop):
    """Models by their configuration alone, and PEFT's adapters by their files."""
    _, drawn = computed(workshop)
    for family, cases in drawn.items():
        case = cases[0]
        if case.json.get("tie_word_embeddings", family in ("gemma2", "gpt2")):
            case = next((c for c in cases if not c.json.get("tie_word_embeddings", True)), case)
        config = peft.LoraConfig(r=3, target_modules="all-linear", task_type="CAUSAL_LM")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trained, total = peft.get_peft_model(
                load(case.model_folder, "eager"), config
            ).get_nb_trainable_parameters()
        said = lora4j("inspect", case.model_folder, "--rank", 3, "--target-modules", "all-linear", "--json").report
        found = said["trainable_parameters"], said["all_parameters"]
        assert found == (trained, total), f"{case.name}: {found}, PEFT counts {trained, total}"
        tensors = load_file(case.folder / "adapter" / "adapter_model.safetensors")
        said = lora4j("inspect", case.folder / "adapter", "--json").report
        assert said["parameters"] == sum(t.numel() for t in tensors.values()), (case.name, said["parameters"])
        named = {row["module"] for row in said["modules"]}
        plain = {name.removeprefix("base_model.model.") for name in tensors}
        strange = {m for m in named if not any(name.startswith(m + ".") for name in plain)}
        assert not strange, f"{case.name}: {strange}"
    return f"{len(drawn)} families"
