# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Makes the goldens of files that PEFT writes beside plain LoRA's: resized vocabularies, tied
tables, and weights of torch.save; and how transformers resizes a table of words.

Usage: python tools/goldens/make_peft_file_goldens.py lora-hf/src/test/resources/golden
(torch, transformers, peft; after make_decoder_goldens.py, whose llama and llama-tied are the bases)
"""

import json
import pathlib
import shutil
import sys
import warnings

import peft
import torch
import transformers
from peft import LoraConfig

SEED = 23
MORE = 3
CASES = {
    "resized": ("llama", MORE, {}),
    "resized-words": ("llama", MORE, {"modules_to_save": ["embed_tokens"]}),
    "resized-head": ("llama", MORE, {"modules_to_save": ["lm_head"]}),
    "resized-both": ("llama", MORE, {"modules_to_save": ["embed_tokens", "lm_head"]}),
    "resized-target": ("llama", MORE, {"target_modules": ["q_proj", "embed_tokens", "lm_head"]}),
    "resized-tied": ("llama-tied", MORE, {"modules_to_save": ["embed_tokens", "lm_head"]}),
    "shrunk": ("llama", -4, {}),
    "tying-saved": ("llama-tied", 0, {"modules_to_save": ["embed_tokens"], "ensure_weight_tying": True}),
    "tying-target": ("llama-tied", 0, {"target_modules": ["q_proj", "embed_tokens"], "ensure_weight_tying": True}),
}


def base(golden, name, more):
    model = transformers.AutoModelForCausalLM.from_pretrained(golden / "decoders" / name, dtype=torch.float32)
    model.name_or_path = str(golden / "decoders" / name)
    size = model.config.vocab_size
    if more:
        model.resize_token_embeddings(size + more)
    return model, size


def logits(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].tolist()


def main(golden):
    out = golden / "peft-files"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    expected = {}
    for case, (name, more, config) in CASES.items():
        model, size = base(golden, name, more)
        model = peft.get_peft_model(model, LoraConfig(**{"task_type": "CAUSAL_LM", "r": 2, "lora_alpha": 6, "target_modules": ["q_proj"], **config}))
        with torch.no_grad():
            seen = set()
            for path, p in model.named_parameters():
                if ("lora_" in path or "modules_to_save" in path) and p.data_ptr() not in seen:
                    seen.add(p.data_ptr())
                    p.add_(0.2 * torch.randn(p.shape, generator=generator))
        model.eval()
        ids = [1, 5, size + more - 1, 7, size + more - 2, 3]
        model.save_pretrained(out / case)
        again = peft.PeftModel.from_pretrained(base(golden, name, more)[0], out / case).eval()
        first, second = logits(model, ids), logits(again, ids)
        assert torch.tensor(first).sub(torch.tensor(second)).abs().max() < 1e-5, case
        path = out / case / "adapter_config.json"
        json_config = json.loads(path.read_text())
        json_config["base_model_name_or_path"] = "tiny/" + name
        path.write_text(json.dumps(json_config, indent=2, sort_keys=True))
        expected[case] = {"base": name, "tokens": size + more, "ids": ids, "logits": second}
    # the older form: the same tensors by torch.save
    pickled = out / "pickled"
    pickled.mkdir()
    shutil.copy(out / "shrunk" / "adapter_config.json", pickled)
    tensors = peft.utils.save_and_load.load_peft_weights(str(out / "shrunk"), device="cpu")
    torch.save(tensors, pickled / "adapter_model.bin")
    expected["pickled"] = expected["shrunk"]
    whole, _ = base(golden, "llama", 0)
    (out / "model-bin").mkdir()
    torch.save(whole.state_dict(), out / "model-bin" / "pytorch_model.bin")
    for file in out.rglob("README.md"):
        file.unlink()
    (out / "expected.json").write_text(json.dumps(expected))
    manifest = {
        "script": "tools/goldens/make_peft_file_goldens.py",
        "seed": SEED,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "peft": peft.__version__,
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    main(pathlib.Path(sys.argv[1]))
