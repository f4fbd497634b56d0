"""Goldens for name matching: what peft 0.21.2 itself selects, on tables of names and patterns.

Writes lora-core/src/test/resources/golden/matching/{cases,manifest}.json.
Run: python tools/goldens/make_matching_goldens.py (needs torch, transformers, peft; no network).
"""

import json
import pathlib
import platform
import random
import re
import types
import warnings

import peft
import torch
from peft import LoraConfig
from peft.tuners.tuners_utils import (
    _ExcludedModule,
    _maybe_include_all_linear_layers,
    check_target_module_exists,
)
from peft.utils.other import get_pattern_key
from transformers import BertConfig, BertForSequenceClassification, LlamaConfig, LlamaForCausalLM

warnings.simplefilter("ignore")
SEED = 20261122
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "lora-core/src/test/resources/golden/matching"


def config(**kw):
    base = dict(target_modules=None, exclude_modules=None, modules_to_save=None,
                layers_to_transform=None, layers_pattern=None, target_parameters=None)
    base.update(kw)
    return types.SimpleNamespace(**base)


def selected(cfg, paths):
    """One letter for each path: 1 adapted, 0 not, x excluded."""
    found = [check_target_module_exists(cfg, path) for path in paths]
    return "".join("x" if isinstance(f, _ExcludedModule) else str(int(bool(f))) for f in found)


def small_models():
    torch.manual_seed(SEED)
    bert = BertForSequenceClassification(BertConfig(
        vocab_size=17, hidden_size=8, num_hidden_layers=12, num_attention_heads=2,
        intermediate_size=12, max_position_embeddings=9))
    llama = LlamaForCausalLM(LlamaConfig(
        vocab_size=17, hidden_size=8, num_hidden_layers=3, num_attention_heads=2,
        num_key_value_heads=1, intermediate_size=12, max_position_embeddings=9))
    return {"bert": bert, "llama": llama}


