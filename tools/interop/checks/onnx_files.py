# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""ONNX files: those we write, and those of PyTorch that we write merged weights into."""

import warnings

import onnx
import onnxruntime
import torch
import transformers
from checks.adapters import VARIANTS, peft_adapter
from checks.token_labels import prepare, wrapped
from harness import DATA, LOGITS, Skipped, apart, check, check_each, close, encode, lora4j, predict, read_table


def session_of(file):
    onnx.checker.check_model(str(file), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def run(file, tokenizer, rows, output="logits"):
    """What ONNX Runtime gives, in batches of unlike lengths."""
    session = session_of(file)
    names = {i.name for i in session.get_inputs()}
    results = []
    for start in range(0, len(rows), 5):
        texts = encode(tokenizer, rows[start : start + 5], False, 48)
        feed = {name: value.numpy() for name, value in texts.items() if name in names}
        results.append(torch.from_numpy(session.run([output], feed)[0]))
    return torch.cat(results)


def exported(model, tokenizer, file, external=False, half=False):
    """Has PyTorch export a model, with the MatMul weights transposed by constant folding."""
    model = model.eval()
    texts = dict(tokenizer(["ban do", "kir luvi me"], padding=True, return_tensors="pt"))
    names = list(texts)
    output = "logits" if hasattr(model, "num_labels") and hasattr(model, "classifier") else "last_hidden_state"

    class Positional(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *values):
            return self.model(**dict(zip(names, values, strict=True)))[output]

    axes = {name: {0: "batch", 1: "sequence"} for name in names}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Positional(), tuple(texts.values()), str(file), input_names=names, output_names=[output], opset_version=17,
            dynamic_axes=axes | {output: {0: "batch"}}, do_constant_folding=True, dynamo=False,
        )  # fmt: skip
    proto = onnx.load(str(file))
    folded = [t.name for t in proto.graph.initializer if t.name.startswith("onnx::MatMul")]
    assert folded, "no weight is transposed, so that this would show nothing"
    if half:
        from onnx import numpy_helper

        for tensor in proto.graph.initializer:
            if tensor.data_type == onnx.TensorProto.FLOAT:
                array = numpy_helper.to_array(tensor).astype("float16")
                name = tensor.name
                tensor.CopyFrom(numpy_helper.from_array(array, name + "_half"))
                proto.graph.node.insert(0, onnx.helper.make_node("Cast", [name + "_half"], [name], to=1))
    if external:
        onnx.save(proto, str(file), save_as_external_data=True, location="weights.bin", size_threshold=0)
    else:
        onnx.save(proto, str(file))


TARGETS = {
    "bert": ["query", "output.dense"],
    "roberta": ["query", "output.dense"],
    "distilbert": ["q_lin", "lin2"],
    "mpnet": ["attn.q", "output.dense"],
    "modernbert": ["Wqkv", "mlp.Wo"],
    "deberta-v2": ["query_proj", "key_proj", "output.dense"],
}


@check_each(list(TARGETS), "onnx-graph-{}")
def onnx_graph(workshop, family):
    """A graph of our own with an adapter merged into it gives PEFT's logits."""
    shop = workshop if family == "bert" else workshop.of(family)
    folder = shop.make("onnx-graph")
    targets = TARGETS[family]
    model = peft_adapter(shop, folder / "adapter", target_modules=targets, use_rslora=True)
    rows, tokenizer = read_table(shop.dev), shop.tokenizer()
    theirs = predict(model, tokenizer, rows)
    apart(theirs, predict(shop.base(), tokenizer, rows), "base and adapter")
    lora4j(
        "export", "--model", shop.model_folder, "--adapter", folder / "adapter", "--output", folder / "model.onnx"
    )  # fmt: skip
    return f"logits within {close(run(folder / 'model.onnx', tokenizer, rows), theirs, LOGITS, 'logits'):.1e}"


@check_each(["bert", "deberta-v2", "modernbert"], "onnx-token-graph-{}")
def onnx_token_graph(workshop, family):
    """A graph of our own with a head that reads each token."""
    shop = workshop if family == "bert" else workshop.of(family)
    folder = shop.make("onnx-token-graph")
    prepare(shop)
    model = wrapped(shop, folder / "adapter", r=3, lora_alpha=7, target_modules=TARGETS[family])
    tokenizer, words = shop.tokenizer(), [row["text"] for row in read_table(shop.dev)[:7]]
    texts = tokenizer(words, padding=True, return_tensors="pt")
    with torch.no_grad():
        theirs = model(**texts).logits
    lora4j(
        "export", "--model", shop.folder / "tokens", "--adapter", folder / "adapter", "--output", folder / "model.onnx"
    )  # fmt: skip
    session = session_of(folder / "model.onnx")
    names = {i.name for i in session.get_inputs()}
    ours = torch.from_numpy(session.run(["logits"], {n: v.numpy() for n, v in texts.items() if n in names})[0])
    tokens = texts["attention_mask"] == 1
    return f"logits within {close(ours[tokens], theirs[tokens], LOGITS, 'logits'):.1e}"


