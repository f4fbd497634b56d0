# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Adapters made here are read by PEFT, and the other way round."""

import json

import peft
import torch
from harness import LOGITS, apart, check, close, evaluate, lora4j, predict, read_table
from safetensors.torch import load_file


def train(workshop, output, *more, targets="query,value", rank=3):
    return lora4j(
        "train", "--model", workshop.model_folder, "--task", "seq-cls", "--data", workshop.train,
        "--text-column", "text", "--label-column", "label", "--output", output,
        "--rank", rank, "--alpha", 7, "--dropout", 0.1, "--target-modules", targets,
        "--batch-size", 8, "--learning-rate", 1e-2, "--steps", 12, "--max-length", 40,
        "--seed", 5, "--threads", 2, *more, "--json",
    )  # fmt: skip


def peft_reads_ours(workshop, name, *more, targets="query,value", rank=3):
    """Trains here, evaluates here, and asks PEFT for the same logits; returns what it found."""
    folder = workshop.make(name)
    adapter = folder / "adapter"
    report = train(workshop, adapter, *more, targets=targets, rank=rank).report
    assert report["steps"] == 12, report
    ours, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / "p.jsonl", adapter)
    rows = read_table(workshop.dev)
    base = workshop.base()
    before = predict(base, workshop.tokenizer(), rows)
    model = peft.PeftModel.from_pretrained(base, adapter)
    theirs = predict(model, workshop.tokenizer(), rows)
    apart(before, theirs, "logits before and after the adapter")
    return model, adapter, close(ours, theirs, LOGITS, "logits")


@check
def peft_reads_an_adapter_trained_here(workshop):
    model, adapter, difference = peft_reads_ours(workshop, "ours", "--init", "gaussian")
    config = model.peft_config["default"]
    assert (config.r, config.lora_alpha, config.lora_dropout) == (3, 7, 0.1), config
    assert config.task_type == "SEQ_CLS" and set(config.target_modules) == {"query", "value"}, config
    return f"logits within {difference:.1e}"


@check
def peft_reads_an_adapted_embedding(workshop):
    model, adapter, difference = peft_reads_ours(workshop, "ours-words", targets="word_embeddings,value")
    names = load_file(adapter / "adapter_model.safetensors")
    prefix = "base_model.model.bert.embeddings.word_embeddings.lora_embedding_"
    a, b = names[prefix + "A"], names[prefix + "B"]
    vocabulary, hidden = model.config.vocab_size, model.config.hidden_size
    assert a.shape == (3, vocabulary) and b.shape == (hidden, 3), (a.shape, b.shape)
    return f"logits within {difference:.1e}"


@check
def peft_reads_rslora_on_every_linear_layer(workshop):
    model, _, difference = peft_reads_ours(
        workshop, "ours-all", "--rslora", "--init", "kaiming", targets="all-linear"
    )
    assert model.peft_config["default"].use_rslora
    adapted = [n for n, m in model.named_modules() if isinstance(m, peft.tuners.lora.Linear)]
    assert len(adapted) == 2 * 6 + 1, adapted  # six in each layer, and the pooler
    return f"logits within {difference:.1e}"


@check
def peft_reads_dora_trained_here(workshop):
    said = []
    for name, targets in (("all", "all-linear"), ("words", "word_embeddings,value")):
        model, adapter, difference = peft_reads_ours(workshop, f"ours-dora-{name}", "--dora", targets=targets)
        assert model.peft_config["default"].use_dora
        tensors, theirs = load_file(adapter / "adapter_model.safetensors"), peft.get_peft_model_state_dict(model)
        assert tensors.keys() == theirs.keys(), sorted(tensors.keys() ^ theirs.keys())
        vectors = [n for n in tensors if n.endswith(".lora_magnitude_vector")]
        assert len(vectors) == (13 if name == "all" else 3), vectors
        for vector in vectors:
            module = vector.removeprefix("base_model.model.").removesuffix(".lora_magnitude_vector")
            weight = workshop.base().get_submodule(module).weight
            lengths = weight.norm(dim=0 if "embeddings" in module else 1)
            assert not torch.allclose(tensors[vector], lengths, rtol=1e-3), f"{vector} did not train"
        said.append(difference)
    return f"logits within {max(said):.1e}"


@check
def peft_reads_a_bias_of_b_and_orthogonal_beginnings_trained_here(workshop):
    model, adapter, biased = peft_reads_ours(workshop, "ours-lora-bias", "--bias-on-b", "--init", "kaiming")
    tensors = load_file(adapter / "adapter_model.safetensors")
    biases = [tensors[n] for n in tensors if n.endswith("lora_B.bias")]
    assert model.peft_config["default"].lora_bias and len(biases) == 4 and all(b.abs().max() > 1e-3 for b in biases)
    model, _, plain = peft_reads_ours(workshop, "ours-orthogonal", "--init", "orthogonal", rank=4)
    assert model.peft_config["default"].init_lora_weights == "orthogonal"
    return f"logits within {max(biased, plain):.1e}"