# The table of PEFT's own test (tests/test_tuners_utils.py, REGEX_TEST_CASES) in spirit and shape.
PATHS = [
    "", "lin0", "mlp.lin0", "mlp.lin1", "mlp.mylin0", "lin0.mlp", "foo.bar.q_proj", "q_proj", "xq_proj",
    "transformer.h.0.attn.c_attn", "transformer.h.10.attn.c_attn", "h.0.attn.c_attn", "blocks.1.attn.to_k",
    "transformer.encoder.layers.0.self_attention.query_key_value",
    "transformer.encoder.layers.10.self_attention.query_key_value",
    "transformer.encoder.layers.7.query_key_value", "transformer.layers.007.query_key_value",
    "model.layers.1.block_sparse_moe.experts.0.w1", "model.layers.0.block_sparse_moe.experts.1.w1",
    "layers.1.w1", "layers.1.w2", "blocks.1.weight", "blocks.5.weight", "mlp.blocks.5.weight",
    "foo.bar.1.baz", "foo.bar.1", "foo.1.baz", "1.baz", "a.b.99999999999999999999.baz", "a.b.\u0661.baz",
    "classifier", "classifier.dense", "head.classifier.out", "lm_head", "overhead.w1", "head", "head.w1",
    "pre_classifier", "roberta.pooler.dense", "a..b", ".q_proj", "w1.", "caf\u00e9.w1", "na\u00efve.\u00fcber.w1",
    "model.vision.w1\n", "model\n.w1", "a\u2028b.w1", "a\u0085b.w1", "x.\u00b2.w1", "x.e\u0301.w1", "x.W1", "x.\u2160.w1", "a+b", "m.a+b",
    "x.\x01.w1", "x.\x07.w1", "x.\u00ff.w1", "x.\x08.w1", "x.\x00.w1", "x.@.w1", "x.\x7f.w1", "x.\U0001f600.w1", "x.\x0b.w1", "x.\x1c.w1", "x.\t.w1",
]
NAME_CASES = [
    dict(target_modules=["lin0"]), dict(target_modules=["lin0", "lin1"]), dict(target_modules=["mlp.lin0"]),
    dict(target_modules=["q_proj"]), dict(target_modules=["bar.q_proj"]), dict(target_modules=["ar.q_proj"]),
    dict(target_modules=[".*w1"]), dict(target_modules=["w1"]), dict(target_modules=["baz"]),
    dict(target_modules=["w1", "baz", "weight", "query_key_value", "c_attn"]),
    dict(target_modules=["classifier", "dense", "w1"], modules_to_save=["classifier"]),
    dict(target_modules=["classifier", "dense", "w1", "out"], modules_to_save=["head"]),
    dict(target_modules=["w1", "baz"], modules_to_save=["bar", "experts"]),
    dict(target_modules=["w1"], modules_to_save=["block_sparse_moe.experts"]),
    dict(target_modules=["lm_head", "head", "w1", "weight"], exclude_modules=["head"]),
    dict(target_modules=["w1", "weight"], exclude_modules=["experts.0.w1", "blocks.5.weight"]),
    dict(target_modules=["w1", "weight"], exclude_modules=r".*experts.*"),
    dict(target_modules=["w1", "weight"], exclude_modules=r"experts"),
    dict(target_modules=["w1", "weight"], exclude_modules=r"(mlp\.)?blocks\.\d\.weight"),
    dict(target_modules=["w1."]), dict(target_modules=["q_proj", ".q_proj"]), dict(target_modules=["b"]),
]
for names in (["query_key_value"], ["w1"], ["baz"], ["weight"], ["c_attn"],
              ["query_key_value", "w1", "baz", "weight", "c_attn", "layers.1.w1", "h.0.attn.c_attn"]):
    for layers in ([0], [1], [7], [10], [0, 10], list(range(6)), []):
        for pattern in (None, [], ["layers"], ["h"], ["blocks"], ["bar"], ["experts"], ["h", "layers"],
                        ["layers", "experts"], ["encoder.layers"], ["l.yers"], ["(?:h|blocks|layers)"], ["h|layers"],
                        [r"[a-z]+"], ["foo", "b"]):
            if pattern and not layers:
                continue
            NAME_CASES.append(dict(target_modules=names, layers_to_transform=layers, layers_pattern=pattern))

