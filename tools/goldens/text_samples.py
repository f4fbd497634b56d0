"""Goldens for org.lora4j.text: what TRL's SFTTrainer learns from prompts, completions and texts.

Usage: python tools/goldens/text_samples.py
Writes lora-hf/src/test/resources/golden/samples/. Needs transformers and tokenizers. The two
functions of TRL 1.16.0 (trl/trainer/sft_trainer.py: add_eos, tokenize_fn with its
common_prefix_length) are written out below without the trainer around them.
"""

import json
import random
import sys
from pathlib import Path

import tokenizers
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SEED = 23
OUT = Path(__file__).resolve().parents[2] / "lora-hf/src/test/resources/golden/samples"
CORPUS = (
    "the film is charming and often affecting . the movie is bleak : positive negative "
    "Review : Sentiment : Translate to French : naïve clichés 東京 は 日本 の 首都 です 。 "
    "Привет мир 😀 👩‍👩‍👧 it's don't 90-minute Answer : yes no"
)
PIECES = CORPUS.split() + ["</s>", "\n", "\n\n", "  ", "日本の", "👩‍👩‍👧", "é", "end.", "Answer: ", ":\n"]


def byte_level():
    """As GPT-2's: byte-level BPE, no template, the end token an added token."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(
        [CORPUS] * 3,
        trainers.BpeTrainer(
            vocab_size=400, special_tokens=["</s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
        ),
    )
    return t, {"eos_token": "</s>"}


def metaspace():
    """As Llama 2's: spaces made visible, byte fallback, a BOS by template."""
    words = sorted(set(CORPUS.split()))
    special = ["<unk>", "<s>", "</s>"]
    vocabulary = {w: i for i, w in enumerate(special + [f"<0x{b:02X}>" for b in range(256)])}
    merges = []

    def add(piece):
        vocabulary.setdefault(piece, len(vocabulary))

    for word in words:
        if any(ord(c) > 0x3000 for c in word):
            continue  # these fall back to bytes
        for c in "▁" + word:
            add(c)
        built = "▁"
        for c in word:
            if (built, c) not in merges:
                merges.append((built, c))
            built += c
            add(built)
    t = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    t.add_special_tokens(special)
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    t.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", t.token_to_id("<s>"))]
    )
    config = {"bos_token": {"content": "<s>"}, "eos_token": {"content": "</s>", "lstrip": False}}
    return t, config


def ends_itself():
    """A byte-level tokenizer whose template adds the end token too."""
    t, _ = byte_level()
    t.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", t.token_to_id("</s>"))]
    )
    return t, {"eos_token": "</s>"}


def text(rng, most):
    joiner = rng.choice([" ", "", " "])
    return joiner.join(rng.choice(PIECES) for _ in range(rng.randint(0, most)))


def add_eos(example, eos_token):
    if "text" in example and not example["text"].endswith(eos_token):
        example["text"] = example["text"] + eos_token
    elif "completion" in example and not example["completion"].endswith(eos_token):
        example["completion"] = example["completion"] + eos_token
    return example


def common_prefix_length(a, b):
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return n


def tokenize_fn(example, tokenizer, ends_itself):
    if "prompt" not in example:
        ids = tokenizer(example["text"])["input_ids"]
        return ids, [1] * len(ids)
    prompt_ids = tokenizer(example["prompt"])["input_ids"]
    if ends_itself:
        prompt_ids = prompt_ids[:-1]  # else an empty completion would teach nothing
    ids = tokenizer(example["prompt"] + example["completion"])["input_ids"]
    prompt_len = common_prefix_length(prompt_ids, ids)
    return ids, [0] * prompt_len + [1] * (len(ids) - prompt_len)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (made, config) in {
        "byte-level": byte_level(),
        "metaspace": metaspace(),
        "ends-itself": ends_itself(),
    }.items():
        rng = random.Random(SEED)
        folder = OUT / name
        folder.mkdir(exist_ok=True)
        made.save(str(folder / "tokenizer.json"), pretty=False)
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
        eos = config["eos_token"] if isinstance(config["eos_token"], str) else config["eos_token"]["content"]
        fast = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), eos_token=eos)
        lines = []
        for i in range(120):
            case = (
                {"text": text(rng, 8)}
                if i % 4 == 0
                else {"prompt": text(rng, 6) + rng.choice(["", " ", ": ", "\n"]), "completion": text(rng, 4)}
            )
            example = dict(case)
            # A template that ends the text itself ends it once for us; TRL would end it twice.
            if name != "ends-itself":
                example = add_eos(example, eos)
            ids, learnt = tokenize_fn(example, fast, name == "ends-itself")
            lines.append(json.dumps({**case, "ids": ids, "learnt": learnt}))
        (folder / "cases.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    manifest = {
        "script": "tools/goldens/text_samples.py",
        "seed": SEED,
        "python": sys.version.split()[0],
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
        "follows": "trl 1.16.0",
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
