# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Drawn files generation_config.json, and transformers' own texts by them."""

import json

import torch
import transformers

TIE = 1e-3  # scores nearer than this may change places


def draw_file(draw, words):
    """A few keys of any values; tokens are below words, 2 ends a text."""

    def sequence(longest):
        return [draw.randrange(3, words) for _ in range(draw.randint(1, longest))]

    def several(count):
        return sorted({draw.randrange(3, words) for _ in range(count)})

    makers = {
        "repetition_penalty": lambda: draw.choice([1.0, 1.05, 1.3, 1.9, 0.8]),
        "encoder_repetition_penalty": lambda: draw.choice([1.2, 0.7]),
        "no_repeat_ngram_size": lambda: draw.randint(0, 4),
        "encoder_no_repeat_ngram_size": lambda: draw.choice([0, 2, 3]),
        "bad_words_ids": lambda: [sequence(2) for _ in range(draw.randint(1, 12))],
        "sequence_bias": lambda: [[sequence(3), draw.choice([-2.5, 1.5, 4.0])] for _ in range(draw.randint(1, 12))],
        "min_length": lambda: draw.choice([0, 8, 16]),
        "min_new_tokens": lambda: draw.choice([0, 4, 11]),
        "begin_suppress_tokens": lambda: several(words // 2),
        "suppress_tokens": lambda: several(words // 4),
        "forced_eos_token_id": lambda: draw.choice([2, [4, 2]]),
        "forced_bos_token_id": lambda: draw.randrange(3, words),
        "remove_invalid_values": lambda: True,
        "exponential_decay_length_penalty": lambda: [draw.randint(0, 8), draw.choice([1.01, 1.2, 2.0])],
        "max_new_tokens": lambda: draw.randint(3, 20),
        "max_length": lambda: draw.randint(20, 40),
        "temperature": lambda: 0.6,  # without do_sample
        "top_k": lambda: 5,
    }
    keys = draw.sample(sorted(makers), draw.randint(1, 6))
    if any(key.startswith("forced") for key in keys):
        keys = [key for key in keys if key != "suppress_tokens"]  # transformers refuses some together
    return {"eos_token_id": draw.choice([2, [2, words - 1]])} | {key: makers[key]() for key in keys}


def place(model_folder, folder, values):
    """The same model with such a file."""
    folder.mkdir()
    for file in model_folder.iterdir():
        if file.name != "generation_config.json":
            (folder / file.name).symlink_to(file.resolve())
    (folder / "generation_config.json").write_text(json.dumps(values))


def compare(model, folder, prompt, limit, ours, what):
    """Whether our tokens are transformers'; one whose score is as good as theirs is a tie, at which texts part."""
    model.generation_config = transformers.GenerationConfig.from_pretrained(folder)
    limits = {} if limit is None else {"max_new_tokens": limit}
    with torch.no_grad():
        made = model.generate(
            input_ids=torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=False, return_dict_in_generate=True, output_scores=True, **limits,
        )  # fmt: skip
    theirs = made.sequences[0, len(prompt) :].tolist()
    for step, (own, other) in enumerate(zip(ours, theirs)):
        if own != other:
            scores = made.scores[step][0]
            assert scores[other] - scores[own] < TIE, f"{what}: token {step} is {own}, not {other}: {ours}, {theirs}"
            return 1
    assert len(ours) == len(theirs), f"{what}: {ours}, not {theirs}"
    return 0
