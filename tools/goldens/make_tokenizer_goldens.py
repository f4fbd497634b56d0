#!/usr/bin/env python3
# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens for org.lora4j.text.tokenizer: what transformers makes of small folders of every class.

    tools/goldens/make_tokenizer_goldens.py

Writes lora-hf/src/test/resources/golden/tokenizer-classes/: a tokenizer.json for each kind of model
(kept where it is there, since training depends on hash tables) and cases.json.
"""

import json
import os
import pathlib
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import tokenizers  # noqa: E402
import transformers  # noqa: E402
from tokenizer_folders import BASES, CLASSES, SETTINGS, answers, strings, write_folder  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

OUT = pathlib.Path(__file__).resolve().parents[2] / "lora-hf/src/test/resources/golden/tokenizer-classes"
SEED = 3
# Some settings for every class, all of them for a few.
FEW = ["plain"]
ALL = ["LlamaTokenizer", "BertTokenizer", "RobertaTokenizer", "GPT2Tokenizer", "Qwen2Tokenizer", "XLMRobertaTokenizer", "TokenizersBackend"]
MODEL_TYPES = [
    (kind, model_type, name)
    for kind, model_type in (("bytes", "llama"), ("bytes", "mistral"), ("bytes", "qwen2"), ("pieces", "phi3"), ("pieces", "gemma2"))
    for name in (None, "LlamaTokenizerFast", "GPT2TokenizerFast", "NoSuchTokenizer")
] + [("wordpiece", "bert", None), ("wordpiece", "distilbert", None), ("unigram", "xlm-roberta", None), ("bytes", "roberta", None)]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for kind, make in BASES.items():
        if not (OUT / f"{kind}.json").exists():
            (OUT / f"{kind}.json").write_text(json.dumps(json.loads(make().to_str()), ensure_ascii=False) + "\n", encoding="utf-8")
    cases = []
    for kind, names in CLASSES.items():
        for name in names.split():
            for setting in SETTINGS if name in ALL and kind != "unigram" or name == "XLMRobertaTokenizer" else FEW:
                cases.append((kind, "llama", name, setting))
    cases += [(kind, model_type, name, "plain") for kind, model_type, name in MODEL_TYPES]
    texts = strings(14, SEED)[5:]
    written = []
    with tempfile.TemporaryDirectory() as scratch:
        for number, (kind, model_type, name, setting) in enumerate(cases):
            folder = pathlib.Path(scratch) / str(number)
            write_folder(folder, (OUT / f"{kind}.json").read_text(encoding="utf-8"), model_type, name, **SETTINGS[setting])
            tokenizer = AutoTokenizer.from_pretrained(folder)
            written.append(
                {
                    "kind": kind, "model_type": model_type, "class": name, "name": setting, "settings": SETTINGS[setting],
                    "built": type(tokenizer).__name__,
                    "answers": [list(answer.values()) for answer in answers(tokenizer, texts)],
                }
            )  # fmt: skip
    lines = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in written)
    texts = json.dumps(texts, ensure_ascii=True)
    (OUT / "cases.json").write_text(f'{{"texts": {texts},\n"cases": [\n{lines}\n]}}\n', encoding="utf-8")
    manifest = {
        "script": "tools/goldens/make_tokenizer_goldens.py", "seed": SEED,
        "transformers": transformers.__version__, "tokenizers": tokenizers.__version__,
    }  # fmt: skip
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(len(written), "cases")


if __name__ == "__main__":
    main()
