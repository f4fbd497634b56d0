# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Traced Hugging Face models with drawn adapters: trained on the trace and loaded by PEFT onto the model
itself, and the reverse.

Each run draws anew; LORA4J_SEED repeats one, and the seed stands in what is printed."""

import functools
import importlib.util
import json
import os
import random
import time
import warnings

import numpy
import peft
import torch
import transformers
from harness import ROOT, apart, check_each, close
from java import run
from torch import nn

PROGRAM = "org.lora4j.djl.ScriptExchange"
CASES = int(os.environ.get("LORA4J_CASES", 1))  # drawn ones of each family
TOLERANCE = 1e-5
SIZES = dict(vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
             max_position_embeddings=32)  # fmt: skip
DECODER = SIZES | dict(num_key_value_heads=1, use_cache=False)


def families():
    """A small model of each, and the names of layers that adapters take in pairs."""
    t = transformers
    return {
        "bert": (lambda: t.BertForTokenClassification(t.BertConfig(**SIZES, num_labels=3)), ["query", "value"]),
        "distilbert": (
            lambda: t.DistilBertForSequenceClassification(
                t.DistilBertConfig(vocab_size=60, dim=16, n_layers=2, n_heads=2, hidden_dim=20,
                                   max_position_embeddings=32, num_labels=3)), ["q_lin", "v_lin"]),
        "roberta": (
            lambda: t.RobertaForSequenceClassification(t.RobertaConfig(**SIZES, type_vocab_size=1)), ["query", "value"]),
        "electra": (lambda: t.ElectraModel(t.ElectraConfig(**SIZES, embedding_size=8)), ["query", "value"]),
        "mpnet": (lambda: t.MPNetModel(t.MPNetConfig(**SIZES)), ["q", "v"]),
        "deberta": (
            lambda: t.DebertaV2Model(
                t.DebertaV2Config(**SIZES, relative_attention=True, pos_att_type=["p2c", "c2p"])),
            ["query_proj", "value_proj"]),
        "modernbert": (
            lambda: t.ModernBertForMaskedLM(
                t.ModernBertConfig(**SIZES, pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1,
                                   sep_token_id=2)), ["Wqkv", "Wo"]),
        "gpt2": (
            lambda: t.GPT2LMHeadModel(
                t.GPT2Config(vocab_size=60, n_embd=16, n_layer=2, n_head=2, n_positions=32, use_cache=False, bos_token_id=1,
                             eos_token_id=2)),
            ["c_attn", "c_proj"]),
        "llama": (lambda: t.LlamaForCausalLM(t.LlamaConfig(**DECODER)), ["q_proj", "v_proj"]),
        "qwen": (
            lambda: t.Qwen2ForCausalLM(t.Qwen2Config(**DECODER, tie_word_embeddings=True)), ["q_proj", "down_proj"]),
        "t5": (
            lambda: t.T5EncoderModel(t.T5Config(vocab_size=60, d_model=16, d_kv=8, d_ff=20, num_layers=2, num_heads=2)),
            ["q", "v"]),
        "vit": (
            lambda: t.ViTForImageClassification(
                t.ViTConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
                            image_size=16, patch_size=4, num_labels=3)), ["q_proj", "v_proj"]),
        "resnet": (
            lambda: t.ResNetForImageClassification(
                t.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 2], num_labels=3)), ["convolution"]),
        "wav2vec2": (
            lambda: t.Wav2Vec2Model(
                t.Wav2Vec2Config(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
                                 conv_dim=(8, 8), conv_stride=(5, 2), conv_kernel=(10, 3), num_conv_pos_embeddings=4,
                                 num_conv_pos_embedding_groups=2)), ["q_proj", "v_proj"]),
    }  # fmt: skip


FAMILIES = list(families())
HEADS = {"bert": ["classifier"], "distilbert": ["pre_classifier", "classifier"], "roberta": ["classifier"],
         "vit": ["classifier"], "resnet": ["classifier"], "llama": ["lm_head"]}  # fmt: skip
TASKS = {"bert": "TOKEN_CLS", "roberta": "SEQ_CLS"}  # for these PEFT itself trains the head whole


@functools.cache
def tracer():
    """tools/trace/trace.py; the standard library has a module of that name."""
    spec = importlib.util.spec_from_file_location("trace_models", ROOT / "tools" / "trace" / "trace.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def randomise(model, generator):
    norms = ("norm", "ln_", "normalization")
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if p.dim() == 1:
                one = any(n in name.lower() for n in norms) and not name.endswith("bias")
                p.copy_((1 if one else 0) + 0.2 * noise)
            else:
                p.copy_(0.8 * noise / p[0].numel() ** 0.5)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.3, generator=generator)
                module.running_var.uniform_(0.5, 2, generator=generator)


def kinds(model):
    """The paths of the layers that PEFT adapts, by kind."""
    found = {"linear": [], "words": [], "convolution": []}
    for path, module in model.named_modules():
        if isinstance(module, nn.Embedding) and module.weight.dim() == 2:
            found["words"].append(path)
        elif isinstance(module, (nn.Conv1d, nn.Conv2d)) and module.groups == 1:
            if not hasattr(module, "parametrizations"):
                found["convolution"].append(path)
        elif isinstance(module, nn.Linear) or type(module).__name__ == "Conv1D":
            found["linear"].append(path)
    return found


def draw_targets(draw, kind, model, pair):
    """PEFT's options for the targets."""
    layers = kinds(model)
    if kind == "pair":
        return {"target_modules": pair}
    if kind == "all":
        return {"target_modules": "all-linear"}
    if kind == "saved":
        family = model.config.model_type
        whole = {"task_type": TASKS[family]} if family in TASKS else {"modules_to_save": HEADS[family]}
        return {"target_modules": pair} | whole
    every = [path for paths in layers.values() for path in paths if not unused(model, path)]
    some = draw.sample(every, draw.randint(2, min(5, len(every))))
    for paths in layers.values():  # one of each kind that the model has
        usable = [path for path in paths if path in every]
        if usable and not set(usable) & set(some):
            some.append(draw.choice(usable))
    values = {"target_modules": some, "r": draw.choice([2, 3])}
    if "lm_head" in every and draw.random() < 0.5:  # PEFT then writes copies of the tables
        values["target_modules"] += ["lm_head", *[name for name in ("embed_tokens", "wte") if any(p.endswith("." + name) for p in every)]]
    if draw.random() < 0.5:
        values["rank_pattern"] = {draw.choice(some): 4}
    if draw.random() < 0.5:
        values["alpha_pattern"] = {draw.choice(some): 9}
    if draw.random() < 0.5:
        values["use_rslora"] = True
    return values


