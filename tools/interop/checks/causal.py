# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Language models: the same prompts and completions give transformers' and PEFT's losses and steps."""

import json
import random

import peft
import torch
import transformers
from harness import Skipped, check_each, close, lora4j, require
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

STEPS, BATCH, RATE = 6, 4, 5e-3
LOSSES, TENSORS = 1e-4, 1e-4
BEGIN, END, VOCABULARY = 256, 257, 258

SHAPE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 56,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.2,
    "bos_token_id": BEGIN,
    "eos_token_id": END,
    "pad_token_id": END,
}
GPT2 = {
    "vocab_size": VOCABULARY,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 256,
    "initializer_range": 0.2,
    "bos_token_id": BEGIN,
    "eos_token_id": END,
    "resid_pdrop": 0.0,
    "embd_pdrop": 0.0,
    "attn_pdrop": 0.0,
}
FAMILIES = {
    "llama": SHAPE | {"tie_word_embeddings": False, "rope_theta": 500.0},
    "mistral": SHAPE | {"sliding_window": 16, "head_dim": 12},
    "qwen2": SHAPE | {"tie_word_embeddings": True},
    "qwen3": SHAPE | {"head_dim": 12},
    "gemma2": SHAPE | {"head_dim": 12, "sliding_window": 16, "query_pre_attn_scalar": 12},
    "phi3": SHAPE | {"sliding_window": None},
    "gpt2": GPT2,
}


def make_tokenizer(folder):
    """Bytes, with a begin token by template, as Llama's."""
    shown = [b for b in range(256) if 33 <= b <= 126 or (b >= 161 and b != 173)]
    hidden = [b for b in range(256) if b not in shown]
    characters = {b: chr(b) for b in shown} | {b: chr(256 + i) for i, b in enumerate(hidden)}
    vocabulary = {characters[b]: b for b in range(256)} | {"<s>": BEGIN, "</s>": END}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", BEGIN)])
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>").save_pretrained(
        folder
    )


def read_tokenizer(folder):
    """As the class of the model: Qwen 2's adds NFC to any tokenizer.json."""
    return transformers.AutoTokenizer.from_pretrained(folder)


def make_data(path):
    draw = random.Random(5)
    words = ["cat", "日本", "naïve", "😀", "a\n", "{7*7}", "</x>", "e\u0301"]
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(STEPS * BATCH):
            prompt = " ".join(draw.choice(words) for _ in range(draw.randint(1, 6))) + ":"
            completion = " " + " ".join(draw.choice(words) for _ in range(draw.randint(0, 3)))
            file.write(json.dumps({"prompt": prompt, "completion": completion}, ensure_ascii=draw.random() < 0.5) + "\n")


def rows(path, tokenizer):
    """Ids and labels of each line, as TRL makes them."""
    made = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        given = tokenizer(row["prompt"])["input_ids"]
        ids = tokenizer(row["prompt"] + row["completion"] + tokenizer.eos_token)["input_ids"]
        assert ids[: len(given)] == given, "the tokens of bytes have no joints"
        made.append((ids, [-100] * len(given) + ids[len(given) :]))
    return made


def loss(model, part):
    """The mean over the learnt tokens of some rows, padded at the end."""
    width = max(len(ids) for ids, _ in part)
    ids = torch.tensor([ids + [END] * (width - len(ids)) for ids, _ in part])
    mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in part])
    labels = torch.tensor([labels + [-100] * (width - len(labels)) for _, labels in part])
    return model(input_ids=ids, attention_mask=mask, labels=labels).loss


def losses(model, data):
    model.eval()
    with torch.no_grad():
        return loss(model, data).reshape(1)


def changed(folder, adapter, data):
    """How far an adapter moves a logit: a mean loss may stay where it was by chance."""
    ids = torch.tensor([data[0][0]])
    with torch.no_grad():
        moved = peft.PeftModel.from_pretrained(base(folder), adapter).eval()(input_ids=ids).logits
        return (moved - base(folder).eval()(input_ids=ids).logits).abs().max().item()


def base(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)


def start(folder, adapter):
    """An adapter on every linear layer, with B drawn too, so that it changes something."""
    torch.manual_seed(3)
    config = peft.LoraConfig(r=3, lora_alpha=7, target_modules="all-linear", task_type="CAUSAL_LM")
    model = peft.get_peft_model(base(folder), config)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(adapter)


def train(model, data):
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=0.01)
    found = []
    for step in range(STEPS):
        value = loss(model, data[step * BATCH : (step + 1) * BATCH])
        found.append(value.item())
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
    return torch.tensor(found), {n: t.detach() for n, t in peft.get_peft_model_state_dict(model).items()}


def evaluated(*arguments):
    report = lora4j("evaluate", *arguments, "--threads", 2, "--json").report
    assert abs(report["perplexity"] / torch.tensor(report["loss"]).double().exp().item() - 1) < 1e-6, report
    return torch.tensor([report["loss"]])


@check_each(FAMILIES, "six-steps-of-{}-equal-those-of-peft")
def compare(workshop, family):
    require("train", "--packing", "--loss-on", "--format")
    folder = workshop.make(f"causal-{family}")
    model_folder, adapter, data_file = folder / "model", folder / "start", folder / "data.jsonl"
    torch.manual_seed(11)
    config = transformers.AutoConfig.for_model(family, **FAMILIES[family])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(model_folder)
    make_tokenizer(model_folder)
    make_data(data_file)
    said = lora4j("inspect", model_folder, expect=None)
    if said.code != 0 and "model_type" in said.err:
        raise Skipped(said.err.strip())
    data = rows(data_file, read_tokenizer(model_folder))
    start(model_folder, adapter)

    plain = losses(base(model_folder), data)
    adapted = losses(peft.PeftModel.from_pretrained(base(model_folder), adapter), data)
    assert changed(model_folder, adapter, data) > 100 * LOSSES, "the adapter changes nothing"
    close(evaluated("--model", model_folder, "--data", data_file), plain, LOSSES, "loss of the base")
    close(
        evaluated("--model", model_folder, "--adapter", adapter, "--data", data_file, "--packing", "off"),
        adapted,
        LOSSES,
        "loss with PEFT's adapter",
    )

    end, log = folder / "end", folder / "log.jsonl"
    lora4j(
        "train", "--task", "causal-lm", "--model", model_folder, "--adapter", adapter, "--data", data_file,
        "--output", end, "--packing", "off", "--shuffle", "off", "--batch-size", BATCH, "--steps", STEPS,
        "--learning-rate", RATE, "--weight-decay", 0.01, "--schedule", "constant", "--warmup", 0, "--clip", 0,
        "--threads", 2, "--log", log, "--json",
    )  # fmt: skip
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    ours = torch.tensor([line["loss"] for line in lines if "loss" in line])
    theirs, tensors = train(peft.PeftModel.from_pretrained(base(model_folder), adapter, is_trainable=True), data)
    worst_loss = close(ours, theirs, LOSSES, "losses")
    ended = load_file(end / "adapter_model.safetensors")
    assert ended.keys() == tensors.keys(), sorted(ended.keys() ^ tensors.keys())
    worst = max(close(ended[n], tensors[n], TENSORS, n) for n in tensors)

    merged = folder / "merged"
    lora4j("merge", "--model", model_folder, "--adapter", end, "--output", merged)
    trained = losses(peft.PeftModel.from_pretrained(base(model_folder), end), data)
    close(losses(base(merged), data), trained, LOSSES, "loss of the merged model in transformers")
    return f"losses within {worst_loss:.1e}, tensors after {STEPS} steps within {worst:.1e}"
