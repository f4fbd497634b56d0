# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Arrow: what PEFT saves of create_arrow_model is loaded here, and gives the same losses."""

import json

import peft
import torch
import transformers
from checks import causal
from harness import apart, check, close, lora4j
from peft import ArrowConfig, create_arrow_model

EXPERTS, RANK = 4, 3


def save_parts(folder, model_folder):
    """Experts and general adapters on attention and MLP, each of its own scaling."""
    places = []
    for i in range(EXPERTS + 2):
        torch.manual_seed(20 + i)
        config = peft.LoraConfig(
            r=RANK, lora_alpha=2 + i, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM"
        )
        model = peft.get_peft_model(causal.base(model_folder), config)
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.2)
        places.append(folder / f"part-{i}")
        model.save_pretrained(places[-1])
    return places[:EXPERTS], places[EXPERTS:]


@check
def a_choice_among_experts_of_peft_gives_the_same_losses(workshop):
    folder = workshop.make("arrow")
    model_folder, data = folder / "model", folder / "data.jsonl"
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model("llama", **causal.FAMILIES["llama"])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
    causal.make_tokenizer(model_folder)
    causal.make_data(data)
    rows = causal.rows(data, causal.read_tokenizer(model_folder))
    plain = causal.losses(causal.base(model_folder), rows)
    experts, general = save_parts(folder, model_folder)
    found = {}
    for name, top, warmth, subtracted in (
        ("two", 2, 0.5, False), ("all", EXPERTS, 2.0, False), ("subtracted", 2, 0.5, True)
    ):  # fmt: skip
        settings = ArrowConfig(top_k=top, router_temperature=warmth, use_gks=subtracted, rng_seed=42)
        model = create_arrow_model(
            base_model=causal.base(model_folder), task_specific_adapter_paths=[str(p) for p in experts],
            general_adapter_paths=[str(p) for p in general] if subtracted else None, arrow_config=settings,
        )  # fmt: skip
        place = folder / name
        model.save_pretrained(place)  # before a pass takes the general adapters off the experts in place
        theirs = causal.losses(model, rows)
        router = place / "arrow_router"
        ours = causal.evaluated("--model", model_folder, "--adapter", router, "--data", data, "--packing", "off")
        found[name] = (theirs, close(ours, theirs, causal.LOSSES, f"{name}: losses"))
        apart(plain, theirs, f"{name}: losses of the base and of the experts")
    for one, other in (("two", "all"), ("two", "subtracted")):
        assert (found[one][0] - found[other][0]).abs().item() > 20 * causal.LOSSES, (one, other)
    said = lora4j(
        "train", "--task", "causal-lm", "--model", model_folder, "--adapter", folder / "two" / "arrow_router",
        "--data", data, "--output", folder / "end", "--steps", 1, expect=None,
    )  # fmt: skip
    assert said.code != 0 and "Arrow" in said.err, said.err
    read = json.loads((folder / "two" / "arrow_router" / "adapter_config.json").read_text())
    assert read["arrow_config"]["task_adapter_names"] == [f"task_{i}" for i in range(EXPERTS)], read
    return f"within {max(worst for _, worst in found.values()):.1e}"
