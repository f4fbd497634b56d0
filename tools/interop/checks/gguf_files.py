# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""GGUF files, read by llama.cpp: it reads texts as the same tokens and goes on with the same ones."""

import json
import os
import pathlib
import random
import shutil
import subprocess

import gguf
import numpy
import peft
import sentencepiece
import torch
import transformers
from checks.causal import make_tokenizer, read_tokenizer
from checks.decoders import randomise
from harness import ROOT, Skipped, check_each, lora4j

NODE = pathlib.Path(os.environ.get("LORA4J_NODE", ROOT / "tools" / "interop" / "llama"))
GIVEN = 10
TEXTS = ["no stone", "lid rotor, dust", "e", "nice  code\nis told"]
NUMBERS = dict(
    vocab_size=300, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=128, pad_token_id=None,
)  # fmt: skip
LLAMA3 = dict(
    rope_type="llama3", rope_theta=5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=32,
)  # fmt: skip
FAMILIES = {
    "llama": lambda **n: transformers.LlamaConfig(**n, attention_bias=True, mlp_bias=True),
    "llama3": lambda **n: transformers.LlamaConfig(**n, tie_word_embeddings=True, rope_parameters=LLAMA3),
    "mistral": lambda **n: transformers.MistralConfig(
        **n, sliding_window=None, rope_parameters=dict(rope_type="linear", rope_theta=1e4, factor=2.0)
    ),
    "qwen2": lambda **n: transformers.Qwen2Config(**n),
    "qwen3": lambda **n: transformers.Qwen3Config(**n, head_dim=32),
    "gemma2": lambda **n: transformers.Gemma2Config(**n, head_dim=16, query_pre_attn_scalar=16, sliding_window=6),
    "phi3": lambda **n: transformers.Phi3Config(**n, original_max_position_embeddings=128),
    "gpt2": lambda vocab_size, bos_token_id, eos_token_id, **n: transformers.GPT2Config(
        vocab_size=vocab_size, n_embd=64, n_layer=2, n_head=4, n_positions=128, n_inner=96, bos_token_id=bos_token_id,
        eos_token_id=eos_token_id, pad_token_id=None,
    ),
}  # fmt: skip
PIECES = ["mistral", "gemma2", "phi3"]  # with a tokenizer of SentencePiece's kind


def make_pieces(folder, prefix):
    """A tokenizer of SentencePiece that falls back to bytes, as transformers converts it."""
    draw = random.Random(3)
    words = ["".join(draw.choice("cdeilnorstu") for _ in range(draw.randint(2, 5))) for _ in range(900)]
    (folder / "words").write_text("\n".join(" ".join(words[i : i + 9]) for i in range(0, 900, 9)))
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "words"), model_prefix=str(folder / "tokenizer"), vocab_size=299, model_type="bpe",
        byte_fallback=True, character_coverage=1.0, unk_id=0, bos_id=1, eos_id=2, minloglevel=2,
        normalization_rule_name="identity", remove_extra_whitespaces=False,
    )  # fmt: skip
    tokenizer = transformers.LlamaTokenizer.from_pretrained(folder, add_prefix_space=prefix)
    for name in ("words", "tokenizer.vocab", "tokenizer.model"):
        (folder / name).unlink()
    tokenizer.save_pretrained(folder)


class Case:
    def __init__(self, workshop, family, name="gguf", **fields):
        self.folder = workshop.make(f"{name}-{family}")
        self.model_folder = self.folder / "model"
        begin, end = (1, 2) if family in PIECES else (256, 257)
        config = FAMILIES[family](**NUMBERS, bos_token_id=begin, eos_token_id=end)
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager")
        randomise(model, torch.Generator().manual_seed(5))
        if config.tie_word_embeddings:  # or each token would be followed by itself
            with torch.no_grad():
                model.get_input_embeddings().weight.mul_(0.03 if family == "gemma2" else 0.3)  # Gemma multiplies them by 8
        model.save_pretrained(self.model_folder)
        if family in PIECES:
            make_pieces(self.model_folder, family != "gemma2")
        else:
            make_tokenizer(self.model_folder)
        targets = ["c_attn", "c_fc"] if family == "gpt2" else "all-linear"
        fields = dict(target_modules=targets, r=3, lora_alpha=5, use_rslora=True, fan_in_fan_out=family == "gpt2") | fields
        torch.manual_seed(2)
        self.model = peft.get_peft_model(
            model, peft.LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, **fields)
        ).eval()
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if "lora_" in name:
                    parameter.copy_(0.25 * torch.randn_like(parameter))
        self.model.save_pretrained(self.folder / "adapter")
        self.tokenizer = read_tokenizer(self.model_folder)

    def greedy(self, model):
        """What transformers goes on with, and by how much each token was ahead of the next."""
        results, closest = [], 1e9
        for text in TEXTS:
            tokens = self.tokenizer(text, return_tensors="pt")["input_ids"]
            count = tokens.shape[1]
            with torch.no_grad():
                for _ in range(GIVEN):
                    best = model(tokens).logits[0, -1].topk(2)
                    closest = min(closest, (best.values[0] - best.values[1]).item())
                    tokens = torch.cat([tokens, best.indices[:1][None]], dim=1)
                    if best.indices[0] == model.config.eos_token_id:
                        break
            results.append({"tokens": tokens[0, :count].tolist(), "given": tokens[0, count:].tolist()})
        return results, closest


