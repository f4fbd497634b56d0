# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Generated text: the tokens of transformers' generate, and draws from its processed distribution."""

import json
import math
import random
import warnings

import torch
import transformers
from harness import LOGITS, check, check_each, lora4j
from java import run
from transformers import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from checks import asked
from checks.causal import BEGIN, END, VOCABULARY, make_tokenizer, read_tokenizer
from checks.decoders import Case, load, seed
from checks.drawn import FAMILIES

PROGRAM = "org.lora4j.generate.GenerationExchange"
CASES = 1  # of each family
FILES = 3  # generation_config.json of each model
TIE = 1e-3  # scores nearer than this may change places
MASK = (1 << 64) - 1


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def derive(key, value):
    if isinstance(value, str):
        hashed = 0xCBF29CE484222325
        for byte in value.encode():
            hashed = ((hashed ^ byte) * 0x100000001B3) & MASK
        value = hashed
    golden = 0x9E3779B97F4A7C15
    return mix((key * golden + mix((value + golden) & MASK)) & MASK)


def uniform(seed, sequence, step):
    """The number that our sampler draws with, of a counter and not of a state."""
    key = derive(derive(seed, "generate"), sequence)
    return ((derive(key, step) >> 11) + 0.5) * 2.0**-53


class Drawn(Case):
    """A drawn model with room for a text, and prompts of unequal length."""

    def draw_config(self, family, draw):
        values = super().draw_config(family, draw)
        values["n_positions" if family == "gpt2" else "max_position_embeddings"] = 64
        for scaling in (values.get("rope_scaling"), values.get("rope_parameters"), values):
            if scaling and "original_max_position_embeddings" in scaling:
                scaling["original_max_position_embeddings"] = 48  # no text crosses it
        return values

    def prepare(self, draw):
        prompts = [[draw.randrange(3, self.words) for _ in range(n)] for n in (draw.randint(2, 9), 1, 4, 17)]
        sampled = {
            "temperature": draw.choice([0.7, 1.3]),
            "topK": draw.choice([0, 3, 12]),
            "topP": draw.choice([1.0, 0.8]),
            "repetitionPenalty": draw.choice([1.0, 1.4]),
            "seed": draw.randrange(1 << 40),
        }
        greedy = {"temperature": 0, "topK": 0, "topP": 1, "repetitionPenalty": 1, "seed": 0}
        penalised = greedy | {"repetitionPenalty": 1.7}
        common = {"prompts": prompts, "maxNewTokens": 24, "model": "model"}
        self.runs = [
            common | greedy | {"name": "base"},
            common | greedy | {"name": "adapted", "adapter": "adapter"},
            common | greedy | {"name": "merged", "model": "merged"},
            common | penalised | {"name": "penalised", "adapter": "adapter"},
            common | sampled | {"name": "sampled", "adapter": "adapter"},
        ]
        self.asked = []
        for number in range(FILES):
            values = asked.draw_file(draw, self.words)
            limited = "max_new_tokens" in values or "max_length" in values
            name = f"asked{number}"
            asked.place(self.model_folder, self.folder / name, values)
            limit = {} if limited else {"maxNewTokens": 16}
            self.asked.append({"name": name, "model": name, "prompts": prompts, "seed": 0, "file": values} | limit)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = self.adapted(self.folder / "adapter").merge_and_unload()
        model.save_pretrained(self.folder / "merged")
        for name in ("tokenizer.json", "tokenizer_config.json"):
            (self.folder / "merged" / name).write_text((self.model_folder / name).read_text())
        (self.folder / "generation.json").write_text(json.dumps({"runs": self.runs + self.asked}))

    def model(self, each):
        if each.get("adapter"):
            return self.adapted(self.folder / "adapter")
        return load(self.folder / each["model"], self.attention)