@check
def peft_begins_mica_as_we_do(workshop):
    model, adapter, difference = peft_reads_ours(
        workshop, "ours-mica", "--init", "mica", targets="word_embeddings,query,dense"
    )
    assert model.peft_config["default"].init_lora_weights == "mica"
    torch.manual_seed(7)
    begun = peft.get_peft_model(workshop.base(), peft.LoraConfig(**VARIANTS["mica"]))
    ours, theirs = load_file(adapter / "adapter_model.safetensors"), peft.get_peft_model_state_dict(begun)
    names = [name for name in theirs if "_B" in name]
    assert len(names) == 2 * 4 + 2, names
    worst = 0.0
    for name in names:
        # singular vectors have no sign of their own
        products = [t[name] @ t[name].T for t in (ours, theirs)]
        worst = max(worst, close(*products, 1e-4, name))
    trained = [n for n, p in model.named_parameters() if "lora_" in n and p.requires_grad]
    assert not trained, trained
    still = [n for n, p in begun.named_parameters() if "_B" in n and p.requires_grad]
    assert not still, f"PEFT would train {still}"
    return f"logits within {difference:.1e}, B as PEFT begins within {worst:.1e}"


@check
def peft_reads_pissa_trained_here(workshop):
    said = []
    for init in ("pissa", "olora"):
        model, adapter, difference = peft_reads_ours(workshop, f"ours-{init}", "--init", init)
        assert model.peft_config["default"].init_lora_weights == init
        said.append(difference)
        said.append(converted(workshop, adapter, f"ours-{init}-plain", 3)[0])
    return f"logits within {max(said):.1e}, as plain LoRA too"


def converted(workshop, adapter, name, rank):
    """Converts an adapter on the command line; how far PEFT's logits with the result are, and the result."""
    folder = workshop.make(name)
    lora4j("convert", adapter, "--model", workshop.model_folder, "--output", folder / "plain", "--json")
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    expected = predict(peft.PeftModel.from_pretrained(workshop.base(), adapter), tokenizer, rows)
    model = peft.PeftModel.from_pretrained(workshop.base(), folder / "plain")
    config = model.peft_config["default"]
    assert config.init_lora_weights is True and config.r == 2 * rank, config
    return close(predict(model, tokenizer, rows), expected, LOGITS, "logits as plain LoRA"), folder / "plain"


@check
def a_conversion_of_pissa_is_that_of_peft(workshop):
    folder = workshop.make("pissa-conversion")
    torch.manual_seed(7)
    fields = dict(r=3, lora_alpha=7, target_modules=["query", "dense"], init_lora_weights="pissa")
    model = peft.get_peft_model(workshop.base(), peft.LoraConfig(**fields))
    config = model.peft_config["default"]
    config.init_lora_weights = True
    model.save_pretrained(folder / "initial")
    config.init_lora_weights = "pissa"
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder / "adapter")
    model.save_pretrained(folder / "theirs", path_initial_model_for_weight_conversion=folder / "initial")
    _, ours = converted(workshop, folder / "adapter", "pissa-conversion-ours", 3)
    one, two = (load_file(f / "adapter_model.safetensors") for f in (folder / "theirs", ours))
    worst, products = 0.0, [name for name in one if "lora_A" in name]
    assert len(products) == 2 * 4 + 1, products  # query and three dense layers in each layer, and the pooler
    for name in products:
        other = name.replace("lora_A", "lora_B")
        # singular vectors have no sign of their own
        worst = max(worst, close(two[other] @ two[name], one[other] @ one[name], 1e-5, name))
        apart(two[other] @ two[name], torch.zeros(()), name)
    theirs, own = (json.loads((f / "adapter_config.json").read_text()) for f in (folder / "theirs", ours))
    for key in ("r", "lora_alpha", "init_lora_weights", "rank_pattern", "alpha_pattern"):
        assert theirs[key] == own[key], (key, theirs[key], own[key])
    return f"products within {worst:.1e}"


@check
def an_adapter_of_peft_that_began_with_a_draw_is_told_to_differ(workshop):
    folder = workshop.make("pissa-drawn")
    fields = dict(r=3, lora_alpha=7, target_modules=["query"])
    said = {}
    for init in ("pissa", "pissa_niter_4"):
        model = peft.get_peft_model(workshop.base(), peft.LoraConfig(init_lora_weights=init, **fields))
        model.save_pretrained(folder / init)
        said[init] = lora4j(
            "evaluate", "--model", workshop.model_folder, "--adapter", folder / init, "--data", workshop.dev,
            "--text-column", "text", "--label-column", "label",
        ).err
    assert "began with pissa_niter_4" in said["pissa_niter_4"], said
    assert "pissa_niter" not in said["pissa"], said


