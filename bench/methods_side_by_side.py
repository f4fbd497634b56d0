#!/usr/bin/env python3
"""The methods on a 135M Llama: lora4j beside PEFT, interleaved on one machine.

The Llama of sides.py (or --model), random tokens, one step at a time: plain LoRA of rank 16 on all linear
layers, the same with rsLoRA, DoRA and PiSSA (4 iterations), (IA)3 on PEFT's modules, prompt tuning with 20
virtual tokens, and LoRA on a base in 4 bits (nf4, double quantisation) and in 8 bits, for which Python's side
needs bitsandbytes; it is left out where that cannot run. Each round runs every method on both sides, one
after the other, in processes of their own, with the same lengths, dtype and threads. Prints the median
seconds of a step (the first is left out; virtual tokens are not counted) and the peak memory (VmHWM) of
each run, then the ratios of the same round as min, median, max.

usage: methods_side_by_side.py [--methods lora dora ..] [--dtype f32|bf16] [--rounds 3]
  --python  the interpreter that has torch, transformers and peft (default: this one)
Build first: mvn -q package -DskipTests -pl bench -am
"""

import argparse
import re
import statistics
import sys
import tempfile

from sides import attempt, java, peak, spread, write_llama

METHODS = ["lora", "rslora", "dora", "pissa", "ia3", "prompt", "4bit", "8bit"]
THEIRS = """
import sys, time, warnings, torch, peft
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
folder, dtype, method = sys.argv[1:4]
threads, batch, length, steps = map(int, sys.argv[4:8])
warnings.simplefilter("ignore")
torch.manual_seed(0)
torch.set_num_threads(threads)
dtype = dict(f32=torch.float32, bf16=torch.bfloat16)[dtype]
packed = {
    "4bit": dict(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype),
    "8bit": dict(load_in_8bit=True),
}.get(method)
more = dict(quantization_config=BitsAndBytesConfig(**packed), device_map="cpu") if packed else {}
model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa", **more)
lora = dict(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
config = {
    "ia3": lambda: peft.IA3Config(task_type="CAUSAL_LM"),
    "prompt": lambda: peft.PromptTuningConfig(num_virtual_tokens=20, task_type="CAUSAL_LM"),
    "rslora": lambda: peft.LoraConfig(use_rslora=True, **lora),
    "dora": lambda: peft.LoraConfig(use_dora=True, **lora),
    "pissa": lambda: peft.LoraConfig(init_lora_weights="pissa_niter_4", **lora),
}.get(method, lambda: peft.LoraConfig(**lora))()
model = peft.get_peft_model(model, config)
model.train()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-4, fused=True)
ids = torch.randint(0, model.config.vocab_size, (batch, length))
for step in range(steps):
    start = time.time()
    model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids).loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    print(f"step {step} tokens {batch * length} seconds {time.time() - start:.3f}", flush=True)
for line in open("/proc/self/status"):
    if line.startswith("VmHWM:"):
        print("peak_rss_kb", line.split()[1])
"""


def figures(output):
    """The median seconds of a step after the first, and the peak memory in MB."""
    return statistics.median(float(s) for s in re.findall(r"seconds ([\d.]+)", output)[1:]), peak(output)


def ours(args, model, method):
    bits = method.removesuffix("bit")
    properties = [f"-Dbits={bits}"] if bits != method else [f"-Dmethod={method}"]
    lengths = ",".join([str(args.length)] * args.batch)
    return figures(java(args, "CausalTraining", model, args.dtype.upper(), str(args.threads), str(args.steps), "all",
                        lengths, properties=properties))


def theirs(args, model, method):
    command = [args.python, "-c", THEIRS, model, args.dtype, method,
               *map(str, (args.threads, args.batch, args.length, args.steps))]
    output = attempt(command, args)
    return output and figures(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="the folder of another model than the Llama of sides.py")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="bf16")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--python", default=sys.executable)
    args = parser.parse_args()
    results = {method: [] for method in args.methods}
    with tempfile.TemporaryDirectory() as folder:
        if not args.model:
            write_llama(args, folder)
        for round_ in range(args.rounds):
            for method in args.methods:
                pair = ours(args, args.model or folder, method), theirs(args, args.model or folder, method)
                results[method].append(pair)
                for name, side in zip(("lora4j", "PEFT"), pair):
                    said = f"{side[0]:7.3f} s a step  {side[1]:6.0f} MB" if side else "does not run here"
                    print(f"round {round_ + 1}  {args.dtype:4} {method:7} {name:7} {said}", flush=True)
    for method, pairs in results.items():
        both = [(mine, other) for mine, other in pairs if other]
        for what, i in (("time", 0), ("memory", 1)) if both else ():
            print(f"lora4j / PEFT  {method:7} {what:7} {spread([mine[i] / other[i] for mine, other in both])}")


if __name__ == "__main__":
    main()
