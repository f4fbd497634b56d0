# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Trains MiniLM by MultipleNegativesRankingLoss here and in sentence-transformers with PEFT.

Both learn the same generated pairs, in which words of a made-up jargon stand for plain ones, with the same
rank, rate, batches and epochs, and search held-out pairs. Answers have from one to nine sentences, half of
them one only, as the lengths of real texts differ; --equal-lengths gives all of them one. Printed are the
padding of a batch, recall@1 of each and of the base, and how many examples a second each trains, side by
side in turns. The first steps are not timed.

    OMP_NUM_THREADS=2 python bench/embedding_side_by_side.py --model path/to/minilm --seeds 3
"""

import argparse
import csv
import json
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch  # noqa: E402
from peft import LoraConfig  # noqa: E402
from sentence_transformers import SentenceTransformer, losses  # noqa: E402
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
THINGS = "hammer kettle ladder lantern mirror needle bucket carpet candle barrel saddle shovel violin anchor helmet pillow".split()
COLOURS = "red blue green yellow purple orange black white brown grey silver golden pink violet turquoise beige".split()
PLACES = "harbour castle bakery library museum station market garden theatre hospital bridge chapel factory stadium airport mill".split()
JARGON = (
    "falcon otter badger heron lynx weasel sparrow beetle salmon turtle lizard rabbit camel donkey pigeon spider "
    "granite marble quartz basalt copper cobalt nickel sulphur amber jasper topaz garnet onyx opal agate flint "
    "monday autumn midnight sunrise winter harvest thunder blizzard drizzle breeze eclipse comet meteor tide glacier canyon"
).split()
ASIDES = (
    "Ask at the counter if nobody is there.", "It was mended last spring.", "Nobody has used it for years.",
    "The door is open on most days.", "Please bring it back before the evening.", "A note on the wall says more about it.",
    "It belonged to somebody from the next village.", "There is a list of such things in the office.",
)  # fmt: skip
LONGEST = 9  # sentences
TERMS = 12
PLAIN = 0.6  # how often a word is plain
SKIPPED = 3


def pairs(count, held_out, seed, equal):
    """Queries of which each word is plain or in jargon, and answers in plain words."""
    draw = random.Random(seed)
    combinations = [(t, c, p) for t in range(TERMS) for c in range(TERMS) for p in range(TERMS)]
    draw.shuffle(combinations)
    rows = []
    for t, c, p in combinations[: count + held_out]:
        words = [(THINGS[t], JARGON[t]), (COLOURS[c], JARGON[16 + c]), (PLACES[p], JARGON[32 + p])]
        thing, colour, place = (plain if draw.random() < PLAIN else other for plain, other in words)
        query = draw.choice(["where is the {} in {} of the {}", "bring me the {} with {} from the {}"])
        answer = [f"The {COLOURS[c]} {THINGS[t]} is kept at the {PLACES[p]}."]
        while not equal and len(answer) < LONGEST and draw.random() < 0.5:
            answer.append(draw.choice(ASIDES))
        rows.append({"anchor": query.format(thing, colour, place), "positive": " ".join(answer)})
    return rows[:count], rows[count:]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def padding(path, rows, size):
    """The share of padding in batches that are padded to their longest text."""
    model = SentenceTransformer(path, device="cpu")
    real = padded = 0
    for at in range(0, len(rows) - size + 1, size):
        for name in ("anchor", "positive"):
            mask = model.preprocess([row[name] for row in rows[at : at + size]])["attention_mask"]
            real += int(mask.sum())
            padded += mask.numel()
    return 1 - real / padded


def recall(model, rows):
    evaluator = InformationRetrievalEvaluator(
        {str(i): row["anchor"] for i, row in enumerate(rows)},
        {str(i): row["positive"] for i, row in enumerate(rows)},
        {str(i): {str(i)} for i in range(len(rows))},
    )
    return evaluator(model)["cosine_recall@1"]


def theirs(args, train, test, seed):
    torch.manual_seed(seed)
    model = SentenceTransformer(args.model, device="cpu")
    config = LoraConfig(r=args.rank, lora_alpha=2 * args.rank, target_modules=["query", "value"], lora_dropout=0.1)
    model.add_adapter(config)
    loss = losses.MultipleNegativesRankingLoss(model)
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=args.rate, weight_decay=0.01)
    steps, times = args.epochs * len(train) // args.batch, []
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.0, 1 - step / steps))
    draw = random.Random(seed)
    for _ in range(args.epochs):
        rows = draw.sample(train, len(train))
        for at in range(0, len(rows) - args.batch + 1, args.batch):
            batch = rows[at : at + args.batch]
            start = time.perf_counter()
            features = [model.preprocess([row[name] for row in batch]) for name in ("anchor", "positive")]
            loss(features, None).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            rates.step()
            optimizer.zero_grad()
            times.append(time.perf_counter() - start)
    return recall(model.eval(), test), args.batch / statistics.median(times[SKIPPED:])


def ours(args, folder, test, seed):
    output = folder / f"adapter-{seed}"
    launcher = os.environ.get("LORA4J", ROOT / "lora4j")
    subprocess.run(
        [str(part) for part in (
            launcher, "train", "--task", "embedding", "--model", args.model, "--data", folder / "train.jsonl",
            "--output", output, "--rank", args.rank, "--alpha", 2 * args.rank, "--dropout", 0.1,
            "--target-modules", "query,value", "--init", "kaiming", "--learning-rate", args.rate, "--weight-decay", 0.01,
            "--schedule", "linear", "--warmup", 0, "--clip", 1, "--batch-size", args.batch, "--epochs", args.epochs,
            "--seed", seed, "--threads", torch.get_num_threads(),
        )],
        check=True, capture_output=True,
    )  # fmt: skip
    with open(output / "loss.csv") as file:
        times = [float(row["step_seconds"]) for row in csv.DictReader(file)]
    model = SentenceTransformer(args.model, device="cpu")
    model.load_adapter(str(output))
    return recall(model.eval(), test), args.batch / statistics.median(times[SKIPPED:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=1024)
    parser.add_argument("--test", type=int, default=300)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--equal-lengths", action="store_true")
    args = parser.parse_args()
    train, test = pairs(args.pairs, args.test, 1, args.equal_lengths)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder / "train.jsonl", train)
        base = recall(SentenceTransformer(args.model, device="cpu"), test)
        print(f"recall@1 untuned {base:.3f}, {torch.get_num_threads()} threads", flush=True)
        print(f"padding is {padding(args.model, train, args.batch):.2f} of a padded batch's tokens", flush=True)
        ratios, found = [], {"sentence-transformers": [], "lora4j": []}
        for seed in range(args.seeds):
            there, slow = theirs(args, train, test, seed)
            here, fast = ours(args, folder, test, seed)
            found["sentence-transformers"].append(there)
            found["lora4j"].append(here)
            ratios.append(fast / slow)
            print(
                f"seed {seed}: recall@1 sentence-transformers {there:.3f}, lora4j {here:.3f};"
                f" examples/s {slow:.1f}, {fast:.1f}, ratio {ratios[-1]:.2f}",
                flush=True,
            )
        for name, values in found.items():
            print(f"recall@1 {name}: min {min(values):.3f} median {statistics.median(values):.3f} max {max(values):.3f}")
        print(f"speed ratio: min {min(ratios):.2f} median {statistics.median(ratios):.2f} max {max(ratios):.2f}")


if __name__ == "__main__":
    main()
