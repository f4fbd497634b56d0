# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Tokens and decoded texts of every tokenizer class, with what tokenizer_config.json overrides."""

import json
import pathlib
import random
import subprocess
import sys

from harness import ROOT, check
from java import run
from transformers import AutoTokenizer

sys.path.insert(0, str(ROOT / "tools" / "goldens"))
from tokenizer_folders import BASES, CLASSES, SETTINGS, answers, strings, write_folder  # noqa: E402


def made(folder, drawn):
    """Folders of every class with every setting, on tokenizers that are trained anew."""
    for kind, make in BASES.items():
        trained = make().to_str()
        for name in CLASSES[kind].split():
            for setting in SETTINGS:
                directory = folder / f"{kind}-{name}-{setting}"
                tokenizer_class = name + drawn.choice(["", "Fast"])
                write_folder(directory, trained, drawn.choice(["llama", None]), tokenizer_class, **SETTINGS[setting])
                yield directory, setting


def differences(theirs, ours):
    return [key for key in theirs if ours[key] != theirs[key]]


@check
def tokens_of_every_class_are_those_of_transformers(workshop):
    folder = workshop.make("tokenizers")
    drawn = random.Random(23)
    jobs, right = [], []
    for number, (directory, setting) in enumerate(made(folder, drawn)):
        texts = strings(300 if setting == "plain" else 30, number)
        tokenizer = AutoTokenizer.from_pretrained(directory)
        jobs.append(json.dumps({"directory": str(directory), "texts": texts}))
        right.append(answers(tokenizer, texts))
    (folder / "jobs").write_text("\n".join(jobs) + "\n", encoding="utf-8")
    run("lora-hf", "org.lora4j.text.TokenizeStrings", folder / "jobs", folder / "answers")
    said = (folder / "answers").read_text(encoding="utf-8").split("\n")[:-1]  # U+0085 is no end of a line
    assert len(said) == len(jobs), f"{len(said)} answers for {len(jobs)} folders"
    count = 0
    for job, theirs, line in zip(jobs, right, said):
        job, ours = json.loads(job), json.loads(line)
        name = pathlib.Path(job["directory"]).name
        assert "error" not in ours, f"{name}: {ours['error']}"
        # tokenizers 0.22 and later decode a normalized added token with the space before it
        added = name.startswith("pieces-TokenizersBackend-added")
        for text, their, our in zip(job["texts"], theirs, ours["texts"]):
            wrong = [key for key in differences(their, our) if not (added and key in ("decoded", "skipped"))]
            assert not wrong, f"{name}: {text!r}: {wrong[0]} {our[wrong[0]]}, not {their[wrong[0]]}"
            count += 1
    return f"{count} strings, {len(jobs)} folders"


@check
def the_list_of_tokenizer_classes_is_that_of_transformers(workshop):
    path = ROOT / "lora-hf/src/main/resources/org/lora4j/text/tokenizer/rules/classes.txt"
    written = path.read_text(encoding="utf-8").splitlines()
    # in a process of its own: loading a tokenizer changes what some names stand for
    program = [sys.executable, ROOT / "tools" / "goldens" / "tokenizer_classes.py"]
    found = subprocess.run(program, capture_output=True, text=True, check=True).stdout.splitlines()
    missing = sorted(set(written[1:]) ^ set(found[1:]))
    assert not missing, f"classes.txt differs: {missing[:5]}; run tools/goldens/tokenizer_classes.py"
    return f"{len(found) - 1} lines"
