# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Batches whose texts have adapters of their own are those of PEFT's adapter_names."""

import json
import random

import java
import peft
import torch
from harness import apart, check, close
from safetensors.torch import load_file
from transformers import BertConfig, BertForSequenceClassification, LlamaConfig, LlamaForCausalLM

MIXED = 2e-5  # two implementations in float32, of logits of order 1
WORDS = 64


def llama():
    config = LlamaConfig(
        vocab_size=WORDS, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0,
        tie_word_embeddings=False,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def bert():
    config = BertConfig(
        vocab_size=WORDS, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=64, num_labels=3,
    )  # fmt: skip
    return BertForSequenceClassification(config)


LLAMA = {
    "default": {"r": 2, "lora_alpha": 5, "target_modules": ["q_proj", "v_proj"]},
    "wide": {"r": 7, "lora_alpha": 3, "use_rslora": True, "target_modules": ["k_proj", "o_proj", "down_proj", "up_proj"]},
    "words": {"r": 3, "lora_alpha": 6, "target_modules": ["embed_tokens", "gate_proj"]},
}
# a head with each: PEFT's mixed batches have a module whole with all adapters or with none
HEADS = {name: values | {"modules_to_save": ["lm_head"]} for name, values in LLAMA.items()}
BERT = {
    "default": {"r": 2, "lora_alpha": 5, "target_modules": ["query", "value"]},
    "wide": {"r": 6, "lora_alpha": 3, "target_modules": ["key", "attention.output.dense", "intermediate.dense"]},
    "other": {"r": 3, "lora_alpha": 9, "target_modules": ["query", "output.dense"]},
}


def mixed(workshop, name, base, adapters, task, new_tokens, planted=()):
    folder = workshop.make(name)
    torch.manual_seed(11)
    model = base()
    model.save_pretrained(folder / "model")
    wrapped = None
    for adapter, values in adapters.items():
        config = peft.LoraConfig(task_type=task, init_lora_weights=False, **values)
        if wrapped is None:
            wrapped = peft.get_peft_model(model, config)
        else:
            wrapped.add_adapter(adapter, config)
    with torch.no_grad():
        for path, parameter in wrapped.named_parameters():
            if "lora_" in path or "modules_to_save" in path:
                parameter.normal_(0, 0.3)
    wrapped.save_pretrained(folder / "adapters")
    draw = random.Random(3)
    names = ["__base__", *adapters] * 2
    draw.shuffle(names)
    width = 9
    ids = [[draw.randrange(3, WORDS) for _ in range(width)] for _ in names]
    for i, row in enumerate(ids):
        row[2 + i % 4 : 2 + i % 4 + len(planted)] = planted
    mask = [[1] * width for _ in names]
    if task == "SEQ_CLS":  # padded on the right
        mask = [[1] * n + [0] * (width - n) for n in (draw.randint(2, width) for _ in names)]
    batch = {"ids": ids, "mask": mask, "adapters": names, "newTokens": new_tokens}
    (folder / "batch.json").write_text(json.dumps(batch))
    java.run("lora-hf", "org.lora4j.hf.RowsExchange", folder)
    ours = load_file(folder / "ours.safetensors")["logits"]
    inputs = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
    wrapped.eval()
    with torch.no_grad():
        theirs = wrapped(**inputs, adapter_names=names).logits
        shifted = wrapped(**inputs, adapter_names=names[1:] + names[:1]).logits
    apart(theirs, shifted, "logits with the adapters of other rows")
    difference = close(ours, theirs, MIXED, "logits of a mixed batch")
    if new_tokens:
        made = wrapped.generate(**inputs, adapter_names=names, do_sample=False, max_new_tokens=new_tokens)
        for row, text in zip(made[:, width:].tolist(), json.loads((folder / "texts.json").read_text())):
            row = row[: row.index(2) + 1] if 2 in row else row
            assert row == text, f"texts of a mixed batch: {text}, expected {row}"
    return f"{len(names)} rows, logits within {difference:.1e}"


@check
def a_decoders_batch_of_mixed_adapters_is_pefts(workshop):
    return mixed(workshop, "rows-llama", llama, LLAMA, "CAUSAL_LM", 10)


@check
def a_decoders_batch_of_mixed_adapters_with_heads_is_pefts(workshop):
    return mixed(workshop, "rows-heads", llama, HEADS, "CAUSAL_LM", 10)


@check
def an_encoders_batch_of_mixed_adapters_and_heads_is_pefts(workshop):
    return mixed(workshop, "rows-bert", bert, BERT, "SEQ_CLS", 0)
