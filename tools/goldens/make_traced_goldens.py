# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of DJL's translators on adapted TorchScript models: tiny random models of transformers,
traced by tools/trace/trace.py as users trace theirs, and what transformers makes of one input each.

usage: python make_traced_goldens.py OUTPUT_DIR   (lora-hf/src/test/resources/golden/traced)
"""
import importlib.metadata
import importlib.util
import json
import pathlib
import shutil
import sys
import tempfile

import torch
import transformers

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import make_bert_goldens as bert  # noqa: E402

SEED = 20261202
TEXT = "The film is not bad, fine plot"
QUESTION, PARAGRAPH = "is the plot good", "the plot is dull and the film is a long one"
SIZES = dict(vocab_size=len(bert.VOCABULARY), hidden_size=12, num_hidden_layers=2, num_attention_heads=2,
             intermediate_size=18, max_position_embeddings=34)  # fmt: skip
TAGS = ["O", "B-THING", "I-THING", "B-VIEW"]
CLASSES = ["negative", "neutral", "positive"]


def labels(names):
    return dict(num_labels=len(names), id2label=dict(enumerate(names)), label2id={n: i for i, n in enumerate(names)})


def tool():
    """tools/trace/trace.py; the standard library has a module of that name."""
    spec = importlib.util.spec_from_file_location("trace_models", HERE.parent / "trace" / "trace.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def randomise(model, generator):
    """Weights of a size that makes every layer matter, none of them ones or zeros."""
    norms = (torch.nn.LayerNorm, torch.nn.BatchNorm2d)
    with torch.no_grad():
        for module in model.modules():
            for name, p in module.named_parameters(recurse=False):
                noise = torch.randn(p.shape, generator=generator)
                if isinstance(module, norms) and name == "weight":
                    p.copy_(1 + 0.2 * noise)
                elif p.dim() == 1:
                    p.copy_(0.1 * noise)
                elif isinstance(module, torch.nn.Embedding):
                    p.copy_(0.7 * noise)
                else:
                    p.copy_(1.1 * noise / p[0].numel() ** 0.5)
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.3, generator=generator)
                module.running_var.uniform_(0.5, 2, generator=generator)
    return model.eval()


def models():
    """Name, model, and what the tokenizer gives besides words and mask."""
    t = transformers
    encoder = {k: v for k, v in SIZES.items()}
    yield "embedding", t.BertModel(t.BertConfig(**encoder)), True
    yield "sentences", t.MPNetModel(t.MPNetConfig(**encoder, pad_token_id=0)), False
    yield "classification", t.DistilBertForSequenceClassification(
        t.DistilBertConfig(vocab_size=SIZES["vocab_size"], dim=12, n_layers=2, n_heads=2, hidden_dim=18,
                           max_position_embeddings=34, **labels(CLASSES))), False  # fmt: skip
    yield "tokens", t.RobertaForTokenClassification(
        t.RobertaConfig(**encoder, type_vocab_size=1, pad_token_id=0, **labels(TAGS))), False  # fmt: skip
    yield "answers", t.BertForQuestionAnswering(t.BertConfig(**encoder)), True
    yield "vit", t.ViTForImageClassification(
        t.ViTConfig(hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=18, image_size=16,
                    patch_size=4, **labels(CLASSES))), False  # fmt: skip
    yield "resnet", t.ResNetForImageClassification(
        t.ResNetConfig(embedding_size=6, hidden_sizes=[8, 12], depths=[1, 1], **labels(CLASSES))), False


def write_tokenizer(folder, types):
    bert.tokenizer().save(str(folder / "tokenizer.json"))
    names = ["input_ids", "attention_mask"] + (["token_type_ids"] if types else [])
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_input_names": names, "model_max_length": 32}) + "\n")


def write_sentence_modules(folder):
    """As sentence-transformers writes them: mean pooling, then normalisation."""
    kinds = ["Transformer", "Pooling", "Normalize"]
    paths = ["", "1_Pooling", "2_Normalize"]
    listed = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, path) in enumerate(zip(kinds, paths))
    ]
    (folder / "modules.json").write_text(json.dumps(listed))
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 12, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling/config.json").write_text(json.dumps(pooling))


def side(model):
    return 16 if model.config.model_type == "vit" else 32


def write_images(folder, model):
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "do_resize": True, "size": {"height": side(model), "width": side(model)}, "do_normalize": True,
        "image_mean": [0.5, 0.4, 0.3], "image_std": [0.25, 0.3, 0.35],
    }))  # fmt: skip


def image(model):
    """The image that the test draws, as DJL's translator hands it to the model."""
    x = torch.arange(side(model)).reshape(1, 1, -1)
    y, c = x.reshape(1, -1, 1), torch.arange(3).reshape(3, 1, 1)
    pixels = ((37 * x + 91 * y + 53 * c + x * y) % 256) / 255
    mean, deviation = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.25, 0.3, 0.35])
    return ((pixels - mean.reshape(3, 1, 1)) / deviation.reshape(3, 1, 1)).unsqueeze(0)


