#!/usr/bin/env python3
"""Two training steps of a language model with 7 billion parameters, its linear layers in 4 bits.

Draws a checkpoint with the shape of Llama 2 7B (32 layers, 4,096 wide, 13.5 GB in bfloat16; every number
is drawn, no file is sparse), trains an adapter of rank 16 on all linear layers for two steps of 512 tokens
with a Java heap of 1 GB, prints the largest resident memory of the process (VmHWM) and the time of each
part, and deletes the checkpoint.

usage: seven_billion.py FOLDER [--layers 32] [--bits 4] [--dtype bf16] [--recompute none|all] [--keep]
  FOLDER     a new folder on a disk with 16 GB to spare, or one that --keep left
  --limit    the most GB that the process may take (default: 8)
Needs numpy.
"""

import argparse
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time

import numpy

from sides import ROOT

HIDDEN, INNER, HEADS, WORDS = 4096, 11008, 32, 32000
BLOCK = 1 << 22


def draw(generator, count, scale):
    """The bytes of normal numbers in bfloat16, cut off rather than rounded."""
    values = generator.standard_normal(count, dtype=numpy.float32) * numpy.float32(scale)
    return (values.view(numpy.uint32) >> 16).astype("<u2").tobytes()


def shard(path, tensors, generator):
    """Writes one file of safetensors; a tensor is (rows, columns), or (size,) of ones."""
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in tensors.items():
        size = 2 * int(numpy.prod(shape))
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for shape in tensors.values():
            if len(shape) == 1:
                file.write(struct.pack("<H", 0x3F80) * shape[0])
                continue
            left = shape[0] * shape[1]
            while left > 0:
                part = min(left, BLOCK)
                file.write(draw(generator, part, 0.02))
                left -= part
    return at


def checkpoint(folder, layers):
    generator = numpy.random.Generator(numpy.random.SFC64(7))
    shards = [{"model.embed_tokens.weight": (WORDS, HIDDEN), "lm_head.weight": (WORDS, HIDDEN),
               "model.norm.weight": (HIDDEN,)}]
    for i in range(layers):
        here = f"model.layers.{i}."
        square = {here + f"self_attn.{n}_proj.weight": (HIDDEN, HIDDEN) for n in "qkvo"}
        wide = {here + f"mlp.{n}_proj.weight": (INNER, HIDDEN) for n in ("gate", "up")}
        norms = {here + n + ".weight": (HIDDEN,) for n in ("input_layernorm", "post_attention_layernorm")}
        shards.append(square | wide | {here + "mlp.down_proj.weight": (HIDDEN, INNER)} | norms)
    names, total = {}, 0
    for i, tensors in enumerate(shards):
        file = f"model-{i + 1:05}-of-{len(shards):05}.safetensors"
        total += shard(folder / file, tensors, generator)
        names |= dict.fromkeys(tensors, file)
    index = {"metadata": {"total_size": total}, "weight_map": names}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": HIDDEN,
        "intermediate_size": INNER, "num_hidden_layers": layers, "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS, "vocab_size": WORDS, "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-5, "hidden_act": "silu", "tie_word_embeddings": False,
        "bos_token_id": 256, "eos_token_id": 257,
    }))  # fmt: skip
    shown = [b for b in range(256) if 33 <= b <= 126 or (b >= 161 and b != 173)]
    hidden = [b for b in range(256) if b not in shown]
    words = {chr(b): b for b in shown} | {chr(256 + i): b for i, b in enumerate(hidden)}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    special = [{"id": i, "content": c, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for i, c in ((256, "<s>"), (257, "</s>"))]
    (folder / "tokenizer.json").write_text(json.dumps({
        "version": "1.0", "added_tokens": special, "normalizer": None, "pre_tokenizer": level,
        "post_processor": None, "decoder": level,
        "model": {"type": "BPE", "vocab": words | {"<s>": 256, "</s>": 257}, "merges": []},
    }))
    (folder / "tokenizer_config.json").write_text('{"bos_token": "<s>", "eos_token": "</s>"}')
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--bits", choices=["4", "8"], default="4")
    parser.add_argument("--dtype", default="bf16")
    parser.add_argument("--recompute", default="none")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--limit", type=float, default=8)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    model = args.folder / "model"
    drawn = model.exists()
    args.folder.mkdir(parents=True, exist_ok=drawn)
    try:
        need = 2.1 * args.layers * (4 * HIDDEN * HIDDEN + 3 * HIDDEN * INNER) + 1e9
        free = shutil.disk_usage(args.folder).free
        if free < need and not drawn:
            sys.exit(f"{args.folder}: {free / 1e9:.1f} GB are free; {need / 1e9:.1f} GB are needed")
        started = time.monotonic()
        if not drawn:
            model.mkdir()
            size = checkpoint(model, args.layers)
            print(f"drew {size / 1e9:.2f} GB in {time.monotonic() - started:.0f} s", flush=True)
        data = args.folder / "data.jsonl"
        text = "the quick brown fox jumps over the lazy dog, and again, "
        data.write_text("".join(json.dumps({"text": f"{i}: " + text * 12}) + "\n" for i in range(2)))
        command = [
            os.path.join(ROOT, "lora4j"), "train", "--task", "causal-lm", "--model", model, "--data", data,
            f"--load-in-{args.bits}bit", "--dtype", args.dtype, "--target-modules", "all-linear", "--rank", "16",
            "--alpha", "32", "--batch-size", "1", "--max-length", "512", "--packing", "off", "--steps", "2",
            "--checkpoint-layers", args.recompute, "--threads", args.threads,
            "--output", args.folder / "adapter", "--overwrite", "--json",
        ]  # fmt: skip
        environment = dict(os.environ, JDK_JAVA_OPTIONS="-Xmx1g")
        started = time.monotonic()
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, env=environment)
        if done.returncode != 0:
            sys.exit(done.returncode)
        report = json.loads(done.stdout.strip().splitlines()[-1])
        peak = report["peak_rss_mb"] / 1e3
        print(json.dumps(report))
        print(f"VmHWM {peak:.2f} GB; {time.monotonic() - started:.0f} s, of them {report.get('train_seconds')} training")
        sys.exit(0 if peak <= args.limit else f"more than {args.limit} GB")
    finally:
        if not args.keep:
            shutil.rmtree(args.folder)


if __name__ == "__main__":
    main()
