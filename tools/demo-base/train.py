# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Trains the demo's base, a small Llama, from scratch on the tasks of tasks.py.

usage: python train.py OUTPUT_DIR [--forms N] [--steps N] [--tokens N] [--device cuda] [--workers N] [--seed S]
Needs torch, transformers, tokenizers and safetensors. Writes a checkpoint directory as transformers
reads it, in float32. The data are the same for the same seed and number of workers.
"""
import argparse
import pathlib
import random
import time

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

import forms
import tasks
import tokenizer as base_tokenizer
from muon import Muon

BEGIN, END, PAD = 1, 2, 3
COMMON = 400  # the first ids: bytes and ASCII
OTHERS = 2048  # tokens that a softmax runs over besides
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


class Batches(torch.utils.data.IterableDataset):
    """Endless batches of about so many tokens: (ids, places of answers' tokens, these, candidates).

    A place is an index into the flattened ids; a label, the position in the candidates of the token
    that follows. Each worker draws samples of its own.
    """

    def __init__(self, tokenizer, seed, tokens, size, sampler=tasks.sample):
        self.tokenizer, self.seed, self.tokens, self.size, self.sampler = tokenizer, seed, tokens, size, sampler

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        r = random.Random(f"{self.seed} {worker.id if worker else 0}")
        generator = torch.Generator().manual_seed(r.getrandbits(40))
        pool = max(POOL, self.tokens // 8)
        while True:
            prompts, answers = zip(*(self.sampler(r) for _ in range(pool)))
            heads = self.tokenizer.encode_batch(list(prompts))
            tails = self.tokenizer.encode_batch(list(answers), add_special_tokens=False)
            pairs = [(head.ids, tail.ids + [END]) for head, tail in zip(heads, tails)]
            for batch in cut(pairs, self.tokens, r):
                ids, targets = tensors(batch)
                places = (targets.reshape(-1) >= 0).nonzero().reshape(-1)
                some = candidates(ids, self.size, generator)
                yield ids, places, torch.searchsorted(some, targets.reshape(-1)[places]), some


def cut(pairs, tokens, r):
    """Batches of samples of like length, in random order."""
    pairs.sort(key=lambda x: len(x[0]) + len(x[1]))
    batches, batch = [], []
    for pair in pairs:
        if batch and (len(batch) + 1) * (len(pair[0]) + len(pair[1])) > tokens:
            batches.append(batch)
            batch = []
        batch.append(pair)
    batches.append(batch)
    r.shuffle(batches)
    return batches


def tensors(batch):
    """Ids, padded on the right, and the token to follow each; -100 where none is learnt."""
    longest = max(len(h) + len(t) for h, t in batch)
    ids = torch.full((len(batch), longest), PAD)
    targets = torch.full((len(batch), longest), -100)
    for i, (head, tail) in enumerate(batch):
        whole = torch.tensor(head + tail)
        ids[i, : len(whole)] = whole
        targets[i, len(head) - 1 : len(whole) - 1] = whole[len(head) :]
    return ids, targets


def candidates(ids, size, generator):
    """What a batch's softmax runs over, sorted: the tokens in it, all that are not Chinese, some others."""
    others = torch.randint(COMMON, size, (OTHERS,), generator=generator)
    return torch.unique(torch.cat([ids.reshape(-1), torch.arange(COMMON), others]))


def hidden_states(model, ids):
    """[tokens, H]; padding is on the right, which a causal model never sees."""
    return model.model(input_ids=ids, use_cache=False).last_hidden_state.flatten(0, 1)


@torch.no_grad()
def exact(model, ids, targets):
    """Which rows greedy decoding would give exactly."""
    hidden = hidden_states(model, ids.to(model.device))
    wanted = targets.reshape(-1) >= 0
    best = torch.nn.functional.linear(hidden[wanted.to(hidden.device)], model.model.embed_tokens.weight).argmax(-1)
    right = torch.ones(targets.numel(), dtype=torch.bool)
    right[wanted] = best.cpu() == targets.reshape(-1)[wanted]
    right = right.reshape(targets.shape)
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
        result[make.__name__] = exact(model, ids, targets).float().mean().item()
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--tokens", type=int, default=4000, help="a batch's tokens, padding included")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--start", type=pathlib.Path, help="a checkpoint to go on from")
    parser.add_argument("--constant", type=float, default=0.2, help="the share of steps before the rate falls")
    parser.add_argument("--forms", type=int, default=350, help="how many forms it learns")
    parser.add_argument("--decay", type=float, default=0.1, help="the weight decay of matrices")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=0, help="processes that make the data")
    parser.add_argument("--evaluate", type=int, default=10, help="how often its exact answers are counted")
    a = parser.parse_args()
    forms.use(a.forms)
    size = base_tokenizer.write(a.output)
    tokenizer = Tokenizer.from_file(str(a.output / "tokenizer.json"))
    model = LlamaForCausalLM(config(-(-size // 8) * 8, a.hidden, a.layers))
    initialise(model, a.seed)
    if a.start:
        resume(model, a.start)
    model.to(a.device)
    torch.set_float32_matmul_precision("high")
    print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.dim() == 1 or "embed" in n]
    optimizers = [Muon(matrices, lr=0.02, decay=a.decay), torch.optim.AdamW(rest, lr=a.rate, betas=(0.9, 0.98), weight_decay=0.0)]
    groups = optimizers[0].param_groups + optimizers[1].param_groups
    for group in groups:
        group["peak"] = group["lr"]
    samples = Batches(tokenizer, a.seed, a.tokens, model.config.vocab_size)
    data = iter(torch.utils.data.DataLoader(samples, batch_size=None, num_workers=a.workers))
    start, seen, loss_sum = time.time(), 0, 0.0
    for step in range(a.steps):
        batch = next(data)
        ids, places, labels, rows = (t.to(a.device, non_blocking=True) for t in batch)
        done = step / a.steps
        for group in groups:
            group["lr"] = group["peak"] * min((step + 1) / 100, 1) * min(1, max(0.01, (1 - done) / (1 - a.constant)))
        hidden = hidden_states(model, ids)[places]
        scores = torch.nn.functional.linear(hidden, model.model.embed_tokens.weight[rows])
        loss = torch.nn.functional.cross_entropy(scores, labels)
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        seen += ids.numel()
        loss_sum += loss.detach()
        if (step + 1) % 50 == 0:
            rate = seen / (time.time() - start)
            print(f"step {step + 1}: loss {loss_sum.item() / 50:.4f}, {seen} tokens, {rate:.0f} a second", flush=True)
            loss_sum = 0.0
        if (step + 1) % max(1, a.steps // a.evaluate) == 0 or step + 1 == a.steps:
            model.save_pretrained(a.output)
            shares = evaluate(model, tokenizer, a.seed + 1000)
            print("exact:", " ".join(f"{k} {v:.2f}" for k, v in shares.items()), flush=True)


if __name__ == "__main__":
    main()