def answer(model):
    """Where the answer begins and ends: old and new translators agree on one inside the paragraph."""
    encoding, values = encoded(True, QUESTION, PARAGRAPH)
    output = model(**values)
    return encoding, int(output.start_logits[0, 1:].argmax()) + 1, int(output.end_logits[0, 1:].argmax()) + 1


def answers(model):
    encoding, start, end = answer(model)
    return all(encoding.type_ids[start : end + 1]) and start < end < len(encoding.ids) - 1


def encoded(types, *texts):
    encoding = bert.tokenizer().encode(*texts)
    values = dict(input_ids=torch.tensor([encoding.ids]), attention_mask=torch.tensor([encoding.attention_mask]))
    return encoding, values | (dict(token_type_ids=torch.tensor([encoding.type_ids])) if types else {})


def expected(name, model, types):
    """What the translator makes of the model's outputs."""
    if name in ("vit", "resnet"):
        probabilities = model(pixel_values=image(model)).logits[0].softmax(0)
        return dict(zip(CLASSES, probabilities.tolist()))
    if name == "answers":
        encoding, start, end = answer(model)
        return bert.tokenizer().decode(encoding.ids[start : end + 1])
    encoding, values = encoded(types, TEXT)
    output = model(**values)
    if name == "classification":
        return dict(zip(CLASSES, output.logits[0].softmax(0).tolist()))
    if name == "tokens":
        tags = output.logits[0].argmax(1).tolist()
        rows = zip(encoding.tokens, tags, encoding.special_tokens_mask)
        return [[token, TAGS[tag]] for token, tag, special in rows if not special and tag]
    states = output.last_hidden_state[0]
    pooled = states.mean(0) if name == "sentences" else states[0]
    return (pooled / pooled.norm() if name == "sentences" else pooled).tolist()


def main():
    out = pathlib.Path(sys.argv[1])
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    generator = torch.Generator().manual_seed(SEED)
    trace = tool()
    manifest = {
        "script": "tools/goldens/make_traced_goldens.py",
        "seed": SEED,
        "versions": {p: importlib.metadata.version(p) for p in ("torch", "transformers", "tokenizers")},
        "text": TEXT,
        "question": QUESTION,
        "paragraph": PARAGRAPH,
        "expected": {},
    }
    for name, model, types in models():
        randomise(model, generator)
        if name == "answers":
            while not answers(model):
                randomise(model, generator)
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            model.save_pretrained(folder)
            if hasattr(model.config, "vocab_size"):
                write_tokenizer(folder, types)
            else:
                write_images(folder, model)
            if name == "sentences":
                write_sentence_modules(folder)
            trace.write(folder, out / name / f"{name}.pt")
        with torch.no_grad():
            manifest["expected"][name] = expected(name, model, types)
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
