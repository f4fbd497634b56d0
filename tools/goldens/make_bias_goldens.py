# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Makes the goldens of trained biases: adapters that PEFT saved with bias "all" and "lora_only".

Usage: python tools/goldens/make_bias_goldens.py lora-hf/src/test/resources/golden
(torch, transformers, peft; after make_bert_goldens.py, whose bare BERT is the base)
"""

import json
import pathlib
import shutil
import sys

import make_bert_goldens as bert
import peft
import safetensors.torch
import torch
import transformers

SEED = 77
MODES = ("all", "lora_only")


def adapter(base, out, mode, seed):
    generator = torch.Generator().manual_seed(seed)
    transformers.set_seed(seed)
    model = transformers.BertForSequenceClassification.from_pretrained(base)
    model.name_or_path = "tiny/bare-bert"
    tuned = peft.get_peft_model(
        model,
        peft.LoraConfig(r=3, lora_alpha=5, task_type="SEQ_CLS", bias=mode,
                        target_modules=["query", "value", "output.dense"], modules_to_save=["classifier"]))
    with torch.no_grad():
        for _, p in tuned.named_parameters():
            if p.requires_grad:
                p.add_(0.3 * torch.randn(p.shape, generator=generator))
    tuned.eval()
    tuned.save_pretrained(out)
    (out / "README.md").unlink(missing_ok=True)
    batches = bert.runs(tuned, [bert.batch(5, 17, False, generator)])
    data = bert.batch(6, 15, True, generator)
    data["labels"] = torch.randint(0, 2, (6,), generator=generator).tolist()
    loss = tuned(**bert.padded(data), labels=torch.tensor(data["labels"])).loss
    loss.backward()
    names = lambda n: n.replace("base_model.model.", "").replace(".default", "").replace(".modules_to_save", "")
    gradients = {names(n): p.grad for n, p in tuned.named_parameters() if p.requires_grad}
    safetensors.torch.save_file(gradients, out / "gradients.safetensors")
    trainable, everything = tuned.get_nb_trainable_parameters()
    # PEFT counts the replaced head twice; here each number is counted once.
    everything -= sum(p.numel() for n, p in tuned.named_parameters() if "original_module" in n)
    bert.write_json(out / "expected.json", dict(
        batches=batches, training=dict(data, loss=loss.item()), trainable=trainable, all=everything))


def main(golden):
    out = golden / "bias"
    shutil.rmtree(out, ignore_errors=True)
    for number, mode in enumerate(MODES):
        adapter(golden / "bert" / "bare", out / mode, mode, SEED + number)
    (out / "manifest.json").write_text(json.dumps(dict(
        script="tools/goldens/make_bias_goldens.py", seed=SEED, torch=torch.__version__,
        transformers=transformers.__version__, peft=peft.__version__)) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