@check_each(["patterns", "dora-rslora", "f16", "external"], "onnx-into-{}")
def onnx_into(workshop, kind):
    """Merged weights in PyTorch's own ONNX file of the base give PEFT's logits."""
    folder = workshop.make(f"onnx-{kind}")
    (folder / "out").mkdir()
    fields = VARIANTS[kind] if kind in VARIANTS else VARIANTS["patterns"]
    model = peft_adapter(workshop, folder / "adapter", **fields)
    rows, tokenizer = read_table(workshop.dev), workshop.tokenizer()
    theirs = predict(model, tokenizer, rows)
    exported(workshop.base(), tokenizer, folder / "base.onnx", external=kind == "external", half=kind == "f16")
    report = lora4j(
        "export", "--model", workshop.model_folder, "--adapter", folder / "adapter", "--onnx", folder / "base.onnx",
        "--output", folder / "out" / "merged.onnx", "--json",
    ).report  # fmt: skip
    before, after = (onnx.load(str(folder / name)) for name in ("base.onnx", "out/merged.onnx"))
    assert [n.SerializeToString() for n in before.graph.node] == [n.SerializeToString() for n in after.graph.node]
    tolerance = 5e-3 if kind == "f16" else LOGITS  # each weight is rounded once to 11 bits
    ours = run(folder / "out" / "merged.onnx", tokenizer, rows)
    apart(run(folder / "base.onnx", tokenizer, rows), ours, "base and merged")
    return f"{report['replaced']} weights, logits within {close(ours, theirs, tolerance, 'logits'):.1e}"


@check
def onnx_into_a_quantised_file_is_refused(workshop):
    from onnxruntime.quantization import quantize_dynamic

    folder = workshop.make("onnx-int8")
    peft_adapter(workshop, folder / "adapter", **VARIANTS["patterns"])
    exported(workshop.base(), workshop.tokenizer(), folder / "base.onnx")
    quantize_dynamic(str(folder / "base.onnx"), str(folder / "int8.onnx"))
    result = lora4j(
        "export", "--model", workshop.model_folder, "--adapter", folder / "adapter", "--onnx", folder / "int8.onnx",
        "--output", folder / "merged.onnx", expect=1,
    )  # fmt: skip
    assert "its weights are quantised (" in result.err and "MatMulInteger" in result.err, result.err
    assert not (folder / "merged.onnx").exists()


@check
def real_onnx_of_minilm_takes_an_adapter(workshop):
    """all-MiniLM-L6-v2 as PyTorch exports it, with a classifier."""
    import peft

    model = DATA / "minilm"
    if not model.exists():
        raise Skipped(f"no {model}; LORA4J_DATA names the folder with minilm/")
    folder = workshop.make("onnx-minilm")
    torch.manual_seed(3)
    base = transformers.AutoModelForSequenceClassification.from_pretrained(model, num_labels=3)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    base.save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")
    exported(base, tokenizer, folder / "base.onnx")
    config = peft.LoraConfig(
        task_type="SEQ_CLS", r=4, lora_alpha=12, init_lora_weights=False, target_modules=["query", "value", "dense"]
    )
    adapted = peft.get_peft_model(base, config)
    adapted.save_pretrained(folder / "adapter")
    texts = ["a gripping film", "tedious", "neither good nor bad, but long: two hours and a half", "no", "yes", "the end"]
    rows = [{"text": text} for text in texts]
    theirs = predict(adapted, tokenizer, rows)
    lora4j(
        "export", "--model", folder / "base", "--adapter", folder / "adapter", "--onnx", folder / "base.onnx",
        "--output", folder / "merged.onnx",
    )  # fmt: skip
    difference = close(run(folder / "merged.onnx", tokenizer, rows), theirs, LOGITS, "logits")
    lora4j("export", "--model", folder / "base", "--adapter", folder / "adapter", "--output", folder / "graph.onnx")
    other = close(run(folder / "graph.onnx", tokenizer, rows), theirs, LOGITS, "logits of our graph")
    return f"logits within {difference:.1e}, of our graph within {other:.1e}"
