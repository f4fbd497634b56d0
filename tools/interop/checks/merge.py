# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""A merged directory is a plain checkpoint."""

import transformers
from checks.adapters import VARIANTS, peft_adapter
from harness import LOGITS, check, close, evaluate, lora4j, predict, read_table


@check
def a_merged_directory_loads_in_transformers(workshop):
    folder = workshop.make("merge")
    model = peft_adapter(workshop, folder / "adapter", **VARIANTS["patterns"])
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    theirs = predict(model, tokenizer, rows)
    lora4j(
        "merge", "--model", workshop.model_folder, "--adapter", folder / "adapter", "--output", folder / "merged", "--json"
    )
    merged, info = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder / "merged", output_loading_info=True
    )
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    names = [merged.config.id2label[i] for i in range(merged.config.num_labels)]
    assert names == workshop.LABELS, names
    own = transformers.AutoTokenizer.from_pretrained(folder / "merged")
    assert own(rows[0]["text"])["input_ids"] == tokenizer(rows[0]["text"])["input_ids"]
    difference = close(predict(merged, own, rows), theirs, LOGITS, "logits of the merged directory in transformers")
    here, _, _ = evaluate(folder / "merged", workshop.dev, folder / "p.jsonl")
    close(here, theirs, LOGITS, "logits of the merged directory here")
    return f"logits within {difference:.1e}"
