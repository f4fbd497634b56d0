#!/usr/bin/env python3
"""What `lora4j estimate` says of trainings drawn by a seed, beside what they need.

Each job is a BERT or a Llama with random weights (hidden states of 128 to 512, 2 to 8 layers), its
rank, targets, batch and lengths drawn by the seed, trained on one thread for 12 to 24 steps. Prints
for each job how far the estimated peak memory (against VmHWM) and time are off, and the largest
deviations. With --fit, fits the numbers of MemoryFormula.java and Calibration.java to the jobs
instead.

usage: estimate.py --seed 3 --jobs 10 --bert DIR --llama DIR [--fit]
  --bert, --llama  folders with a tokenizer of that kind (tokenizer.json; of BERT also vocab.txt)
  --nice           a command to run lora4j with, on a machine that others use
Needs torch and transformers, and scipy for --fit. The numbers are of 22 jobs of the seeds 1 and 2.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

import numpy
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
)

LORA4J = pathlib.Path(__file__).resolve().parent.parent / "lora4j"
ATTENTION = {"bert": "query,key,value", "llama": "q_proj,k_proj,v_proj,o_proj"}
TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
MOST_LOGITS = 1 << 24
GIGAFLOPS = 70
TOKENS_OF_TEXT = 57  # about, of the texts made here for a Llama
COUNTED = "base", "adapter", "gradients", "optimiser", "copies_to_go_back_to", "activations"


def draw(seed, count):
    chance = random.Random(seed)
    jobs = []
    for i in range(count):
        family = "bert" if i % 2 else "llama"
        head = chance.choice([32, 64])
        heads = chance.choice([2, 4, 6, 8]) * (64 // head)
        hidden = heads * head
        job = {
            "id": f"{seed}-{i}",
            "family": family,
            "hidden": hidden,
            "heads": heads,
            "layers": chance.randint(2, 8),
            "inter": hidden * chance.choice([2, 3, 4]),
            "vocab": 30522 if family == "bert" else chance.choice([320, 8000, 32000]),
            "batch": chance.choice([2, 4, 8, 16, 32]),
            "length": chance.choice([16, 32, 64, 128, 256]),
            "rank": chance.choice([2, 4, 8, 16, 32]),
            "targets": chance.choice(["all-linear", "attention"]),
            "steps": chance.randint(12, 24),
        }
        job["batch"] = min(job["batch"], 4096 // job["length"])
        if family == "llama":
            job["kv"] = heads // chance.choice([1, 2])
        jobs.append(job)
    return jobs


def make(job, folder, tokenizer):
    torch.manual_seed(1)
    chance = random.Random(job["id"])
    model = folder / "model"
    sizes = {
        "vocab_size": job["vocab"],
        "hidden_size": job["hidden"],
        "num_hidden_layers": job["layers"],
        "num_attention_heads": job["heads"],
        "intermediate_size": job["inter"],
        "max_position_embeddings": 512,
    }
    if job["family"] == "bert":
        config = BertConfig(**sizes, num_labels=2)
        BertForSequenceClassification(config).save_pretrained(model)
        words = [
            word
            for word in (tokenizer / "vocab.txt").read_text().split("\n")
            if word.isalpha() and word.isascii()
        ][2000:4000]
        with open(folder / "data.tsv", "w") as out:
            out.write("text\tlabel\n")
            for i in range(job["batch"] * 12):
                text = " ".join(chance.choice(words) for _ in range(job["length"] - 2))
                out.write(f"{text}\t{i % 2}\n")
    else:
        config = LlamaConfig(
            **sizes, num_key_value_heads=job["kv"], bos_token_id=0, eos_token_id=1
        )
        LlamaForCausalLM(config).save_pretrained(model)
        with open(folder / "data.jsonl", "w") as out:
            for _ in range(max(40, job["batch"] * job["length"] * 12 // 40)):
                text = "".join(chance.choice("abcdefgh ijklmno") for _ in range(60))
                out.write(json.dumps({"text": text}) + "\n")
    for name in TOKENIZER:
        if (tokenizer / name).exists():
            shutil.copy(tokenizer / name, model)


def lora4j(command, job, folder, args, *more):
    targets = job["targets"] if job["targets"] == "all-linear" else ATTENTION[job["family"]]
    call = [*args.nice.split(), str(LORA4J), command, "--model", str(folder / "model")]
    call += ["--rank", str(job["rank"]), "--target-modules", targets, "--threads", "1", "--json"]
    call += ["--batch-size", str(job["batch"]), "--max-length", str(job["length"])]
    call += ["--steps", str(job["steps"]), *more]
    if job["family"] == "bert":
        call += ["--data", str(folder / "data.tsv"), "--text-column", "text"]
        if command == "train":
            call += ["--label-column", "label"]
    else:
        call += ["--task", "causal-lm", "--data", str(folder / "data.jsonl")]
    done = subprocess.run(call, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().split("\n")[-1])


def measure(job, folder, args):
    log = folder / "log.jsonl"
    result = lora4j(
        "train", job, folder, args, "--output", str(folder / "out"), "--log", str(log)
    )
    steps = [line for line in map(json.loads, open(log)) if "loss" in line]
    return {
        "peak": result["peak_rss_mb"],
        "seconds": result["train_seconds"],
        "median": float(numpy.median([step["seconds"] for step in steps])),
        "tokens": steps[1]["tokens"],
        "trainable": result["trainable_parameters"],
        "base": os.path.getsize(folder / "model" / "model.safetensors"),
    }


def sizes(job):
    """MB of what memory depends on, and what time depends on, of one batch."""
    hidden, inter, layers, tokens = job["hidden"], job["inter"], job["layers"], job["tokens"]
    attention = [(hidden, hidden)] * 4
    mlp = [(hidden, inter), (inter, hidden)]
    adapted = attention[:3]
    encoder = job["family"] == "bert"
    vocabulary = 0
    if not encoder:
        shared = job["kv"] * hidden // job["heads"]
        attention = [(hidden, hidden), (hidden, shared), (hidden, shared), (hidden, hidden)]
        adapted = attention
        mlp = [(hidden, inter), (hidden, inter), (inter, hidden)]
        vocabulary = job["vocab"]
    linear = attention + mlp
    if job["targets"] == "all-linear":
        adapted = linear
    # Of an encoder's last layer only keys and values are computed for all tokens.
    whole = layers - 1 if encoder else layers
    last = hidden if encoder else 0
    length = job["length"] if encoder else min(job["length"], TOKENS_OF_TEXT)
    scores = tokens * length * job["heads"] * 4 / 1e6
    products = whole * sum(a * b for a, b in linear) + 2 * last**2
    return {
        "one": 1,
        "kept": job["kept"],
        "outputs": tokens * sum(out for _, out in linear) * 4 / 1e6,
        "encoder_scores": scores if encoder else 0,
        "logits": min(tokens * vocabulary, MOST_LOGITS) * 4 / 1e6,
        "layers": layers,
        "products": 2 * tokens * products / 1e9,
        "head": 2 * tokens * hidden * vocabulary / 1e9,
        "scores": scores * whole,
        "paged": scores * whole if scores > 16 else 0,
        "adapted": tokens * (whole * sum(a + b for a, b in adapted) + 4 * last) * 4 / 1e6,
    }


def fit(jobs):
    from scipy.optimize import nnls

    def solve(what, names, measured, whole):
        rows = numpy.array([[sizes(job)[name] for name in names] for job in jobs])
        found, _ = nnls(rows / whole[:, None], measured / whole)
        off = 100 * (rows @ found - measured) / whole
        print(what, {n: round(float(f), 3) for n, f in zip(names, found)}, "off by %", off.round())

    peak = numpy.array([job["peak"] for job in jobs])
    known = numpy.array([job["known"] for job in jobs])
    names = ["one", "kept", "outputs", "encoder_scores", "logits"]
    solve("memory, MB", names, peak - known, peak)
    # The time that a step would take at the speed of Calibration.GIGAFLOPS.
    millis = numpy.array([job["median"] * 1000 * job["gigaflops"] / GIGAFLOPS for job in jobs])
    names = ["layers", "products", "head", "scores", "paged", "adapted"]
    solve("time, ms", names, millis, millis)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--bert", type=pathlib.Path, required=True)
    parser.add_argument("--llama", type=pathlib.Path, required=True)
    parser.add_argument("--nice", default="")
    parser.add_argument("--fit", action="store_true")
    args = parser.parse_args()
    measured, memory, time = [], [], []
    for job in draw(args.seed, args.jobs):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            make(job, folder, args.bert if job["family"] == "bert" else args.llama)
            said = lora4j("estimate", job, folder, args)
            job.update(measure(job, folder, args))
        parts = {name: size / 1e6 for name, size in said["memory"].items()}
        known = sum(parts[name] for name in COUNTED)
        kept = parts["activations"]
        measured.append({**job, "gigaflops": said["gigaflops"], "known": known, "kept": kept})
        if args.fit:
            print(json.dumps(job), flush=True)
            continue
        memory.append(100 * (said["peak_bytes"] / 1e6 / job["peak"] - 1))
        time.append(100 * (said["train_seconds"] / job["seconds"] - 1))
        print(
            f"{job['id']} {job['family']} {job['hidden']}x{job['layers']}, {job['tokens']} tokens:"
            f" {job['peak']} MB, estimated {memory[-1]:+.1f} %; {job['seconds']:.1f} s, estimated"
            f" {time[-1]:+.1f} %",
            flush=True,
        )
    if args.fit:
        fit(measured)
    else:
        print(f"memory within {max(map(abs, memory)):.1f} %, time within {max(map(abs, time)):.1f} %")


main()