def processors(each):
    found = []
    if each["repetitionPenalty"] != 1:
        found.append(RepetitionPenaltyLogitsProcessor(each["repetitionPenalty"]))
    if each["temperature"] not in (0, 1):
        found.append(TemperatureLogitsWarper(each["temperature"]))
    if each["temperature"] and each["topK"]:
        found.append(TopKLogitsWarper(each["topK"]))
    if each["temperature"] and each["topP"] < 1:
        found.append(TopPLogitsWarper(each["topP"]))
    return found


def follows(case, each, model, index, ids, told):
    """Each of our tokens is the one that transformers' scores of our text so far give, and as probable.

    Returns how many are so only but for rounding, and the log-probability of drawing the best one always.
    """
    prompt, ties, best = each["prompts"][index], 0, 0.0
    with torch.no_grad():  # each token sees those before it alone, so one pass has all scores
        logits = case.row(model, prompt + ids)
    assert len(told) == len(ids), f"{case.name}: {each['name']}: {len(told)} probabilities of {len(ids)} tokens"
    for step, token in enumerate(ids):
        end = len(prompt) + step
        read, scores = torch.tensor([(prompt + ids)[:end]]), logits[end - 1 : end].float()
        own = torch.log_softmax(scores[0].double(), -1)[token].item()
        assert abs(told[step] - own) < LOGITS, f"{case.name}: {each['name']}: token {step}: {told[step]}, not {own}"
        for processor in processors(each):
            scores = processor(read, scores)
        scores = scores[0].double()
        if each["temperature"] == 0:
            near = scores.max() - scores[token] < TIE
            same = int(scores.argmax()) == token
        else:
            u = uniform(each["seed"], index, step)
            probabilities = torch.softmax(scores, -1)
            best += probabilities.max().log().item()
            ends = probabilities.cumsum(-1)
            same = int((ends <= u).sum()) == token
            begin = ends[token - 1].item() if token else 0.0
            near = begin - TIE <= u <= ends[token].item() + TIE
        assert same or near, f"{case.name}: {each['name']}: token {step} of text {index} is {token}"
        ties += not same
    return ties, best


def generate(case, each, model):
    """transformers' own loop, on prompts padded on the left."""
    width = max(map(len, each["prompts"]))
    ids = torch.tensor([[0] * (width - len(p)) + p for p in each["prompts"]])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in each["prompts"]])
    made = model.generate(
        input_ids=ids, attention_mask=mask, do_sample=False, max_new_tokens=each["maxNewTokens"],
        repetition_penalty=float(each["repetitionPenalty"]), pad_token_id=0,
    )  # fmt: skip
    return [row[width:].tolist() for row in made]


def ended(ids, ends):
    for i, token in enumerate(ids):
        if token in ends:
            return ids[: i + 1]
    return ids


def compare(case):
    found = json.loads((case.folder / "generated.json").read_text(encoding="utf-8"))
    tokenizer = read_tokenizer(case.model_folder)
    tokens, ties, best, greedy = 0, 0, {}, {}
    for each in case.runs:
        ours, model = found[each["name"]], case.model(each)
        for index, ids in enumerate(ours["ids"]):
            close, likelihood = follows(case, each, model, index, ids, ours["logProbabilities"][index])
            ties += close
            best[each["name"]] = best.get(each["name"], 0.0) + likelihood
            tokens += len(ids)
            end = len(ids) == each["maxNewTokens"] or ids[-1] == 2
            assert end, f"{case.name}: {each['name']}: text {index} ends after {ids}: {ours['finish'][index]}"
            whole = tokenizer.decode([i for i in ids if i != 2], clean_up_tokenization_spaces=False)
            assert ours["texts"][index] == whole, (ours["texts"][index], whole)
        if each["temperature"] == 0 and each["repetitionPenalty"] == 1:
            theirs = greedy[each["name"]] = [ended(ids, {2}) for ids in generate(case, each, model)]
            for index, (one, other) in enumerate(zip(ours["ids"], theirs)):
                assert one == other or ties, f"{case.name}: {each['name']}: text {index}: {one}, not {other}"
        assert "".join(ours["pieces"][0]) == ours["texts"][0], f"{case.name}: {each['name']}: pieces are not the text"
    model = load(case.model_folder, case.attention)
    for each in case.asked:
        for index, ids in enumerate(found[each["name"]]["ids"]):
            what = f"{case.name}: text {index} with {each['file']}"
            limit = each.get("maxNewTokens")
            ties += asked.compare(model, case.folder / each["name"], each["prompts"][index], limit, ids, what)
            tokens += len(ids)
    # now and then transformers, too, says the same with a drawn adapter and without
    same = greedy["base"] == greedy["adapted"]
    assert same or found["base"]["ids"] != found["adapted"]["ids"], f"{case.name}: the adapter changes nothing"
    # a model that is sure of every token draws the best ones
    surprising = best["sampled"] < math.log(1e-9)
    drawn = found["sampled"]["ids"] != found["adapted"]["ids"]
    assert drawn or not surprising, f"{case.name}: nothing is drawn"
    return tokens, ties