PATTERNS = [
    r".*", r".+", r"lin0", r".*\.lin0", r"(.*\.)?lin0", r".*lin[01]", r"^lin0$", r"\Alin0\Z", r"lin\d", r".*\.(q_proj|w1)", r".*(q_proj|w1)$",
    r".*\.\d+\..*", r"(?:\w+\.)+\d+\.\w+", r"\w+", r"[\w.]+", r"\W+", r"[^\W\d]+", r"[^\s.]+", r"\S+", r"\D+", r"[\D]+", r"(?i)X\.w1", r"x\.(?i:w1)",
    r"(?i:X\.W1)", r"(?i)CAF\u00c9\.W1", r"(?s).*w1", r".*w1\n", r".*w1$\n", r".*w1$", r"(?s).*w1$", r"(?s:.)*w1\s", r".{4}", r".{,4}", r".{5,}",
    r".{2,4}?", r"li{1}n0", r"lin{,}0", r"[]a]", r"[^]a]+", r"[a\]]+", r"[[a-z]+", r"[a&&b]+", r"[a-z&&[^b]]+", r"[a-]+.*", r"[-a]+.*", r"[a\-z]+",
    r"[\]\[a]+.*", r"[a^]+.*", r"[.]+", r"[|]", r"[+*?]", r"a\.\.b", r"a[.][.]b", r"a\x2e\u002eb", r"m\.a\+b", r"m\.a[+]b", r"m\.a+b", "m\\.a\\\u002bb",
    r".*(?<=\.)w1", r".*(?<!experts\.\d\.)w1", r"(?!model).*w1", r"(?=.*experts).*w1", r".*(?!w)w1", r"(?:lin0|lin)0?", r"(?:lin|lin0)",
    r"(lin|mlp)(\.lin0)?", r"|lin0", r"lin0|", r"(|lin0)", r"(?:)lin0", r".*\bw1\b.*", r".*\B1", r"\bw1.*", r".*\b\u00b2\b.*", r".*e\b.*", r".*\bW1",
    r".*\d\..*", r"[0-9]+\.baz", r"a\.b\.\d\.baz", r"a\.b\.\d+\.baz", r"a\.b\.[0-9]+\.baz", r"x\.\w\.w1", r"x\.\w+\.w1", r"x\..\.w1", r"x\.[^.]+\.w1",
    r"a\sb\.w1", r"a\Sb\.w1", r"a.b\.w1", r"a[\s]b\.w1", r"a[^\s]b\.w1", r"(?:a|ab)(?:c|bcd)*.*w1", r"((a)|b)*\.w1", r"(x+x+)+y", r"^^lin0$$",
    r"(^lin0|mlp\.lin1)$", r"(?:^)lin0", r"lin0(?=$)", r"(?:lin0){1}", r"(?:l?){3}in0", r"(?i)(?s)LIN0", r"[A-Za-z_]\w*", r"[\u00e0-\u00ff\w.]+",
    r"[\d\-.]+.*", r"[\w\-.]+", r".*(?<=)w1", r"([a-z]|model)+\.w1", r"lin0{1,}", r"l{01}in0", r"(?:[a-z]+\.){,3}w1", r"\x6c\x69n0", r"x\.\x00\.w1",
    r"x\.[\b]\.w1", r"x\.\a\.w1", r"x\.\v\.w1", r"x\.\t\.w1", r"x\.[\t\v\a]\.w1", r"x\.\s\.w1", r"x\.\D\.w1", "x\\.[\u0000a]\\.w1",
    "x\\.[\u0000-z]\\.w1", "x\\.\u0000\\.w1", "x\\.[\u0000-\u0001]\\.w1", r"[a-a]\+b", r"[\x61-\x61]\+b",
    r"caf\\u00e9\.w1".replace("\\\\u00e9", "\\\u00e9"), "x\\.\U0001f600\\.w1", r"x\..{1}\.w1", r"x\.\xfF\.w1", r"x\.\x0B\.w1", r"x\.\x7F\.w1",
    r"^(?!.*visual).*(?:q_proj|v_proj).*",
    r"(?:.*?(?:language|text).*?(?:self_attn|attn|mlp).*?(?:w1|dense|query).*?)|(?:\bmodel\.layers\.[\d]{1,}\.(?:self_attn|block_sparse_moe)\.(?:(?:experts\.\d\.w1)))",
    r"model\.layers\.([0-9]|1[0-9])\.block_sparse_moe\.experts\.\d+\.w[123]",
    r"transformer\.(?:encoder\.)?(?:h|layers)\.\d+\..*(?:c_attn|query_key_value)", r"(?s:.*\.w1)\Z", r"(?:l?){2}in0", r"(?i:(?s:.*W1))", r"[.\-\w]{2,}",
    r"[]-a]+", r"[+--]+b", r"[\--0a-z]+",
]
# Python takes these, and lora4j refuses them by name.
EXOTIC = [
    r"(?P<a>[a-z]+)\.(?P=a)", r"(?P<a_b>.).*(?P=a_b)", r"(.)(.).*\2\1", r"(a)(\.)\2b", r"(?a:\w+\.)+w1", r"(?a)[\w.]+", r"(?ia)CAF\u00c9\.W1",
    r"(?m)model$\n^\.w1", r"(?m)^model$(?s:.)\.w1", r"(?x) lin 0 # a comment", "(?x) lin\n 0", r"(?x:l i n)0", r"(?x)lin[0 ]", r"(?# note )lin0",
    r"lin(?#x)0", r"lin+(?#x)0", r"lin0{", r"a{,b", r"a{1", r"a\056\.b", r"a\0", r"\141\.\.b", r"(?>.*)w1", r"(?>model|m).*w1", r".*+w1", r"[^.]++\.w1",
    r"[^.]?+lin0", r"(?:(?=l)){3}lin0", r"(?-i:lin0)", r"(?i)LIN(?-i:0)", r"(?is-m:L.*)0", r".*(?<=[a-z]{2})\.w1", r".*(?<=(?:e|r)\.)w1",
    r".*(?<=(?=r).)\.w1", r".*(?<=(?:s\.){1})w1", r".*(?<!(?<=s)\.)w1", r"(?:a|b)(?:.b)*+.*", r"[\x6c][\151]n0", r"[\0-z]+", r"x\.[\1]\.w1",
    r"x\.[\7]\.w1", r"x\.[\377]\.w1", r"x\.\377\.w1", r"x\.\100\.w1", r"x\.\177\.w1", r"x\.[\177]\.w1", r"x\.\07\.w1", r"x\.\0\.w1", r"x\.[\0]\.w1",
    r"lin\060", r"lin[\060]", r"li\1560", r"li[\156]0", r"lin\0608?", r"[\0608]+lin", r"(?a)x\.\s\.w1", r"(?a)x\.\S\.w1", r"(?a)x\.\W\.w1",
    r"(?a)[\W\d]+", r"x\.[\U0001f5ff-\U0010ffff]\.w1", r"x\.\U0001F600\.w1", r"\U0010ffff", r"(a)()()()()()()()()(\.)\10b",
    r"(a)()()()()()()()()()(\.)\11b", r"(a)()(\.)()()()()()()()()()\3b", r"(a)(\.)\2(?:b)", r"(.)\1/", r"(.)\1:",
    r"(a)()()()()()()()()()()()()()()()()()(\.)\19b", r"(.)(\.)()()()()()()()()()()()()()()()()()(\.)?\2b", r"()()()()()()()(a)\8*\.\.b",
    r"()()()()()()()()(\.|a)\.\9b", r"()()()()()()()(\.|a)\.\8b", r"a()()()()()()(\.)\7b", "(?x) (?i)LIN0", "(?x)#c\n(?i)LIN0", "(?x)  # only\n lin0",
    "(?i)(?x) LIN 0", "(?x)lin0#(", "(?x)lin\t\r\f\v0", r"(?x)lin\ 0|lin[ ]?0", r"(?i-x:LIN0)", r"(?x)(?-x:lin0) ", r"(?x)(?-x:lin 0)", r"(?u)lin0",
    r"(?a)(?u:x\.\w\.w1)", r"(?a:x\.\w\.w1)", r"(?s-i:.*w1)", r"(?im)^LIN0$", r"(?m)^\.w1|model\n\.w1", r"(?P<x>a)(?P<y>\.)(?P=y)b", r"(a)(\.)\2{1}b",
    r"(a)(\.)\2?\.b", r"lin(?#a)0(?#)", r"(a)?(?(1)\.\.b|c)", r"(?:^|a){2}\.\.b", r"(?P<é>a).*", r"\N{DIGIT ONE}",
]
# Python refuses these.
BROKEN = [
    r"(", r")", r"lin0)", r"[", r"[a", r"[]", r"*", r"+a", r"a**", r"a*{2}", r"a{2}{3}", r"a{3,2}", r"^*", r"(?:^*)", r"$+", r"\b*",
    r"(?P<a>x)(?P<a>y)", r"(?P=a)", r"(?P<1a>x)", r"(?P<a", r"(?P<>x)", r"(?Px)", r"(?<a>x)", r"(?z)", r"(?", r"(?i", r"lin(?i)0", r"(?i-:x)", r"(?L)x",
    r"(?-a:x)", r"\1", r"(a\1)", r"(a)\2", r"\q", r"\p{L}", r"\h", r"\R", r"\Q", r"\x4", r"\u12", r"\U00110000", r"[z-a]", r"[\w-z]", r"[a-\d]",
    r"[\q]", r"[\B]", r"\400", r"(?#", r"a|*", r"(*)", r"x\\"[:-1], r"\8", r"(?P<a b>x)", r"[\9]", r"a++*", r"a*??", r"(?~x)", r"(?<=a+)b",
    r"(?<=a|bc)d", r"(?<!x?)w1", r"(?<=(a|bc))d", r"(?<=a{1,2})b", r"(?<=|a)b", r"(?<x", r"(?<", r"(?P=", r"(?i-", r"(?i-:", r"(?i-x", r"a{2,1}", r"[a",
    r"[a-", r"[^", r"\x", r"(?:a", r"((a)", r"a^*", r"a\b+", r"a$?", r"(?P<x>a)(?P<y>b)(?P=z)", r"[\8]", r"[\400]", r"[\477]", r"\777", r"\477",
    r"(a)\18", r"(a)\108", r"\180", r"(a)\118", r"\128", r"\181", "(?\u0000", "(?<\u0000x)", "(?P<a\u0000>x)", r"[b-a]", r"\U0011", r"[\x",
    r"[\U00110000]", r"\z", r"(?P<a>x)(?P=a", r"x{1}{1}", r"(?i)*", r"(?#c)*", r"a|?", r"(?P=\u00e9)", "[a-\\", "[\\", r"(?-", r"(?--i:x)",
    r"(?i--s:x)", r"(?P", r"(?P<", r"(?:", r"(?=",
]
KEY_CASES = [
    ["foo"], ["foo", "bar"], ["bar", "foo"], ["^foo"], ["foo$"], ["foo.bar"], [r"foo\.bar"], ["bar.*"], [r".*\.bar", "bar"], ["^foo.bar", "bar"],
    ["x"], ["(a)|(b)"], ["a|b"], ["a)|(b"], ["(?:foo|baz)"], [r"layers\.[01]\.q"], [r"layers.\d+.q", "q"], ["q", "layers.1.q"], ["layers.1.q", "q"], [r"l.yers\.(\d)\.q"],
    ["a+b"], [r"a\+b"], [r"fo{2}"], ["FOO"], ["(?i:FOO)"], ["f-o"], ["f.o"], ["\u00fcber"], [".oo"], ["oo"], ["."], [".."], ["foo.", "foo"], ["foo_bar"], ["m.a+b"],
]
KEY_PATHS = [
    "foo", "barfoo", "bar.foo", "foo.bar", "baz.foo.bar", "foobar", "x.foo_bar", "foo.barx", "model.layers.0.q", "model.layers.1.q", "layers.1.q", "xlayers.1.q", "q",
    "a", "b", "x.a", "x.b", "a+b", "m.a+b", "aab", "x.aab", "f-o", "x.f-o", "fxo", "\u00fcber", "m.\u00fcber", "m.\u00e9oo", "foo\n", "x\n.foo", "m..foo", "m.foo.", "", "\n", "a\n", "m.\n", "\U0001f600", "m.\U0001f600", "\u00e9",
]


