# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Bases in 4 and 8 bits: bitsandbytes' numbers, and PEFT's losses and steps on them."""

import json

import peft
import torch
import transformers
from checks import causal
from harness import DATA, LOGITS, Skipped, check, check_each, close, encode, evaluate, lora4j, read_table, require
from safetensors.torch import load_file

# Rows end with blocks of 64: elsewhere bitsandbytes' kernel with AVX-512 takes scales of other blocks.
SHAPE = {"hidden_size": 64, "intermediate_size": 192, "num_attention_heads": 4, "num_key_value_heads": 2}
FAMILIES = {
    "llama": causal.FAMILIES["llama"] | SHAPE,
    "qwen2": causal.FAMILIES["qwen2"] | SHAPE,
    "gpt2": causal.FAMILIES["gpt2"] | {"n_embd": 64},
}
BITS = {
    "4bit": dict(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True),
    "8bit": dict(load_in_8bit=True),
}


def base(folder, bits, **more):
    """The model in transformers with bitsandbytes' layers, which compute in float32."""
    if bits == "4bit":
        more["bnb_4bit_compute_dtype"] = torch.float32
    config = transformers.BitsAndBytesConfig(**BITS[bits], **more)
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32, quantization_config=config, device_map="cpu"
    )


def make(workshop, family, name):
    require("train", "--load-in-4bit", "--load-in-8bit")
    folder = workshop.make(f"quantised-{name}")
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model(family, **FAMILIES[family])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder / "model")
    causal.make_tokenizer(folder / "model")
    causal.make_data(folder / "data.jsonl")
    return folder, causal.rows(folder / "data.jsonl", causal.read_tokenizer(folder / "model"))


def start(folder, adapter, bits):
    """An adapter on every linear layer, with B drawn too, so that it changes something."""
    torch.manual_seed(3)
    config = peft.LoraConfig(r=3, lora_alpha=7, target_modules="all-linear", task_type="CAUSAL_LM")
    model = peft.get_peft_model(base(folder, bits), config)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(adapter)


def training_loss(model, data):
    """In inference bitsandbytes rounds activations too: to 8 bits or, with AVX-512, to bfloat16."""
    model.train()
    with torch.no_grad():
        return causal.loss(model, data).reshape(1)


@check_each([f"{family}-{bits}" for family in FAMILIES for bits in BITS], "six-steps-on-a-quantised-{}-equal-those-of-peft")
def six_steps(workshop, case):
    family, bits = case.split("-")
    folder, data = make(workshop, family, case)
    model_folder, adapter, file = folder / "model", folder / "start", folder / "data.jsonl"
    start(model_folder, adapter, bits)
    option = f"--load-in-{bits}"

    plain = training_loss(base(model_folder, bits), data)
    exact = causal.losses(causal.base(model_folder), data)
    assert (plain - exact).abs() > 10 * causal.LOSSES, "rounding does not show, so equality would show nothing"
    ours = causal.evaluated("--model", model_folder, "--data", file, option)
    close(ours, plain, causal.LOSSES, "loss of the base")
    adapted = training_loss(peft.PeftModel.from_pretrained(base(model_folder, bits), adapter), data)
    ours = causal.evaluated("--model", model_folder, "--adapter", adapter, "--data", file, "--packing", "off", option)
    close(ours, adapted, causal.LOSSES, "loss with PEFT's adapter")

    end, log = folder / "end", folder / "log.jsonl"
    report = lora4j(
        "train", "--task", "causal-lm", "--model", model_folder, "--adapter", adapter, "--data", file,
        "--output", end, "--packing", "off", "--shuffle", "off", "--batch-size", causal.BATCH, "--steps", causal.STEPS,
        "--learning-rate", causal.RATE, "--weight-decay", 0.01, "--schedule", "constant", "--warmup", 0, "--clip", 0,
        "--threads", 2, "--log", log, "--json", option,
    )  # fmt: skip
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    ours = torch.tensor([line["loss"] for line in lines if "loss" in line])
    model = peft.PeftModel.from_pretrained(base(model_folder, bits), adapter, is_trainable=True)
    counted = model.get_nb_trainable_parameters()
    found = report.report["trainable_parameters"], report.report["all_parameters"]
    assert tuple(found) == tuple(counted), f"parameters {found}, PEFT's {counted}"
    theirs, tensors = causal.train(model, data)
    worst_loss = close(ours, theirs, causal.LOSSES, "losses")
    ended = load_file(end / "adapter_model.safetensors")
    assert ended.keys() == tensors.keys(), sorted(ended.keys() ^ tensors.keys())
    begun = load_file(adapter / "adapter_model.safetensors")
    assert not [n for n in tensors if torch.equal(ended[n], begun[n])], "a tensor did not train"
    worst = max(close(ended[n], tensors[n], causal.TENSORS, n) for n in tensors)

    read = training_loss(peft.PeftModel.from_pretrained(base(model_folder, bits), end), data)
    ours = causal.evaluated("--model", model_folder, "--adapter", end, "--data", file, "--packing", "off", option)
    close(ours, read, causal.LOSSES, "loss with our adapter in PEFT")
    return f"losses within {worst_loss:.1e}, tensors within {worst:.1e}"


