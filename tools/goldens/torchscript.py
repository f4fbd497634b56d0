"""Small TorchScript archives, one for each way in which a layer's weight can stand in one.

Every case holds an archive (case.pt) and, in case.safetensors, its inputs (in0, in1, ...), its output
(out), the probe p of the loss sum(p * y), and for each target the matrices (path.lora_A, path.lora_B),
the output with them (adapted), and the gradients of the loss (path.grad_A, path.grad_B). The matrices
enter as PEFT's do, W + s * (B A), transposed where the layer's weight is, through
torch.func.functional_call; layers of half precision and embeddings with a padding index are adapted by
a hook, as PEFT computes them. Where PEFT has the layers of a case, its own output is compared.
manifest.json lists the cases: the targets with what is expected of each, or why it is refused.

Writes lora-djl/src/test/resources/golden/torchscript.
Run: python tools/goldens/torchscript.py (torch, transformers, peft, safetensors; no network).
"""

import copy
import importlib.metadata
import json
import pathlib
import shutil
import warnings

import peft
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel
from transformers.pytorch_utils import Conv1D

SEED = 20261130
OUT = pathlib.Path(__file__).resolve().parents[2] / "lora-djl/src/test/resources/golden/torchscript"
CASES = {}
CHECKED = []
DOUBLE = torch.float64


class Two(nn.Module):
    """Two linear layers, the second without a bias, nested calls between them."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(5, 7)
        self.b = nn.Linear(7, 3, bias=False)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


class Attention(nn.Module):
    """A block with GPT-2's transposed layers."""

    def __init__(self):
        super().__init__()
        self.c_attn = Conv1D(6, 4)
        self.c_proj = Conv1D(4, 6)

    def forward(self, x):
        return x + self.c_proj(torch.tanh(self.c_attn(x)))


class Words(nn.Module):
    def __init__(self, padding=None):
        super().__init__()
        self.words = nn.Embedding(11, 4, padding_idx=padding)
        self.out = nn.Linear(4, 3)

    def forward(self, ids):
        return self.out(self.words(ids))


class Images(nn.Module):
    """Convolutions: plain, strided, grouped, "same" padding, transposed."""

    def __init__(self):
        super().__init__()
        self.plain = nn.Conv2d(2, 4, 3, stride=(1, 2), padding=(1, 0))
        self.grouped = nn.Conv2d(4, 6, 2, groups=2, bias=False)
        self.same = nn.Conv2d(6, 2, 3, padding="same")
        self.up = nn.ConvTranspose2d(2, 3, 2)

    def forward(self, x):
        return self.up(self.same(torch.tanh(self.grouped(torch.tanh(self.plain(x))))))


class Signal(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 5, 3, padding=1, dilation=1)

    def forward(self, x):
        return self.conv(x).relu()


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.lstm(x)[0])


class Sequences(nn.Module):
    """Scripted recurrent layers, whose weights are in an attribute that is a list."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, bidirectional=True)
        self.gru = nn.GRU(8, 4)

    def forward(self, x):
        return self.gru(self.lstm(x)[0])[0]


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.mha = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x, y):
        return self.mha(x, y, y, need_weights=False)[0]


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        return self.out(self.layer(x))


class Functional(nn.Module):
    """Weights of the parent itself: plain, sliced, transposed, and by matmul."""

    def __init__(self):
        super().__init__()
        self.plain = nn.Parameter(torch.randn(6, 5))
        self.sliced = nn.Parameter(torch.randn(8, 6))
        self.turned = nn.Parameter(torch.randn(4, 3))
        self.by_matmul = nn.Parameter(torch.randn(3, 2))

    def forward(self, x):
        h = torch.tanh(functional.linear(x, self.plain))
        h = torch.tanh(functional.linear(h, self.sliced[:4]))
        return functional.linear(h, self.turned.t()) @ self.by_matmul


class Tied(nn.Module):
    """Word embeddings that are the head's weight too."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(9, 4)
        self.mid = nn.Linear(4, 4)
        self.head = nn.Linear(4, 9, bias=False)
        self.head.weight = self.words.weight

    def forward(self, ids):
        return self.head(torch.tanh(self.mid(self.words(ids))))


