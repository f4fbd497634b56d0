# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.hf: tiny random BERTs, what transformers makes of some batches in float32
and float64, and an adapter of PEFT with its logits, gradients and ten steps of AdamW.

usage: python make_bert_goldens.py OUTPUT_DIR   (lora-hf/src/test/resources/golden/bert)
"""
import copy
import json
import pathlib
import shutil
import sys

import peft
import safetensors.torch
import tokenizers
import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification

SEED = 20261122
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = ["the", "film", "is", "good", "bad", "not", "##ing", "##ed", "dull", "fine", "plot", "long"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
VOCABULARY = SPECIAL + list(LETTERS) + WORDS + ["##" + c for c in LETTERS[:17]]


def tokenizer():
    assert len(VOCABULARY) == 60
    t = tokenizers.Tokenizer(
        tokenizers.models.WordPiece({w: i for i, w in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    t.add_special_tokens(SPECIAL)
    t.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    t.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return t


def randomised(model, generator):
    """Weights of a size that makes every layer matter, none of them ones or zeros."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if name.endswith("LayerNorm.weight"):
                p.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                p.copy_(0.1 * noise)
            elif "embeddings" in name:
                p.copy_(0.7 * noise)
            else:
                p.copy_(1.1 * noise / p.shape[1] ** 0.5)
    return model.eval()


def batch(rows, longest, pairs, generator):
    """Ragged rows padded with 0; where pairs, token types change within a row."""
    lengths = [longest] + [int(torch.randint(3, longest, (1,), generator=generator)) for _ in range(rows - 1)]
    ids, types = [], []
    for n in lengths:
        row = torch.randint(5, 60, (n,), generator=generator)
        row[0], row[-1] = 2, 3
        ids.append(row.tolist())
        split = n // 2 if pairs else n
        types.append([0] * split + [1] * (n - split))
    return dict(ids=ids, types=types)


def padded(data):
    longest = max(map(len, data["ids"]))
    fill = lambda rows: torch.tensor([r + [0] * (longest - len(r)) for r in rows])
    mask = torch.tensor([[1] * len(r) + [0] * (longest - len(r)) for r in data["ids"]])
    return dict(input_ids=fill(data["ids"]), token_type_ids=fill(data["types"]), attention_mask=mask)


def runs(model, batches):
    exact = copy.deepcopy(model).double()
    with torch.no_grad():
        for b in batches:
            b["logits"] = model(**padded(b)).logits.tolist()
            b["logits64"] = exact(**padded(b)).logits.tolist()
    return batches


