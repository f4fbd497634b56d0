# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Small tokenizers of every model kind, folders for every class of transformers, and strings.

Used by make_tokenizer_goldens.py and by the live check in tools/interop.
"""

import json
import random

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = [
    "fog over the harbour, and no boat leaves before noon",
    "The ferry was late again; it's 1234 o'clock!",
    "Über die Brücke läuft ein Hund, café naïve résumé",
    "日本語のテキスト 中文 测试 雾",
    "don't we'll I'm they've you're he'd  two  spaces\n\nnew lines\ttabs",
    "👍🏽 emoji 🎉 family 👨‍👩‍👧",
    "price: $3.50 (20% off) #tag @user http://x.org/a?b=c",
    "ＦＵＬＬ ｗｉｄｔｈ ﬁ ligature ½ ² ① Å",
    "Привет мир привет",
    "the the the boat boat boat of of of",
] * 20
MARKS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
BERT = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"]


def byte_level():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer, t.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = [*MARKS, "<|endoftext|>", *BERT]
    t.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=520, show_progress=False, initial_alphabet=alphabet, special_tokens=special)
    )
    return t


def sentencepiece():
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256)), "<pad>", "<bos>", "<eos>", "<mask>"]
    t.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=600, show_progress=False, special_tokens=special))
    j = json.loads(t.to_str())
    j["added_tokens"] = [a for a in j["added_tokens"] if not a["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(j))


def wordpiece():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer = normalizers.BertNormalizer(lowercase=False), pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *MARKS, "<cls>", "<sep>"]
    t.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=300, show_progress=False, special_tokens=special))
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return t


def unigram():
    t = Tokenizer(models.Unigram())
    t.normalizer, t.pre_tokenizer, t.decoder = normalizers.NFKC(), pre_tokenizers.Metaspace(), decoders.Metaspace()
    t.train_from_iterator(
        TEXTS, trainers.UnigramTrainer(vocab_size=300, show_progress=False, unk_token="<unk>", special_tokens=[*MARKS, *BERT])
    )
    return t


def suffixed():
    t = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    t.pre_tokenizer, t.decoder = pre_tokenizers.BertPreTokenizer(), decoders.BPEDecoder()
    special = [*MARKS, "<|startoftext|>", "<|endoftext|>"]
    t.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=320, show_progress=False, end_of_word_suffix="</w>", special_tokens=special)
    )
    return t


BASES = {"bytes": byte_level, "pieces": sentencepiece, "wordpiece": wordpiece, "unigram": unigram, "suffixed": suffixed}
CLASSES = {
    "bytes": "BlenderbotTokenizer CodeGenTokenizer CohereTokenizer DebertaTokenizer GPT2Tokenizer GPTNeoXTokenizer"
    " Qwen2Tokenizer Qwen3_5Tokenizer RobertaTokenizer BartTokenizer TokenizersBackend PreTrainedTokenizerFast",
    "pieces": "CodeLlamaTokenizer GemmaTokenizer LlamaTokenizer ReformerTokenizer Siglip2Tokenizer Tipsv2Tokenizer"
    " TokenizersBackend",
    "wordpiece": "BertTokenizer ConvBertTokenizer DPRQuestionEncoderTokenizer DistilBertTokenizer FunnelTokenizer"
    " MPNetTokenizer SplinterTokenizer",
    "unigram": "AlbertTokenizer BarthezTokenizer BigBirdTokenizer CamembertTokenizer DebertaV2Tokenizer FNetTokenizer"
    " PegasusTokenizer RemBertTokenizer T5Tokenizer VideoPrismTokenizer XGLMTokenizer XLMRobertaTokenizer XLNetTokenizer"
    " TokenizersBackend",
    "suffixed": "CLIPTokenizer HerbertTokenizer OpenAIGPTTokenizer",
}


def token(content, special=True, **flags):
    return {"content": content, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": special} | flags


DECODER = {"3": token("<unk>"), "4": token("<mask>", lstrip=True), "1": token("<s>"), "2": token("</s>")}
SPREAD = {"900": token("<q>"), "901": token("fog", False, single_word=True), "902": token("the", False)}
# What tokenizer_config.json says beside the class, and other files.
SETTINGS = {
    "plain": {},
    "prefix": {"add_prefix_space": True, "trim_offsets": False},
    "no-prefix": {"add_prefix_space": False},
    "lower": {"do_lower_case": True, "strip_accents": True, "tokenize_chinese_chars": False, "keep_accents": True},
    "cased": {"do_lower_case": False, "strip_accents": False, "keep_accents": False, "clean_up_tokenization_spaces": True},
    "legacy": {"legacy": True, "add_bos_token": True, "add_eos_token": True},
    "split": {"split_special_tokens": True},
    "split-spread": {"split_special_tokens": True, "added_tokens_decoder": DECODER | SPREAD},
    "decoder": {"added_tokens_decoder": DECODER | SPREAD, "mask_token": "<mask>"},
    "extra": {"extra_special_tokens": ["fog", "<new>"], "bos_token": "<s>", "eos_token": "fog"},
    "named": {"extra_special_tokens": {"image_token": "fog"}, "audio_token": "<a>"},
    "additional": {"additional_special_tokens": ["boat", "<new>"], "mask_token": "<mask>"},
    "map": {
        "special_tokens_map.json": {
            "bos_token": "<s>", "eos_token": token("</s>", rstrip=True), "mask_token": token("<m>", lstrip=True),
            "additional_special_tokens": ["boat"],
        }
    },
    "added": {"added_tokens.json": {"boat": 900, "<t>": 901}, "pad_token": "<t>"},
}  # fmt: skip


def write_folder(folder, tokenizer_json, model_type="llama", tokenizer_class=None, **settings):
    """A directory that transformers' AutoTokenizer loads."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(tokenizer_json, encoding="utf-8")
    config = {"tokenizer_class": tokenizer_class} if tokenizer_class else {}
    for name, value in settings.items():
        if name.endswith(".json"):
            (folder / name).write_text(json.dumps(value), encoding="utf-8")
        else:
            config[name] = value
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    if model_type is not None:
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}), encoding="utf-8")