class Alias(nn.Module):
    """One module under two names."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = self.first

    def forward(self, x):
        return self.second(torch.tanh(self.first(x)))


class Branches(nn.Module):
    """Scripted: if and while, and two layers that share one class."""

    def __init__(self):
        super().__init__()
        self.left = nn.Linear(4, 4)
        self.right = nn.Linear(4, 4)
        self.conv = nn.Conv1d(4, 4, 1)
        self.blocks = nn.ModuleList([Two2(), Two2()])

    def forward(self, x: torch.Tensor, times: torch.Tensor):
        i = 0
        while i < int(times):
            if i % 2 == 0:
                x = torch.tanh(self.left(x))
            else:
                x = self.right(x)
            i += 1
        for block in self.blocks:
            x = block(x)
        return self.conv(x.unsqueeze(-1)).squeeze(-1)


class Two2(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(4, 6)
        self.down = nn.Linear(6, 4)

    def forward(self, x):
        return x + self.down(torch.relu(self.up(x)))


class Turned(nn.Module):
    """torch.t(weight) with addmm and matmul."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(5, 4)
        self.b = nn.Linear(4, 3)

    def forward(self, x):
        h = torch.addmm(self.a.bias, x, self.a.weight.t())
        return torch.matmul(torch.tanh(h), self.b.weight.t())


