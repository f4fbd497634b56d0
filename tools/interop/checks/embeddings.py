# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Embeddings, their trainings, measures, folders and adapters are those of sentence-transformers."""

import itertools
import json
import random

import numpy
import peft
import torch
import transformers
from harness import check, check_each, close, lora4j
from peft import LoraConfig
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer, losses
from sentence_transformers.sentence_transformer import evaluation, modules

VECTORS = 1e-5
LOSSES, TENSORS = 1e-4, 1e-4
STEPS, BATCH, RATE = 6, 6, 5e-3


def texts(workshop, count, seed, shortest=1):
    draw = random.Random(seed)
    found = set()
    while len(found) < count:
        found.add(" ".join(draw.choice(workshop.words) for _ in range(draw.randint(shortest, 14))))
    return sorted(found, key=lambda text: draw.random())


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def sentence_model(
    workshop, pooling="mean", normalize=False, length=None, lower=False, include=True, prompts=None, default=None, kept=None
):
    folder = str(workshop.model_folder)
    transformer = modules.Transformer(folder, max_seq_length=length, do_lower_case=lower)
    parts = [transformer, modules.Pooling(24, pooling_mode=pooling, include_prompt=include)]
    if normalize:
        parts.append(modules.Normalize())
    model = SentenceTransformer(modules=parts, prompts=prompts, default_prompt_name=default, device="cpu", truncate_dim=kept)
    return model.eval()


def embedded(model, data, output, *more):
    lora4j("embed", "--model", model, "--data", data, "--output", output, *more)
    return torch.tensor([json.loads(line)["embedding"] for line in output.read_text().splitlines()])


PROMPTS = {"query": "ban dosto: ", "document": "ki ", "own": ""}
FORMS = {
    "mean-normalised-prompts": ("bert", dict(normalize=True, prompts=PROMPTS, default="document"), "query"),
    "cls-and-max": ("roberta", dict(pooling=("cls", "max")), None),
    "weighted-short-lower": ("distilbert", dict(pooling=("mean_sqrt_len_tokens", "weightedmean"), length=7, lower=True, kept=11), None),
    "last-without-prompt": ("bert", dict(pooling=("mean", "lasttoken", "cls", "max"), include=False, prompts=PROMPTS), "query"),
}


@check_each(FORMS, "embeddings_with_{}_are_those_of_sentence_transformers")
def embeddings(workshop, form):
    family, numbers, prompt = FORMS[form]
    folder = workshop.make(f"embeddings-{form}")
    if family != "bert":
        workshop = workshop.of(family)
    model = sentence_model(workshop, **numbers)
    model.save_pretrained(str(folder / "model"))
    special = workshop.tokenizer()
    given = texts(workshop, 41, 5) + ["DOSTO Ban Luvi", f"{special.sep_token}Dosto ΣΑΣ {special.mask_token} BAN"]
    data = write(folder / "texts.jsonl", [{"text": text} for text in given])
    worst = 0
    for name in {prompt, None}:
        theirs = model.encode(given, prompt_name=name, convert_to_tensor=True)
        more = ("--prompt-name", name) if name else ()
        ours = embedded(folder / "model", data, folder / f"vectors-{name}.jsonl", *more)
        worst = max(worst, close(ours, theirs, VECTORS, f"embeddings, prompt {name}"))
    cut = embedded(folder / "model", data, folder / "cut.jsonl", "--dimensions", 9)
    expected = model.encode(given, truncate_dim=9, convert_to_tensor=True)
    worst = max(worst, close(cut, expected, VECTORS, "9 dimensions"))
    if prompt is not None:
        plain = model.encode(given, prompt="", convert_to_tensor=True)
        prompted = model.encode(given, prompt_name=prompt, convert_to_tensor=True)
        assert (plain - prompted).abs().max() > 1e-2, "the prompt does nothing, so equality would show nothing"
    return f"within {worst:.1e}"


