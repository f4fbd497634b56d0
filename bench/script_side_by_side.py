#!/usr/bin/env python3
"""A BERT that classifies, trained as lora4j loads it and as a TorchScript module, interleaved.

Both train the same adapter (rank 8 on query and value, the head whole) from the same numbers on the
same batches of a table of texts, without dropout. Each round runs both, one after the other. Prints
the seconds and the peak memory (VmHWM) of each run, the ratios of the script to the native model as
min, median, max, and the largest difference of a step's loss.

usage: script_side_by_side.py --data FILE --model DIR --python VENV [--rounds 3] [--steps 300]
  --data     a table with the columns text_a and label (0, 1)
  --model    a BERT in Hugging Face's layout
  --python   the interpreter that has torch and transformers, which trace the model
  --batches  bucketed (texts of like lengths) or random; a trace computes what is padded
"""

import argparse
import os
import re
import sys
import tempfile

from sides import java, peak, run, spread

TRACE = """
import sys, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
source, folder, script = sys.argv[1:]
torch.manual_seed(0)
model = AutoModelForSequenceClassification.from_pretrained(
    source, num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, return_dict=False).eval()
model.save_pretrained(folder)
AutoTokenizer.from_pretrained(source).save_pretrained(folder)
ids = torch.randint(1000, 2000, (2, 8))
torch.jit.trace(model, (ids, torch.ones_like(ids), torch.zeros_like(ids)), strict=False).save(script)
"""


def losses(output):
    return {int(step): float(loss) for step, loss in re.findall(r"step (\d+) loss ([\d.]+)", output)}


def seconds(output):
    """What the steps took, the first tenth left out."""
    all_ = [float(value) for value in re.findall(r"seconds ([\d.]+)", output)]
    return sum(all_[len(all_) // 10:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--batches", choices=["bucketed", "random"], default="bucketed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    times, memory, worst = [], [], 0.0
    with tempfile.TemporaryDirectory() as scratch:
        folder, script, batches = (os.path.join(scratch, name) for name in ("model", "model.pt", "batches"))
        run([args.python, "-c", TRACE, args.model, folder, script], args)
        java(args, "ScriptTraining", "batches", folder, args.data, "text_a", "label", str(args.steps), args.batches, batches)
        for round_ in range(args.rounds):
            native = java(args, "ScriptTraining", "native", folder, batches, str(args.threads))
            scripted = java(args, "ScriptTraining", "script", script, batches, str(args.threads))
            times.append(seconds(scripted) / seconds(native))
            memory.append(peak(scripted) / peak(native))
            a, b = losses(native), losses(scripted)
            if len(a) != args.steps or set(a) != set(b):
                sys.exit(f"{len(a)} and {len(b)} losses of {args.steps} steps")
            worst = max(worst, max(abs(a[step] - b[step]) for step in a))
            print(f"round {round_ + 1}  native {seconds(native):6.1f} s {peak(native):6.0f} MB"
                  f"  script {seconds(scripted):6.1f} s {peak(scripted):6.0f} MB", flush=True)
    print(f"script / native  time    {spread(times)}")
    print(f"script / native  memory  {spread(memory)}")
    print(f"largest difference of a loss {worst:.1e}")


if __name__ == "__main__":
    main()
