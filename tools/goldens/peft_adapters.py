"""Makes the adapter goldens of lora-djl with PEFT: directories as PEFT saves them.

Usage: python tools/goldens/peft_adapters.py   (torch, peft; run in the repository root)
"""

import json
import pathlib
import shutil
import warnings

import peft
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

OUT = pathlib.Path("lora-djl/src/test/resources/golden/adapter")
SEED = 21


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(6, 4)
        self.key = nn.Linear(6, 4)
        self.value = nn.Linear(6, 5)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()
        self.conv = nn.Conv2d(2, 3, 3)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 6)
        self.layer = nn.ModuleList([Layer(), Layer()])
        self.classifier = nn.Linear(6, 2)

    def forward(self, x):
        return self.classifier(self.embed(x))


def sort_sets(config):
    """PEFT writes sets in an order that changes from run to run."""
    for name in ("target_modules", "exclude_modules"):
        value = getattr(config, name)
        if isinstance(value, (set, list)):
            setattr(config, name, sorted(value))


CASES = {
    "plain": dict(r=3, lora_alpha=7, lora_dropout=0.1, target_modules=["query", "value"]),
    "rslora": dict(r=4, lora_alpha=16, use_rslora=True, init_lora_weights="gaussian", target_modules=["value"]),
    "patterns": dict(
        r=2,
        lora_alpha=5,
        lora_dropout=1e-05,
        target_modules=["query", "key", "value"],
        exclude_modules=["layer.1.attention.key"],
        rank_pattern={"layer.0.attention.query": 3, "key": 1},
        alpha_pattern={"layer.0.attention.query": 9, "key": 0.5},
    ),
    "regex": dict(r=2, lora_alpha=3, target_modules=r".*\.attention\.(query|value)", bias="lora_only"),
    "layers": dict(r=2, lora_alpha=3, target_modules=["query"], layers_to_transform=[1], layers_pattern="layer"),
    "head": dict(r=2, lora_alpha=3, target_modules=["embed", "conv"], modules_to_save=["classifier"]),
    "dora": dict(r=2, lora_alpha=3, target_modules=["query"], use_dora=True),
}

TEXTS = {
    "plain": {"base_model_name_or_path": "org/naïve \"base\"\\\U0001f600\u007f\u2028\n", "task_type": "FEATURE_EXTRACTION"},
}


def save(name, arguments):
    torch.manual_seed(SEED)
    model = get_peft_model(Model(), LoraConfig(**arguments))
    config = model.peft_config["default"]
    sort_sets(config)
    for key, value in TEXTS.get(name, {}).items():
        setattr(config, key, value)
    with torch.no_grad():
        for tensor_name, tensor in model.named_parameters():
            if "lora_" in tensor_name:
                tensor.copy_(torch.randn_like(tensor))
    model.save_pretrained(OUT / name)
    (OUT / name / "README.md").unlink()


NUMBERS = [0, 1, -1, 16, 0.1, 0.5, 1e-05, 1e-4, 0.00012, 1.0, 16.0, 1e15, 1e16, 123456789.125, 1.5e300, 5e-324]
NUMBERS += [2.0**-44, 1 / 3, 1.7976931348623157e308, 9007199254740993, 2e-3, 1e22, 1e23, 100.0, -0.0, 10**30]


def main():
    warnings.simplefilter("ignore")
    shutil.rmtree(OUT, ignore_errors=True)
    for name, arguments in CASES.items():
        save(name, arguments)
    random = torch.Generator().manual_seed(SEED)
    floats = torch.rand(300, generator=random, dtype=torch.float64)
    exponents = torch.randint(-30, 30, (300,), generator=random)
    numbers = NUMBERS + [x * 10.0**e for x, e in zip(floats.tolist(), exponents.tolist())]
    numbers += [2.0**e for e in range(-1074, 1024, 7)]
    # The same doubles in another notation, and what json.dumps makes of them.
    pairs = [[format(x, ".20e") if isinstance(x, float) else str(x), json.dumps(x)] for x in numbers]
    (OUT / "numbers.json").write_text(json.dumps(pairs, indent=0) + "\n")
    nested = {"b": [], "a": {}, "\U0001f600": [1, [2.5, None]], "\uffff": {"z": True, "y": "\t\b\f\r\"\\/<>&'"}}
    (OUT / "nested.json").write_text(json.dumps(nested, indent=2, sort_keys=True))
    manifest = {
        "script": "tools/goldens/peft_adapters.py",
        "seed": SEED,
        "torch": torch.__version__,
        "peft": peft.__version__,
        "cases": sorted(CASES),
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


main()
