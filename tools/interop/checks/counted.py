# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""What adapters would train, by config.json alone: as many numbers as PEFT counts once they are there."""

import warnings

import peft
import torch
import transformers
from checks import causal
from harness import check, lora4j

LORA = ("--rank", 3, "--target-modules", "query,value")
METHODS = {
    "lora": (peft.LoraConfig, dict(r=3, target_modules=["query", "value"]), LORA),
    "dora": (peft.LoraConfig, dict(r=3, target_modules=["query", "value"], use_dora=True), (*LORA, "--dora")),
    "pissa": (
        peft.LoraConfig,
        dict(r=3, target_modules=["query", "value"], init_lora_weights="pissa"),
        (*LORA, "--init", "pissa"),
    ),
    "bias of B": (
        peft.LoraConfig,
        dict(r=3, target_modules=["query", "value"], lora_bias=True),
        (*LORA, "--init", "kaiming", "--bias-on-b"),
    ),
    "biases": (peft.LoraConfig, dict(r=3, target_modules=["query"], bias="lora_only"), (
        "--rank", 3, "--target-modules", "query", "--bias", "lora_only",
    )),
    "tokens": (
        peft.LoraConfig,
        dict(r=3, target_modules=["query"], trainable_token_indices={"word_embeddings": [5, 7, 9]}),
        ("--rank", 3, "--target-modules", "query", "--trainable-token-indices", "5,7,9"),
    ),
    "ia3": (peft.IA3Config, dict(), ("--method", "ia3")),
    "prompt": (peft.PromptTuningConfig, dict(num_virtual_tokens=4), (
        "--method", "prompt-tuning", "--num-virtual-tokens", 4,
    )),
    "mlp": (peft.PromptEncoderConfig, dict(num_virtual_tokens=4, encoder_hidden_size=10), (
        "--method", "p-tuning", "--num-virtual-tokens", 4, "--encoder-hidden-size", 10,
    )),
    "lstm": (
        peft.PromptEncoderConfig,
        dict(num_virtual_tokens=4, encoder_hidden_size=10, encoder_reparameterization_type="LSTM"),
        (
            "--method", "p-tuning", "--num-virtual-tokens", 4, "--encoder-hidden-size", 10,
            "--encoder-reparameterization-type", "lstm",
        ),
    ),
}  # fmt: skip
TASKS = {
    "seq-cls": (transformers.AutoModelForSequenceClassification, "SEQ_CLS"),
    "token-cls": (transformers.AutoModelForTokenClassification, "TOKEN_CLS"),
    "embedding": (transformers.AutoModel, "FEATURE_EXTRACTION"),
}


def of_peft(model, config):
    """What trains and what there is; PEFT counts a module that trains whole twice, as it was and as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adapted = peft.get_peft_model(model, config)
    trained, total = adapted.get_nb_trainable_parameters()
    return trained, total - sum(p.numel() for n, p in adapted.named_parameters() if ".original_module." in n)


def of_lora4j(folder, *options):
    said = lora4j("inspect", folder, *options, "--json").report
    return said["trainable_parameters"], said["all_parameters"]


def same(folder, task, kinds):
    model_class, task_type = TASKS[task]
    seen = set()
    for name in kinds:
        config_class, values, options = METHODS[name]
        labels = dict(num_labels=5) if task != "embedding" else {}
        model = model_class.from_pretrained(folder, ignore_mismatched_sizes=True, **labels)
        theirs = of_peft(model, config_class(task_type=task_type, **values))
        ours = of_lora4j(folder, "--task", task, *options, *(("--labels", 5) if labels else ()))
        assert ours == theirs, f"{task}, {name}: {ours}, PEFT counts {theirs}"
        seen.add(ours)
    assert len(seen) > len(kinds) // 2, f"{task}: most methods count alike, so equality would show little: {seen}"
    return f"{task}: {len(kinds)} methods"


@check
def every_method_is_counted_as_peft_does(workshop):
    everything = list(METHODS)
    said = [same(workshop.model_folder, "seq-cls", everything)]
    said.append(same(workshop.model_folder, "token-cls", ["lora", "tokens"]))
    said.append(same(workshop.model_folder, "embedding", ["dora", "ia3"]))
    return ", ".join(said)


@check
def methods_of_a_tied_decoder_are_counted_as_peft_does(workshop):
    folder = workshop.make("counted") / "model"
    torch.manual_seed(11)
    sizes = causal.FAMILIES["qwen2"] | dict(tie_word_embeddings=True)
    base = transformers.AutoModelForCausalLM.from_config(transformers.AutoConfig.for_model("qwen2", **sizes))
    base.save_pretrained(folder)
    cases = {
        "everything": (
            peft.LoraConfig(r=3, target_modules="all-linear", bias="all", modules_to_save=["norm"]),
            ("--rank", 3, "--target-modules", "all-linear", "--bias", "all", "--modules-to-save", "norm"),
        ),
        "tokens": (
            peft.LoraConfig(r=3, target_modules="all-linear", trainable_token_indices=[5, 7]),
            ("--rank", 3, "--target-modules", "all-linear", "--trainable-token-indices", "5,7"),
        ),
        "ia3": (peft.IA3Config(), ("--method", "ia3")),
        "prompt": (
            peft.PromptTuningConfig(num_virtual_tokens=4),
            ("--method", "prompt-tuning", "--num-virtual-tokens", 4),
        ),
    }  # fmt: skip
    for name, (config, options) in cases.items():
        config.task_type = "CAUSAL_LM"
        theirs = of_peft(transformers.AutoModelForCausalLM.from_pretrained(folder), config)
        ours = of_lora4j(folder, "--task", "causal-lm", *options)
        assert ours == theirs, f"{name}: {ours}, PEFT counts {theirs}"
    return f"{len(cases)} methods"
