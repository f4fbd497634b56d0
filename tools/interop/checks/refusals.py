# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""What cannot be honoured is refused by name, in one line."""

import json
import re

from checks.adapters import VARIANTS, peft_adapter
from harness import check, lora4j


def refused(workshop, adapter, *words):
    result = lora4j(
        "evaluate", "--model", workshop.model_folder, "--adapter", adapter, "--data", workshop.dev,
        "--text-column", "text", "--label-column", "label", "--json", expect=1,
    )  # fmt: skip
    lines = [line for line in result.err.splitlines() if line.strip()]
    assert len(lines) == 1, f"{len(lines)} lines on stderr: {result.err[:500]}"
    assert result.out.strip() == "", f"stdout of a failure: {result.out[:200]}"
    for word in words:
        assert re.search(word, lines[0], re.IGNORECASE), f"the line does not name {word}: {lines[0]}"
    return lines[0]


@check
def an_adapter_of_replicated_layers_is_refused(workshop):
    folder = workshop.make("replicated")
    peft_adapter(workshop, folder, **VARIANTS["kaiming"])
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"layer_replication": [[0, 2], [1, 2]]}))
    return refused(workshop, folder, "layer_replication")


@check
def an_adapter_of_another_base_is_refused(workshop):
    folder = workshop.make("other-base")
    peft_adapter(workshop, folder, **VARIANTS["kaiming"])
    from safetensors.torch import load_file, save_file

    weights = folder / "adapter_model.safetensors"
    tensors = {n: t.repeat(1, 2) if "lora_A" in n else t for n, t in load_file(weights).items()}
    save_file(tensors, weights, {"format": "pt"})
    return refused(workshop, folder, "48", "24", "layer.0.attention.self.query", "layer.1.attention.self.value")


@check
def wrong_use_exits_with_two(workshop):
    result = lora4j("evaluate", "--no-such-option", expect=2)
    assert result.out == "" and "no-such-option" in result.err, result.err
