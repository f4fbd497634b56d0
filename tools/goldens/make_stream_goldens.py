# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.generate.TextAssembler: a byte-level tokenizer whose tokens end inside Chinese
characters and emoji, and what transformers decodes from tokens of it and of the other tokenizers.

usage: python make_stream_goldens.py GOLDEN_DIR   (lora-hf/src/test/resources/golden)
"""
import json
import pathlib
import random
import sys

import tokenizers
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

SEED = 20261127
FOLDERS = ["stream/bytes", "tokenizers/roberta", "tokenizers/wordpiece", "chat/bytes", "chat/metaspace",
           "samples/metaspace"]
TEXTS = [
    "東京都の天気は晴れです。中国語と日本語、그리고 한국어도 있습니다.",
    "家族 👨‍👩‍👧‍👦 と 👩🏽‍🚀、旗 🏳️‍🌈 と 🇯🇵🇰🇷、😀😁😂🤣🥲",
    "naïve café, Привет мир, Ελληνικά, עברית, العربية, हिन्दी, ไทย",
    "The quick brown fox jumps over the lazy dog.\n\nIt's 90-minute; don't!",
    "  leading and   inner spaces\tand\ttabs \r\n",
    "𠮷野家 𝕳𝖊𝖑𝖑𝖔 ﷽ e\u0301 \u200b\ufffd end",
]


def byte_level():
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    made.train_from_iterator(TEXTS * 3, trainer)
    made.add_tokens(["<think>", "語語"])
    return made


def main(golden):
    folder = golden / "stream/bytes"
    folder.mkdir(parents=True, exist_ok=True)
    byte_level().save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": "<|im_end|>"}) + "\n")
    draw = random.Random(SEED)
    cases = {}
    for name in FOLDERS:
        fast = PreTrainedTokenizerFast(tokenizer_file=str(golden / name / "tokenizer.json"))
        whole = [fast(text, add_special_tokens=False)["input_ids"] for text in TEXTS]
        some = [[draw.randrange(len(fast)) for _ in range(draw.randint(1, 40))] for _ in range(12)]
        cases[name] = [
            dict(ids=ids, text=fast.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))
            for ids in whole + some
        ]
    manifest = dict(script="tools/goldens/make_stream_goldens.py", seed=SEED, tokenizers=tokenizers.__version__,
                    transformers=transformers.__version__)
    text = json.dumps(dict(manifest=manifest, texts=TEXTS, cases=cases)).replace('{"ids"', '\n{"ids"')
    (golden / "stream/cases.json").write_text(text + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
