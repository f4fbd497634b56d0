#!/usr/bin/env python3
"""Greedy decoding of a base in 4 bits and in 8: lora4j beside bitsandbytes, interleaved on one machine.

The Llama of sides.py (or --model) and random prompts; no text ends early. Each round runs the base in full
precision, in 4 bits (nf4, double quantisation) and in 8 bits, here and with transformers' generate, in
processes of their own with the same dtype and threads; Python's packed sides are left out where
bitsandbytes cannot run. A figure is the median of --repeats generations after a whole one. Printed are
tokens per second of the prompt and of decoding, and the peak memory, then the ratios of a round as min,
median, max: to the other side, and of each packed base here to the plain one.

usage: packed_generation.py [--dtype f32|bf16] [--batch 1] [--prompt 128] [--new 64] [--rounds 3]
  --python  the interpreter that has torch, transformers and bitsandbytes (default: this one)
Build first: mvn -q package -DskipTests -pl bench -am
"""

import argparse
import sys
import tempfile

from sides import GENERATION, attempt, java, medians, spread, write_llama

BITS = ["full", "4", "8"]


def ours(args, model, bits):
    properties = [] if bits == "full" else [f"-Dbits={bits}"]
    rates, memory = medians(java(
        args, "TextGeneration", model, args.dtype.upper(), *numbers(args), "base", properties=properties))
    return *rates["base"], memory


def theirs(args, model, bits):
    output = attempt([args.python, "-c", GENERATION, model, args.dtype, *numbers(args), bits], args)
    if not output:
        return None
    rates, memory = medians(output)
    return *rates["transformers"], memory


def numbers(args):
    return map(str, (args.threads, args.batch, args.prompt, args.new, args.repeats))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="the folder of another model than the Llama of sides.py")
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="bf16")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--new", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--python", default=sys.executable)
    args = parser.parse_args()
    results = {bits: [] for bits in BITS}
    with tempfile.TemporaryDirectory() as folder:
        if not args.model:
            write_llama(args, folder)
        for round_ in range(args.rounds):
            for bits in BITS:
                pair = ours(args, args.model or folder, bits), theirs(args, args.model or folder, bits)
                results[bits].append(pair)
                for name, side in zip(("lora4j", "transformers"), pair):
                    said = "prompt {:6.0f}  decoding {:6.1f} tokens/s  {:5.0f} MB".format(*side) if side else "does not run here"
                    print(f"round {round_ + 1}  {args.dtype:4} {bits:4} {name:13} {said}", flush=True)
    for bits, pairs in results.items():
        both = [(mine, other) for mine, other in pairs if other]
        for i, what in enumerate(("prompt", "decoding", "memory")):
            if both:
                print(f"{bits:4} lora4j / transformers  {what:9} {spread([m[i] / o[i] for m, o in both])}")
            if bits != "full":
                ratios = [mine[i] / plain[i] for (mine, _), (plain, _) in zip(pairs, results["full"])]
                print(f"{bits:4} packed / plain base    {what:9} {spread(ratios)}")


if __name__ == "__main__":
    main()