class Dropping(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(4, 4)
        self.drop = nn.Dropout(0.25)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        q = self.drop(self.q(x))
        p = 0.5 if self.training else 0.0
        y = functional.scaled_dot_product_attention(q, q, q, dropout_p=p)
        return self.out(self.drop(y))


class Fixed(nn.Module):
    """A shape that the trace keeps as numbers, and a device."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 6)

    def forward(self, x):
        y = self.fc(x)
        return y.reshape(y.shape[0] * 2, 3) + torch.zeros(3, device=x.device, dtype=x.dtype)


class BothWays(nn.Module):
    """A weight that is also used outside its layer's call."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(x) + self.fc.weight.sum()


def kaiming(module):
    """Numbers without symmetry, in every parameter."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, dtype=DOUBLE).mul(0.6))
    return module


def get(model, path):
    return model.get_parameter(path)


def adapted_weight(weight, a, b, scaling, form):
    if form == "convolution":
        delta = (b.flatten(1) @ a.flatten(1)).reshape(weight.shape)
    elif form in ("embedding", "transposed"):
        delta = (b @ a).T
    else:
        delta = b @ a
    return weight + scaling * delta


def pair(weight, rank, form):
    if form == "convolution":
        return (rank, *weight.shape[1:]), (weight.shape[0], rank, *[1] * (weight.dim() - 2))
    rows, columns = weight.shape
    if form in ("embedding", "transposed"):
        return (rank, rows), (columns, rank)
    return (rank, columns), (rows, rank)


def floats(*shape):
    return torch.randn(shape, dtype=DOUBLE)


def target(path, form, mode, rank=2, scaling=1.5, parameter="weight"):
    return {
        "path": path,
        "parameter": parameter,
        "form": form,
        "mode": mode,
        "rank": rank,
        "scaling": scaling,
    }


def parameter_path(t):
    return f"{t['path']}.{t['parameter']}" if t["path"] else t["parameter"]


def case(name, model, inputs, targets, how="trace", refused=None, hooks=False, extra=None):
    """Writes one case; `how` makes the script of the model."""
    model = model.eval()
    tensors = {}
    for i, x in enumerate(inputs):
        tensors[f"in{i}"] = x
    script = MAKERS[how](model, inputs)
    torch.jit.save(script, str(OUT / f"{name}.pt"))
    loaded = torch.jit.load(str(OUT / f"{name}.pt")).eval()
    with torch.no_grad():
        tensors["out"] = loaded(*inputs).contiguous()
    if targets and how != "dynamic":
        adapt(model, inputs, targets, tensors, hooks)
    if "frozen" in how or how == "optimized":
        constants = loaded.code_with_constants[1].const_mapping
        for t in targets:
            weight = get(model, parameter_path(t))
            for key, value in constants.items():
                if not torch.is_tensor(value):
                    continue
                if value.shape == weight.shape and torch.equal(value, weight):
                    t["constant"] = key
                elif value.T.shape == weight.shape and torch.equal(value.T, weight):
                    t["constant"], t["form"] = key, "transposed"
            t["tensors"] = parameter_path(t)
            t["path"], t["parameter"] = "CONSTANTS", t.pop("constant")
    save_file({k: v.detach().clone().contiguous() for k, v in tensors.items()}, str(OUT / f"{name}.safetensors"))
    CASES[name] = {"how": how, "inputs": len(inputs), "targets": targets}
    if refused:
        CASES[name]["refused"] = refused
    CASES[name].update(extra or {})


def adapt(model, inputs, targets, tensors, hooks):
    leaves, replaced, handles = [], {}, []
    for t in targets:
        weight = get(model, parameter_path(t))
        shape_a, shape_b = pair(weight, t["rank"], t["form"])
        dtype = DOUBLE if weight.dtype == DOUBLE else torch.float32
        a = (torch.randn(shape_a, dtype=DOUBLE) * 0.5).to(dtype).requires_grad_()
        b = (torch.randn(shape_b, dtype=DOUBLE) * 0.5).to(dtype).requires_grad_()
        leaves += [a, b]
        key = parameter_path(t)
        tensors[f"{key}.lora_A"], tensors[f"{key}.lora_B"] = a, b
        if hooks:
            module = model.get_submodule(t["path"])
            handles.append(module.register_forward_hook(low_rank(a, b, t["scaling"])))
        else:
            replaced[key] = adapted_weight(weight.detach(), a, b, t["scaling"], t["form"])
    y = torch.func.functional_call(model, replaced, tuple(inputs), tie_weights=False)
    for handle in handles:
        handle.remove()
    check_with_peft(model, inputs, targets, tensors, y)
    probe = torch.randn(y.shape, dtype=DOUBLE).to(y.dtype)
    tensors["probe"], tensors["adapted"] = probe, y
    assert not torch.allclose(y, tensors["out"].to(y.dtype), atol=1e-3), "the adapters change nothing"
    grads = torch.autograd.grad((probe * y).sum(), leaves)
    for i, t in enumerate(targets):
        key = parameter_path(t)
        tensors[f"{key}.grad_A"], tensors[f"{key}.grad_B"] = grads[2 * i], grads[2 * i + 1]


def check_with_peft(model, inputs, targets, tensors, y):
    """Compares with PEFT's own layers where it has them for all targets of a case.

    PEFT misses weights that are read outside their layer, and fused encoder layers.
    """
    known = (nn.Linear, nn.Embedding, nn.Conv1d, nn.Conv2d, Conv1D)
    modules = [model.get_submodule(t["path"]) for t in targets]
    for t, module in zip(targets, modules):
        wide = getattr(module, "groups", 1) == 1 and getattr(module, "padding", 0) != "same"
        if type(module) not in known or t["parameter"] != "weight" or not wide or module.weight.dtype != DOUBLE:
            return
    if any(isinstance(module, (Tied, Alias, BothWays, Turned, Heads, Encoder)) for module in model.modules()):
        return
    config = peft.LoraConfig(
        target_modules=[t["path"] for t in targets],
        rank_pattern={t["path"]: t["rank"] for t in targets},
        alpha_pattern={t["path"]: t["rank"] * t["scaling"] for t in targets},
    )
    adapted = peft.inject_adapter_in_model(config, copy.deepcopy(model)).double().eval()
    with torch.no_grad():
        for t in targets:
            layer, key = adapted.get_submodule(t["path"]), parameter_path(t)
            embedding = isinstance(layer.base_layer, nn.Embedding)
            a = layer.lora_embedding_A["default"] if embedding else layer.lora_A["default"].weight
            b = layer.lora_embedding_B["default"] if embedding else layer.lora_B["default"].weight
            a.copy_(tensors[f"{key}.lora_A"])
            b.copy_(tensors[f"{key}.lora_B"])
        assert torch.allclose(adapted(*inputs), y, rtol=0, atol=1e-12), "PEFT computes something else"
    CHECKED.append(type(model).__name__)


def low_rank(a, b, scaling):
    def hook(module, inputs, output):
        if isinstance(module, nn.Embedding):
            inner = functional.embedding(inputs[0], a.T, padding_idx=module.padding_idx)
        else:
            inner = functional.linear(inputs[0].to(a.dtype), a)
        delta = functional.linear(inner, b)
        return output + (delta * scaling).to(output.dtype)

    return hook


def trace(model, inputs):
    return torch.jit.trace(model, tuple(inputs), check_trace=False)


def trace_no_grad(model, inputs):
    with torch.no_grad():
        return torch.jit.trace(model, tuple(inputs), check_trace=False)


def trace_training(model, inputs):
    model.train()
    traced = torch.jit.trace(model, tuple(inputs), check_trace=False)
    model.eval()
    return traced


def inlined(model, inputs):
    traced = trace(model, inputs)
    torch._C._jit_pass_inline(traced.graph)
    return traced


def frozen(model, inputs):
    return torch.jit.freeze(trace(model, inputs).eval())


def optimized(model, inputs):
    return torch.jit.optimize_for_inference(trace(model, inputs).eval())


def dynamic(model, inputs):
    quantized = torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
    return trace(quantized, inputs)


MAKERS = {
    "trace": trace,
    "trace-no-grad": trace_no_grad,
    "trace-training": trace_training,
    "script": lambda model, inputs: torch.jit.script(model),
    "inlined": inlined,
    "frozen": frozen,
    "frozen-script": lambda model, inputs: torch.jit.freeze(torch.jit.script(model).eval()),
    "optimized": optimized,
    "dynamic": dynamic,
}


def double(model):
    return kaiming(model.double())


def make():
    linear = [target("a", "linear", "activation"), target("b", "linear", "activation", rank=3, scaling=0.75)]
    case("linear", double(Two()), [floats(2, 5)], linear)
    case("linear-float", kaiming(Two()), [floats(2, 5).float()], [dict(t) for t in linear])
    case("linear-half", kaiming(Two()).half(), [floats(2, 5).half()], [dict(t) for t in linear], hooks=True)
    case("linear-bfloat16", kaiming(Two()).bfloat16(), [floats(2, 5).bfloat16()], [dict(t) for t in linear], hooks=True)
    case(
        "conv1d-transposed",
        double(Attention()),
        [floats(2, 3, 4)],
        [target("c_attn", "transposed", "activation"), target("c_proj", "transposed", "activation", rank=3)],
    )
    case("embedding", double(Words()), [torch.tensor([[1, 4, 9], [0, 4, 2]])], [target("words", "embedding", "activation")])
    case(
        "embedding-padding",
        double(Words(padding=2)),
        [torch.tensor([[1, 2, 9], [2, 4, 10]])],
        [target("words", "embedding", "activation"), target("out", "linear", "activation")],
        hooks=True,
    )
    case(
        "convolutions",
        double(Images()),
        [floats(2, 2, 6, 7)],
        [
            target("plain", "convolution", "activation"),
            target("grouped", "convolution", "weight"),
            target("same", "convolution", "weight"),
            target("up", "convolution", "weight"),
        ],
    )
    case("convolution-1d", double(Signal()), [floats(2, 3, 6)], [target("conv", "convolution", "activation", rank=3)])
    case(
        "lstm",
        double(Recurrent()),
        [floats(2, 5, 3)],
        [
            target("lstm", "linear", "weight", parameter="weight_ih_l0"),
            target("lstm", "linear", "weight", parameter="weight_hh_l0", rank=3),
        ],
    )
    case(
        "recurrent-scripted",
        double(Sequences()),
        [floats(5, 2, 3)],
        [
            target("lstm", "linear", "weight", parameter="weight_ih_l0"),
            target("lstm", "linear", "weight", parameter="weight_hh_l0_reverse", rank=3),
            target("gru", "linear", "weight", parameter="weight_hh_l0"),
        ],
        how="script",
    )
    heads = [
        target("mha", "linear", "weight", parameter="in_proj_weight"),
        target("mha.out_proj", "linear", "activation"),
    ]
    case("attention", double(Heads()), [floats(2, 3, 4), floats(2, 5, 4)], heads)
    case(
        "encoder",
        double(Encoder()).requires_grad_(),
        [floats(2, 3, 4)],
        [target("layer.linear1", "linear", "activation"), target("layer.self_attn.out_proj", "linear", "activation")],
    )
    case(
        "encoder-fused",
        double(Encoder()),
        [floats(2, 3, 4)],
        [target("layer.linear1", "linear", "refused")],
        how="trace-no-grad",
        refused="_transformer_encoder_layer_fwd",
    )
    case(
        "encoder-scripted",
        double(Encoder()),
        [floats(2, 3, 4)],
        [target("layer.linear1", "linear", "weight"), target("layer.self_attn.out_proj", "linear", "weight")],
        how="script",
    )
    case(
        "functional",
        double(Functional()),
        [floats(2, 5)],
        [
            target("", "linear", "activation", parameter="plain"),
            target("", "linear", "weight", parameter="sliced"),
            target("", "linear", "weight", parameter="turned"),
            target("", "transposed", "activation", parameter="by_matmul"),
        ],
    )
    ids = torch.tensor([[1, 4, 8], [0, 4, 2]])
    case("tied-head", double(Tied()), [ids], [target("head", "linear", "activation")])
    case("tied-words", double(Tied()), [ids], [target("words", "embedding", "activation"), target("mid", "linear", "activation")])
    both = [target("words", "embedding", "activation"), target("head", "linear", "activation", rank=3)]
    case("tied-both", double(Tied()), [ids], both)
    case("tied-scripted", double(Tied()), [ids], [target("head", "linear", "activation")], how="script")
    scripted = [target("words", "embedding", "weight"), target("mid", "linear", "activation")]
    case("tied-scripted-words", double(Tied()), [ids], scripted, how="script")
    case("alias", double(Alias()), [floats(2, 4)], [target("first", "linear", "activation")])
    case(
        "scripted",
        double(Branches()),
        [floats(2, 4), torch.tensor(3)],
        [
            target("left", "linear", "activation"),
            target("conv", "convolution", "activation"),
            target("blocks.1.up", "linear", "activation"),
            target("blocks.1.down", "linear", "activation", rank=1),
        ],
        how="script",
    )
    case("frozen", double(Two()), [floats(2, 5)], [dict(t) for t in linear], how="frozen")
    case("frozen-scripted", double(Two()), [floats(2, 5)], [dict(t) for t in linear], how="frozen-script")
    case("optimized", kaiming(Two()), [floats(2, 5).float()], [dict(t) for t in linear], how="optimized")
    case("inlined", double(Two()), [floats(2, 5)], [dict(t) for t in linear], how="inlined")
    tied = [target("mid", "linear", "activation"), target("head", "linear", "activation")]
    case("inlined-tied", double(Tied()), [ids], tied, how="inlined")
    case("dynamic-int8", kaiming(Two()), [floats(2, 5).float()], [target("a", "linear", "refused")], how="dynamic", refused="int8")
    case(
        "turned",
        double(Turned()),
        [floats(2, 5)],
        [target("a", "linear", "weight"), target("b", "linear", "weight")],
    )
    drops = [target("q", "linear", "activation"), target("out", "linear", "activation")]
    case("dropout-evaluating", double(Dropping()), [floats(2, 3, 4)], drops)
    case("dropout-training", double(Dropping()), [floats(2, 3, 4)], [dict(t) for t in drops], how="trace-training")
    case("fixed-shape", double(Fixed()), [floats(2, 4)], [target("fc", "linear", "activation")])
    case("both-ways", double(BothWays()), [floats(2, 4)], [target("fc", "linear", "weight")])
    config = BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
        max_position_embeddings=16, attn_implementation="sdpa",
    )  # fmt: skip
    bert = BertModel(config, add_pooling_layer=False)

    class Wrapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = bert

        def forward(self, ids, mask):
            return self.bert(input_ids=ids, attention_mask=mask, return_dict=False)[0]

    layer = "bert.encoder.layer.1"
    case(
        "bert",
        double(Wrapped()),
        [torch.randint(1, 20, (2, 5)), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])],
        [
            target(f"{layer}.attention.self.query", "linear", "activation"),
            target(f"{layer}.attention.self.value", "linear", "activation"),
            target(f"{layer}.output.dense", "linear", "activation", rank=3),
            target("bert.embeddings.word_embeddings", "embedding", "activation"),
        ],
    )


def main():
    warnings.filterwarnings("ignore")
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    if OUT.exists():
        shutil.rmtree(OUT)
    OUT.mkdir(parents=True)
    make()
    assert len(CHECKED) >= 10, f"PEFT checked {CHECKED} alone"
    manifest = {
        "script": "tools/goldens/torchscript.py",
        "seed": SEED,
        "versions": {p: importlib.metadata.version(p) for p in ("torch", "transformers", "peft")},
        "cases": CASES,
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
