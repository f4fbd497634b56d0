#!/usr/bin/env python3
"""Greedy decoding of a 135M Llama: lora4j beside transformers, interleaved on one machine.

The Llama of sides.py and random prompts; no text ends early. Each round runs transformers' generate
(sdpa attention, key-value cache) and lora4j, one after the other, on the same weights in the same
dtype with the same threads, each three times after a warm-up of a whole generation (the JVM compiles
in the first ones; a text of 64 tokens at once after the start takes about a half longer); a round's
figure is the median of the three. A further run of each round has lora4j take turns between the base, an adapter of rank 16 on
all linear layers, and that adapter merged. Prefill is the time to the first token, decoding the time
from there on.

usage: generate_side_by_side.py [--dtype f32 bf16] [--batch 1 8] [--prompt 128] [--new 64] [--rounds 3]
  --python  the interpreter that has torch and transformers (default: this one)
Build first: mvn -q package -DskipTests -pl bench -am
"""

import argparse
import json
import sys
import tempfile

from sides import GENERATION, java, medians, run, spread, write_llama

def theirs(args, model, dtype, batch):
    return medians(run([args.python, "-c", GENERATION, model, dtype, str(args.threads), str(batch), str(args.prompt),
                        str(args.new), str(args.repeats)], args))


def ours(args, model, dtype, batch, kind):
    return medians(java(args, "TextGeneration", model, dtype.upper(), str(args.threads), str(batch), str(args.prompt),
                        str(args.new), str(args.repeats), kind))


def compare(args, model, dtype, batch):
    rounds = []
    for number in range(args.rounds):
        (their, their_peak), (our, our_peak) = theirs(args, model, dtype, batch), ours(args, model, dtype, batch, "base")
        (turns, _) = ours(args, model, dtype, batch, "adapter")
        rounds.append(dict(
            transformers=their["transformers"], lora4j=our["base"], turns=turns, memory=[our_peak, their_peak],
            decode=our["base"][1] / their["transformers"][1], prefill=our["base"][0] / their["transformers"][0],
            merged=turns["merged"][1] / turns["base"][1], adapter=turns["adapter"][1] / turns["base"][1]))
        print(f"round {number + 1}  {dtype:4} batch {batch}  transformers {their['transformers'][1]:6.1f}  lora4j "
              f"{our['base'][1]:6.1f}  in turns: base {turns['base'][1]:6.1f}  adapter {turns['adapter'][1]:6.1f}  merged "
              f"{turns['merged'][1]:6.1f} tokens/s  {our_peak:5.0f} / {their_peak:5.0f} MB", flush=True)
    for what, text in (("decode", "lora4j / transformers, decoding"), ("prefill", "lora4j / transformers, prompt"),
                       ("merged", "merged / base"), ("adapter", "adapter / base")):
        print(f"{dtype:4} batch {batch}  {text:32} {spread([r[what] for r in rounds])}", flush=True)
    return dict(dtype=dtype, batch=batch, rounds=rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dtype", nargs="+", choices=["f32", "bf16"], default=["f32", "bf16"])
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--new", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--json", help="a file for all figures")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as model:
        write_llama(args, model)
        results = [compare(args, model, dtype, batch) for dtype in args.dtype for batch in args.batch]
    if args.json:
        with open(args.json, "w") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