def random_cases(rng, count):
    """Small alphabets, so that names meet often."""
    words = ["q", "k", "qk", "layers", "h", "0", "1", "10", "a_b", "attn", "x"]
    cases = []
    for _ in range(count):
        paths = sorted({".".join(rng.choice(words) for _ in range(rng.randint(1, 6))) for _ in range(25)})
        pick = lambda n: sorted({".".join(rng.choice(words) for _ in range(rng.randint(1, 2))) for _ in range(n)})
        cfg = dict(target_modules=pick(3))
        if rng.random() < .5:
            cfg["exclude_modules"] = pick(2)
        if rng.random() < .4:
            cfg["modules_to_save"] = pick(1)
        if rng.random() < .6:
            cfg["layers_to_transform"] = sorted(rng.sample([0, 1, 10, 2], 2))
            if rng.random() < .5:
                cfg["layers_pattern"] = rng.sample(["layers", "h", "attn", "x"], 2)
        cases.append(dict(paths=paths, config=cfg, expected=selected(config(**cfg), paths)))
    return cases


LETTERS = list("abq_A01.-") + ["\u00e9", "\u00c9", "\u00b2", "\u0301", "\u0661", "\u2028", "\U0001f600", "\n", " "]
ATOMS = [
    (".", "ab0."), (r"\d", "01\u0661"), (r"\D", "a."), (r"\w", "a_0\u00e9\u00b2"), (r"\W", ".-\u0301"), (r"\s", " \n\u2028"), (r"\S", "a.0"),
    (r"\.", "."), (r"\-", "-"), (r"\x61", "a"), (r"\u00e9", "\u00e9"), (r"\n", "\n"), ("[ab]", "ab"), ("[^a]", "b.0\n"), ("[^.]", "ab0"),
    ("[a-z_]", "abq_"), ("[0-9.]", "01."), (r"[\w.]", "a.0_"), (r"[^\W\d]", "ab_"), (r"[\d\-]", "0-"), ("[a-]", "a-"), ("[]a]", "a"), ("[a&&b]", "ab"),
    ("[[a]", "a"), (r"[^\s.]", "a0"), (r"[\x30-\x39a]", "0a"), ("[^^]", "a"), (r"[\]\[^]", "^"), ("[A-\u00e9]", "ab\u00c9"), ("]", "]"), ("}", "}"), (",", ","),
]
ANCHORS = ["^", "$", r"\A", r"\Z", r"\b", r"\B"]
LOOKS = ["(?=%s)", "(?!%s)", "(?<=%s)", "(?<!%s)"]
GROUPS = ["(%s)", "(?:%s)", "(?:%s)", "(?i:%s)", "(?s:%s)", "(?P<g%d>%s)"]
COUNTS = ["{2}", "*", "+", "?", "{1,}", "{,2}", "{0,2}", "{1,3}"]


