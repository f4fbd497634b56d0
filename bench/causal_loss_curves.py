#!/usr/bin/env python3
"""The loss of a causal language model by step: lora4j and PEFT from one start, in one picture.

Makes a small Llama with random weights and a tokenizer of SST-2's own words, writes the sentences
as {"text": ...} lines, lets PEFT draw an adapter, and trains that adapter in both for the same
batches in the same order. Prints both curves' largest difference; the losses go into OUT/curves.json.

usage: causal_loss_curves.py run --data DIR --out OUT [--steps 200]
       causal_loss_curves.py draw --out OUT --picture FILE.png
  --data     a folder with SST-2's train.tsv (columns label, text_a)
  run needs torch, transformers, tokenizers and peft; draw needs matplotlib.
"""

import argparse
import json
import math
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RANK, ALPHA, BATCH, RATE, WARMUP, LENGTH = 8, 16, 16, 2e-3, 0.06, 64


def sentences(folder, count):
    with open(Path(folder) / "train.tsv", encoding="utf-8") as file:
        next(file)
        lines = [line.rstrip("\n").split("\t")[1].strip() for line in file]
    return [line for line in lines if len(line.split()) > 3][:count]


def make_model(texts, folder):
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=2048,
            special_tokens=["<s>", "</s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"bos_token": "<s>", "eos_token": "</s>"}\n')
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=2048,
            hidden_size=128,
            intermediate_size=352,
            num_hidden_layers=4,
            num_attention_heads=8,
            num_key_value_heads=4,
            max_position_embeddings=256,
            rms_norm_eps=1e-5,
            initializer_range=0.08,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=1,
        )
    ).save_pretrained(folder)
    return tokenizer


def peft(folder, adapter, tokenizer, texts, steps, threads):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, get_linear_schedule_with_warmup

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    base = AutoModelForCausalLM.from_pretrained(folder)
    model = get_peft_model(
        base,
        LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    model.save_pretrained(adapter)
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=0.01)
    schedule = get_linear_schedule_with_warmup(optimizer, math.ceil(WARMUP * steps), steps)
    rows = [(tokenizer.encode(text).ids + [1])[:LENGTH] for text in texts]
    losses = []
    for step in range(steps):
        batch = rows[step * BATCH : (step + 1) * BATCH]
        width = max(map(len, batch))
        ids = torch.tensor([row + [1] * (width - len(row)) for row in batch])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in batch])
        loss = model(input_ids=ids, attention_mask=mask, labels=ids.masked_fill(mask == 0, -100)).loss
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def ours(folder, adapter, data, out, steps, threads):
    log = out / "steps.jsonl"
    subprocess.run(
        [
            ROOT / "lora4j", "train", "--task", "causal-lm", "--model", folder, "--adapter", adapter,
            "--data", data, "--output", out / "trained", "--packing", "off", "--shuffle", "off",
            "--batch-size", str(BATCH), "--max-length", str(LENGTH), "--learning-rate", str(RATE),
            "--warmup", str(WARMUP), "--clip", "0", "--steps", str(steps), "--threads", str(threads), "--log", log,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return [json.loads(line)["loss"] for line in log.read_text().splitlines() if '"loss"' in line]


def run(args):
    out = Path(args.out)
    folder, adapter, data = out / "model", out / "start", out / "texts.jsonl"
    texts = sentences(args.data, args.steps * BATCH)
    tokenizer = make_model(texts, folder)
    data.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    curves = {
        "PEFT": peft(folder, adapter, tokenizer, texts, args.steps, args.threads),
        "lora4j": ours(folder, adapter, data, out, args.steps, args.threads),
    }
    (out / "curves.json").write_text(json.dumps(curves))
    report(curves)


def report(curves):
    gaps = [abs(a - b) for a, b in zip(curves["PEFT"], curves["lora4j"], strict=True)]
    print(f"{len(gaps)} steps, loss {curves['PEFT'][0]:.4f} to {curves['PEFT'][-1]:.4f} (PEFT),", end=" ")
    print(f"{curves['lora4j'][-1]:.4f} (lora4j); largest difference {max(gaps):.1e}")
    return gaps


def draw(args):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    curves = json.loads((Path(args.out) / "curves.json").read_text())
    gaps = report(curves)
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(8, 5.5), sharex=True, height_ratios=[3, 1], layout="constrained"
    )
    steps = range(1, len(gaps) + 1)
    top.plot(steps, curves["PEFT"], color="#d0803a", linewidth=4, alpha=0.5, label="PEFT 0.21.2, torch 2.7.1")
    top.plot(steps, curves["lora4j"], color="#1f4e79", linewidth=1.2, label="lora4j")
    top.set_ylabel("training loss")
    top.legend(frameon=False)
    top.set_title("A small Llama on SST-2's sentences: the same adapter, batches and rate")
    bottom.semilogy(steps, [max(gap, 1e-9) for gap in gaps], color="#666666", linewidth=1)
    bottom.set_ylabel("|difference|")
    bottom.set_xlabel("step")
    for axes in (top, bottom):
        axes.grid(alpha=0.25)
    figure.savefig(args.picture, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("run")
    first.add_argument("--data", required=True)
    first.add_argument("--out", required=True)
    first.add_argument("--steps", type=int, default=200)
    first.add_argument("--threads", type=int, default=1)
    second = commands.add_parser("draw")
    second.add_argument("--out", required=True)
    second.add_argument("--picture", required=True)
    args = parser.parse_args()
    run(args) if args.command == "run" else draw(args)


if __name__ == "__main__":
    main()
