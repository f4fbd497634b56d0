#!/usr/bin/env python3
# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Traces a Hugging Face model as a TorchScript file that DJL loads and lora4j adapts.

    tools/trace/trace.py MODEL_DIR OUT.pt

writes OUT.pt and, beside it, what DJL's translators need: tokenizer.json, config.json and
serving.properties, which names the translator. MODEL_DIR is a folder of transformers or
sentence-transformers. The class is the one that config.json names; --task asks for another.

The model is traced in evaluation mode with gradients enabled, since PyTorch's fused layers, which
cannot train, stand in a trace that was made without them. Its outputs are a dictionary of tensors,
as in the models of DJL's own zoo. Before the file is kept, it is compared with the model on inputs
of another batch size and, for texts and sounds, another length.

Needs the packages of tools/interop/requirements.txt. No network.
"""

import argparse
import json
import os
import pathlib
import shutil
import sys
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch  # noqa: E402
import transformers  # noqa: E402
from torch import nn  # noqa: E402

transformers.utils.logging.disable_progress_bar()

TEXT = "ai.djl.huggingface.translator."
IMAGE = "ai.djl.modality.cv.translator."
# the class that loads a task's model, the end of the names of such classes, DJL's translator
TASKS = {
    "text-classification": ("AutoModelForSequenceClassification", "ForSequenceClassification", TEXT + "TextClassification"),
    "token-classification": ("AutoModelForTokenClassification", "ForTokenClassification", TEXT + "TokenClassification"),
    "question-answering": ("AutoModelForQuestionAnswering", "ForQuestionAnswering", TEXT + "QuestionAnswering"),
    "fill-mask": ("AutoModelForMaskedLM", "ForMaskedLM", TEXT + "FillMask"),
    "text-generation": ("AutoModelForCausalLM", "ForCausalLM", None),
    "image-classification": ("AutoModelForImageClassification", "ForImageClassification", IMAGE + "ImageClassification"),
    "feature-extraction": ("AutoModel", "", TEXT + "TextEmbedding"),
}
WORDS = ("input_ids", "attention_mask", "token_type_ids")
POOLING = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls", "pooling_mode_max_tokens": "max",
           "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len", "pooling_mode_weightedmean_tokens": "weightedmean"}  # fmt: skip
TOLERANCE = 1e-4


class Traced(nn.Module):
    """A model whose inputs have an order and whose outputs are tensors alone."""

    def __init__(self, model, names):
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *values):
        output = self.model(**dict(zip(self.names, values)), return_dict=True)
        return {name: value for name, value in output.items() if torch.is_tensor(value)}


def task_of(model):
    """The task of a model's class."""
    name = type(model).__name__.replace("LMHeadModel", "ForCausalLM")
    return next(task for task, (_, end, _) in TASKS.items() if name.endswith(end))


def load(folder, task=None, dtype=torch.float32):
    config = transformers.AutoConfig.from_pretrained(folder)
    named = getattr(transformers, (config.architectures or [""])[0] or "AutoModel", None)
    if named is None and task is None:
        raise SystemExit(f"{folder}: transformers has no class {config.architectures[0]}; give a --task")
    loader = getattr(transformers, TASKS[task][0]) if task else named
    return loader.from_pretrained(folder, dtype=dtype)


def token_types(folder, model):
    """Whether the tokenizer tells first texts from second ones and the model has rows for both."""
    known = json.loads((folder / "tokenizer_config.json").read_text()) if (folder / "tokenizer_config.json").exists() else {}
    default = [*WORDS[:2], *([WORDS[2]] if model.config.model_type == "bert" and known else [])]
    return WORDS[2] in known.get("model_input_names", default) and getattr(model.config, "type_vocab_size", 0) > 1


def input_names(model, types):
    """What the model takes, in the order in which DJL's translators give it."""
    main = getattr(model, "main_input_name", "input_ids")
    if main != "input_ids":
        return [main]
    return [*WORDS[:2], *([WORDS[2]] if types else [])]


def image_sides(folder, model):
    """Height and width of the images that a model takes."""
    given = preprocessing(folder)
    size = given.get("crop_size") if given.get("do_center_crop") else given.get("size")
    size = size or getattr(model.config, "image_size", None) or 224
    if isinstance(size, dict):
        size = (size["height"], size["width"]) if "height" in size else size["shortest_edge"]
    return tuple(size) if isinstance(size, (list, tuple)) else (size, size)


def preprocessing(folder):
    given = folder / "preprocessor_config.json"
    return json.loads(given.read_text()) if given.exists() else {}


