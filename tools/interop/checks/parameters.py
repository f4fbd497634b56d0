# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Parameters that are adapted by themselves, PEFT's target_parameters: experts' tensors and matrices."""

import json

import java
import peft
import torch
import transformers
from checks import causal
from harness import check_each, close, lora4j
from safetensors.torch import load_file, save_file

# A family that only the tests have, as a user would add one.
MIXTRAL = causal.SHAPE | {"tie_word_embeddings": False, "num_local_experts": 4, "num_experts_per_tok": 2}
# PEFT warns of several adapters and of experts that are not transposed; both are meant here.
KINDS = {
    "experts": (
        "mixtral",
        MIXTRAL,
        dict(
            target_parameters=["mlp.experts.gate_up_proj", "mlp.experts.down_proj", "gate.weight"],
            rank_pattern={"experts.down_proj": 2},
            alpha_pattern={"layers.1.mlp.experts.gate_up_proj": 5},
            target_modules=["q_proj"],
        ),
    ),
    "matrices": (
        "llama",
        causal.FAMILIES["llama"],
        dict(target_parameters=["mlp.down_proj.weight", "embed_tokens.weight"], target_modules=[], use_rslora=True),
    ),
    "conv1d": ("gpt2", causal.GPT2, dict(target_parameters=["c_fc.weight", "wpe.weight"], target_modules=[])),
}


def command(family, *arguments):
    """The command line, with the families of the tests where it needs one of them."""
    if family != "mixtral":
        return lora4j(*arguments)
    return java.lora4j_with_families(*arguments)


def read(model_folder, place, **more):
    return peft.PeftModel.from_pretrained(causal.base(model_folder), place, **more)


@check_each(KINDS, "six-steps-of-{}-as-parameters-equal-those-of-peft")
def compare(workshop, kind):
    family, shape, selection = KINDS[kind]
    folder = workshop.make(f"parameters-{kind}")
    model_folder, adapter, data_file = folder / "model", folder / "start", folder / "data.jsonl"
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model(family, **shape)
    made = transformers.AutoModelForCausalLM.from_config(config)
    made.save_pretrained(model_folder)
    if family == "mixtral":  # as in memory, where PEFT finds the experts' tensors
        save_file({n: t.contiguous() for n, t in made.state_dict().items()}, model_folder / "model.safetensors")
    causal.make_tokenizer(model_folder)
    causal.make_data(data_file)
    data = causal.rows(data_file, causal.read_tokenizer(model_folder))
    torch.manual_seed(3)
    model = peft.get_peft_model(
        causal.base(model_folder), peft.LoraConfig(r=3, lora_alpha=7, task_type="CAUSAL_LM", **selection)
    )
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.2)
    model.save_pretrained(adapter)
    assert causal.changed(model_folder, adapter, data) > 100 * causal.LOSSES, "the adapter changes nothing"

    end, log, merged = folder / "end", folder / "log.jsonl", folder / "merged"
    steps = (
        "train", "--task", "causal-lm", "--model", model_folder, "--data", data_file, "--packing", "off",
        "--shuffle", "off", "--batch-size", causal.BATCH, "--steps", causal.STEPS, "--learning-rate", causal.RATE,
        "--weight-decay", 0.01, "--schedule", "constant", "--warmup", 0, "--clip", 0, "--threads", 2,
    )  # fmt: skip
    command(family, *steps, "--adapter", adapter, "--output", end, "--log", log)
    ours = torch.tensor([line["loss"] for line in map(json.loads, log.read_text().splitlines()) if "loss" in line])
    theirs, tensors = causal.train(read(model_folder, adapter, is_trainable=True), data)
    worst_loss = close(ours, theirs, causal.LOSSES, "losses")
    begun, ended = load_file(adapter / "adapter_model.safetensors"), load_file(end / "adapter_model.safetensors")
    lora = {name for name in tensors if "lora_" in name}
    assert ended.keys() == lora, sorted(ended.keys() ^ lora)
    still = [name for name in lora if torch.equal(tensors[name], begun[name])]
    assert not still, f"did not train, so equality would show nothing: {still}"
    worst = max(close(ended[n], tensors[n], causal.TENSORS, n) for n in lora)

    command(family, "merge", "--model", model_folder, "--adapter", end, "--output", merged)
    close(
        causal.losses(causal.base(merged), data),
        causal.losses(read(model_folder, end), data),
        causal.LOSSES,
        "loss of the merged model in transformers",
    )
    if kind == "experts":
        read_by_peft(model_folder, data, steps, selection, folder / "own", begun)
    return f"losses within {worst_loss:.1e}, tensors after {causal.STEPS} steps within {worst:.1e}"


def read_by_peft(model_folder, data, steps, selection, own, begun):
    """PEFT reads an adapter that began here, with the names and losses that were saved."""
    command(
        "mixtral", *steps, "--rank", 3, "--alpha", 7, "--target-parameters", ",".join(selection["target_parameters"]),
        "--target-modules", ",".join(selection["target_modules"]), "--output", own,
    )  # fmt: skip
    made = load_file(own / "adapter_model.safetensors")
    assert made.keys() == begun.keys(), sorted(made.keys() ^ begun.keys())
    merged = own.parent / "own-merged"
    command("mixtral", "merge", "--model", model_folder, "--adapter", own, "--output", merged)
    assert causal.changed(model_folder, own, data) > 100 * causal.LOSSES, "our adapter changes nothing"
    close(
        causal.losses(causal.base(merged), data),
        causal.losses(read(model_folder, own), data),
        causal.LOSSES,
        "loss of our adapter in PEFT",
    )