WORDS = (
    "fog over the harbour Harbour BOAT boat café naïve cafe\u0301 Ünï ﬁsh ½ ２ 日本語 雾 中文测试 мир Привет שלום العربية हिन्दी"
    " ไทย 한국어 👍🏽 👨‍👩‍👧 🎉 don't it's we'll 1234 3.14 a I x_y http://x.org/a?b=c #tag $5 ... !!! ?! -- ``q'' <"
    " </ |> [ ] ▁ ▁▁ Ġ Ω İstanbul ß ﬃ e\u0301\u0327"
).split(" ") + ["\u200b", "\ufeff", "\u00ad", "\u2028", "\0", "\1", "\x7f", "\x85", "\u3000", "\u00a0", "\ufffd", "\U0010ffff", "\ue000"]
SPACES = ["", "", " ", " ", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", " \n ", "\u00a0"]
SPECIALS = [*MARKS, *BERT[:2], "[MASK]", "<|endoftext|>", "<bos>", "<0x41>", "fog", "the", "<new>", "<q>"]


def strings(count, seed):
    """Texts in which tokenizers differ: spaces at odd places, special tokens inside, all scripts."""
    drawn = random.Random(seed)
    found = ["", " ", "  ", "a", " a", "a ", "\n", "fog", " fog", "fog ", "the boat", "</s>fog"]
    while len(found) < count:
        text = drawn.choice(SPACES) if drawn.random() < 0.4 else ""
        for _ in range(drawn.randint(1, 9)):
            text += (drawn.choice(SPECIALS) if drawn.random() < 0.2 else drawn.choice(WORDS)) + drawn.choice(SPACES)
        found.append(text)
    return found[:count]


def answers(tokenizer, texts):
    """What TokenizeStrings of lora-hf's tests writes for the same texts."""
    found = []
    for text in texts:
        ids = tokenizer(text)["input_ids"]
        pair = tokenizer._tokenizer.encode(text, text)  # the call takes an empty second text for none
        found.append(
            {
                "ids": ids, "pair": pair.ids, "types": pair.type_ids,
                "decoded": tokenizer.decode(ids), "skipped": tokenizer.decode(ids, skip_special_tokens=True),
            }
        )  # fmt: skip
    return found
