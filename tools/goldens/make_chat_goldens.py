# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of chat templates: what jinja2, set up by transformers, renders.

Usage: python tools/goldens/make_chat_goldens.py snippets|chats ...
    snippets   constructs of the language: lora-jinja/src/test/resources/golden/
    chats      templates, conversations and their tokens: lora-hf/src/test/resources/golden/chat/
Needs transformers and jinja2.
"""

import copy
import datetime
import gzip
import json
import logging
import sys
from pathlib import Path

import chat_conversations
import chat_snippets
import chat_templates
import jinja2
import transformers
import transformers.utils.chat_template_utils as reference
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parents[2]
SNIPPETS = ROOT / "lora-jinja/src/test/resources/golden"
CHATS = ROOT / "lora-hf/src/test/resources/golden/chat"
SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
SPECIAL = (
    "<s> </s> <pad> <|im_start|> <|im_end|> <|start_header_id|> <|end_header_id|> <|eot_id|> [INST] [/INST] "
    "<start_of_turn> <end_of_turn> <|system|> <|user|> <|assistant|> <|end|> <|START|> <|END|> <|USER|> "
    "<|ASSISTANT|> <|start|> <|message|> <|channel|> <|return|> <｜User｜> <｜Assistant｜> <｜end▁of▁sentence｜>"
).split()
TOKENIZED = ["one-question", "one-answer", "system-answered", "long", "tool-call", *(f"hostile-{i}" for i in range(8))]


class Clock(datetime.datetime):
    """A clock that stands at the time that the tests give."""

    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 6, 9, 5, 7)


def render(template, case):
    """The text and generation spans of a case, or the error that transformers raises."""
    case = copy.deepcopy(case)
    messages = [{k: v for k, v in message.items() if v is not None} for message in case["messages"]]
    try:
        texts, spans = reference.render_jinja_template(
            [messages],
            tools=case.get("tools"),
            documents=case.get("documents"),
            chat_template=template,
            return_assistant_tokens_mask=True,
            add_generation_prompt=case.get("add_generation_prompt", False),
            **{**SPECIAL_TOKENS, **case.get("variables", {})},
        )
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"text": texts[0], **({"spans": spans[0]} if spans[0] else {})}


def render_snippet(template):
    try:
        compiled = reference._compile_jinja_template(template)
        return {"template": template, "text": compiled.render(**copy.deepcopy(chat_snippets.VARIABLES))}
    except Exception as error:
        return {"template": template, "error": f"{type(error).__name__}: {error}"[:200]}


def corpus():
    for case in chat_conversations.fixed().values():
        for message in case["messages"]:
            if isinstance(message.get("content"), str):
                yield message["content"]


def tokenizer(kind):
    """A small tokenizer whose special tokens are those of the templates; <think> is not special."""
    if kind == "bytes":
        model = Tokenizer(models.BPE())
        model.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        model.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=420, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
        )
    else:  # as Llama 2's: a space before the text, bytes for unknown characters
        model = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
        model.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        model.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
        bytes_ = [f"<0x{b:02X}>" for b in range(256)]
        trainer = trainers.BpeTrainer(vocab_size=560, special_tokens=["<unk>", *bytes_], show_progress=False)
    model.train_from_iterator(corpus(), trainer)
    state = json.loads(model.to_str())
    state["added_tokens"] = [t for t in state["added_tokens"] if t["content"] == "<unk>"]
    model = Tokenizer.from_str(json.dumps(state))
    special = [AddedToken(token, normalized=False, special=True) for token in SPECIAL]
    model.add_special_tokens(special)
    model.add_tokens([AddedToken(token, normalized=False, special=False) for token in ("<think>", "</think>")])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=model, **SPECIAL_TOKENS)


def token_ids(tokenizer, template, case):
    """Ids with special tokens in messages kept as text."""
    case = copy.deepcopy(case)
    try:
        return tokenizer.apply_chat_template(
            case["messages"],
            tools=case.get("tools"),
            documents=case.get("documents"),
            chat_template=template,
            add_generation_prompt=case.get("add_generation_prompt", False),
            sanitize_control_tokens=True,
            return_dict=False,
            **case.get("variables", {}),
        )
    except jinja2.TemplateError:
        return None
    except TypeError:
        return None


def masked(tokenizer, case):
    """Ids and assistant mask by the template that marks what the assistant says."""
    made = tokenizer.apply_chat_template(
        copy.deepcopy(case["messages"]),
        chat_template=chat_templates.MARKED,
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    return {"ids": made["input_ids"], "mask": made["assistant_masks"]}


def write_tokens(kind):
    fast = tokenizer(kind)
    fast.chat_control_tokens = []
    folder = CHATS / kind
    folder.mkdir(parents=True, exist_ok=True)
    fast.save_pretrained(folder)
    cases = {name: case for name, case in chat_conversations.fixed().items() if name in TOKENIZED}
    ids = {}
    for name, template in chat_templates.TEMPLATES.items():
        made = {label: token_ids(fast, template, case) for label, case in cases.items()}
        ids[name] = {label: row for label, row in made.items() if row is not None}
    masks = {label: masked(fast, cases[label]) for label in ("one-answer", "long", "hostile-5")}
    write(CHATS / kind / "ids.json.gz", {"ids": ids, "masks": masks})
    return sum(len(rows) for rows in ids.values())


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, ensure_ascii=False, indent=0)
    with open(path, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed:
        packed.write(text.encode())


def write_manifest(folder, counts):
    manifest = {
        "script": "tools/goldens/make_chat_goldens.py",
        "transformers": transformers.__version__,
        "jinja2": jinja2.__version__,
        **counts,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(manifest)


def snippets():
    rendered = [render_snippet(template) for template in [*chat_snippets.snippets(), *chat_snippets.WHITESPACE]]
    assert all("text" in r for r in rendered), [r for r in rendered if "error" in r]
    refused = [render_snippet(template) for template in chat_snippets.REFUSED]
    write(SNIPPETS / "snippets.json.gz", {"variables": chat_snippets.VARIABLES, "snippets": rendered + refused})
    write_manifest(SNIPPETS, {"snippets": len(rendered), "refused_snippets": sum("error" in r for r in refused)})


def chats():
    cases = chat_conversations.fixed()
    renderings = {
        name: {case: render(template, arguments) for case, arguments in cases.items()}
        for name, template in chat_templates.TEMPLATES.items()
    }
    made = [r for by_case in renderings.values() for r in by_case.values()]
    write(
        CHATS / "templates.json.gz",
        {"templates": chat_templates.TEMPLATES, "cases": cases, "special_tokens": SPECIAL_TOKENS, "renderings": renderings},
    )
    counts = {"renderings": len(made), "refused": sum("error" in r for r in made)}
    write_manifest(CHATS, {**counts, "token_sequences": {kind: write_tokens(kind) for kind in ("bytes", "metaspace")}})


def main():
    logging.disable(logging.CRITICAL)
    reference.datetime = Clock
    makers = {"snippets": snippets, "chats": chats}
    if len(sys.argv) < 2 or not set(sys.argv[1:]) <= makers.keys():
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        makers[name]()


if __name__ == "__main__":
    main()