@check_each([f"{family}-{bits}" for family in FAMILIES for bits in BITS], "a-checkpoint-quantised-by-bitsandbytes-{}-loads")
def quantised_already(workshop, case):
    family, bits = case.split("-")
    folder, data = make(workshop, family, f"saved-{case}")
    theirs = base(folder / "model", bits)
    theirs.save_pretrained(folder / "packed")
    causal.make_tokenizer(folder / "packed")
    expected = training_loss(theirs, data)
    ours = causal.evaluated("--model", folder / "packed", "--data", folder / "data.jsonl")
    difference = close(ours, expected, causal.LOSSES, "loss")
    said = lora4j("inspect", folder / "packed", "--json").report
    assert said["quantization"]["method"] == "bitsandbytes" and bits[0] in said["quantization"]["format"], said
    other = "8bit" if bits == "4bit" else "4bit"
    refused = lora4j("evaluate", "--model", folder / "packed", "--data", folder / "data.jsonl", f"--load-in-{other}", expect=1)
    assert "asked for" in refused.err, refused.err
    return f"losses within {difference:.1e}"


@check
def fp4_is_refused_by_name(workshop):
    folder, _ = make(workshop, "llama", "fp4")
    config = transformers.BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="fp4")
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder / "model", dtype=torch.float32, quantization_config=config, device_map="cpu"
    )
    model.save_pretrained(folder / "packed")
    causal.make_tokenizer(folder / "packed")
    refused = lora4j("evaluate", "--model", folder / "packed", "--data", folder / "data.jsonl", expect=1)
    assert "fp4" in refused.err and "nf4" in refused.err, refused.err


@check
def merging_into_a_quantised_base_is_refused_with_advice(workshop):
    folder, _ = make(workshop, "llama", "merge")
    base(folder / "model", "4bit").save_pretrained(folder / "packed")
    causal.make_tokenizer(folder / "packed")
    start(folder / "model", folder / "adapter", "4bit")
    refused = lora4j(
        "merge", "--model", folder / "packed", "--adapter", folder / "adapter", "--output", folder / "merged", expect=1
    )
    assert "full precision" in refused.err, refused.err
    lora4j("merge", "--model", folder / "model", "--adapter", folder / "adapter", "--output", folder / "merged")