@check
def peft_reads_biases_trained_here(workshop):
    said = []
    for mode in ("all", "lora_only"):
        model, adapter, difference = peft_reads_ours(workshop, f"ours-bias-{mode}", "--bias", mode)
        assert model.peft_config["default"].bias == mode
        ours, theirs = load_file(adapter / "adapter_model.safetensors"), peft.get_peft_model_state_dict(model)
        assert ours.keys() == theirs.keys(), sorted(ours.keys() ^ theirs.keys())
        base = {f"base_model.model.{n}": t for n, t in workshop.base().state_dict().items()}
        for name, tensor in ours.items():
            plain = name.replace(".base_layer", "")
            if plain in base and name.endswith(".bias"):
                assert not torch.equal(tensor, base[plain]), f"{name} did not train"
            if "original_module" not in name:
                assert torch.equal(tensor, theirs[name]), name
        said.append(difference)
    return f"logits within {max(said):.1e}"


@check
def peft_saves_again_what_it_read(workshop):
    model, adapter, _ = peft_reads_ours(workshop, "again")
    again = workshop.make("again-saved")
    model.save_pretrained(again)
    ours, theirs = load_file(adapter / "adapter_model.safetensors"), load_file(again / "adapter_model.safetensors")
    assert ours.keys() == theirs.keys(), sorted(ours.keys() ^ theirs.keys())
    for name, tensor in ours.items():
        assert tensor.dtype == theirs[name].dtype and torch.equal(tensor, theirs[name]), name
    one, two = (json.loads((f / "adapter_config.json").read_text()) for f in (adapter, again))
    for volatile in ("peft_version", "inference_mode"):
        one.pop(volatile, None), two.pop(volatile, None)
    for config in (one, two):
        config["target_modules"] = sorted(config["target_modules"])
        config["modules_to_save"] = sorted(set(config["modules_to_save"]))  # PEFT adds its own names again
    different = {key for key in one.keys() | two.keys() if one.get(key) != two.get(key)}
    assert not different, {key: (one.get(key), two.get(key)) for key in different}
    return f"{len(ours)} tensors, {len(one)} keys"


VARIANTS = {
    "kaiming": dict(r=3, lora_alpha=7, target_modules=["query", "value"]),
    "rslora": dict(r=5, lora_alpha=4, use_rslora=True, target_modules=["query", "key", "value"]),
    "dense": dict(r=4, lora_alpha=6, target_modules=["dense", "query"]),
    "regex": dict(r=2, lora_alpha=5, target_modules=r".*layer\.1\..*(query|output\.dense)"),
    "patterns": dict(
        r=3,
        lora_alpha=7,
        target_modules=["query", "value", "dense"],
        rank_pattern={r"layer\.1\.attention\.self\.value": 5, "pooler.dense": 2},
        alpha_pattern={"query": 11, r"layer.0.output.dense": 3},
    ),
    "embeddings": dict(r=3, lora_alpha=5, target_modules=["word_embeddings", "position_embeddings", "query"]),
    "layers": dict(r=3, lora_alpha=2, target_modules=["query"], layers_to_transform=[1]),
    "layers-pattern": dict(
        r=3, lora_alpha=2, target_modules=["query"], layers_to_transform=[0], layers_pattern=["layer"]
    ),
    "bias-all": dict(r=3, lora_alpha=7, target_modules=["query", "value"], bias="all"),
    "bias-lora": dict(r=3, lora_alpha=2, target_modules=["query", "output.dense"], bias="lora_only"),
    "dora": dict(r=3, lora_alpha=7, target_modules=["query", "value", "dense"], use_dora=True),
    "dora-rslora": dict(
        r=3,
        lora_alpha=4,
        use_dora=True,
        use_rslora=True,
        target_modules=["word_embeddings", "query", "output.dense"],
        rank_pattern={r"layer\.1\.attention\.self\.query": 5},
        bias="all",
    ),
    "pissa": dict(r=3, lora_alpha=7, target_modules=["query", "value", "dense"], init_lora_weights="pissa"),
    "pissa-dora-rslora": dict(
        r=4,
        lora_alpha=6,
        use_dora=True,
        use_rslora=True,
        target_modules=["word_embeddings", "query", "output.dense"],
        init_lora_weights="pissa",
    ),
    "olora": dict(r=3, lora_alpha=5, target_modules=["query", "output.dense"], init_lora_weights="olora"),
    "mica": dict(r=3, lora_alpha=7, target_modules=["word_embeddings", "query", "dense"], init_lora_weights="mica"),
    "lora-bias": dict(r=3, lora_alpha=7, target_modules=["query", "value", "dense"], lora_bias=True),
    "orthogonal": dict(r=4, lora_alpha=7, target_modules=["query", "dense"], init_lora_weights="orthogonal"),
    "exclusion": dict(r=3, lora_alpha=2, target_modules=["query", "dense"], exclude_modules=["pooler.dense"]),
}


