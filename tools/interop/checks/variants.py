# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""BD-LoRA, VeLoRA and MonteCLoRA: PEFT's adapters compute, train, merge and are saved as there."""

import json

import peft
import torch
import transformers
from checks import causal
from checks.adapters import ours_reads_peft, peft_reads_ours
from checks.ia3 import our_steps
from checks.trajectory import compare as trajectory
from harness import LOGITS, apart, check, close, evaluate, lora4j, predict, read_table
from peft.tuners.lora.config import BdLoraConfig, MontecloraConfig, VeloraConfig
from safetensors.torch import load_file, save_file

DIAGONAL = dict(
    r=4, lora_alpha=7, target_modules=["query", "value", "dense"],
    use_bdlora=BdLoraConfig(
        target_modules_bd_a=["output.dense"], target_modules_bd_b=["query", "intermediate.dense"], nblocks=2,
        match_strict=False,
    ),
)  # fmt: skip
VELORA = dict(
    r=3, lora_alpha=7, target_modules=["query", "value", "dense"],
    velora_config=VeloraConfig(num_groups=5, scale=1.2, init_type="random"),
)  # fmt: skip
MONTECLORA = dict(
    r=3, lora_alpha=7, target_modules=["query", "value"],
    monteclora_config=MontecloraConfig(num_samples=3, sample_scaler=1e-2, buffer_size=4),
)  # fmt: skip


@check
def variants_of_peft_give_the_same_logits_here(workshop):
    fields = {"bdlora": DIAGONAL, "velora": VELORA, "monteclora": MONTECLORA}
    worst = max(ours_reads_peft(workshop, name, **own) for name, own in fields.items())
    return f"{len(fields)} variants, logits within {worst:.1e}"


@check
def peft_reads_variants_trained_here(workshop):
    diagonal = ("--target-modules-bd-a", "query", "--target-modules-bd-b", "dense", "--nblocks", 2)
    model, _, worst = peft_reads_ours(workshop, "ours-bdlora", *diagonal, targets="query,value,dense", rank=4)
    config = model.peft_config["default"].use_bdlora
    assert (config.target_modules_bd_a, config.target_modules_bd_b, config.nblocks) == (["query"], ["dense"], 2), config
    velora = ("--velora-groups", 5, "--velora-scale", 1.2, "--velora-init", "random")
    model, _, other = peft_reads_ours(workshop, "ours-velora", *velora, targets="query,value")
    config = model.peft_config["default"].velora_config
    assert (config.num_groups, config.scale, config.init_type) == (5, 1.2, "random"), config
    return f"logits within {max(worst, other):.1e}"


@check
def ten_adamw_steps_of_bdlora_equal_those_of_peft(workshop):
    said = trajectory(workshop, "bdlora", "adamw", "constant", 0, fields=DIAGONAL)
    folder = workshop.make("bdlora-merged")
    end = workshop.folder / "trajectory-bdlora" / "end"
    tensors = load_file(end / "adapter_model.safetensors")
    query = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_B.weight"
    assert tensors[query].shape[1] == 2, tensors[query].shape
    lora4j("merge", "--model", workshop.model_folder, "--adapter", end, "--output", folder / "merged")
    plain = transformers.AutoModelForSequenceClassification.from_pretrained(folder / "merged")
    read = peft.PeftModel.from_pretrained(workshop.base(), end)
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    close(predict(plain, tokenizer, rows), predict(read, tokenizer, rows), LOGITS, "logits of the merged model")
    theirs = json.loads((workshop.folder / "trajectory-bdlora" / "start" / "adapter_config.json").read_text())
    ours = json.loads((end / "adapter_config.json").read_text())
    assert ours["use_bdlora"] == theirs["use_bdlora"], (ours["use_bdlora"], theirs["use_bdlora"])
    return said