class Drawn:
    """A pattern drawn at random, and texts that it is likely to match."""

    def __init__(self, rng):
        self.rng, self.names, self.assertions = rng, 0, 0

    def branches(self, depth):
        branches = [self.row(depth) for _ in range(self.rng.choice([1, 1, 1, 2, 3]))]
        return "|".join(p for p, _ in branches), lambda: self.rng.choice(branches)[1]()

    def row(self, depth):
        items = [self.item(depth) for _ in range(self.rng.randint(0 if depth < 3 else 1, 4))]
        return "".join(p for p, _ in items), lambda: "".join(text() for _, text in items)

    def item(self, depth):
        rng, kind, before = self.rng, self.rng.random(), self.assertions
        self.assertions += kind < .2
        if kind < .12:
            return rng.choice(ANCHORS), lambda: ""
        if kind < .2:
            look = rng.choice(LOOKS)
            inner = "".join(self.atom()[0] for _ in range(rng.randint(0, 2))) if "<" in look or not depth else self.branches(depth - 1)[0]
            return look % inner, lambda: ""
        pattern, text = self.group(depth) if depth and kind < .5 else self.atom()
        if rng.random() < .4:
            # lora4j refuses to repeat a group with an assertion twice or more
            return pattern + rng.choice(COUNTS[self.assertions > before:]) + rng.choice(["", "", "", "?"]), lambda: "".join(text() for _ in range(rng.choice([0, 1, 1, 2, 3])))
        return pattern, text

    def group(self, depth):
        inner, text = self.branches(depth - 1)
        group = self.rng.choice(GROUPS)
        self.names += 1
        return group % ((self.names, inner) if "%d" in group else inner), text

    def atom(self):
        if self.rng.random() < .4:
            c = self.rng.choice(LETTERS)
            return (re.escape(c) if c in ".- " else c), lambda: c
        pattern, texts = self.rng.choice(ATOMS)
        return pattern, lambda: self.rng.choice(texts)


