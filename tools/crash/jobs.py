# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Small models, data and the kinds of trainings that are killed."""

import array
import dataclasses
import json
import os
import pathlib
import random
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEGIN, END, WORDS = 256, 257, 258
HIDDEN, HEADS, KEY_HEADS, INTERMEDIATE = 48, 4, 2, 80
VOCABULARY = ["good", "bad", "film", "plot", "long", "a", "the", "is"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@dataclasses.dataclass
class Job:
    name: str
    model: pathlib.Path
    data: pathlib.Path
    options: list
    evaluate_every: int = 0

    def validates(self, rows):
        """Whether a validation begins about when the table has so many rows."""
        return rows % (self.evaluate_every + 1) == self.evaluate_every


class Workshop:
    def __init__(self, folder):
        self.folder = folder
        self.llama = write_llama(folder / "llama")
        self.bert = write_bert(folder / "bert")
        self.texts = lines(folder / "texts.jsonl", 90, 0)
        self.large = lines(folder / "large.jsonl", 310, 20_000)  # two windows of a streamed file
        self.few = lines(folder / "few.jsonl", 12, 0)
        self.rows = table(folder / "rows.tsv", 120, lambda i: ["no", "yes"][i % 3 == 0])
        self.more = table(folder / "more.tsv", 40, lambda i: ["no", "yes"][i % 3 == 0])
        self.numbers = table(folder / "numbers.tsv", 120, lambda i: (i % 7) / 3)

    def command(self, job, output):
        given = os.environ.get("LORA4J", str(ROOT / "lora4j"))
        return [given, "train", "--model", str(job.model), "--data", str(job.data)] + [
            "--output", str(output), "--resume", "--rank", "3", "--alpha", "7",
        ] + [str(option) for option in job.options]  # fmt: skip

    def jobs(self):
        causal = ["--task", "causal-lm", "--max-length", "64"]
        columns = ["--text-column", "text", "--label-column", "label"]
        return [
            Job("packed", self.llama, self.texts, causal + [
                "--validation", self.few, "--evaluate-every", 7, "--dropout", 0.2, "--batch-size", 2,
                "--accumulate", 2, "--epochs", 4, "--save-every", 3, "--threads", 1], 7),
            Job("streamed", self.llama, self.large, causal + [
                "--stream", "on", "--packing", "off", "--batch-size", 16, "--steps", 30,
                "--save-every", 2, "--threads", 1]),
            Job("classifier", self.bert, self.rows, columns + [
                "--validation", self.more, "--evaluate-every", 6, "--patience", 4, "--dropout", 0.1,
                "--batch-size", 8, "--epochs", 6, "--learning-rate", 0.01, "--save-every", 1,
                "--threads", 1], 6),
            Job("regression", self.bert, self.numbers, columns + [
                "--task", "regression", "--optimizer", "sgd", "--schedule", "cosine", "--bucketing",
                "off", "--batch-size", 4, "--epochs", 2, "--save-every", "1s", "--threads", 1]),
            Job("full", self.llama, self.texts, causal + [
                "--method", "full", "--batch-size", 4, "--steps", 40, "--save-every", 2,
                "--keep-checkpoints", 1, "--threads", 1]),
            Job("tokens", self.llama, self.texts, causal + [
                "--add-tokens", "<a>,<b>", "--batch-size", 4, "--steps", 40, "--save-every", 4,
                "--on-divergence", "rollback", "--threads", 2]),
        ]  # fmt: skip


def lines(file, count, padding):
    with open(file, "w") as out:
        for i in range(count):
            text = f"text {'of a line ' * (i % 3)}{i}"
            out.write(json.dumps({"text": text, "other": "x" * padding}) + "\n")
    return file


def table(file, count, label):
    with open(file, "w") as out:
        out.write("text\tlabel\n")
        for i in range(count):
            words = [VOCABULARY[(i * k + k) % len(VOCABULARY)] for k in range(1, 3 + i % 9)]
            out.write(f"{' '.join(words)}\t{label(i)}\n")
    return file


class Weights:
    """Random float32 tensors, written as safetensors."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tensors = {}

    def add(self, name, *shape, mean=0.0):
        count = 1
        for size in shape:
            count *= size
        values = array.array("f", (mean + self.random.gauss(0, 0.15) for _ in range(count)))
        if sys.byteorder == "big":
            values.byteswap()
        self.tensors[name] = (shape, values.tobytes())

    def layer(self, path, out, inputs):
        self.add(path + ".weight", out, inputs)
        self.add(path + ".bias", out)

    def norm(self, path):
        self.add(path + ".weight", HIDDEN, mean=1.0)
        self.add(path + ".bias", HIDDEN)

    def write(self, file):
        header, offset = {}, 0
        for name, (shape, data) in self.tensors.items():
            header[name] = {
                "dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(data)],
            }  # fmt: skip
            offset += len(data)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(file, "wb") as out:
            out.write(struct.pack("<Q", len(text)) + text)
            for _, data in self.tensors.values():
                out.write(data)


def write_llama(folder):
    folder.mkdir()
    weights = Weights(5)
    weights.add("model.embed_tokens.weight", WORDS, HIDDEN)
    for i in range(2):
        layer = f"model.layers.{i}."
        weights.add(layer + "input_layernorm.weight", HIDDEN, mean=1.0)
        weights.add(layer + "post_attention_layernorm.weight", HIDDEN, mean=1.0)
        keys = KEY_HEADS * HIDDEN // HEADS
        for name, out, inputs in (
            ("self_attn.q_proj", HIDDEN, HIDDEN), ("self_attn.k_proj", keys, HIDDEN),
            ("self_attn.v_proj", keys, HIDDEN), ("self_attn.o_proj", HIDDEN, HIDDEN),
            ("mlp.gate_proj", INTERMEDIATE, HIDDEN), ("mlp.up_proj", INTERMEDIATE, HIDDEN),
            ("mlp.down_proj", HIDDEN, INTERMEDIATE),
        ):  # fmt: skip
            weights.add(layer + name + ".weight", out, inputs)
    weights.add("model.norm.weight", HIDDEN, mean=1.0)
    weights.add("lm_head.weight", WORDS, HIDDEN)
    weights.write(folder / "model.safetensors")
    write(folder / "config.json", {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": WORDS,
        "hidden_size": HIDDEN, "intermediate_size": INTERMEDIATE, "num_hidden_layers": 2,
        "num_attention_heads": HEADS, "num_key_value_heads": KEY_HEADS,
        "max_position_embeddings": 512, "hidden_act": "silu", "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0, "tie_word_embeddings": False, "initializer_range": 0.02,
        "bos_token_id": BEGIN, "eos_token_id": END, "torch_dtype": "float32",
    })  # fmt: skip
    vocabulary, shifted = {}, 256  # where GPT-2 puts the bytes that are no visible character
    for byte in range(256):
        visible = 33 <= byte <= 126 or (byte >= 161 and byte != 173)
        vocabulary[chr(byte if visible else shifted)] = byte
        shifted += not visible
    write(folder / "tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None,
        "added_tokens": [special("<s>", BEGIN), special("</s>", END)],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                          "use_regex": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                       {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                     {"Sequence": {"id": "A", "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [BEGIN], "tokens": ["<s>"]}}},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
                    "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None,
                  "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "merges": [],
                  "vocab": {**vocabulary, "<s>": BEGIN, "</s>": END}},
    })  # fmt: skip
    write(folder / "tokenizer_config.json", {"bos_token": "<s>", "eos_token": "</s>"})
    return folder


def write_bert(folder):
    folder.mkdir()
    words = SPECIAL + VOCABULARY
    weights = Weights(6)
    weights.add("embeddings.word_embeddings.weight", len(words), HIDDEN)
    weights.add("embeddings.position_embeddings.weight", 32, HIDDEN)
    weights.add("embeddings.token_type_embeddings.weight", 2, HIDDEN)
    weights.norm("embeddings.LayerNorm")
    for i in range(2):
        layer = f"encoder.layer.{i}."
        for name in ("query", "key", "value"):
            weights.layer(layer + "attention.self." + name, HIDDEN, HIDDEN)
        weights.layer(layer + "attention.output.dense", HIDDEN, HIDDEN)
        weights.norm(layer + "attention.output.LayerNorm")
        weights.layer(layer + "intermediate.dense", INTERMEDIATE, HIDDEN)
        weights.layer(layer + "output.dense", HIDDEN, INTERMEDIATE)
        weights.norm(layer + "output.LayerNorm")
    weights.layer("pooler.dense", HIDDEN, HIDDEN)
    weights.write(folder / "model.safetensors")
    write(folder / "config.json", {
        "architectures": ["BertModel"], "model_type": "bert", "vocab_size": len(words),
        "hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": HEADS,
        "intermediate_size": INTERMEDIATE, "max_position_embeddings": 32, "type_vocab_size": 2,
        "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
        "layer_norm_eps": 1e-12, "initializer_range": 0.02, "pad_token_id": 0,
    })  # fmt: skip
    around = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
              {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]  # fmt: skip
    second = [{"Sequence": {"id": "B", "type_id": 1}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]  # fmt: skip
    write(folder / "tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [special(word, i) for i, word in enumerate(SPECIAL)],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing", "single": around, "pair": around + second,
            "special_tokens": {
                "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {word: i for i, word in enumerate(words)}},
    })  # fmt: skip
    return folder


def special(content, number):
    return {"id": number, "content": content, "single_word": False, "lstrip": False,
            "rstrip": False, "normalized": False, "special": True}  # fmt: skip


def write(file, value):
    file.write_text(json.dumps(value))