def example(model, names, sides, batch, length, seed):
    """Inputs; the last text or sound of several is padded."""
    draw = torch.Generator().manual_seed(seed)
    config = model.config
    values = {}
    for name in names:
        if name == "input_ids":
            words = config.get_text_config().vocab_size
            ids = torch.randint(0, words, (batch, length), generator=draw)
            if getattr(config, "pad_token_id", None) is not None:  # RoBERTa counts positions by it
                ids[ids == config.pad_token_id] = (config.pad_token_id + 1) % words
                ids[batch - 1, length - 2 :] = config.pad_token_id
            values[name] = ids
        elif name == "attention_mask":
            values[name] = torch.ones(batch, length, dtype=torch.long)
            values[name][batch - 1, length - 2 :] = 0
        elif name == "token_type_ids":
            values[name] = torch.zeros(batch, length, dtype=torch.long)
            values[name][:, length // 2 :] = 1
        elif name == "pixel_values":
            values[name] = torch.rand(batch, getattr(config, "num_channels", 3), *sides, generator=draw)
        elif name == "input_values":
            values[name] = torch.randn(batch, 400 * length, generator=draw)
        else:
            raise SystemExit(f"the model's input is {name}; expected one of texts, images or sounds")
    dtype = model.dtype
    return [values[name].to(dtype) if values[name].is_floating_point() else values[name] for name in names]


def script_of(model, names, sides=(224, 224)):
    """The traced model, compared with the model itself."""
    model.eval().requires_grad_(True)
    if getattr(model.config, "use_cache", False):
        model.config.use_cache = False
    traced = Traced(model, names).eval()
    with torch.enable_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = torch.jit.trace(traced, example(model, names, sides, 2, 9, 1), check_trace=False, strict=False)
    if "_transformer_encoder_layer_fwd" in str(script.inlined_graph):
        raise SystemExit("the trace has PyTorch's fused encoder layer, which cannot be trained")
    compare(model, traced, script, names, sides)
    return script


def compare(model, traced, script, names, sides):
    for batch, length in ((2, 9), (3, 13), (1, 6)):
        inputs = example(model, names, sides, batch, length, 7 * length)
        what = f"{names[0]} of shape {list(inputs[0].shape)}"
        with torch.no_grad():
            expected = traced(*inputs)
            try:
                found = script(*inputs)
            except RuntimeError as error:
                raise SystemExit(f"the trace does not run for {what}: it has the example's shape in it\n{error}") from error
        for name, value in expected.items():
            gap = (found[name].double() - value.double()).abs().max().item()
            scale = max(1.0, value.abs().max().item()) * (1 if model.dtype == torch.float32 else 200)
            if not gap <= TOLERANCE * scale:
                raise SystemExit(f"the trace differs from the model by {gap:.3g} in {name} for {what}")


def sentence_modules(folder):
    """What sentence-transformers does with the states of the words, as DJL's translator names it."""
    properties = {}
    listed = folder / "modules.json"
    for module in json.loads(listed.read_text()) if listed.exists() else []:
        kind = module["type"].rsplit(".", 1)[-1]
        if kind == "Pooling":
            chosen = json.loads((folder / module["path"] / "config.json").read_text())
            modes = [name for key, name in POOLING.items() if chosen.get(key)] or [chosen.get("pooling_mode", "mean")]
            if len(modes) != 1:
                raise SystemExit(f"{folder}: pools by {modes} at once, which DJL's translator does not")
            properties["pooling"] = modes[0]
        elif kind == "Dense":
            raise SystemExit(f"{folder}: has a dense layer after pooling, which is not traced")
    if properties:
        kinds = [module["type"].rsplit(".", 1)[-1] for module in json.loads(listed.read_text())]
        properties["normalize"] = str("Normalize" in kinds).lower()
    return properties


def properties_of(folder, out, task, names, sides):
    lines = {"engine": "PyTorch", "option.modelName": out.stem, "option.mapLocation": "true"}
    translator = TASKS[task][2]
    if names[0] == "pixel_values":
        height, width = sides
        lines |= {"width": width, "height": height, "resize": "true", "toTensor": "true", "applySoftmax": "true"}
        image = preprocessing(folder)
        if image.get("do_normalize"):
            lines["normalize"] = ",".join(map(str, [*image["image_mean"], *image["image_std"]]))
    elif names[0] != "input_ids":
        translator = None
    elif WORDS[2] in names:
        lines["includeTokenTypes"] = "true"
    if task == "feature-extraction":
        translator = translator if names[0] == "input_ids" else None
        lines |= sentence_modules(folder)
    if translator:
        lines["translatorFactory"] = translator + "TranslatorFactory"
    return "".join(f"{key}={value}\n" for key, value in lines.items())


def write(folder, out, task=None, dtype=torch.float32, types=None):
    """Traces the model in a folder; returns its task and its inputs' names."""
    folder, out = pathlib.Path(folder), pathlib.Path(out)
    model = load(folder, task, dtype)
    task = task or task_of(model)
    names = input_names(model, token_types(folder, model) if types is None else types)
    sides = image_sides(folder, model)
    script = script_of(model, names, sides)
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.jit.save(script, str(out))
    if out.parent.resolve() != folder.resolve():
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            if (folder / name).exists():
                shutil.copyfile(folder / name, out.parent / name)
    if task == "image-classification":
        labels = model.config.id2label
        (out.parent / "synset.txt").write_text("".join(f"{labels[i]}\n" for i in range(len(labels))), encoding="utf-8")
    (out.parent / "serving.properties").write_text(properties_of(folder, out, task, names, sides))
    return task, names


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=pathlib.Path, metavar="MODEL_DIR")
    parser.add_argument("out", type=pathlib.Path, metavar="OUT.pt")
    parser.add_argument("--task", choices=TASKS, help="default: by the class in config.json")
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64", "bfloat16", "float16"])
    parser.add_argument("--token-types", action=argparse.BooleanOptionalAction, help="default: as the tokenizer says")
    args = parser.parse_args()
    if not (args.model / "config.json").exists():
        raise SystemExit(f"{args.model} has no config.json; expected the folder of a transformers model")
    task, names = write(args.model, args.out, args.task, getattr(torch, args.dtype), args.token_types)
    print(f"{args.out}: {task}, of {', '.join(names)}")


if __name__ == "__main__":
    sys.exit(main())