@check
def embeddings_of_a_decoder_are_those_of_sentence_transformers(workshop):
    folder = workshop.make("embeddings-decoder")
    torch.manual_seed(3)
    config = transformers.Qwen3Config(
        vocab_size=len(workshop.tokenizer()), hidden_size=24, intermediate_size=56, num_hidden_layers=2,
        num_attention_heads=3, num_key_value_heads=1, head_dim=8, max_position_embeddings=48,
    )  # fmt: skip
    model = transformers.Qwen3Model(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(folder / "base")
    workshop.tokenizer().save_pretrained(folder / "base")
    parts = [modules.Transformer(str(folder / "base")), modules.Pooling(24, pooling_mode="lasttoken"), modules.Normalize()]
    model = SentenceTransformer(modules=parts, prompts=PROMPTS, device="cpu").eval()
    model.save_pretrained(str(folder / "model"))
    given = texts(workshop, 29, 6)
    data = write(folder / "texts.jsonl", [{"text": text} for text in given])
    ours = embedded(folder / "model", data, folder / "vectors.jsonl", "--prompt-name", "query")
    theirs = model.encode(given, prompt_name="query", convert_to_tensor=True)
    return f"within {close(ours, theirs, VECTORS, 'embeddings'):.1e}"


def adapter(workshop, folder, model):
    """An adapter of sentence-transformers with a B that is not zero."""
    torch.manual_seed(5)
    config = LoraConfig(r=3, lora_alpha=7, target_modules=["query", "value", "output.dense"], lora_dropout=0.0)
    model.add_adapter(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(str(folder))


LOSS = {
    "mnrl": (("--loss", "mnrl"), 3, False, lambda m: losses.MultipleNegativesRankingLoss(m)),
    "mnrl-some-at-once": (
        ("--scale", 11, "--texts-at-once", 5), 4, False, lambda m: losses.MultipleNegativesRankingLoss(m, scale=11),
    ),
    "triplet": (("--loss", "triplet"), 3, False, lambda m: losses.TripletLoss(m)),
    "cosine": (("--loss", "cosine"), 2, True, lambda m: losses.CosineSimilarityLoss(m)),
    "cosent": (("--loss", "cosent"), 2, True, lambda m: losses.CoSENTLoss(m)),
    "matryoshka": (
        ("--matryoshka", "24,10,5"), 2, False,
        lambda m: losses.MatryoshkaLoss(m, losses.MultipleNegativesRankingLoss(m), [24, 10, 5]),
    ),
}  # fmt: skip


def examples(workshop, columns, scored, count):
    names = ["sentence1", "sentence2"] if scored else ["anchor", "positive", "negative", "negative_2"][:columns]
    chosen = texts(workshop, columns * count, 9)
    draw = random.Random(4)
    rows = [dict(zip(names, chosen[i * columns : (i + 1) * columns])) for i in range(count)]
    return [row | {"score": round(draw.random(), 2)} if scored else row for row in rows], names


@check_each(LOSS, "six_adamw_steps_of_{}_equal_those_of_sentence_transformers")
def steps(workshop, name):
    more, columns, scored, loss_of = LOSS[name]
    folder = workshop.make(f"embedding-steps-{name}")
    model = sentence_model(workshop, normalize=name == "cosine")
    adapter(workshop, folder / "start", model)
    rows, names = examples(workshop, columns, scored, STEPS * BATCH)
    data = write(folder / "data.jsonl", rows)
    lora4j(
        "train", "--model", workshop.model_folder, "--task", "embedding", "--adapter", folder / "start", "--data", data,
        "--output", folder / "end", "--base-dropout", "off", "--shuffle", "off", "--batch-size", BATCH,
        "--steps", STEPS, "--learning-rate", RATE, "--weight-decay", 0.01, "--schedule", "constant", "--warmup", 0,
        "--clip", 0, "--threads", 2, "--log", folder / "log.jsonl", *more, "--json",
    )  # fmt: skip
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    ours = torch.tensor([line["loss"] for line in lines if "loss" in line])
    theirs, tensors = train(model, loss_of(model), rows, names, scored)
    worst_loss = close(ours, theirs, LOSSES, "losses")
    begun, ended = (load_file(folder / each / "adapter_model.safetensors") for each in ("start", "end"))
    assert ended.keys() == tensors.keys(), sorted(ended.keys() ^ tensors.keys())
    still = [n for n in tensors if torch.equal(tensors[n], begun[n])]
    assert not still, f"did not train, so equality would show nothing: {still}"
    worst = max(close(ended[n], tensors[n], TENSORS, n) for n in tensors)
    return f"losses within {worst_loss:.1e}, tensors within {worst:.1e}"


def train(model, loss, rows, names, scored):
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=0.01)
    found = []
    for step in range(STEPS):
        batch = rows[step * BATCH : (step + 1) * BATCH]
        features = [model.preprocess([row[name] for row in batch]) for name in names]
        labels = torch.tensor([row["score"] for row in batch]) if scored else None
        value = loss(features, labels)
        found.append(value.item())
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
    state = peft.get_peft_model_state_dict(model[0].model, adapter_name="default")
    prefix = "base_model.model."
    return torch.tensor(found), {prefix + n.removeprefix(prefix): t.detach().clone() for n, t in state.items()}


@check
def embedding_adapters_and_folders_pass_both_ways_with_sentence_transformers(workshop):
    folder = workshop.make("embedding-folders")
    model = sentence_model(workshop, pooling="max", normalize=True)
    model.save_pretrained(str(folder / "base"))
    model = SentenceTransformer(str(folder / "base"), device="cpu")
    given = texts(workshop, 23, 8)
    data = write(folder / "texts.jsonl", [{"text": text} for text in given])
    plain = model.encode(given, convert_to_tensor=True)
    adapter(workshop, folder / "theirs", model)
    adapted = model.eval().encode(given, convert_to_tensor=True)
    assert (plain - adapted).abs().max() > 1e-2, "the adapter does nothing, so equality would show nothing"
    ours = embedded(folder / "base", data, folder / "theirs.jsonl", "--adapter", folder / "theirs")
    worst = close(ours, adapted, VECTORS, "their adapter")

    rows, _ = examples(workshop, 2, False, 24)
    lora4j(
        "train", "--model", folder / "base", "--task", "embedding", "--data", write(folder / "pairs.jsonl", rows),
        "--output", folder / "ours", "--rank", 3, "--alpha", 7, "--target-modules", "all-linear", "--steps", 4,
        "--learning-rate", 0.02, "--batch-size", 6,
    )  # fmt: skip
    ours = embedded(folder / "base", data, folder / "ours.jsonl", "--adapter", folder / "ours")
    other = SentenceTransformer(str(folder / "base"), device="cpu")
    other.load_adapter(str(folder / "ours"))
    worst = max(worst, close(ours, other.encode(given, convert_to_tensor=True), VECTORS, "our adapter"))

    lora4j("merge", "--model", folder / "base", "--adapter", folder / "ours", "--output", folder / "merged")
    merged = SentenceTransformer(str(folder / "merged"), device="cpu")
    assert [type(part).__name__ for part in merged] == ["Transformer", "Pooling", "Normalize"], merged
    worst = max(worst, close(ours, merged.encode(given, convert_to_tensor=True), VECTORS, "our folder"))
    again = embedded(folder / "merged", data, folder / "merged.jsonl")
    worst = max(worst, close(again, ours, VECTORS, "our folder here"))
    return f"embeddings within {worst:.1e}"


@check
def measures_of_embeddings_are_those_of_sentence_transformers(workshop):
    folder = workshop.make("embedding-measures")
    model = sentence_model(workshop)
    model.save_pretrained(str(folder / "model"))
    rows, _ = examples(workshop, 2, True, 60)
    report = lora4j(
        "evaluate", "--model", folder / "model", "--data", write(folder / "pairs.jsonl", rows), "--json"
    ).report
    evaluator = evaluation.EmbeddingSimilarityEvaluator(
        [r["sentence1"] for r in rows], [r["sentence2"] for r in rows], [r["score"] for r in rows],
        main_similarity="cosine",
    )  # fmt: skip
    expected = evaluator(model)
    for name in ("pearson", "spearman"):
        assert abs(report[name] - expected[f"{name}_cosine"]) < 1e-5, (name, report, expected)

    triplets, _ = examples(workshop, 3, False, 40)
    for row in triplets[::2]:  # some answers are easily found
        row["positive"] = row["anchor"] + " " + row["positive"]
    # some queries have two right answers
    for one, other in itertools.pairwise(triplets[:10]):
        other["anchor"] = one["anchor"]
    report = lora4j(
        "evaluate", "--model", folder / "model", "--data", write(folder / "triplets.jsonl", triplets), "--json"
    ).report
    corpus = list(dict.fromkeys(t for row in triplets for t in (row["positive"], row["negative"])))
    queries = list(dict.fromkeys(row["anchor"] for row in triplets))
    right = {str(i): {str(corpus.index(r["positive"])) for r in triplets if r["anchor"] == q} for i, q in enumerate(queries)}
    evaluator = evaluation.InformationRetrievalEvaluator(
        {str(i): q for i, q in enumerate(queries)}, {str(i): t for i, t in enumerate(corpus)}, right
    )
    expected = evaluator(model)
    compared = 0
    for name, value in expected.items():
        own = name.removeprefix("cosine_")
        if own in report:
            assert abs(report[own] - value) < 1e-9, (own, report[own], value)
            compared += 1
    assert compared >= 15, (sorted(report), sorted(expected))
    assert 0.05 < report["mrr@10"] < 0.95, "all right or all wrong, so equality would show nothing"
    accuracy = evaluation.TripletEvaluator(*([r[c] for r in triplets] for c in ("anchor", "positive", "negative")))(model)
    # sentence-transformers has this one in float32
    assert abs(report["cosine_accuracy"] - accuracy["cosine_accuracy"]) < 1e-7, (report, accuracy)
    assert numpy.isfinite(list(report.values())).all()
    return f"{compared + 3} measures"
