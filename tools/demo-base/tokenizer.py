# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""The base's tokenizer: a BPE whose Chinese characters, digits and signs are one token each.

The characters are the 5,401 frequently used ones of Big5 (its first plane), ASCII, the full-width
forms and some signs; any other falls back to its UTF-8 bytes. Merges make one token of each word in
words.py and of the pieces of JSON. Nothing is trained: the same file comes out each time.
"""
import collections
import itertools
import json
import pathlib

from words import ENDINGS, FIELDS, JSON_PIECES, TASKS

SPECIAL = ["<unk>", "<s>", "</s>", "<pad>"]
# Of place names, and not among Big5's frequent ones.
PLACES = "坵埕埗堀墘庄旻晟檨浯湳舖芎茯莿菇碇萣垵垻薏峯荖鯤鯓蚵漯磘窯畚犂匏鰲瑠壠凃崙崁坑埔埤塭厝寮汕湖圳墩隘"
SIGNS = "\u3000、。〈〉《》「」『』【】〔〕·—–…‧○〇％℃"


def chinese():
    """The frequently used characters of Big5, in its order (by strokes)."""
    found = []
    for high in range(0xA4, 0xC7):
        for low in itertools.chain(range(0x40, 0x7F), range(0xA1, 0xFF)):
            if (high, low) <= (0xC6, 0x7E):
                found.append(bytes([high, low]).decode("big5"))
    return found


def characters():
    ascii_signs = ["\n", "\t"] + [chr(c) for c in range(0x20, 0x7F)]
    wide = [chr(c) for c in range(0xFF01, 0xFF5F)]
    return list(dict.fromkeys(ascii_signs + wide + list(SIGNS) + chinese()))


def rare():
    """The less frequent characters of Big5: those that stand for all that fall back to bytes."""
    found = []
    for high in range(0xC9, 0xFA):
        for low in itertools.chain(range(0x40, 0x7F), range(0xA1, 0xFF)):
            if (high, low) <= (0xF9, 0xD5):
                found.append(bytes([high, low]).decode("big5"))
    return [c for c in found if c not in PLACES]


def merges():
    """Byte pair encoding of the words, the most frequent pair first, until each word is whole."""
    words = [list(w) for w in dict.fromkeys(FIELDS + TASKS + ENDINGS)]
    pairs = []
    while any(len(w) > 1 for w in words):
        count = collections.Counter(p for w in words for p in zip(w, w[1:]))
        best = min(count, key=lambda p: (-count[p], p))
        pairs.append(best)
        for w in words:
            i = 0
            while i + 1 < len(w):
                if (w[i], w[i + 1]) == best:
                    w[i : i + 2] = [w[i] + w[i + 1]]
                i += 1
    return JSON_PIECES + pairs


def write(directory):
    tokens = SPECIAL + [f"<0x{b:02X}>" for b in range(256)] + characters()
    pairs = merges()
    tokens = list(dict.fromkeys(tokens + ["".join(p) for p in pairs] + list(PLACES)))
    added = [
        dict(id=i, content=t, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
        for i, t in enumerate(SPECIAL)
    ]
    pattern = r'[A-Za-z]+|["{}\[\]:,]+|[^A-Za-z"{}\[\]:,]'
    begin = {"id": "<s>", "ids": [1], "tokens": ["<s>"]}
    tokenizer = dict(
        version="1.0",
        truncation=None,
        padding=None,
        added_tokens=added,
        normalizer=None,
        pre_tokenizer=dict(type="Split", pattern={"Regex": pattern}, behavior="Isolated", invert=False),
        post_processor=dict(
            type="TemplateProcessing",
            single=[{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            pair=[
                {"SpecialToken": {"id": "<s>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"Sequence": {"id": "B", "type_id": 1}},
            ],
            special_tokens={"<s>": begin},
        ),
        decoder=dict(type="Sequence", decoders=[dict(type="ByteFallback"), dict(type="Fuse")]),
        model=dict(
            type="BPE",
            dropout=None,
            unk_token="<unk>",
            continuing_subword_prefix=None,
            end_of_word_suffix=None,
            fuse_unk=True,
            byte_fallback=True,
            ignore_merges=False,
            vocab={t: i for i, t in enumerate(tokens)},
            merges=[list(p) for p in pairs],
        ),
    )
    config = dict(
        tokenizer_class="PreTrainedTokenizerFast",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")) + "\n"
    (directory / "tokenizer.json").write_text(text, encoding="utf-8")
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    (directory / "tokenizer_config.json").write_text(text, encoding="utf-8")
    return len(tokens)