@check
def a_quantised_encoder_gives_transformers_logits(workshop):
    require("evaluate", "--load-in-4bit", "--keep-in-full")
    folder = workshop.make("quantised-encoder")
    torch.manual_seed(5)
    tokenizer = workshop.tokenizer()
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=192,
        max_position_embeddings=48, num_labels=3, id2label=dict(enumerate(workshop.LABELS)),
        label2id={label: index for index, label in enumerate(workshop.LABELS)}, initializer_range=0.2,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    packed = transformers.BitsAndBytesConfig(
        **BITS["4bit"], bnb_4bit_compute_dtype=torch.float32, llm_int8_skip_modules=["bert.pooler", "classifier"]
    )
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder / "model", dtype=torch.float32, quantization_config=packed, device_map="cpu"
    )
    rows = read_table(workshop.dev)
    model.train()  # in inference the kernel for AVX-512 rounds scales and activations to bfloat16
    with torch.no_grad():
        theirs = model(**encode(tokenizer, rows, False, 48)).logits
    report = lora4j(
        "evaluate", "--model", folder / "model", "--data", workshop.dev, "--text-column", "text", "--label-column",
        "label", "--predictions", folder / "ours.jsonl", "--load-in-4bit", "--json",
    )  # fmt: skip
    assert report.code == 0
    ours = torch.tensor([json.loads(line)["logits"] for line in (folder / "ours.jsonl").read_text().splitlines()])
    exact, _, _ = evaluate(folder / "model", workshop.dev, folder / "exact.jsonl")
    assert (ours - exact).abs().max() > 100 * LOGITS, "rounding does not show"
    return f"logits within {close(ours, theirs, LOGITS, 'logits'):.1e}"


CURVE = {"steps": 60, "batch": 16, "rate": 1e-3}


@check
def real_minilm_in_4_bits_has_the_loss_curve_of_peft(workshop):
    """From one start, in the order of the file, without dropout, on SST-2."""
    minilm, table = DATA / "minilm", DATA / "sst2" / "train.tsv"
    absent = [str(path) for path in (minilm, table) if not path.exists()]
    if absent:
        raise Skipped(f"no {', '.join(absent)}; LORA4J_DATA names the folder with minilm/ and sst2/")
    folder = workshop.make("quantised-minilm")
    count = CURVE["steps"] * CURVE["batch"]
    lines = table.read_text(encoding="utf-8").splitlines()[: count + 1]
    (folder / "train.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [{"text": row["text_a"], "label": row["label"]} for row in read_table(folder / "train.tsv")]
    labels = sorted({row["label"] for row in rows})
    packed = transformers.BitsAndBytesConfig(
        **BITS["4bit"], bnb_4bit_compute_dtype=torch.float32, llm_int8_skip_modules=["bert.pooler", "classifier"]
    )
    torch.manual_seed(2)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        minilm, num_labels=len(labels), id2label=dict(enumerate(labels)), dtype=torch.float32,
        quantization_config=packed, device_map="cpu",
    )  # fmt: skip
    config = peft.LoraConfig(r=8, lora_alpha=16, target_modules=["query", "value"], task_type="SEQ_CLS")
    model = peft.get_peft_model(model, config)
    model.save_pretrained(folder / "start")
    lora4j(
        "train", "--model", minilm, "--task", "seq-cls", "--adapter", folder / "start", "--data", folder / "train.tsv",
        "--text-column", "text_a", "--label-column", "label", "--output", folder / "end", "--base-dropout", "off",
        "--shuffle", "off", "--bucketing", "off", "--batch-size", CURVE["batch"], "--steps", CURVE["steps"],
        "--max-length", 128, "--learning-rate", CURVE["rate"], "--weight-decay", 0.01, "--schedule", "constant",
        "--warmup", 0, "--clip", 0, "--threads", 2, "--log", folder / "log.jsonl", "--load-in-4bit", "--json",
    )  # fmt: skip
    told = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    ours = torch.tensor([line["loss"] for line in told if "loss" in line])
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=CURVE["rate"], weight_decay=0.01)
    tokenizer, theirs = transformers.AutoTokenizer.from_pretrained(minilm), []
    for step in range(CURVE["steps"]):
        part = rows[step * CURVE["batch"] : (step + 1) * CURVE["batch"]]
        wanted = torch.tensor([labels.index(row["label"]) for row in part])
        loss = model(**encode(tokenizer, part, False, 128), labels=wanted).loss
        theirs.append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    theirs = torch.tensor(theirs)
    assert theirs[-10:].mean() < theirs[:10].mean() - 0.05, "nothing was learnt, so equality would show little"
    worst = close(ours, theirs, 5e-3, "losses")
    return f"{len(ours)} losses from {ours[:10].mean():.3f} to {ours[-10:].mean():.3f}, within {worst:.1e}"
