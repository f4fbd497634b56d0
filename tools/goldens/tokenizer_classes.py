#!/usr/bin/env python3
# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Writes which tokenizer class transformers builds for a name, to standard output.

Three kinds of lines: `model TYPE CLASS`, the class of a model_type; `wrong TYPE`, a model_type whose
files name another class by mistake; `class NAME CLASS KIND`, what a name stands for, where KIND is
`rebuilt` (the class makes normalizer, pre-tokenizer and decoder anew), `asis` (it takes those of
tokenizer.json) or `python` (it does not read tokenizer.json).

    tools/goldens/tokenizer_classes.py > lora-hf/src/main/resources/org/lora4j/text/tokenizer/rules/classes.txt
"""

import importlib.util
import inspect
import os

os.environ["HF_HUB_OFFLINE"] = "1"
# As without sentencepiece, whose classes do not read tokenizer.json.
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "sentencepiece" else find_spec(name, package)

import transformers  # noqa: E402
from transformers.convert_slow_tokenizer import SLOW_TO_FAST_CONVERTERS  # noqa: E402
from transformers.models.auto import tokenization_auto as auto  # noqa: E402
from transformers.tokenization_utils_tokenizers import TokenizersBackend  # noqa: E402


def lines():
    yield f"# transformers {transformers.__version__}, by tools/goldens/tokenizer_classes.py"
    for model_type, name in sorted(auto.TOKENIZER_MAPPING_NAMES.items()):
        if name is not None:
            yield f"model {model_type} {name}"
    for model_type in sorted(auto.MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS):
        yield f"wrong {model_type}"
    names = {name for name in auto.TOKENIZER_MAPPING_NAMES.values() if name}
    names |= {name for name in dir(transformers) if name.endswith(("Tokenizer", "TokenizerFast"))}
    names |= set(SLOW_TO_FAST_CONVERTERS)  # such as ElectraTokenizer, which is another name of Bert's
    names |= {"PythonBackend", "SentencePieceBackend", "BloomTokenizer", "MBart50Tokenizer"}
    names |= {name.removesuffix("Fast") for name in names}
    names |= {name + "Fast" for name in names if not name.endswith("Fast")}
    for name in sorted(names - {"AutoTokenizer", "AutoTokenizerFast"}):
        cls = auto.tokenizer_class_from_name(name)
        if not inspect.isclass(cls):
            continue
        if cls is TokenizersBackend or cls.__name__ == "PythonBackend":
            yield f"class {name} TokenizersBackend asis"
        elif issubclass(cls, TokenizersBackend):
            yield f"class {name} {cls.__name__} {'rebuilt' if '__init__' in cls.__dict__ else 'asis'}"
        else:
            yield f"class {name} {cls.__name__} python"


if __name__ == "__main__":
    print("\n".join(lines()))
