#!/usr/bin/env python3
"""LoRA on MiniLM and SST-2: lora4j beside PEFT, interleaved on one machine.

Each round trains the same task three times, one after the other: lora4j with random batches,
lora4j with batches of like lengths, and PEFT with random batches. Same model, data, targets, rank,
alpha, dropouts, initialisation, rate, schedule, batch size and threads. Prints examples per second
and peak memory (VmHWM) of each run, then the ratios to PEFT of the same round as min, median, max.

usage: sst2_side_by_side.py --data DIR --model DIR --peft PROGRAM [--rounds 3] [--steps 200]
  --data     a folder with train.tsv and dev.tsv (columns label, text_a)
  --model    a BERT in Hugging Face's layout
  --peft     PEFT's side: a program that takes data model steps batch rank alpha rate targets out
             seed init and prints "ex_per_s N ... peak_rss_kb N"
  --python   the interpreter that has torch, transformers and peft (default: this one)
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

from sides import ROOT, peak, spread


def ours(args, bucketing, out):
    command = [
        os.path.join(ROOT, "lora4j"), "train", "--json",
        "--model", args.model, "--task", "seq-cls",
        "--data", os.path.join(args.data, "train.tsv"),
        "--text-column", "text_a", "--label-column", "label",
        "--target-modules", "query,value", "--rank", "8", "--alpha", "16", "--dropout", "0.1",
        "--batch-size", "32", "--learning-rate", "1e-3", "--warmup", "0.06", "--clip", "0",
        "--steps", str(args.steps), "--threads", str(args.threads), "--seed", "0",
        "--bucketing", bucketing, "--output", out,
    ]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    report = json.loads(result.stdout.strip().splitlines()[-1])
    return report["examples_per_second"], report["peak_rss_mb"]


def peft(args, out):
    command = [
        args.python, args.peft, args.data, args.model, str(args.steps), "32", "8", "16", "1e-3",
        "query,value", out, "0", "gaussian",
    ]
    environment = dict(os.environ, OMP_NUM_THREADS=str(args.threads))
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True, env=environment)
    rate = float(re.search(r"ex_per_s ([\d.]+)", result.stdout).group(1))
    return rate, peak(result.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--peft", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    runs = {"lora4j random": [], "lora4j bucketed": [], "PEFT random": []}
    with tempfile.TemporaryDirectory() as scratch:
        for round_ in range(args.rounds):
            runs["lora4j random"].append(ours(args, "off", os.path.join(scratch, f"a{round_}")))
            runs["lora4j bucketed"].append(ours(args, "on", os.path.join(scratch, f"b{round_}")))
            runs["PEFT random"].append(peft(args, os.path.join(scratch, f"p{round_}")))
            for name, values in runs.items():
                rate, memory = values[-1]
                print(f"round {round_ + 1}  {name:16} {rate:7.1f} examples/s  {memory:6.0f} MB", flush=True)
    for name in ("lora4j random", "lora4j bucketed"):
        speed = [a[0] / b[0] for a, b in zip(runs[name], runs["PEFT random"])]
        memory = [a[1] / b[1] for a, b in zip(runs[name], runs["PEFT random"])]
        print(f"{name:16} / PEFT  speed   {spread(speed)}")
        print(f"{name:16} / PEFT  memory  {spread(memory)}")


if __name__ == "__main__":
    main()
