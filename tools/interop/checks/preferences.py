# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""A step of a training by preferences is that of TRL's DPOTrainer: tokens, loss, rewards, gradients."""

import json
import random

import java
import peft
import torch
from harness import Skipped, check_each
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

from checks.causal import make_tokenizer, read_tokenizer

CHAT = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token if m.role == 'assistant' else '' }}"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)
RUNS = [
    {"kind": "SIGMOID", "beta": 0.3, "labelSmoothing": 0.0},
    {"kind": "ROBUST", "beta": 0.2, "labelSmoothing": 0.1},
    {"kind": "HINGE", "beta": 0.7, "labelSmoothing": 0.0},
    {"kind": "IPO", "beta": 0.4, "labelSmoothing": 0.0},
]
MAX_LENGTH = 40
LORA = peft.LoraConfig(task_type="CAUSAL_LM", r=3, lora_alpha=7, target_modules=["q_proj", "v_proj", "down_proj"])


def pairs(form):
    draw = random.Random(5)
    words = ["the", "harbour", "is", "calm", "at", "noon", "and", "so", "are", "we"]

    def text(most):
        return " ".join(draw.choice(words) for _ in range(draw.randint(1, most)))

    made = []
    for i in range(5):
        prompt, chosen, rejected = text(3), " " + text(4), " " + text(4)
        if i == 4:
            chosen = " " + text(3) * 8  # cut
        if form == "texts":
            made.append({"prompt": prompt, "chosen": chosen, "rejected": rejected})
        elif form == "implicit":
            made.append({"chosen": prompt + chosen, "rejected": prompt + rejected + " otherwise"})
        else:
            answers = {k: [{"role": "assistant", "content": v[:9]}] for k, v in (("chosen", chosen), ("rejected", rejected))}
            made.append({"prompt": [{"role": "user", "content": prompt[:9]}]} | answers)
    return made


def make(folder):
    torch.manual_seed(2)
    words = 260
    config = LlamaConfig(
        vocab_size=words, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, tie_word_embeddings=False,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder / "model")
    make_tokenizer(folder / "model")
    model = LlamaForCausalLM.from_pretrained(folder / "model")
    adapted = peft.get_peft_model(model, LORA)
    with torch.no_grad():
        for path, parameter in adapted.named_parameters():
            if "lora_" in path:
                parameter.normal_(0, 0.2)
    adapted.save_pretrained(folder / "adapter")


def theirs(folder, run, data, chat):
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    model = LlamaForCausalLM.from_pretrained(folder / "model")
    tokenizer = read_tokenizer(folder / "model")
    tokenizer.pad_token = tokenizer.eos_token
    if chat:
        tokenizer.chat_template = CHAT
    trainer = DPOTrainer(
        model=model,
        peft_config=LORA,  # a model that has an adapter gets a copy of that as its reference
        args=DPOConfig(
            output_dir=str(folder / "trl"), beta=run["beta"], loss_type=[run["kind"].lower()],
            label_smoothing=run["labelSmoothing"], max_length=MAX_LENGTH, report_to=[], use_cpu=True, bf16=False,
            per_device_train_batch_size=len(data), gradient_checkpointing=False,
        ),
        train_dataset=Dataset.from_list(data),
        processing_class=tokenizer,
    )  # fmt: skip
    adapted = trainer.model
    peft.set_peft_model_state_dict(adapted, load_file(folder / "adapter" / "adapter_model.safetensors"))
    rows = [trainer.train_dataset[i] for i in range(len(data))]
    batch = trainer.data_collator(rows)
    adapted.train()
    loss = trainer.compute_loss(adapted, batch)
    loss.backward()
    gradients = {n: p.grad for n, p in adapted.named_parameters() if p.grad is not None}
    metrics = {k: v[-1] for k, v in trainer._metrics["train"].items()}
    return loss.item(), metrics, gradients, batch


def rows_of(ids, lengths):
    made, at = [], 0
    for length in lengths:
        made.append(ids[at : at + length])
        at += length
    return made


@check_each(["texts", "implicit", "messages"], "a-step-by-preferences-from-{}-is-trls")
def a_step_by_preferences(workshop, form):
    try:
        import trl  # noqa: F401
    except ImportError as e:
        raise Skipped("trl is not installed") from e
    folder = workshop.make("preferences-" + form)
    make(folder)
    if form == "messages":
        (folder / "model" / "chat_template.jinja").write_text(CHAT)
    data = pairs(form)
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
    (folder / "runs.json").write_text(json.dumps([run | {"maxLength": MAX_LENGTH} for run in RUNS]))
    java.run("lora-hf", "org.lora4j.hf.PreferenceExchange", folder)
    ours = json.loads((folder / "ours.json").read_text())
    worst = 0
    for run in RUNS:
        found = ours[run["kind"]]
        loss, metrics, gradients, batch = theirs(folder, run, data, form == "messages")
        expected = [ids[mask == 1].tolist() for ids, mask in zip(batch["input_ids"], batch["attention_mask"])]
        assert rows_of(found["ids"], found["lengths"]) == expected, f"{form}: tokens differ"
        learnt = [
            [int(i) if m else -100 for i, m in zip(ids[mask == 1][1:], done[mask == 1][1:])] + [-100]
            for ids, mask, done in zip(batch["input_ids"], batch["attention_mask"], batch["completion_mask"])
        ]
        assert rows_of(found["labels"], found["lengths"]) == learnt, f"{form}: labels differ"
        for what, value in (("loss", found["loss"]), ("evaluated", found["evaluated"])):
            assert abs(value - loss) < 1e-5, f"{run}: {what} {value}, expected {loss}"
        for name, value in found["metrics"].items():
            assert abs(value - metrics[name]) < 1e-5 * max(1, abs(metrics[name])), f"{run}: {name} {value}, {metrics[name]}"
        assert len(found["metrics"]) == 6, found["metrics"].keys()
        assert len(gradients) == len(found["gradients"]) > 8
        for path, gradient in found["gradients"].items():
            module, matrix = path.rsplit(".", 1) if ".lora_" not in path else path.split(".lora_", 1)
            key = f"base_model.model.{module}.lora_{matrix[0]}.default.weight"
            other = gradients[key].flatten()
            difference = (torch.tensor(gradient) - other).abs().max().item()
            assert difference < 1e-5 * max(1, other.abs().max().item()), f"{run}: {path} differs by {difference}"
            worst = max(worst, difference)
    return f"{len(RUNS)} losses, gradients within {worst:.1e}"
