# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Random conversations become the same text and tokens in transformers."""

import copy
import json
import pathlib
import random
import sys

import jinja2
import transformers
from harness import check, lora4j, require

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "goldens"))

import chat_conversations
import chat_templates
import make_chat_goldens

CASES = 60


def conversations(draw):
    """What a data file can hold: variables are not among it."""
    cases = [chat_conversations.random_case(draw) for _ in range(CASES)]
    return [{key: case[key] for key in ("messages", "tools", "documents") if case.get(key) is not None} for case in cases]


def theirs(tokenizer, template, case, prompt):
    """Text and ids of transformers, or None where it refuses the conversation."""
    def apply(**more):
        return tokenizer.apply_chat_template(
            copy.deepcopy(case["messages"]), tools=case.get("tools"), documents=case.get("documents"),
            chat_template=template, add_generation_prompt=prompt, **more,
        )  # fmt: skip

    try:
        return apply(tokenize=False), apply(sanitize_control_tokens=True, return_dict=False)
    except (jinja2.TemplateError, TypeError, AttributeError):
        return None


@check
def random_conversations_render_as_in_transformers(workshop):
    require("render", "--generation-prompt")
    folder = workshop.make("chat")
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    same = refused = 0
    for kind in ("bytes", "metaspace"):
        tokenizer = make_chat_goldens.tokenizer(kind)
        tokenizer.chat_control_tokens = []
        for name, template in chat_templates.TEMPLATES.items():
            model = folder / kind / name
            model.mkdir(parents=True)
            tokenizer.chat_template = template
            tokenizer.save_pretrained(model)
            cases = conversations(draw)
            data = model / "chats.jsonl"
            data.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
            report = lora4j("render", "--model", model, "--data", data, "--generation-prompt", "--json").report
            for case, ours in zip(cases, report["conversations"], strict=True):
                expected = theirs(tokenizer, template, case, prompt=True)
                what = f"seed {seed}, {kind}, {name}, {json.dumps(case)}"
                if expected is None:
                    assert "error" in ours, f"transformers refuses it: {what}"
                    refused += 1
                else:
                    assert "error" not in ours, f"{ours['error']}: {what}"
                    assert ours["text"] == expected[0], f"{ours['text']!r}, expected {expected[0]!r}: {what}"
                    assert ours["ids"] == expected[1], f"ids {ours['ids']}, expected {expected[1]}: {what}"
                    same += 1
    assert same > refused, f"only {same} of {same + refused} rendered"
    return f"{same} conversations to the character and token, {refused} refused by both; seed {seed}"


@check
def what_is_learnt_is_what_the_assistant_says(workshop):
    """The mask of a template with generation marks is transformers' own."""
    require("render", "--data")
    folder = workshop.make("chat-mask")
    draw = random.Random(5)
    compared = 0
    for kind in ("bytes", "metaspace"):
        tokenizer = make_chat_goldens.tokenizer(kind)
        tokenizer.chat_template = chat_templates.MARKED
        model = folder / kind
        tokenizer.save_pretrained(model)
        words = ["tide", "ebb", "舟", "🦀", "é", "7", "<think>", "\n", "north"]
        cases = []
        for _ in range(40):
            turns = [" ".join(draw.choices(words, k=draw.randint(1, 9))) for _ in range(2 * draw.randint(1, 3))]
            roles = ["user", "assistant"] * (len(turns) // 2)
            cases.append({"messages": [{"role": r, "content": t} for r, t in zip(roles, turns, strict=True)]})
        data = model / "chats.jsonl"
        data.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
        report = lora4j("render", "--model", model, "--data", data, "--json").report
        for case, ours in zip(cases, report["conversations"], strict=True):
            made = tokenizer.apply_chat_template(case["messages"], return_dict=True, return_assistant_tokens_mask=True)
            assert [s["ids"] for s in ours["samples"]] == [made["input_ids"]], case
            assert [s["learnt"] for s in ours["samples"]] == [made["assistant_masks"]], case
            compared += 1
    return f"{compared} masks, transformers {transformers.__version__}"