@check
def six_steps_of_velora_equal_those_of_peft(workshop):
    said = []
    for kind in ("batch_average", "batch_average_once", "random"):
        folder = workshop.make(f"velora-{kind}")
        model_folder, start, end, data = folder / "model", folder / "start", folder / "end", folder / "data.jsonl"
        torch.manual_seed(11)
        config = transformers.AutoConfig.for_model("llama", **causal.FAMILIES["llama"])
        transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
        causal.make_tokenizer(model_folder)
        # of one length: PEFT's means are also of the tokens that fill up, which there are none of here
        lines = [{"prompt": f"{7919 * i % 10000:04d}:", "completion": f" {104729 * i % 100000:05d}"} for i in range(24)]
        data.write_text("".join(json.dumps(line) + "\n" for line in lines))
        rows = causal.rows(data, causal.read_tokenizer(model_folder))
        assert len({len(ids) for ids, _ in rows}) == 1
        torch.manual_seed(3)
        config = peft.LoraConfig(
            r=3, lora_alpha=7, target_modules="all-linear", task_type="CAUSAL_LM",
            velora_config=VeloraConfig(num_groups=5, scale=1.2, init_type=kind),
        )  # fmt: skip
        model = peft.get_peft_model(causal.base(model_folder), config)
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.2)
        model.save_pretrained(start)
        ours, ended = our_steps(
            model_folder, start, data, end, "--task", "causal-lm", "--packing", "off", batch=causal.BATCH,
            rate=causal.RATE,
        )  # fmt: skip
        read = lambda place, **more: peft.PeftModel.from_pretrained(causal.base(model_folder), place, **more)  # noqa: E731
        theirs, tensors = causal.train(read(start, is_trainable=True), rows)
        worst_loss = close(ours, theirs, causal.LOSSES, f"{kind}: losses")
        begun = load_file(start / "adapter_model.safetensors")
        assert ended.keys() == tensors.keys() == begun.keys(), sorted(ended.keys() ^ tensors.keys())
        still = {n for n in tensors if torch.equal(tensors[n], begun[n])}
        assert still == {n for n in tensors if kind == "random" and "velora" in n}, sorted(still)
        worst = max(close(ended[n], tensors[n], causal.TENSORS, f"{kind}: {n}") for n in tensors)
        plain = peft.LoraConfig.from_pretrained(start)
        plain.velora_config = None
        other = peft.PeftModel.from_pretrained(causal.base(model_folder), start, is_trainable=True, config=plain)
        _, others = causal.train(other, rows)
        name = next(n for n in others if "lora_A" in n)
        assert (others[name] - tensors[name]).abs().max() > 10 * causal.TENSORS, "compression changes nothing"
        said.append(max(worst_loss, worst))
    return f"within {max(said):.1e}"


@check
def a_sampler_of_peft_is_kept(workshop):
    """Trained further here, an adapter of MonteCLoRA goes as plain LoRA does, and keeps its sampler."""
    folder = workshop.make("monteclora")
    start = folder / "start"
    torch.manual_seed(7)
    model = peft.get_peft_model(workshop.base(), peft.LoraConfig(task_type="SEQ_CLS", **MONTECLORA))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(start)
    ended = {}
    for kind in ("sampled", "plain"):
        place = folder / kind
        config = json.loads((start / "adapter_config.json").read_text())
        tensors = load_file(start / "adapter_model.safetensors")
        if kind == "plain":
            config["monteclora_config"] = None
            tensors = {n: t for n, t in tensors.items() if "sampler" not in n}
        place.mkdir()
        (place / "adapter_config.json").write_text(json.dumps(config))
        save_file(tensors, place / "adapter_model.safetensors")
        result = lora4j(
            "train", "--model", workshop.model_folder, "--task", "seq-cls", "--adapter", place, "--data",
            workshop.train, "--text-column", "text", "--label-column", "label", "--output", folder / f"{kind}-end",
            "--base-dropout", "off", "--shuffle", "off", "--batch-size", 8, "--steps", 6, "--learning-rate", 5e-3,
            "--threads", 2, "--json",
        )  # fmt: skip
        if kind == "sampled":
            assert "MonteCLoRA" in result.err, result.err
        ended[kind] = load_file(folder / f"{kind}-end" / "adapter_model.safetensors")
    begun = load_file(start / "adapter_model.safetensors")
    samplers = [n for n in begun if "sampler" in n]
    assert samplers and all(torch.equal(begun[n], ended["sampled"][n]) for n in samplers)
    assert ended["sampled"].keys() - set(samplers) == ended["plain"].keys()
    for name, tensor in ended["plain"].items():
        assert torch.equal(tensor, ended["sampled"][name]), name
        assert not torch.equal(tensor, begun[name]), f"{name} did not train"
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    theirs = predict(peft.PeftModel.from_pretrained(workshop.base(), folder / "sampled-end"), tokenizer, rows)
    ours, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "p.jsonl", folder / "sampled-end")
    apart(predict(workshop.base(), tokenizer, rows), theirs, "logits without and with the adapter")
    return f"logits within {close(ours, theirs, LOGITS, 'logits'):.1e}"
