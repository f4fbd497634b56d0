"""Goldens for org.lora4j.text: two tiny tokenizers and what transformers makes of some texts.

Usage: python tools/goldens/text_tokenizers.py
Writes lora-hf/src/test/resources/golden/tokenizers/. Needs transformers and tokenizers.
"""

import json
import random
import sys
from pathlib import Path

import tokenizers
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SEED = 11
OUT = Path(__file__).resolve().parents[2] / "lora-hf/src/test/resources/golden/tokenizers"
WORDS = (
    "a the film is charming and often affecting journey unflinchingly bleak desperate movie "
    "acting costumes music sound all astounding given production slow very clichés naïve "
    "it's don't 90-minute 東京 Привет 😀 ... ! , -- [SEP] </s> <unk>"
).split()


def wordpiece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = sorted(set("".join(WORDS[:-6]).lower()))
    parts = ["and", "acting", "sound", "film", "the", "##ing", "##ed", "jour", "##ney", "slow", "mov", "##ie"]
    # Spelled out: the trainer's result depends on the order of a hash table.
    vocabulary = special + letters + ["##" + c for c in letters] + parts
    t = Tokenizer(models.WordPiece({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]"))
    t.add_special_tokens(special)
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", t.token_to_id("[CLS]")), ("[SEP]", t.token_to_id("[SEP]"))],
    )
    # As sentence-transformers saves its tokenizers: traps for whoever takes these from the file.
    t.enable_truncation(8)
    t.enable_padding(length=16, pad_id=0, pad_token="[PAD]")
    config = {"model_max_length": 512, "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return t, config


def roberta():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    t.train_from_iterator(
        [" ".join(WORDS[:-6])] * 3,
        trainers.BpeTrainer(vocab_size=330, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()),
    )
    t.post_processor = processors.RobertaProcessing(
        ("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")), add_prefix_space=False
    )
    config = {
        "model_max_length": 1000000000000000019884624838656,
        "pad_token": {"content": "<pad>", "lstrip": False, "normalized": False, "special": True},
        "truncation_side": "left",
    }
    return t, config


def text(rng, most):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(0, most)))


def main():
    rng = random.Random(SEED)
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (made, config) in {"wordpiece": wordpiece(), "roberta": roberta()}.items():
        folder = OUT / name
        folder.mkdir(exist_ok=True)
        made.save(str(folder / "tokenizer.json"), pretty=False)
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
        special = {k: v for k, v in config.items() if k.endswith("_token") and isinstance(v, str)}
        special.setdefault("pad_token", "<pad>")
        fast = PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"),
            truncation_side=config.get("truncation_side", "right"),
            **special,
        )
        cases = []
        for i in range(60):
            most = rng.choice([2, 6, 12])
            first = text(rng, most)
            second = text(rng, rng.choice([1, 6, 12])) if i % 3 else None
            length = rng.choice([5, 6, 7, 8, 9, 10, 13, 16, 21, 64])
            # As a batch: called for one pair, transformers takes an empty second text for none.
            out = fast(
                [first],
                None if second is None else [second],
                truncation=True,
                max_length=length,
                return_token_type_ids=True,
            )
            cases.append(
                {
                    "text": first,
                    "pair": second,
                    "max_length": length,
                    "ids": out["input_ids"][0],
                    "type_ids": out["token_type_ids"][0],
                }
            )
        (folder / "cases.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
    manifest = {
        "script": "tools/goldens/text_tokenizers.py",
        "seed": SEED,
        "python": sys.version.split()[0],
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
