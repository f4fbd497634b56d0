#!/usr/bin/env python3
# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Mutates tokenizer files and loads each in a child JVM: none may end it.

    tools/goldens/fuzz_tokenizers.py CLASSPATH [COUNT] [SEED]

CLASSPATH has lora-hf's classes, test classes and what they need. Prints how the folders ended, and
those that ended the process (exit 1). Needs no packages.
"""

import base64
import copy
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "lora-hf/src/test/resources/golden/tokenizer-classes"
ODD = [
    None, True, False, 0, 1, -1, 2, 3.5, 2**31, 2**32 - 1, 2**32, 2**63, -(2**63), 1e308, "", "a", " ", "##", "</w>", "▁", "\0",
    "Ġ", "é", "\U0010ffff", "[CLS]", "<s>", "A", "B", "x" * 5000, [], {}, [[]], [{}], {"a": 1}, [None], ["a", 1], ["a", "b", "c"],
    "(a+)+", "(\\s|\\s)*x", "\\s*x", "(", "[", "a{1,99999}", "(a{99}){99}", "\\p{Han}+", "(?<!a*)b", "(?i)\\1", "^$", "x*", ".",
]  # fmt: skip
PARTS = [
    {"type": "Strip", "content": " ", "start": 1, "stop": 1}, {"type": "Strip", "content": " ", "start": 0, "stop": 900},
    {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Replace", "pattern": {"String": ""}, "content": "xy"},
    {"type": "Replace", "pattern": {"Regex": ""}, "content": "é"}, {"type": "Replace", "pattern": {"Regex": "x*"}, "content": ""},
    {"type": "Replace", "pattern": {"Regex": "."}, "content": ""}, {"type": "Replace", "pattern": {"String": "a"}, "content": "aaaa"},
    {"type": "Prepend", "prepend": ""}, {"type": "Prepend", "prepend": "▁▁é"}, {"type": "ByteLevel"}, {"type": "NFKD"}, {"type": "Nmt"},
    {"type": "Lowercase"}, {"type": "StripAccents"}, {"type": "Precompiled", "precompiled_charsmap": ""},
    {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(b"\x04\0\0\0\0\0\0\0a").decode()},
    {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": True, "lowercase": True},
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}, {"type": "WhitespaceSplit"},
    {"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated", "invert": False},
    {"type": "Split", "pattern": {"Regex": ""}, "behavior": "Removed", "invert": True},
    {"type": "Split", "pattern": {"Regex": "x*"}, "behavior": "MergedWithNext", "invert": False},
    {"type": "Split", "pattern": {"Regex": "\\s+|."}, "behavior": "Contiguous", "invert": False},
    {"type": "Split", "pattern": {"String": "SPL1T"}, "behavior": "MergedWithPrevious", "invert": True},
    {"type": "Punctuation", "behavior": "Contiguous"}, {"type": "Digits", "individual_digits": True}, {"type": "UnicodeScripts"},
    {"type": "CharDelimiterSplit", "delimiter": " "}, {"type": "Metaspace", "replacement": "é", "prepend_scheme": "first", "split": True},
    {"type": "BPEDecoder", "suffix": ""}, {"type": "WordPiece", "prefix": "", "cleanup": True}, {"type": "Fuse"}, {"type": "ByteFallback"},
    {"type": "CTC", "pad_token": "", "word_delimiter_token": "", "cleanup": True}, {"type": "BertProcessing", "sep": ["x", 9], "cls": ["", 0]},
    {"type": "RobertaProcessing", "sep": ["x", 2**32 - 1], "cls": ["y", 1], "trim_offsets": True, "add_prefix_space": True},
    {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B", "type_id": 0}}], "pair": [], "special_tokens": {}},
    {"type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {}},
    {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "q", "type_id": 0}}], "pair": [], "special_tokens": {"q": {"id": "q", "ids": [1, 2], "tokens": ["q"]}}},
]  # fmt: skip
SEQUENCES = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "post_processor": "processors", "decoder": "decoders"}
CLASSES = [None, None, None, "LlamaTokenizer", "BertTokenizer", "GPT2Tokenizer", "XLMRobertaTokenizer", "Qwen2Tokenizer", "RobertaTokenizer", "T5Tokenizer"]


def places(value, found, parent=None, key=None):
    found.append((parent, key))
    if isinstance(value, dict):
        for name in list(value)[:400]:
            places(value[name], found, value, name)
    elif isinstance(value, list):
        for i in range(min(len(value), 400)):
            places(value[i], found, value, i)


def mutated(drawn, root):
    j = copy.deepcopy(root)
    for _ in range(drawn.choice([1, 1, 1, 2, 3])):
        how = drawn.random()
        if how < 0.35:
            part = drawn.choice(list(SEQUENCES))
            chosen = [copy.deepcopy(drawn.choice(PARTS)) for _ in range(drawn.randint(1, 3))]
            j[part] = chosen[0] if len(chosen) == 1 else {"type": "Sequence", SEQUENCES[part]: chosen}
            continue
        found = []
        if how < 0.6:  # the small parts
            for part in [*SEQUENCES, "added_tokens", "truncation", "padding"]:
                places(j.get(part), found, j, part)
            places({k: v for k, v in j["model"].items() if k not in ("vocab", "merges")}, found)
            found += [(j["model"], k) for k in j["model"]]
        else:
            places(j, found)
        parent, key = drawn.choice([f for f in found if f[0] is not None])
        act = drawn.random()
        if act < 0.3 and isinstance(parent, dict):
            parent.pop(key, None)
        elif act < 0.4 and isinstance(parent, list):
            parent.insert(key, copy.deepcopy(drawn.choice(parent)) if parent else None)
        elif act < 0.5 and isinstance(parent, dict):
            parent[drawn.choice(["", "a", "\0", "fog", "x" * 2000])] = parent.get(key)
        elif (isinstance(parent, list) and key < len(parent)) or isinstance(parent, dict):
            parent[key] = copy.deepcopy(drawn.choice(ODD))
    return json.dumps(j, ensure_ascii=drawn.random() < 0.5)


def write(folder, drawn, roots):
    folder.mkdir()
    text = mutated(drawn, drawn.choice(roots))
    if drawn.random() < 0.08:
        cut = drawn.randrange(len(text))
        text = text[:cut] + drawn.choice(["", "\0", "[" * 3000, "\\ud800", '"', "1e999"]) + text[cut + drawn.randint(0, 3) :]
    (folder / "tokenizer.json").write_text(text, encoding="utf-8")
    config = {}
    if name := drawn.choice(CLASSES):
        config["tokenizer_class"] = name
    for key in ("split_special_tokens", "bos_token", "added_tokens_decoder", "extra_special_tokens", "add_prefix_space", "do_lower_case"):
        if drawn.random() < 0.06:
            config[key] = drawn.choice(ODD + [{"5": {"content": "", "special": True}}, ["", "a", " "], True])
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def main():
    classpath, count, seed = sys.argv[1], int((sys.argv + [0, 2000])[2] or 2000), int((sys.argv + [0, 0, 1])[3] or 1) if len(sys.argv) > 3 else 1
    drawn = random.Random(seed)
    roots = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(GOLDEN.glob("*.json")) if p.stem not in ("cases", "manifest")]
    crashed = []
    with tempfile.TemporaryDirectory() as scratch:
        folders, progress = pathlib.Path(scratch) / "folders", pathlib.Path(scratch) / "progress"
        folders.mkdir()
        for i in range(count):
            write(folders / f"{i:06}", drawn, roots)
        behind = []
        while True:
            progress.write_text("start")
            command = ["java", "-Xmx600m", "-Dai.djl.offline=true", "-cp", classpath, "org.lora4j.text.TokenizerFuzz", folders, progress, *behind]
            child = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                out, err = child.communicate(timeout=60 + count / 10)
            except subprocess.TimeoutExpired:
                child.kill()
                out, err = child.communicate()
                err += "TIME"
            print(out.strip())
            at = progress.read_text()
            if at == "done":
                break
            crashed.append(at)
            kept = pathlib.Path(tempfile.gettempdir()) / f"crash-{seed}-{at}"
            shutil.rmtree(kept, ignore_errors=True)
            if (folders / at).exists():
                shutil.copytree(folders / at, kept)
            print("ENDED THE JVM:", kept, [line for line in err.splitlines() if "panicked" in line or "TIME" in line or "Error" in line][:3])
            behind = [at]
    print(len(crashed), "of", count, "ended the process")
    return 1 if crashed else 0


if __name__ == "__main__":
    sys.exit(main())
