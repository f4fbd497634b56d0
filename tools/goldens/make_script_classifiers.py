# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Traced text classifiers for the tests of the command line: small BERTs of random weights with the
vocabulary of Bench, and modules that cannot be trained or run in batches.

    classifier.pt  two labels; a dict of logits; ids, mask and types
    classifier/    the same model as transformers saves it, without a tokenizer
    rating.pt      one number; a tuple; ids and mask
    length.pt      runs texts of the length that it was traced with
    batch.pt       always gives outputs for two texts
    vectors.pt     a vector for each token, no classifier
    rules.pt       no weight that could be adapted

Writes lora-cli/src/test/resources/golden/script.
Run: python tools/goldens/make_script_classifiers.py (torch, transformers; no network).
"""

import importlib.metadata
import json
import pathlib
import shutil

import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

SEED = 20261130
OUT = pathlib.Path(__file__).resolve().parents[2] / "lora-cli/src/test/resources/golden/script"
WORDS = 41  # five special tokens and the words of Sentences
IDS = torch.tensor([[2, 7, 9, 3], [2, 8, 3, 0]])
MASK = (IDS != 0).long()


def bert(labels):
    config = BertConfig(
        vocab_size=WORDS, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
        max_position_embeddings=48, num_labels=labels)  # fmt: skip
    model = BertForSequenceClassification(config).eval()
    generator = torch.Generator().manual_seed(SEED + labels)
    with torch.no_grad():
        for name, p in model.named_parameters():
            mean = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            p.copy_(mean + 0.2 * torch.randn(p.shape, generator=generator))
    return model


class Tables(nn.Module):
    """An embedding and a linear layer; what is done with them differs."""

    def __init__(self):
        super().__init__()
        self.word_embeddings = nn.Embedding(WORDS, 4)
        self.head = nn.Linear(4, 2)


class Length(Tables):
    def forward(self, input_ids, attention_mask):
        places = torch.arange(4).float().view(1, 4, 1).expand(2, 4, 4)
        return self.head((self.word_embeddings(input_ids) + places[:1]).mean(1))


class Batch(Tables):
    def forward(self, input_ids, attention_mask):
        return self.head(self.word_embeddings(input_ids).mean(1)[:1]).expand(2, 2)


class Vectors(Tables):
    def forward(self, input_ids, attention_mask):
        return self.head(self.word_embeddings(input_ids))


class Rules(nn.Module):
    def forward(self, input_ids, attention_mask):
        good = (input_ids > 20).float().sum(1)
        return torch.stack([3 - good, good], 1)


def save(name, model, inputs):
    torch.jit.save(torch.jit.trace(model, inputs, strict=False, check_trace=False), OUT / f"{name}.pt")


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    torch.manual_seed(SEED)
    classifier = bert(2)
    save("classifier", classifier, (IDS, MASK, torch.zeros_like(IDS)))
    classifier.save_pretrained(OUT / "classifier")
    rating = bert(1)
    rating.config.return_dict = False
    save("rating", rating, (IDS, MASK))
    for module in (Length, Batch, Vectors, Rules):
        save(module.__name__.lower(), module().eval(), (IDS, MASK))
    versions = {p: importlib.metadata.version(p) for p in ("torch", "transformers")}
    manifest = {"script": "tools/goldens/make_script_classifiers.py", "seed": SEED, "versions": versions}
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
