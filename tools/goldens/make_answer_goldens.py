# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.text.question.SquadScript: scores of drawn answers by the rules of SQuAD's scripts.

usage: python make_answer_goldens.py OUTPUT_DIR   (lora-hf/src/test/resources/golden/answers)
"""

import collections
import json
import pathlib
import random
import re
import string
import sys

SEED = 20261201
WORDS = ["the", "The", "a", "an", "AN", "Rome", "rome,", "İzmir", "ΣΟΦΟΣ", "straße", "x_the", "the-end", "l'an", "an\u0301",
         "the\u0301", "U.S.", "日本", "1,000", "१२", "²", "—", "“the”", "café", "cafe\u0301", "A\u00ad", "...", "'", "a\U0001f600"]
GAPS = [" ", "  ", "\t", "\n", "\u00a0", "\u2003", "\u3000", "\x1f", "\u200b", "\x85"]


def words(text):
    """Lower case, no punctuation, no articles, single spaces: in this order."""
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def f1(ours, truth, second):
    if second and not (ours and truth):
        return float(ours == truth)
    same = sum((collections.Counter(ours) & collections.Counter(truth)).values())
    if same == 0:
        return 0.0
    precision, recall = 1.0 * same / len(ours), 1.0 * same / len(truth)
    return (2 * precision * recall) / (precision + recall)


def scores(answer, truth, second):
    if second:
        truth = [text for text in truth if words(text)] or [""]
    exact = max(int(words(answer) == words(text)) for text in truth)
    return [exact, max(f1(words(answer), words(text), second) for text in truth)]


def drawn(draw):
    text = ""
    for _ in range(draw.choice([0, 1, 1, 2, 3, 5])):
        text += draw.choice(WORDS) + draw.choice(GAPS)
    return text if draw.random() < 0.3 else text.strip()


def means(rows, ending=""):
    exact, f1s = zip(*rows)
    return {"exact_match" + ending: sum(exact) / len(rows), "f1" + ending: sum(f1s) / len(rows)}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(SEED)
    cases = []
    for _ in range(400):
        truth = [drawn(draw) for _ in range(draw.choice([0, 1, 1, 2, 3]))]
        answer = draw.choice(truth) if truth and draw.random() < 0.5 else drawn(draw)
        answer = answer.upper() if draw.random() < 0.2 else answer
        case = {"answer": answer, "truth": truth, "v2": scores(answer, truth, True)}
        if truth:
            case["v1"] = scores(answer, truth, False)
        cases.append(case)
    second = means([c["v2"] for c in cases])
    second |= means([c["v2"] for c in cases if c["truth"]], "_has_answer")
    second |= means([c["v2"] for c in cases if not c["truth"]], "_no_answer")
    golden = {"cases": cases, "v1": means([c["v1"] for c in cases if "v1" in c]), "v2": second}
    (folder / "cases.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    manifest = {"script": "tools/goldens/make_answer_goldens.py", "seed": SEED, "python": sys.version.split()[0]}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


main()
