# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Goldens of org.lora4j.hf.roberta, distilbert, mpnet, modernbert and deberta, and of decoders that classify: tiny random models, what
transformers makes of texts and pairs in float32 and float64, and an adapter of PEFT for each
family with its logits and the gradients of one batch.

usage: python make_encoder_goldens.py OUTPUT_DIR   (lora-hf/src/test/resources/golden/encoders)
"""
import copy
import json
import pathlib
import shutil
import sys

import peft
import safetensors.torch
import torch
import transformers
from transformers import (
    CamembertConfig, DebertaV2Config, DistilBertConfig, Gemma2Config, GPT2Config, LlamaConfig, MistralConfig,
    ModernBertConfig, MPNetConfig, Phi3Config, Qwen2Config, Qwen3Config, RobertaConfig, XLMRobertaConfig,
    AutoModelForMaskedLM, AutoModelForSequenceClassification)

SEED = 20261123
VOCABULARY = 40

# No two sizes are equal, so that a transposed or swapped tensor cannot fit.
ROBERTA = dict(vocab_size=VOCABULARY, hidden_size=12, num_attention_heads=3, num_hidden_layers=2,
               intermediate_size=20, max_position_embeddings=26, type_vocab_size=1,
               hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, layer_norm_eps=1e-5)
DISTILBERT = dict(vocab_size=VOCABULARY, dim=12, n_heads=3, n_layers=2, hidden_dim=20,
                  max_position_embeddings=24, dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0)
MPNET = dict(vocab_size=VOCABULARY, hidden_size=12, num_attention_heads=3, num_hidden_layers=2,
             intermediate_size=20, max_position_embeddings=26, hidden_dropout_prob=0.0,
             attention_probs_dropout_prob=0.0, layer_norm_eps=1e-5)
MODERNBERT = dict(vocab_size=VOCABULARY, hidden_size=12, num_attention_heads=3, num_hidden_layers=4,
                  intermediate_size=10, max_position_embeddings=24, pad_token_id=1, bos_token_id=2, eos_token_id=3,
                  cls_token_id=2, sep_token_id=3, local_attention=6, global_attn_every_n_layers=3)
DEBERTA = dict(vocab_size=VOCABULARY, hidden_size=12, num_attention_heads=3, num_hidden_layers=2,
               intermediate_size=20, max_position_embeddings=24, hidden_dropout_prob=0.0, type_vocab_size=0,
               attention_probs_dropout_prob=0.0, layer_norm_eps=1e-7, relative_attention=True,
               pos_att_type=["p2c", "c2p"], position_biased_input=False, max_relative_positions=-1)
# as microsoft/deberta-v3 has them
DEBERTA3 = dict(DEBERTA, position_buckets=4, norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type="p2c|c2p",
                pooler_hidden_act="gelu", pooler_dropout=0, pooler_hidden_size=12)
DECODER = dict(vocab_size=VOCABULARY, hidden_size=12, num_attention_heads=6, num_key_value_heads=3, num_hidden_layers=2,
               intermediate_size=20, max_position_embeddings=24, pad_token_id=7, bos_token_id=1, eos_token_id=7)

# name -> configuration; padding ids differ, and XLM-R's case has types that the tokens do use
MODELS = {
    "roberta": RobertaConfig(**ROBERTA, num_labels=3),
    "roberta-relu": RobertaConfig(**dict(ROBERTA, max_position_embeddings=28, num_attention_heads=4),
                                  hidden_act="relu", pad_token_id=3, num_labels=2),
    "xlm-roberta": XLMRobertaConfig(**dict(ROBERTA, type_vocab_size=2), hidden_act="gelu_new", num_labels=1),
    "camembert": CamembertConfig(**dict(ROBERTA, hidden_size=15, num_attention_heads=5), hidden_act="silu", num_labels=2),
    "distilbert": DistilBertConfig(**DISTILBERT, num_labels=3),
    "distilbert-relu": DistilBertConfig(**dict(DISTILBERT, dim=15, n_heads=5), activation="relu",
                                        sinusoidal_pos_embds=True, num_labels=2),
    "distilbert-regression": DistilBertConfig(**dict(DISTILBERT, n_layers=1, hidden_dim=9), activation="gelu_new", num_labels=1),
    "mpnet": MPNetConfig(**MPNET, num_labels=3),
    "mpnet-relu": MPNetConfig(**dict(MPNET, hidden_size=15, num_attention_heads=5, max_position_embeddings=160),
                              hidden_act="relu", relative_attention_num_buckets=35, num_labels=1),
    "modernbert": ModernBertConfig(**MODERNBERT, num_labels=3),
    "modernbert-mean": ModernBertConfig(**dict(MODERNBERT, hidden_size=20, num_attention_heads=5, local_attention=9),
                                        classifier_pooling="mean", norm_bias=True, attention_bias=True, mlp_bias=True,
                                        classifier_bias=True, hidden_activation="silu", classifier_activation="relu",
                                        layer_types=["sliding_attention", "full_attention"] * 2, num_labels=1),
    "modernbert-old": ModernBertConfig(**dict(MODERNBERT, num_hidden_layers=3, global_attn_every_n_layers=2), num_labels=2,
                                       rope_parameters={"full_attention": {"rope_type": "default", "rope_theta": 700.0},
                                                        "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}}),
    "deberta": DebertaV2Config(**DEBERTA3, num_labels=3),
    "deberta-apart": DebertaV2Config(**dict(DEBERTA, hidden_size=15, num_attention_heads=5, max_relative_positions=9),
                                     hidden_act="relu", pooler_hidden_act="tanh", cls_dropout=0.3, num_labels=2),
    "deberta-c2p": DebertaV2Config(**dict(DEBERTA, type_vocab_size=2, position_biased_input=True, pos_att_type=["c2p"],
                                          max_position_embeddings=150), position_buckets=16, embedding_size=8,
                                   num_labels=1),
    "deberta-plain": DebertaV2Config(**dict(DEBERTA, relative_attention=False, pos_att_type=None,
                                            position_biased_input=True), num_labels=2),
    "llama-score": LlamaConfig(**DECODER, num_labels=3),
    "mistral-score": MistralConfig(**DECODER, head_dim=4, sliding_window=5, num_labels=1),
    "qwen2-score": Qwen2Config(**DECODER, num_labels=2),
    "qwen3-score": Qwen3Config(**DECODER, head_dim=4, num_labels=2),
    "gemma2-score": Gemma2Config(**DECODER, head_dim=4, sliding_window=24, num_labels=3, attn_implementation="eager"),
    "phi3-score": Phi3Config(**DECODER, num_labels=2),
    "gpt2-score": GPT2Config(vocab_size=VOCABULARY, n_embd=12, n_head=3, n_layer=2, n_positions=24, resid_pdrop=0.0,
                             embd_pdrop=0.0, attn_pdrop=0.0, pad_token_id=7, bos_token_id=7, eos_token_id=7, num_labels=3),
}


def randomised(model, generator):
    """Weights of a size that makes every layer matter, none of them ones or zeros."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if name.endswith(".weight") and "norm" in name.lower():
                p.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                p.copy_(0.1 * noise)
            elif "embeddings" in name:
                p.copy_(0.7 * noise)
            else:
                p.copy_(1.1 * noise / p.shape[-1] ** 0.5)
    return model.eval()


