# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Trains the demo's base, a small Llama, from scratch on the tasks of tasks.py.

usage: python train.py OUTPUT_DIR [--steps N] [--seed S]
Needs torch, transformers, tokenizers and safetensors. Writes a checkpoint directory as transformers
reads it, in float32. The same seed on the same machine and thread count gives the same file.
"""
import argparse
import pathlib
import random
import time

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

import tasks
import tokenizer as base_tokenizer
from muon import Muon

BEGIN, END, PAD = 1, 2, 3
COMMON = 400  # the first ids: bytes and ASCII
POOL = 1024  # samples sorted by length before they are cut into batches


def config(size, hidden, layers):
    return LlamaConfig(
        vocab_size=size, hidden_size=hidden, intermediate_size=3 * hidden, num_hidden_layers=layers,
        num_attention_heads=hidden // 32, num_key_value_heads=hidden // 32, max_position_embeddings=512,
        rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True, bos_token_id=BEGIN, eos_token_id=END,
        pad_token_id=PAD)


def initialise(model, seed):
    """Embeddings of about unit length, so that an unseen character is as far from others as any."""
    torch.manual_seed(seed)
    layers = model.config.num_hidden_layers
    for name, p in model.named_parameters():
        if name.endswith("embed_tokens.weight"):
            torch.nn.init.normal_(p, std=p.shape[1] ** -0.5)
        elif p.dim() == 2:
            deep = (2 * layers) ** -0.5 if name.endswith(("o_proj.weight", "down_proj.weight")) else 1.0
            torch.nn.init.normal_(p, std=deep * p.shape[1] ** -0.5)


def resume(model, directory):
    """Takes another run's weights; tokens that it had not keep their first embeddings."""
    with torch.no_grad():
        for name, p in load_file(directory / "model.safetensors").items():
            model.get_parameter(name)[: p.shape[0]] = p


def batches(tokenizer, r, tokens, sampler=tasks.sample):
    """Endless batches of (ids, targets) with about so many tokens; a target of -100 is no target."""
    while True:
        pool = []
        prompts, answers = zip(*(sampler(r) for _ in range(POOL)))
        heads = tokenizer.encode_batch(list(prompts))
        tails = tokenizer.encode_batch(list(answers), add_special_tokens=False)
        for head, tail in zip(heads, tails):
            pool.append((head.ids, tail.ids + [END]))
        pool.sort(key=lambda x: len(x[0]) + len(x[1]))
        cut, batch = [], []
        for pair in pool:
            if batch and (len(batch) + 1) * (len(pair[0]) + len(pair[1])) > tokens:
                cut.append(batch)
                batch = []
            batch.append(pair)
        cut.append(batch)
        r.shuffle(cut)
        yield from map(tensors, cut)


def tensors(batch):
    longest = max(len(h) + len(t) for h, t in batch)
    ids = torch.full((len(batch), longest), PAD)
    targets = torch.full((len(batch), longest), -100)
    for i, (head, tail) in enumerate(batch):
        whole = torch.tensor(head + tail)
        ids[i, : len(whole)] = whole
        targets[i, len(head) - 1 : len(whole) - 1] = whole[len(head) :]
    return ids, targets


def logits(model, ids, targets, candidates=None):
    """Logits where there is a target; padding is on the right, which a causal model never sees.

    With candidates (sorted ids) the logits are of these alone and the targets their positions.
    """
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state
    wanted = targets >= 0
    rows, targets = model.model.embed_tokens.weight, targets[wanted]
    if candidates is not None:
        rows, targets = rows[candidates], torch.searchsorted(candidates, targets)
    return torch.nn.functional.linear(hidden[wanted], rows), targets


def candidates(ids, size):
    """What a batch's softmax runs over: the tokens in it, all that are not Chinese, some others."""
    others = torch.randint(COMMON, size, (512,))
    return torch.unique(torch.cat([ids.reshape(-1), torch.arange(COMMON), others]))


@torch.no_grad()
def exact(model, ids, targets):
    """Which rows greedy decoding would give exactly."""
    scores, wanted = logits(model, ids, targets)
    right = torch.ones_like(targets, dtype=torch.bool)
    right[targets >= 0] = scores.argmax(-1) == wanted
    return right.all(1)


def evaluate(model, tokenizer, seed, count=100):
    """The share of exact answers by task."""
    result = {}
    for make, _ in tasks.TASKS:
        r = random.Random(seed)
        samples = [make(r) for _ in range(count)]
        ids, targets = tensors([
            (tokenizer.encode(f"{task}: {line}\n").ids, tokenizer.encode(answer, add_special_tokens=False).ids + [END])
            for task, line, answer in samples])
        result[samples[0][0].split(" ")[0]] = exact(model, ids, targets).float().mean().item()
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--tokens", type=int, default=4000, help="a batch's tokens, padding included")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--start", type=pathlib.Path, help="a checkpoint to go on from")
    parser.add_argument("--constant", type=float, default=0.2, help="the share of steps before the rate falls")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    size = base_tokenizer.write(a.output)
    tokenizer = Tokenizer.from_file(str(a.output / "tokenizer.json"))
    model = LlamaForCausalLM(config(-(-size // 8) * 8, a.hidden, a.layers))
    initialise(model, a.seed)
    if a.start:
        resume(model, a.start)
    print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.dim() == 1 or "embed" in n]
    optimizers = [Muon(matrices, lr=0.02), torch.optim.AdamW(rest, lr=a.rate, betas=(0.9, 0.98), weight_decay=0.0)]
    for group in optimizers[0].param_groups + optimizers[1].param_groups:
        group["peak"] = group["lr"]
    start = time.time()
    seen, loss_sum = 0, 0.0

    data = batches(tokenizer, random.Random(a.seed), a.tokens)
    for step in range(a.steps):
        ids, targets = next(data)
        done = step / a.steps
        for group in optimizers[0].param_groups + optimizers[1].param_groups:
            group["lr"] = group["peak"] * min((step + 1) / 100, 1) * min(1, max(0.01, (1 - done) / (1 - a.constant)))
        scores, wanted = logits(model, ids, targets, candidates(ids, model.config.vocab_size))
        loss = torch.nn.functional.cross_entropy(scores, wanted)
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        seen += ids.numel()
        loss_sum += loss.item()
        if (step + 1) % 50 == 0:
            rate = seen / (time.time() - start)
            print(f"step {step + 1}: loss {loss_sum / 50:.4f}, {seen} tokens, {rate:.0f} a second", flush=True)
            loss_sum = 0
        if (step + 1) % 250 == 0 or step + 1 == a.steps:
            model.save_pretrained(a.output)
            shares = evaluate(model, tokenizer, a.seed + 1000)
            print("exact:", " ".join(f"{k} {v:.2f}" for k, v in shares.items()), flush=True)


if __name__ == "__main__":
    main()
