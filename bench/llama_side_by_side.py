#!/usr/bin/env python3
"""LoRA on a 135M Llama: lora4j beside PEFT and torch.compile, interleaved on one machine.

The Llama of sides.py, random tokens, rank 16 on all linear layers. Each round runs every side once,
one after the other, with the same batches' lengths, dtype and threads. Prints tokens per second (of
padded batches those that are no padding; the first step is left out) and peak memory (VmHWM) of each
run, then the ratios to PEFT of the same round as min, median, max.

usage: llama_side_by_side.py --peft DIR [--job train|long|instruct] [--dtype f32|bf16] [--rounds 3]
  --peft    the folder of PEFT's side: peft_llama.py, peft_llama_compile.py (arguments dtype batch
            length steps) and peft_instruct.py (dtype steps)
  --job     train: 4 sequences of 256; long: one of 2,048, of which lora4j computes all layers again in
            the backward pass; instruct: 8 sequences of spread lengths, half of each prompt
  --python  the interpreter that has torch, transformers and peft (default: this one)
Build first: mvn -q package -DskipTests -pl bench -am
"""

import argparse
import os
import re
import sys
import tempfile

from sides import java, peak, run, spread, write_llama

SHAPES = {"train": ("4", "256"), "long": ("1", "2048")}  # sequences and tokens of each
LENGTHS = """
import numpy as np
rng = np.random.default_rng(7)
lengths = np.clip(np.exp(rng.normal(np.log(110), .6, 32 * 8)).astype(int), 16, 512)
for i in range(0, len(lengths), 8):
    print(",".join(map(str, lengths[i:i + 8])))
"""


def batches(args):
    if args.job in SHAPES:
        return [",".join([SHAPES[args.job][1]] * int(SHAPES[args.job][0]))]
    return run([args.python, "-c", LENGTHS], args).split()


def ours(args, model):
    output = java(
        args, "CausalTraining", model, args.dtype.upper(), str(args.threads), str(args.steps),
        "all" if args.job in SHAPES else "half", *batches(args),
        properties=["-Drecompute=all"] if args.job == "long" else [])
    steps = re.findall(r"tokens (\d+) seconds ([\d.]+)", output)[1:]
    return sum(int(n) for n, _ in steps) / sum(float(s) for _, s in steps), peak(output)


def eager(args, _):
    program = os.path.join(args.peft, "peft_llama.py")
    output = run([args.python, program, args.dtype, *SHAPES[args.job], str(args.steps)], args)
    rates = [float(r) for r in re.findall(r"([\d.]+) tok/s", output)[1:]]
    return len(rates) / sum(1 / r for r in rates), peak(output)


def compiled(args, _):
    program = os.path.join(args.peft, "peft_llama_compile.py")
    output = run([args.python, program, args.dtype, *SHAPES[args.job], str(args.steps)], args)
    rates = [float(r) for r in re.findall(r"([\d.]+) tok/s", output)[2:]]  # it compiles in the first two
    return len(rates) / sum(1 / r for r in rates), peak(output)


def instruct(args, _):
    program = os.path.join(args.peft, "peft_instruct.py")
    output = run([args.python, program, args.dtype, str(args.steps)], args)
    return float(re.search(r"real_tok_per_s ([\d.]+)", output).group(1)), peak(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peft", required=True)
    parser.add_argument("--job", choices=[*SHAPES, "instruct"], default="train")
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="bf16")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, help="default: 6, or 10 of instruct, whose batches differ")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    args.steps = args.steps or (6 if args.job in SHAPES else 10)
    sides = {"lora4j": ours}
    sides.update({"PEFT": eager, "PEFT compiled": compiled} if args.job in SHAPES else {"PEFT": instruct})
    results = {name: [] for name in sides}
    with tempfile.TemporaryDirectory() as model:
        write_llama(args, model)
        for round_ in range(args.rounds):
            for name, side in sides.items():
                results[name].append(side(args, model))
                rate, memory = results[name][-1]
                print(f"round {round_ + 1}  {args.dtype:4} {name:14} {rate:7.1f} tokens/s  {memory:6.0f} MB", flush=True)
    for name in list(sides)[1:]:
        for what, i in (("speed", 0), ("memory", 1)):
            ratios = [a[i] / b[i] for a, b in zip(results["lora4j"], results[name])]
            print(f"lora4j / {name:14} {what:7} {spread(ratios)}")


if __name__ == "__main__":
    main()
