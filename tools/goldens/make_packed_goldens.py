# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of weights in 4 and 8 bits: what bitsandbytes 0.50.2 packs on a CPU, and unpacks.

Writes {matrices.safetensors,manifest.json} into the folder that it is given.
Run: python tools/goldens/make_packed_goldens.py FOLDER (needs torch, bitsandbytes; no network).
"""

import json
import os
import pathlib
import sys

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import bitsandbytes  # noqa: E402
import torch  # noqa: E402
from bitsandbytes import functional  # noqa: E402
from bitsandbytes.backends.default import ops  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

SEED = 20261130
HALF = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}

# name: (rows, columns, dtype)
CASES = {
    "even": (24, 128, "float32"),
    "bfloat16": (40, 192, "bfloat16"),
    "float16": (9, 64, "float16"),
    "odd": (7, 33, "float32"),  # an odd count, whose last block is short
    "ragged": (10, 100, "bfloat16"),  # blocks that do not end with rows
    "many": (180, 100, "bfloat16"),  # more blocks than one outer scale has
    "ties": (8, 64, "float32"),
    "zeros": (6, 96, "float32"),
}


def matrix(name, rows, columns, dtype):
    w = torch.randn(rows, columns) * torch.rand(rows, 1).mul(0.2)
    w[torch.rand_like(w) < 0.005] *= 9  # outliers
    if name == "ties":  # halfway between two numbers of NF4, exactly
        code = functional.get_4bit_type("nf4", device="cpu")
        middles = (code[:-1] + code[1:]) / 2
        w = torch.cat([middles, code, middles.flip(0), code, -middles[:1], code[-1:]]).repeat(8)[: rows * columns]
        w = w.reshape(rows, columns).clone()
        w[:, -1] = 1
    if name == "zeros":
        w[1:4] = 0
        w[5, 64:] = 0
    return w.to(HALF[dtype])


def nested(w, tensors, name):
    codes, state = functional.quantize_4bit(w, compress_statistics=True, quant_type="nf4")
    tensors[f"{name}.nested.codes"] = state.absmax
    tensors[f"{name}.nested.scales"] = state.state2.absmax
    tensors[f"{name}.nested.offset"] = state.offset.reshape(1)
    tensors["map"] = state.state2.code.clone()
    tensors["nf4"] = state.code.clone()
    scales = functional.dequantize_blockwise(state.absmax, state.state2) + state.offset
    for word, dtype in HALF.items():
        # the kernel with AVX-512 takes wrong scales where a row does not end with a block
        plain = ops._dequantize_4bit_compute(codes.reshape(-1), scales, state.code, 64, w.shape, dtype)
        tensors[f"{name}.nested.{word}"] = plain
        if w.shape[1] % 64 == 0:
            assert torch.equal(functional.dequantize_4bit(codes, state).to(torch.float32), plain.float()) or dtype != w.dtype


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    tensors = {}
    for name, (rows, columns, dtype) in CASES.items():
        w = matrix(name, rows, columns, dtype)
        tensors[f"{name}.w"] = w
        codes, state = functional.quantize_4bit(w, compress_statistics=False, quant_type="nf4")
        tensors[f"{name}.nf4.codes"] = codes.reshape(-1)
        tensors[f"{name}.nf4.scales"] = state.absmax
        for word, kind in HALF.items():
            tensors[f"{name}.nf4.{word}"] = ops._dequantize_4bit_compute(
                codes.reshape(-1), state.absmax, state.code, 64, w.shape, kind
            )
        nested(w, tensors, name)
        eight, scales, _ = functional.int8_vectorwise_quant(w.to(torch.float16))
        tensors[f"{name}.int8.codes"] = eight
        tensors[f"{name}.int8.scales"] = scales
        for word, kind in HALF.items():  # as MatMul8bitFp does, the layer of training on a CPU
            tensors[f"{name}.int8.{word}"] = eight.to(kind).mul_(scales.unsqueeze(1).mul(1.0 / 127.0))
    save_file({key: value.contiguous().clone() for key, value in tensors.items()}, folder / "matrices.safetensors")
    manifest = {
        "script": "tools/goldens/make_packed_goldens.py",
        "seed": SEED,
        "bitsandbytes": bitsandbytes.__version__,
        "torch": torch.__version__,
        "cases": {name: {"shape": [r, c], "dtype": d} for name, (r, c, d) in CASES.items()},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