def drawn_cases(rng, count):
    """Patterns of every construct that lora4j takes, on texts that match them or nearly do."""
    out = []
    while len(out) < count:
        pattern, text = Drawn(rng).branches(2)
        pattern = rng.choice(["", "", "", "", "(?i)", "(?s)", "(?is)"]) + pattern
        if not pattern.strip():
            continue  # lora4j refuses an empty pattern
        texts = set()
        for _ in range(12):
            chars = list(text())[:16]
            for _ in range(rng.choice([0, 0, 1, 2])):
                chars[(at := rng.randint(0, len(chars))):at + rng.choice([0, 1])] = rng.choice(["", rng.choice(LETTERS)])
            texts.add("".join(chars) or "a")
        texts = sorted(texts)
        try:
            out.append(dict(pattern=pattern, paths=texts, expected=fullmatches(pattern, texts)))
        except re.error:
            pass  # "nothing to repeat" and the like: BROKEN has one of each
    return out


def fullmatches(pattern, texts):
    return "".join(str(int(bool(re.fullmatch(pattern, text)))) for text in texts)


def regex_cases():
    return [dict(pattern=pattern, expected=selected(config(target_modules=pattern), PATHS[1:])) for pattern in PATTERNS]


def is_python(pattern):
    try:
        return bool(re.compile(pattern))
    except re.error:
        return False