def llama_cpp(model, adapter=None):
    """What llama.cpp reads and goes on with."""
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules" / "node-llama-cpp").is_dir():
        raise Skipped(f"no node, or no packages: npm ci --ignore-scripts in {NODE}")
    script = ROOT / "tools" / "interop" / "llama" / "greedy.mjs"
    if NODE != script.parent:  # Node looks for packages beside the script
        script = shutil.copy(script, NODE)
    command = [node, str(script), str(model), str(GIVEN)] + ([str(adapter)] if adapter else [])
    process = subprocess.run(command, input=json.dumps(TEXTS), capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stderr[-2000:]
    return json.loads(process.stdout.splitlines()[-1])


@check_each(list(FAMILIES), "gguf-{}")
def merged_gguf(workshop, family):
    case = Case(workshop, family)
    theirs, ahead = case.greedy(case.model)
    with case.model.disable_adapter():
        assert case.greedy(case.model)[0] != theirs, "the adapter changes no token, so equality would show nothing"
    plain = case.model.merge_and_unload().state_dict()
    kinds = ("f32", "q8_0") if family in ("llama", "gpt2") else ("f32",)
    for kind in kinds:
        lora4j(
            "export", "--model", case.model_folder, "--adapter", case.folder / "adapter", "--type", kind,
            "--output", case.folder / f"{kind}.gguf",
        )  # fmt: skip
    if "q8_0" in kinds:
        name = "transformer.h.1.mlp.c_fc" if family == "gpt2" else "model.layers.1.mlp.up_proj"
        weight = plain[f"{name}.weight"]
        same_numbers(case.folder, weight.T if family == "gpt2" else weight)
    ours = llama_cpp(case.folder / "f32.gguf")
    assert ours == theirs, f"{ours}, expected {theirs}"
    return f"{sum(len(r['given']) for r in ours)} tokens of {len(ours)} texts, each ahead by {ahead:.2g} or more"


def same_numbers(folder, expected):
    """A matrix of each file is what gguf-py makes of PEFT's merged one."""
    name = "blk.1.ffn_up.weight"
    tensors = [{t.name: t for t in gguf.GGUFReader(folder / f"{k}.gguf").tensors}[name] for k in ("f32", "q8_0")]
    numpy.testing.assert_allclose(tensors[0].data, expected.contiguous().numpy(), atol=1e-6)
    quantised = gguf.quants.quantize(tensors[0].data, gguf.GGMLQuantizationType.Q8_0)
    assert tensors[1].tensor_type == gguf.GGMLQuantizationType.Q8_0
    assert numpy.array_equal(tensors[1].data, quantised), "Q8_0 is not gguf-py's"


# ranks and alphas of single layers, without and with rsLoRA, and the tables of a model that is not tied
ADAPTERS = {family: dict(use_rslora=False) for family in FAMILIES if family not in ("phi3", "gpt2")} | {
    "llama": dict(target_modules=["q_proj", "k_proj", "down_proj", "embed_tokens", "lm_head"]),
    "qwen2": dict(rank_pattern={"layers.1.self_attn.q_proj": 5}, alpha_pattern={"k_proj": 9, "up_proj": 2.5}),
}


@check_each(list(ADAPTERS), "gguf-adapter-{}")
def adapter_gguf(workshop, family):
    """An adapter's own file beside that of the base is PEFT's adapter to llama.cpp."""
    case = Case(workshop, family, "gguf-adapter", **ADAPTERS[family])
    theirs, ahead = case.greedy(case.model)
    with case.model.disable_adapter():
        base, _ = case.greedy(case.model)
    assert base != theirs, "the adapter changes no token, so equality would show nothing"
    files = [case.folder / "base.gguf", case.folder / "adapter.gguf"]
    lora4j("export", "--model", case.model_folder, "--type", "f32", "--output", files[0])
    lora4j(
        "export", "--model", case.model_folder, "--adapter", case.folder / "adapter", "--adapter-only", "--output", files[1]
    )  # fmt: skip
    ours, without = llama_cpp(*files), llama_cpp(files[0])
    assert ours == theirs, f"each ahead by {ahead:.2g} or more: {ours}, expected {theirs}"
    assert without == base, f"{without}, expected {base}"
    return f"{sum(len(r['given']) for r in ours)} tokens of {len(ours)} texts, each ahead by {ahead:.2g} or more"