def batch(configuration, rows, longest, pairs, generator):
    """Ragged rows; where pairs and types are there, token types change within a row."""
    lengths = [longest] + [int(torch.randint(3, longest, (1,), generator=generator)) for _ in range(rows - 1)]
    ids = [torch.randint(5, VOCABULARY, (n,), generator=generator).tolist() for n in lengths]
    if hasattr(configuration, "use_cache"):  # a decoder: texts with the padding token at their end, and within
        ids[0][-2:] = [configuration.pad_token_id] * 2
        ids[-1][1] = configuration.pad_token_id
    typed = pairs and getattr(configuration, "type_vocab_size", 0) > 1
    types = [[0] * (n // 2) + [1] * (n - n // 2) if typed else [0] * n for n in lengths]
    return dict(ids=ids, types=types, pad=configuration.pad_token_id)


def padded(data):
    longest = max(map(len, data["ids"]))
    fill = lambda rows, value: torch.tensor([r + [value] * (longest - len(r)) for r in rows])
    inputs = dict(input_ids=fill(data["ids"], data["pad"]),
                  attention_mask=fill([[1] * len(r) for r in data["ids"]], 0))
    if any(map(any, data["types"])):
        inputs["token_type_ids"] = fill(data["types"], 0)
    return inputs


def runs(model, batches):
    exact = copy.deepcopy(model).double()
    with torch.no_grad():
        for b in batches:
            b["logits"] = model(**padded(b)).logits.tolist()
            b["logits64"] = exact(**padded(b)).logits.tolist()
    return batches


def batches(configuration, generator):
    full = 140 if configuration.max_position_embeddings > 140 else 24  # mostly the longest sequence of each model
    return [batch(configuration, 4, 17, False, generator), batch(configuration, 3, full, True, generator),
            batch(configuration, 1, 6, False, generator)]


def write_json(path, value):
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")


def save(path, configuration, state, architecture):
    path.mkdir(parents=True)
    values = configuration.to_dict()
    values["architectures"] = [architecture]
    values.pop("transformers_version", None)
    if path.name == "modernbert-old":  # as releases before transformers 5 wrote it
        rope = values.pop("rope_parameters")
        values.pop("layer_types")
        values["global_attn_every_n_layers"] = 2
        values["global_rope_theta"] = rope["full_attention"]["rope_theta"]
        values["local_rope_theta"] = rope["sliding_attention"]["rope_theta"]
    write_json(path / "config.json", values)
    safetensors.torch.save_file({k: v.contiguous() for k, v in state.items()}, path / "model.safetensors",
                                {"format": "pt"})


def checkpoints(out):
    for number, (name, c) in enumerate(MODELS.items()):
        generator = torch.Generator().manual_seed(SEED + number)
        model = randomised(AutoModelForSequenceClassification.from_config(c), generator)
        state = model.state_dict()
        if name == "roberta":  # as older releases saved it, with what a classifier does not read
            state["roberta.embeddings.position_ids"] = torch.arange(c.max_position_embeddings)[None]
            state["roberta.pooler.dense.weight"] = torch.zeros(12, 12)
        save(out / name, c, state, type(model).__name__)
        write_json(out / name / "expected.json", dict(batches=runs(model, batches(c, generator))))


BARE = {"roberta": "RobertaModel", "mpnet": "MPNetModel", "deberta": "DebertaV2Model", "llama": "LlamaModel",
        "gpt2": "GPT2Model"}
PREFIXES = {"modernbert": "model", "llama": "model", "gpt2": "transformer"}  # in other families the name of the encoder


def adapters(out):
    """An adapter of a bare encoder and one of a masked language model, whose heads are new."""
    plans = {
        "roberta": (RobertaConfig(**ROBERTA, num_labels=2),
                    dict(target_modules=["query", "value", "output.dense"], r=3, lora_alpha=5,
                         rank_pattern={"layer.1.attention.self.query": 2})),
        "distilbert": (DistilBertConfig(**DISTILBERT, num_labels=2),
                       dict(target_modules=["q_lin", "v_lin", "out_lin", "lin2"], r=3, lora_alpha=7,
                            use_rslora=True, alpha_pattern={"lin2": 4})),
        "mpnet": (MPNetConfig(**MPNET, num_labels=2),
                  dict(target_modules=["q", "v", "output.dense"], r=3, lora_alpha=5, alpha_pattern={"v": 4})),
        "modernbert": (ModernBertConfig(**MODERNBERT, num_labels=2),
                       dict(target_modules=["Wqkv", "Wo", "Wi"], r=3, lora_alpha=5, alpha_pattern={"mlp.Wo": 4})),
        "deberta": (DebertaV2Config(**DEBERTA3, num_labels=2),
                    dict(target_modules=["query_proj", "key_proj", "value_proj", "output.dense"], r=3, lora_alpha=5,
                         rank_pattern={"layer.1.attention.self.query_proj": 2})),
        "llama": (LlamaConfig(**DECODER, num_labels=2), dict(target_modules="all-linear", r=3, lora_alpha=5)),
        "gpt2": (GPT2Config(vocab_size=VOCABULARY, n_embd=12, n_head=3, n_layer=2, n_positions=24, resid_pdrop=0.0,
                            embd_pdrop=0.0, attn_pdrop=0.0, pad_token_id=7, bos_token_id=7, eos_token_id=7, num_labels=2),
                 dict(target_modules=["c_attn", "c_fc"], r=3, lora_alpha=7, fan_in_fan_out=True)),
    }
    for number, (family, (c, options)) in enumerate(plans.items()):
        generator = torch.Generator().manual_seed(SEED + 100 + number)
        model = randomised(AutoModelForSequenceClassification.from_config(c), generator)
        state = {k: v for k, v in model.state_dict().items() if k.startswith(PREFIXES.get(family, family) + ".")}
        if family in BARE:
            save(out / f"{family}-bare", c, {k.split(".", 1)[1]: v for k, v in state.items()}, BARE[family])
        else:
            language = randomised(AutoModelForMaskedLM.from_config(c), generator).state_dict()
            language.update(state)
            language.update({k: v for k, v in model.state_dict().items() if k.startswith("head.")})
            for tied in ("vocab_projector.weight", "decoder.weight"):  # to the word table
                language.pop(tied, None)
            save(out / f"{family}-mlm", c, language, type(AutoModelForMaskedLM.from_config(c)).__name__)
        if family in ("llama", "gpt2"):  # what the tests of models without a head read: two texts, one padded
            with torch.no_grad():
                ids = torch.tensor([[2, 5, 4, 6, 3], [2, 7, 3, 1, 1]])
                mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
                hidden = model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state * mask[..., None]
            write_json(out / f"{family}-bare" / "hidden.json", dict(hidden=hidden.flatten().tolist()))
        if family == "deberta":  # PEFT does not save the pooler, which is the head's
            save(out / "deberta-pooler", c, {k: v for k, v in model.state_dict().items() if "classifier" not in k},
                 "DebertaV2ForSequenceClassification")
        model.name_or_path = f"tiny/{family}"
        tuned = peft.get_peft_model(model, peft.LoraConfig(task_type="SEQ_CLS", **options))
        with torch.no_grad():
            for name, p in tuned.named_parameters():
                if "lora_" in name:
                    p.copy_(0.3 * torch.randn(p.shape, generator=generator))
                elif "modules_to_save" in name:
                    p.copy_(0.4 * torch.randn(p.shape, generator=generator))
        tuned.eval()
        path = out / f"{family}-adapter"
        tuned.save_pretrained(path)
        (path / "README.md").unlink(missing_ok=True)
        expected = dict(batches=runs(tuned, batches(c, generator)))
        data = batch(c, 6, 15, False, generator)
        data["labels"] = [0, 1, 1, 0, 1, 0]
        loss = tuned(**padded(data), labels=torch.tensor(data["labels"])).loss
        loss.backward()
        data["loss"] = loss.item()
        expected["gradients"] = data
        names = lambda n: n.replace("base_model.model.", "").replace(".default", "").replace(".modules_to_save", "")
        safetensors.torch.save_file({names(n): p.grad for n, p in tuned.named_parameters() if p.requires_grad},
                                    path / "gradients.safetensors")
        write_json(path / "expected.json", expected)


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    torch.manual_seed(SEED)
    checkpoints(out)
    adapters(out)
    write_json(out / "manifest.json", dict(
        script="tools/goldens/make_encoder_goldens.py", seed=SEED, torch=torch.__version__,
        transformers=transformers.__version__, peft=peft.__version__))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