def key_cases():
    out = []
    for keys in KEY_CASES:
        values = {key: i for i, key in enumerate(keys)}
        try:
            found = [values.get(get_pattern_key(values.keys(), path), -1) for path in KEY_PATHS]
            out.append(dict(keys=keys, expected=found))
        except re.error as e:
            out.append(dict(keys=keys, error=e.msg))
    return out


def model_cases():
    out = []
    for name, model in small_models().items():
        paths = [n for n, _ in model.named_modules()]
        linear = [isinstance(m, torch.nn.Linear) for _, m in model.named_modules()]
        head = model.get_output_embeddings() if name == "llama" else model.classifier
        heads = [m is head for _, m in model.named_modules()]
        cases = []
        for kw in (dict(target_modules="all-linear"), dict(target_modules="ALL-linear"),
                   dict(target_modules="all-linear", exclude_modules=["query", "down_proj"]),
                   dict(target_modules="all-linear", exclude_modules=r".*\.0\..*"),
                   dict(target_modules=["query", "value", "q_proj"]),
                   dict(target_modules=["dense", "o_proj"], layers_to_transform=[1, 11]),
                   dict(target_modules=["dense", "o_proj"], layers_to_transform=[0, 2], layers_pattern=["layer", "layers"]),
                   dict(target_modules=r".*\.(query|value|q_proj)"),
                   dict(target_modules=["dense", "embed_tokens", "word_embeddings"])):
            task = "SEQ_CLS" if name == "bert" else "CAUSAL_LM"
            cfg = LoraConfig(task_type=task, **kw)
            saved = sorted(set(cfg.modules_to_save or []))
            cfg = _maybe_include_all_linear_layers(cfg, model)
            found = "0" + selected(cfg, paths[1:])
            cases.append(dict(config=dict(kw, modules_to_save=saved), expected=found))
        out.append(dict(name=name, paths=paths, linear=linear, head=heads, cases=cases))
    return out


def main():
    assert all(map(is_python, EXOTIC)) and not any(map(is_python, BROKEN))
    rng = random.Random(SEED)
    cases = dict(
        paths=PATHS[1:],
        names=[dict(config=c, expected=selected(config(**c), PATHS[1:])) for c in NAME_CASES],
        regex=regex_cases(), exotic=EXOTIC, broken=BROKEN, drawn=drawn_cases(random.Random(SEED), 500),
        keyPaths=KEY_PATHS, keys=key_cases(), random=random_cases(rng, 150), models=model_cases())
    OUT.mkdir(parents=True, exist_ok=True)
    text = json.dumps(cases, separators=(",", ":"), sort_keys=True)
    (OUT / "cases.json").write_text(text + "\n")
    manifest = dict(script="tools/goldens/make_matching_goldens.py", seed=SEED, python=platform.python_version(),
                    peft=peft.__version__, torch=torch.__version__,
                    files={"cases.json": "what peft selects; 1 adapted, 0 not, x excluded"})
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    print({k: len(v) for k, v in cases.items()}, len(text))


if __name__ == "__main__":
    main()
