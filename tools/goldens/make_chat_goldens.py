# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens for org.lora4j.text.template and org.lora4j.text.chat: what transformers renders.

Usage: python tools/goldens/make_chat_goldens.py
Writes lora-hf/src/test/resources/golden/chat/. Needs transformers and jinja2.
"""

import copy
import datetime
import gzip
import json
import logging
from pathlib import Path

import chat_conversations
import chat_snippets
import chat_templates
import jinja2
import transformers
import transformers.utils.chat_template_utils as reference

OUT = Path(__file__).resolve().parents[2] / "lora-hf/src/test/resources/golden/chat"
SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


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


def write(name, value):
    text = json.dumps(value, ensure_ascii=False, indent=0)
    with open(OUT / name, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed:
        packed.write(text.encode())


def main():
    logging.disable(logging.CRITICAL)
    reference.datetime = Clock
    OUT.mkdir(parents=True, exist_ok=True)
    cases = chat_conversations.fixed()
    renderings = {
        name: {case: render(template, arguments) for case, arguments in cases.items()}
        for name, template in chat_templates.TEMPLATES.items()
    }
    made = [r for by_case in renderings.values() for r in by_case.values()]
    snippets = [*chat_snippets.snippets(), *chat_snippets.WHITESPACE]
    rendered = [render_snippet(template) for template in snippets]
    assert all("text" in r for r in rendered), [r for r in rendered if "error" in r]
    refused = [render_snippet(template) for template in chat_snippets.REFUSED]
    write(
        "templates.json.gz",
        {"templates": chat_templates.TEMPLATES, "cases": cases, "special_tokens": SPECIAL_TOKENS, "renderings": renderings},
    )
    write("snippets.json.gz", {"variables": chat_snippets.VARIABLES, "snippets": rendered + refused})
    manifest = {
        "script": "tools/goldens/make_chat_goldens.py",
        "transformers": transformers.__version__,
        "jinja2": jinja2.__version__,
        "renderings": len(made),
        "refused": sum("error" in r for r in made),
        "snippets": len(rendered),
        "refused_snippets": sum("error" in r for r in refused),
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(manifest)


if __name__ == "__main__":
    main()
