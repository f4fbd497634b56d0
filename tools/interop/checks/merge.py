# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""A merged directory is a plain checkpoint."""

import torch
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


@check
def merge_saves_in_the_precision_asked_for(workshop):
    """What transformers gives for each directory is what it gives for PEFT's merge cast as often."""
    folder = workshop.make("merge-dtype")
    model = peft_adapter(workshop, folder / "adapter", **VARIANTS["patterns"])
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    plain = model.merge_and_unload()
    for name, dtype in [("f32", torch.float32), ("bf16", torch.bfloat16), ("f16", torch.float16)]:
        report = lora4j(
            "merge", "--model", workshop.model_folder, "--adapter", folder / "adapter", "--output", folder / name,
            "--dtype", name, "--json",
        ).report
        assert report["dtype"] == name.upper(), report
        merged = transformers.AutoModelForSequenceClassification.from_pretrained(folder / name, dtype="auto")
        assert merged.dtype == dtype, merged.dtype
        expected = {key: value.to(dtype) for key, value in plain.state_dict().items()}
        for key, value in merged.state_dict().items():
            # one unit in the last place: the product's own rounding may fall on either side
            close_in = {torch.float32: 1e-6, torch.bfloat16: 8e-3, torch.float16: 1e-3}[dtype]
            torch.testing.assert_close(value, expected[key], rtol=close_in, atol=1e-6, msg=lambda m: f"{name} {key}: {m}")
        close(predict(merged.float(), tokenizer, rows), predict(plain, tokenizer, rows),
              {"f32": LOGITS, "bf16": 0.1, "f16": 0.02}[name], f"logits of the {name} directory")
    refused = lora4j("merge", "--model", workshop.model_folder, "--adapter", folder / "adapter", "--output",
                     folder / "no", "--dtype", "f8", expect=2)
    assert "--dtype" in refused.err and not (folder / "no").exists(), refused.err
    return "f32, bf16 and f16"