def peft_adapter(workshop, folder, pair=False, **fields):
    """An adapter that PEFT trained for six steps; returns the model that has it."""
    torch.manual_seed(7)
    model = peft.get_peft_model(workshop.base(), peft.LoraConfig(task_type="SEQ_CLS", lora_dropout=0.1, **fields))
    rows, tokenizer = read_table(workshop.train), workshop.tokenizer()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-2)
    model.train()
    for step in range(6):
        part = rows[step * 8 : step * 8 + 8]
        texts, others = [r["text"] for r in part], [r["other"] for r in part] if pair else None
        batch = tokenizer(texts, others, padding=True, return_tensors="pt")
        labels = torch.tensor([workshop.LABELS.index(r["label"]) for r in part])
        model(**batch, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    return model.eval()


def ours_reads_peft(workshop, name, pair=False, **fields):
    folder = workshop.make(f"theirs-{name}")
    model = peft_adapter(workshop, folder / "adapter", pair, **fields)
    rows = read_table(workshop.dev)
    theirs = predict(model, workshop.tokenizer(), rows, pair)
    with model.disable_adapter():
        apart(predict(model, workshop.tokenizer(), rows, pair), theirs, f"{name}: with and without the adapter")
    ours, labels, report = evaluate(workshop.model_folder, workshop.dev, folder / "p.jsonl", folder / "adapter", pair)
    difference = close(ours, theirs, LOGITS, f"{name}: logits")
    best = [workshop.LABELS[i] for i in ours.argmax(-1)]
    assert labels == best, f"{name}: labels are not those of the best logits"
    gold = [row["label"] for row in rows]
    accuracy = sum(a == b for a, b in zip(best, gold)) / len(gold)
    assert abs(report["accuracy"] - accuracy) < 1e-6, f"{name}: accuracy {report['accuracy']}, counted {accuracy}"
    loss = torch.nn.functional.cross_entropy(theirs, torch.tensor([workshop.LABELS.index(g) for g in gold])).item()
    assert abs(report["loss"] - loss) < LOGITS, f"{name}: loss {report['loss']}, theirs {loss}"
    return difference


@check
def adapters_of_peft_give_the_same_logits_here(workshop):
    worst = max(ours_reads_peft(workshop, name, **fields) for name, fields in VARIANTS.items())
    return f"{len(VARIANTS)} kinds, logits within {worst:.1e}"


@check
def adapters_of_peft_give_the_same_logits_on_pairs(workshop):
    difference = ours_reads_peft(workshop, "pairs", pair=True, **VARIANTS["kaiming"])
    return f"logits within {difference:.1e}"


@check
def several_adapters_that_peft_saved_together_are_each_read(workshop):
    folder = workshop.make("several")
    torch.manual_seed(9)
    # without a task type: PEFT cannot combine adapters that share a head
    configs = {
        "default": peft.LoraConfig(r=3, lora_alpha=7, target_modules=["query", "value"]),
        "other": peft.LoraConfig(r=2, lora_alpha=5, target_modules=["value", "output.dense"]),
    }
    model = peft.get_peft_model(workshop.base(), configs["default"])
    model.add_adapter("other", configs["other"])
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(0.3 * torch.randn_like(parameter))
    for kind in ("cat", "linear", "svd"):
        parts = ["default", "default" if kind == "linear" else "other"]
        model.add_weighted_adapter(parts, [0.7, -0.4], kind, combination_type=kind)
    model.save_pretrained(folder / "saved")
    rows, found, worst = read_table(workshop.dev), {}, 0
    for name in ("default", "other", "cat", "linear", "svd"):
        model.set_adapter(name)
        found[name] = predict(model, workshop.tokenizer(), rows)
        place = folder / "saved" if name == "default" else folder / "saved" / name
        ours, _, _ = evaluate(workshop.model_folder, workshop.dev, folder / f"{name}.jsonl", place)
        worst = max(worst, close(ours, found[name], LOGITS, f"{name}: logits"))
    apart(found["default"], found["other"], "the two adapters")
    apart(found["cat"], found["linear"], "cat and linear")
    return f"5 adapters, logits within {worst:.1e}"
