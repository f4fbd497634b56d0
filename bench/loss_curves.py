#!/usr/bin/env python3
"""Loss curves of LoRA on a small Llama and SST-2 as text: lora4j's on top of PEFT's, in one picture.

A Llama of 4 layers is trained from scratch on some sentences read backwards; then both sides train
the same adapter (rank 8, all linear layers, the same start) on other sentences, forwards, with their
labels as words: 200 steps of AdamW on the same batches. PEFT pads them, lora4j does not. Prints how
far the curves are apart, and draws them.

usage: loss_curves.py --data DIR [--picture docs/loss-curves.svg]
  --data    a folder with train.tsv (columns label, text_a)
  --python  the interpreter that has torch, transformers, peft and tokenizers is the one that runs this
Build first: mvn -q package -DskipTests -pl bench -am
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import peft
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEPS, BATCH, RATE = 200, 16, 1e-3


def sentences(data, count):
    lines = (pathlib.Path(data) / "train.tsv").read_text(encoding="utf-8").splitlines()[1:count + 1]
    rows = [line.split("\t") for line in lines]
    return [f"{text.strip()} : {'good' if label == '1' else 'bad'}" for label, text in rows]


def tokenizer(texts):
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=2000, special_tokens=["<unk>", "<s>", "</s>"]))
    return made


def batches(rows, steps):
    return [rows[i * BATCH:(i + 1) * BATCH] for i in range(steps)]


def loss_of(model, rows):
    longest = max(map(len, rows))
    pad = lambda values, fill: torch.tensor([r + [fill] * (longest - len(r)) for r in values])
    labels = pad(rows, -100)
    return model(input_ids=pad(rows, 0), attention_mask=(labels >= 0).long(), labels=labels).loss


def train(model, data, rate):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate, weight_decay=0.01)
    losses = []
    for rows in data:
        loss = loss_of(model, rows)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def ours(model, adapter, data, scratch):
    file = scratch / "batches.txt"
    file.write_text("".join(";".join(",".join(map(str, r)) for r in rows) + "\n" for rows in data))
    target = ROOT / "bench" / "target"
    command = ["java", "-Dai.djl.offline=true", "-cp", f"{target}/classes{os.pathsep}{target}/lib/*",
               "org.lora4j.bench.LossCurve", str(model), str(adapter), str(file), str(RATE)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True,
                            env=dict(os.environ, OPT_OUT_TRACKING="true")).stdout
    return [float(line.split()[1]) for line in output.splitlines() if line.startswith("loss ")]


def line(values, low, high, top, height, style):
    points = " ".join(f"{50 + 640 * i / (len(values) - 1):.1f},{top + height * (high - v) / (high - low):.1f}"
                      for i, v in enumerate(values))
    return f'<polyline fill="none" {style} points="{points}"/>'


def picture(theirs, found):
    low, high = min(theirs + found), max(theirs + found)
    apart = [a - b for a, b in zip(found, theirs)]
    most = max(map(abs, apart)) or 1e-12
    text = lambda x, y, words: f'<text x="{x}" y="{y}" font-family="sans-serif" font-size="12">{words}</text>'
    return "\n".join([
        '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="430" viewBox="0 0 720 430">',
        '<rect width="720" height="430" fill="white"/>',
        text(50, 18, "LoRA on a small Llama, SST-2 as text: loss of each of 200 steps"),
        line(theirs, low, high, 30, 240, 'stroke="#f2a65a" stroke-width="5"'),
        line(found, low, high, 30, 240, 'stroke="#20486b" stroke-width="1"'),
        text(5, 36, f"{high:.2f}"), text(5, 274, f"{low:.2f}"),
        '<rect x="500" y="34" width="24" height="5" fill="#f2a65a"/>', text(530, 41, "PEFT 0.21.2"),
        '<rect x="500" y="54" width="24" height="1" fill="#20486b"/>', text(530, 59, "lora4j"),
        text(50, 300, f"lora4j minus PEFT, at most {most:.1e}"),
        line(apart, -most, most, 310, 100, 'stroke="#20486b" stroke-width="1"'),
        '<line x1="50" x2="690" y1="360" y2="360" stroke="#bbbbbb"/>',
        "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--picture", default=str(ROOT / "docs" / "loss-curves.svg"))
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    texts = sentences(args.data, 2 * STEPS * BATCH)
    words = tokenizer(texts)
    rows = [[1] + words.encode(t).ids + [2] for t in texts]
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=2000, hidden_size=128, intermediate_size=352, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, rms_norm_eps=1e-5, attn_implementation="sdpa"))
    train(model, batches([row[:1] + row[-2:0:-1] + row[-1:] for row in rows[STEPS * BATCH:]], STEPS), 2e-3)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        model.save_pretrained(scratch / "model")
        words.save(str(scratch / "model" / "tokenizer.json"))
        config = peft.LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
        adapted = peft.get_peft_model(model, config)
        adapted.save_pretrained(scratch / "adapter")
        data = batches(rows, STEPS)
        found = ours(scratch / "model", scratch / "adapter", data, scratch)
        theirs = train(adapted.train(), data, RATE)
    apart = [abs(a - b) for a, b in zip(found, theirs)]
    print(f"PEFT    first {theirs[0]:.4f}  last 20 mean {sum(theirs[-20:]) / 20:.4f}")
    print(f"lora4j  first {found[0]:.4f}  last 20 mean {sum(found[-20:]) / 20:.4f}")
    print(f"apart   at most {max(apart):.1e}, mean {sum(apart) / len(apart):.1e}")
    pathlib.Path(args.picture).write_text(picture(theirs, found), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