def unused(model, path):
    """Tables that PEFT adapts in a way that reaches no pass, or whose rows the model computes with itself."""
    kind = model.config.model_type
    return (kind == "t5" and path == "shared") or "relative" in path or "rel_embeddings" in path


class Case:
    """One model, traced, with an adapter of PEFT and what to train on the trace."""

    def __init__(self, folder, family, number, base_seed):
        self.folder = folder / f"{family}-{number}"
        self.hf = self.folder / "hf"
        self.folder.mkdir(parents=True)
        self.name = f"{family} {number} of seed {base_seed}"
        draw = random.Random(f"{base_seed} {family} {number}")
        self.generator = torch.Generator().manual_seed(draw.randrange(1 << 30))
        make, pair = families()[family]
        model = make().eval()
        randomise(model, self.generator)
        model.save_pretrained(self.hf)
        self.names = tracer().write(self.hf, self.folder / "model.pt")[1]
        sides = (16, 16) if family == "vit" else (32, 32)
        self.inputs = tracer().example(model, self.names, sides, 3, 8, draw.randrange(1000))
        numpy.savez(self.folder / "inputs.npz", **{f"in{i}": x.numpy() for i, x in enumerate(self.inputs)})
        kind = ["pair", "all", "saved" if family in HEADS else "drawn"][number] if number < 3 else "drawn"
        self.options = draw_targets(draw, kind, model, pair)
        self.theirs(draw)
        mine = kind if kind == "saved" else draw.choice(["pair", "all", "drawn"])
        targets = draw_targets(draw, mine, model, pair)["target_modules"]
        self.targets = [targets] if isinstance(targets, str) else targets
        plan = {"targets": self.targets, "rank": draw.choice([2, 3]), "alpha": draw.choice([4, 7]),
                "saved": HEADS[family] if mine == "saved" else []}  # fmt: skip
        (self.folder / "train.json").write_text(json.dumps(plan))

    def theirs(self, draw):
        options = {"r": draw.choice([2, 3]), "lora_alpha": draw.choice([4, 7])} | self.options
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = peft.get_peft_model(self.base(), peft.LoraConfig(**options))
            with torch.no_grad():
                for name, p in model.named_parameters():
                    if "lora_" in name:
                        p.copy_(0.3 * torch.randn(p.shape, generator=self.generator))
                    elif p.requires_grad:  # trained whole
                        p.add_(0.1 * torch.randn(p.shape, generator=self.generator))
            model.save_pretrained(self.folder / "theirs")

    def base(self):
        return tracer().load(self.hf).eval()

    def outputs(self, adapter=None):
        """The first output of the model, with an adapter of a folder."""
        model = self.base()
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", message=".*missing adapter keys.*")
            if adapter:
                model = peft.PeftModel.from_pretrained(model, self.folder / adapter).eval()
            return model(**dict(zip(self.names, self.inputs)))[0]


def near(ours, theirs, what):
    scale = max(1.0, theirs.abs().max().item())
    return close(ours / scale, theirs / scale, TOLERANCE, what)


@functools.cache
def exchanged(workshop):
    """All cases of all families, run through the Java side in one process."""
    seed = int(os.environ.get("LORA4J_SEED") or time.time_ns() % 1_000_000)
    folder = workshop.make("scripts")
    cases = {f: [Case(folder, f, n, seed) for n in range(CASES + 3)] for f in FAMILIES}
    run("lora-djl", PROGRAM, *(case.folder for group in cases.values() for case in group), timeout=900)
    return seed, cases


def compare(case):
    refused = case.folder / "refused.txt"
    assert not refused.exists(), f"{case.name}, {case.options}, {case.targets}: {refused.read_text()}"
    ours = {k: torch.from_numpy(v) for k, v in numpy.load(case.folder / "ours.npz").items()}
    base, theirs = case.outputs(), case.outputs("theirs")
    apart(theirs, base, f"{case.name}: PEFT's adapter")
    gaps = [near(ours["base"], base, f"{case.name}: the base")]
    what = f"{case.name}: PEFT's adapter of {case.options}"
    gaps.append(near(ours["theirs"], theirs, what))
    gaps.append(near(ours["merged"], theirs, what + ", merged"))
    gaps.append(near(case.outputs("again"), theirs, what + ", saved again"))
    trained = case.outputs("ours")
    apart(trained, base, f"{case.name}: our adapter")
    gaps.append(near(ours["trained"], trained, f"{case.name}: our adapter of {case.targets}"))
    return max(gaps)


@check_each(FAMILIES, "script-of-{}-exchanges-adapters-with-peft")
def exchange(workshop, family):
    seed, cases = exchanged(workshop)
    gaps = [compare(case) for case in cases[family]]
    return f"{len(gaps)} adapters of seed {seed}, within {max(gaps):.2g}"