@check_each(FAMILIES, "generation-of-{}-gives-the-tokens-of-transformers")
def generated(workshop, family):
    base_seed = seed()
    folder = workshop.make(f"generated-{family}")
    cases = [Drawn(folder, family, number, base_seed) for number in range(CASES)]
    for case in cases:
        case.prepare(random.Random(f"{case.name} generation"))
    run("lora-hf", PROGRAM, *(case.folder for case in cases))
    counts = [compare(case) for case in cases]
    tokens, ties = (sum(numbers) for numbers in zip(*counts))
    assert ties <= tokens // 50, f"{ties} of {tokens} tokens differ by a tie: seed {base_seed}"
    return f"{tokens} tokens of seed {base_seed}, {ties} by a tie"


TEXT = "日本語の文章、絵文字😀👍🏽と한국어。naïve Ünïcödé…"


def memorise(folder, ids):
    """A model that has learnt one text by heart, byte by byte."""
    torch.manual_seed(5)
    config = transformers.AutoConfig.for_model(
        "llama", vocab_size=VOCABULARY, hidden_size=64, intermediate_size=128, num_hidden_layers=1,
        num_attention_heads=4, max_position_embeddings=256, bos_token_id=BEGIN, eos_token_id=END, pad_token_id=None,
    )  # fmt: skip
    model = transformers.AutoModelForCausalLM.from_config(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    row = torch.tensor([ids])
    for _ in range(400):
        loss = model(input_ids=row, labels=row).loss
        if loss.item() < 0.01:
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert loss.item() < 0.05, f"the text was not learnt: {loss.item():.3f}"
    model.save_pretrained(folder)
    make_tokenizer(folder)


@check
def generation_streams_whole_characters(workshop):
    folder = workshop.make("generated-characters")
    ids = [BEGIN, *TEXT.encode(), END]
    memorise(folder / "model", ids)
    values = {"name": "text", "model": "model", "prompts": [ids[:7]], "maxNewTokens": 200, "temperature": 0,
              "topK": 0, "topP": 1, "repetitionPenalty": 1, "seed": 0}  # fmt: skip
    (folder / "generation.json").write_text(json.dumps({"runs": [values]}))
    run("lora-hf", PROGRAM, folder)
    found = json.loads((folder / "generated.json").read_text(encoding="utf-8"))["text"]
    assert found["ids"][0] == ids[7:], found["ids"][0]
    assert found["texts"][0] == TEXT[2:], found["texts"][0]
    pieces = found["pieces"][0]
    assert "".join(pieces) == TEXT[2:] and all(pieces), pieces
    arguments = ["generate", "--model", folder / "model", "--prompt", TEXT[:2], "--max-new-tokens", 200]
    assert lora4j(*arguments).out.strip("\n") == TEXT[2:], "the command line's text"
    assert lora4j(*arguments, "--json").report["generated_ids"] == ids[7:], "the command line's tokens"
    return f"{len(pieces)} pieces of {len(ids) - 7} tokens"
