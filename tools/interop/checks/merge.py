# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""A merged directory is a plain checkpoint."""

import peft
import torch
import transformers
from checks.adapters import VARIANTS, peft_adapter
from harness import LOGITS, check, close, evaluate, lora4j, predict, read_table


@check
def a_merged_directory_loads_in_transformers(workshop):
    return merged(workshop, "merge", VARIANTS["patterns"])


@check
def a_directory_merged_with_dora_loads_in_transformers(workshop):
    return merged(workshop, "merge-dora", VARIANTS["dora-rslora"])


@check
def a_directory_merged_with_a_bias_of_b_loads_in_transformers(workshop):
    return merged(workshop, "merge-lora-bias", VARIANTS["lora-bias"])


@check
def a_directory_merged_with_pissa_loads_in_transformers(workshop):
    return merged(workshop, "merge-pissa", VARIANTS["pissa"])


def merged(workshop, name, fields):
    folder = workshop.make(name)
    model = peft_adapter(workshop, folder / "adapter", **fields)
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    theirs = predict(model, tokenizer, rows)
    lora4j(
        "merge", "--model", workshop.model_folder, "--adapter", folder / "adapter", "--output", folder / "merged", "--json"
    )
    whole, info = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder / "merged", output_loading_info=True
    )
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    names = [whole.config.id2label[i] for i in range(whole.config.num_labels)]
    assert names == workshop.LABELS, names
    own = transformers.AutoTokenizer.from_pretrained(folder / "merged")
    assert own(rows[0]["text"])["input_ids"] == tokenizer(rows[0]["text"])["input_ids"]
    difference = close(predict(whole, own, rows), theirs, LOGITS, "logits of the merged directory in transformers")
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


def language_model(workshop, folder, tied, dtype):
    """A tiny Llama with the workshop's tokenizer, and an adapter of PEFT on all its linear layers."""
    torch.manual_seed(29)
    tokenizer = workshop.tokenizer()
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=24, intermediate_size=20, num_hidden_layers=2, num_attention_heads=6,
        num_key_value_heads=2, head_dim=8, max_position_embeddings=64, tie_word_embeddings=tied,
        bos_token_id=2, eos_token_id=3, pad_token_id=0)  # fmt: skip
    model = transformers.LlamaForCausalLM(config)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(1 + 0.2 * torch.randn(p.shape) if "norm" in name else torch.randn(p.shape) / p.shape[-1] ** 0.5)
    model = model.to(dtype)
    model.save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")
    adapted = peft.get_peft_model(
        model, peft.LoraConfig(task_type="CAUSAL_LM", r=3, lora_alpha=7, target_modules="all-linear"))
    with torch.no_grad():
        for name, p in adapted.named_parameters():
            if "lora_" in name:
                p.copy_(0.3 * torch.randn(p.shape))
    adapted.save_pretrained(folder / "adapter")
    return adapted


@check
def a_merged_language_model_loads_in_transformers(workshop):
    """Tied and untied heads; a bfloat16 checkpoint stays one unless another precision is asked for."""
    folder = workshop.make("merge-causal")
    ids = torch.tensor([[2, 5, 9, 14, 7, 3, 11], [2, 8, 8, 6, 12, 13, 4]])
    for name, tied, dtype, asked in [
        ("untied", False, torch.float32, []), ("tied", True, torch.float32, []),
        ("half", False, torch.bfloat16, []), ("up", True, torch.bfloat16, ["--dtype", "f32"]),
    ]:  # fmt: skip
        place = folder / name
        adapted = language_model(workshop, place, tied, dtype)
        lora4j("merge", "--model", place / "base", "--adapter", place / "adapter", "--output", place / "merged", *asked)
        merged, info = transformers.AutoModelForCausalLM.from_pretrained(
            place / "merged", dtype="auto", output_loading_info=True)
        assert not info["missing_keys"] and not info["unexpected_keys"], (name, info)
        assert merged.dtype == (torch.float32 if asked else dtype), (name, merged.dtype)
        plain = adapted.float().merge_and_unload().to(merged.dtype)  # summed in float32, rounded once
        plain.save_pretrained(place / "plain")  # read again, since casting a model rounds its rotary buffers
        saved = merged.dtype
        with torch.no_grad():
            theirs, ours = (
                transformers.AutoModelForCausalLM.from_pretrained(place / kind, dtype=torch.float32)(ids).logits
                for kind in ("plain", "merged")
            )
        # a sum half-way between two numbers of bfloat16 may round to either
        close(ours, theirs, LOGITS if saved == torch.float32 else 0.02, f"logits of the {name} model")
        assert transformers.AutoTokenizer.from_pretrained(place / "merged")("ban dor")["input_ids"]
    return "tied and untied, float32 and bfloat16"