def config(**options):
    numbers = dict(vocab_size=60, hidden_size=12, num_attention_heads=3, num_hidden_layers=2,
                   intermediate_size=20, max_position_embeddings=24, type_vocab_size=2,
                   hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    numbers.update(options)
    return BertConfig(**numbers)


def write_json(path, value):
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")


def save(path, configuration, state, architecture, shards=0):
    path.mkdir(parents=True)
    values = configuration.to_dict()
    values["architectures"] = [architecture]
    values.pop("transformers_version", None)
    write_json(path / "config.json", values)
    state = {k: v.contiguous() for k, v in state.items() if not k.endswith("position_ids")}
    if not shards:
        safetensors.torch.save_file(state, path / "model.safetensors", {"format": "pt"})
        return
    names = sorted(state)
    index = {}
    for i in range(shards):
        file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
        part = {n: state[n] for n in names[i::shards]}
        safetensors.torch.save_file(part, path / file, {"format": "pt"})
        index.update({n: file for n in part})
    write_json(path / "model.safetensors.index.json",
               dict(metadata=dict(total_size=sum(v.numel() * 4 for v in state.values())), weight_map=index))


def checkpoints(out):
    """name -> what is special about it; each with logits of a batch of texts and one of pairs."""
    cases = {
        "head": dict(hidden_act="gelu_new", id2label={0: "no", 1: "maybe", 2: "yes"}, shards=2),
        "regression": dict(hidden_act="silu", num_labels=1, layer_norm_eps=1e-5),
        "relu": dict(hidden_act="relu", hidden_size=15, num_attention_heads=5, num_labels=2),
        "legacy": dict(hidden_act="gelu", num_labels=2, legacy=True),
        "half": dict(hidden_act="gelu_pytorch_tanh", num_labels=2, dtype=torch.float16),
        "bfloat": dict(hidden_act="tanh", num_labels=2, dtype=torch.bfloat16, type_vocab_size=3),
    }
    for number, (name, options) in enumerate(cases.items()):
        generator = torch.Generator().manual_seed(SEED + number)
        shards, legacy = options.pop("shards", 0), options.pop("legacy", False)
        dtype = options.pop("dtype", torch.float32)
        if "id2label" in options:
            options["label2id"] = {v: k for k, v in options["id2label"].items()}
        c = config(**options)
        model = randomised(BertForSequenceClassification(c), generator)
        model = model.to(dtype).float()
        batches = runs(model, [batch(5, 17, False, generator), batch(4, 24, True, generator),
                               batch(1, 9, False, generator)])
        state = {k: v.to(dtype) for k, v in model.state_dict().items()}
        if legacy:
            state = {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
                     for k, v in state.items()}
            state["cls.predictions.bias"] = torch.zeros(60)
        save(out / name, c, state, "BertForSequenceClassification", shards)
        write_json(out / name / "expected.json", dict(batches=batches))
    full_gradients(out / "relu")


def full_gradients(path):
    """The gradients of every weight for one labelled batch."""
    model = BertForSequenceClassification.from_pretrained(path).eval()
    data = batch(6, 15, True, torch.Generator().manual_seed(SEED))
    labels = [0, 1, 1, 0, 1, 0]
    loss = model(**padded(data), labels=torch.tensor(labels)).loss
    loss.backward()
    safetensors.torch.save_file({k: p.grad for k, p in model.named_parameters()}, path / "gradients.safetensors")
    write_json(path / "gradients.json", dict(data, labels=labels, loss=loss.item()))


def adapter(out):
    """A bare encoder, a PEFT adapter of it, and a training of the adapter and its head."""
    generator = torch.Generator().manual_seed(SEED + 100)
    c = config(hidden_size=24, num_hidden_layers=3, intermediate_size=40, num_labels=2)
    model = randomised(BertForSequenceClassification(c), generator)
    bare = {k[len("bert."):]: v for k, v in model.state_dict().items() if k.startswith("bert.")}
    save(out / "bare", c, bare, "BertModel")
    lora = peft.LoraConfig(
        r=3, lora_alpha=5, use_rslora=True, task_type="SEQ_CLS",
        target_modules=["query", "value", "dense"], modules_to_save=["classifier"],
        rank_pattern={"layer.1.attention.self.query": 2, "intermediate.dense": 4},
        alpha_pattern={"self.value": 7.5})
    model.name_or_path = "tiny/bare-bert"
    tuned = peft.get_peft_model(model, lora)
    with torch.no_grad():
        for name, p in tuned.named_parameters():
            if "lora_" in name:
                p.copy_(0.3 * torch.randn(p.shape, generator=generator))
            elif "modules_to_save" in name:
                p.copy_(0.5 * torch.randn(p.shape, generator=generator))
    tuned.eval()
    path = out / "adapter"
    tuned.save_pretrained(path)
    (path / "README.md").unlink(missing_ok=True)
    expected = dict(batches=runs(tuned, [batch(5, 17, False, generator), batch(4, 24, True, generator)]))
    with torch.no_grad():
        with tuned.disable_adapter():
            base = tuned.base_model.model
            expected["disabled"] = base(**padded(expected["batches"][0])).logits.tolist()
        # Padding on the left, a hidden token in the middle, and plain padding.
        ids = [[5 + (7 * row + 11 * i) % 55 for i in range(7)] for row in range(3)]
        mask = [[0, 0, 1, 1, 1, 1, 1], [1, 1, 0, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0, 0]]
        masked = dict(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask))
        expected["masked"] = dict(ids=ids, mask=mask, logits=tuned(**masked).logits.tolist())

    data = batch(20, 20, True, generator)
    data["labels"] = torch.randint(0, 2, (20,), generator=generator).tolist()
    expected["batches"] += runs(tuned, [batch(64, 24, True, generator)])  # enough to compare errors
    rows = [[(5 * s + i) % 20 for i in range(4)] for s in range(10)]
    part = lambda r: {k: [data[k][i] for i in r] for k in ("ids", "types")}
    names = lambda n: n.replace("base_model.model.", "").replace(".default", "").replace(".modules_to_save", "")
    def training(model, lr):
        trainable = {names(n): p for n, p in model.named_parameters() if p.requires_grad}
        optimizer = torch.optim.AdamW(list(trainable.values()), lr=lr, weight_decay=0.01)
        schedule = transformers.get_linear_schedule_with_warmup(optimizer, 2, 10)
        losses, gradients = [], None
        for r in rows:
            result = model(**padded(part(r)), labels=torch.tensor([data["labels"][i] for i in r]))
            losses.append(result.loss.item())
            optimizer.zero_grad()
            result.loss.backward()
            gradients = gradients or {k: p.grad.clone() for k, p in trainable.items()}
            optimizer.step()
            schedule.step()
        return losses, gradients, {k: p.detach().clone() for k, p in trainable.items()}

    def alone(model, r):
        """The gradients of a batch, text by text: how far float32 moves with the batch's make-up."""
        for i in r:
            loss = model(**padded(part([i])), labels=torch.tensor([data["labels"][i]])).loss
            (loss / len(r)).backward()
        found = {names(n): p.grad.clone() for n, p in model.named_parameters() if p.requires_grad}
        model.zero_grad()
        return found

    lr = 1e-3
    safetensors.torch.save_file(alone(tuned, rows[0]), path / "gradients_alone.safetensors")
    exact = training(copy.deepcopy(tuned).double(), lr)
    losses, gradients, trained = training(tuned, lr)
    # A trajectory that float32 itself does not determine would compare nothing.
    errors = max(abs(x - y) for x, y in zip(losses, exact[0])), max(
        (trained[k].double() - exact[2][k]).abs().max().item() for k in trained)
    print("float32 error of ten steps: losses %.1e, tensors %.1e" % errors)
    assert max(errors) < 3e-5
    safetensors.torch.save_file(gradients, path / "gradients.safetensors")
    safetensors.torch.save_file(exact[1], path / "gradients64.safetensors")
    safetensors.torch.save_file(trained, path / "trained.safetensors")
    expected["training"] = dict(data, rows=rows, losses=losses, lr=lr, weight_decay=0.01, warm_up=0.2)
    write_json(path / "expected.json", expected)


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    torch.manual_seed(SEED)
    checkpoints(out)
    adapter(out)
    tokenizer().save(str(out / "tokenizer.json"), pretty=False)
    write_json(out / "manifest.json", dict(
        script="tools/goldens/make_bert_goldens.py", seed=SEED, torch=torch.__version__,
        transformers=transformers.__version__, peft=peft.__version__, tokenizers=tokenizers.__version__))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
