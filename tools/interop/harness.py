# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""What the checks share: the command line, a tiny model, data, comparisons."""

import csv
import dataclasses
import functools
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import warnings
from typing import Callable

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAUNCHER = os.environ.get("LORA4J", str(ROOT / "lora4j"))
DATA = pathlib.Path(os.environ.get("LORA4J_DATA", ROOT.parent / "shared" / "data"))
# Most runs last for seconds, which the optimising compiler does not pay back.
JVM = "-XX:TieredStopAtLevel=1"
CLASSES = "LORA4J_CLASSES"  # names an archive of loaded classes, with which Java starts faster
EACH = "LORA4J_EACH"  # set where each run is to have a process of its own
SERVER = "org.lora4j.cli.CommandServer"
LOGITS = 1e-4  # agreement of logits in float32 across two implementations

CHECKS = []
# One thread adds up in the same order each time: AdamW's first steps turn a last bit of a gradient
# near zero into a whole step.
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 1)))
transformers.utils.logging.disable_progress_bar()
warnings.filterwarnings("ignore", category=FutureWarning)


class Skipped(Exception):
    """A check that cannot run here; the message says why."""


@dataclasses.dataclass(frozen=True)
class Check:
    """A check; those of one group share what the first of them computes."""

    name: str
    function: Callable
    group: str


def check(function):
    """Registers a check under its name; what it returns is printed beside it."""
    name = function.__name__.replace("_", "-")
    CHECKS.append(Check(name, function, name))
    return function


def check_each(values, name):
    """Registers a check for each value, with it in the {} of the name; the function takes it too."""

    def register(function):
        for value in values:
            CHECKS.append(Check(name.format(value), lambda workshop, value=value: function(workshop, value), name))
        return function

    return register


@dataclasses.dataclass(frozen=True)
class Result:
    """One run of the command line."""

    code: int
    out: str
    err: str

    @property
    def report(self):
        """The JSON object on the last line of stdout."""
        return json.loads(self.out.rstrip("\n").split("\n")[-1])


def lora4j(*arguments, expect=0, timeout=900, jvm=None):
    """Runs a command line; a code other than the expected one fails the check with what was said."""
    command = [LAUNCHER, *map(str, arguments)]
    server = server_of_this_process() if jvm is None else None
    result = server.run(command[1:], timeout) if server else launch(command, timeout, jvm)
    if expect is not None:
        end = result.err.strip()[-2000:]
        assert result.code == expect, f"{' '.join(command)}: exit {result.code}, not {expect}: {end}"
    return result


def launch(command, timeout, jvm):
    """Runs ./lora4j in a process of its own."""
    archive = os.environ.get(CLASSES)
    options = [JVM] + ([jvm] if jvm else []) + ([f"-XX:SharedArchiveFile={archive}"] if archive else [])
    process = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        env=os.environ | {"JDK_JAVA_OPTIONS": " ".join(options)},
    )
    lines = process.stderr.splitlines(keepends=True)
    said = "".join(line for line in lines if not line.startswith("NOTE: Picked up JDK_JAVA_OPTIONS"))
    return Result(process.returncode, process.stdout, said)


class Server:
    """One Java process that runs command lines after each other, as ./lora4j would each by itself."""

    def __init__(self, java, classes):
        self.errors = tempfile.TemporaryFile()
        # The launcher's options; the optimising compiler is left in, since the process stays.
        options = [
            "-XX:+UseSerialGC", "-Xms64m", "-Dai.djl.offline=true", "-Djdk.http.auth.tunneling.disabledSchemes=",
            "-Dfile.encoding=UTF-8", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.logFile=System.err",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            [java, *options, "-cp", classes, SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=os.environ | {"OPT_OUT_TRACKING": "true", "TORCH_CPP_LOG_LEVEL": "ERROR"},
        )

    def run(self, arguments, timeout):
        late = threading.Timer(timeout, self.process.kill)
        late.start()
        try:
            self.process.stdin.write(json.dumps(arguments).encode() + b"\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            late.cancel()
        if not answer:
            server_of_this_process.cache_clear()  # the next run begins another
            self.errors.seek(0)
            said = self.errors.read().decode(errors="replace").strip()[-2000:]
            raise AssertionError(f"lora4j {' '.join(arguments)}: Java ended or was late: {said}")
        return Result(**json.loads(answer))


def serves():
    """Whether one process can run all command lines: not where lora-cli's tests are not compiled."""
    tests = ROOT / "lora-cli" / "target" / "test-classes"
    asked = EACH not in os.environ and "LORA4J" not in os.environ
    return asked and (tests / (SERVER.replace(".", "/") + ".class")).exists()


@functools.cache
def server_of_this_process():
    """The server, or None where each run is to have a process of its own."""
    if not serves():
        return None
    cli = ROOT / "lora-cli" / "target"
    launch([LAUNCHER, "--version"], 900, None)  # the build
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    path = os.pathsep.join([str(cli / "test-classes"), str(cli / "classes"), str(cli / "lib" / "*")])
    return Server(java, path)


def archive_classes(folder):
    """Has a training keep the classes that it loads in a file; the runs after it start from that file."""
    lora4j("--version")  # the build, in which Maven is not to keep its own classes
    workshop = Workshop(folder)
    archive = folder / "classes.jsa"
    lora4j(
        "train", "--model", workshop.model_folder, "--data", workshop.train, "--output", folder / "adapter",
        "--text-column", "text", "--label-column", "label", "--steps", 2, jvm=f"-XX:ArchiveClassesAtExit={archive}",
    )
    os.environ[CLASSES] = str(archive)


@functools.cache
def options(command):
    """What `lora4j COMMAND --help` says."""
    return lora4j(command, "--help").out


def require(command, *names):
    missing = [name for name in names if name not in options(command)]
    assert not missing, f"lora4j {command} has no {', '.join(missing)}, which this check needs"


def close(ours, theirs, tolerance, what):
    """Asserts that two tensors agree everywhere; returns the largest difference."""
    assert ours.shape == theirs.shape, f"{what}: shape {tuple(ours.shape)}, expected {tuple(theirs.shape)}"
    assert torch.isfinite(ours).all() and torch.isfinite(theirs).all(), f"{what}: not finite"
    difference = (ours.double() - theirs.double()).abs().max().item()
    assert difference <= tolerance, f"{what}: differs by {difference:.3g}, more than {tolerance:g}"
    return difference


def apart(one, other, what):
    """A negative control: the two must differ visibly."""
    difference = (one - other).abs().max().item()
    assert difference > 100 * LOGITS, f"{what}: the same within {difference:.3g}, so equality would show nothing"


def read_table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def write_table(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\t".join(rows[0]) + "\n")
        file.writelines("\t".join(row.values()) + "\n" for row in rows)


def predict(model, tokenizer, rows, pair=False, batch=64, max_length=None):
    """Logits of a transformers or PEFT model, in the order of the rows."""
    limit = max_length or model.config.max_position_embeddings
    logits = []
    model.eval()
    with torch.no_grad():
        for start in range(0, len(rows), batch):
            logits.append(model(**encode(tokenizer, rows[start : start + batch], pair, limit)).logits)
    return torch.cat(logits)


def encode(tokenizer, rows, pair, limit):
    texts = [row["text"] for row in rows]
    others = [row["other"] for row in rows] if pair else None
    return tokenizer(texts, others, padding=True, truncation=True, max_length=limit, return_tensors="pt")


def evaluate(model, data, predictions, adapter=None, pair=False, text="text", label="label"):
    """Logits of `lora4j evaluate`, and its report; checks that each line's label is its best logit's."""
    arguments = ["--model", model, "--data", data, "--text-column", text, "--label-column", label]
    if pair:
        arguments += ["--text-pair-column", "other"]
    if adapter:
        arguments += ["--adapter", adapter]
    result = lora4j("evaluate", *arguments, "--predictions", predictions, "--json")
    lines = [json.loads(line) for line in predictions.read_text(encoding="utf-8").splitlines()]
    return torch.tensor([line["logits"] for line in lines]), [line["label"] for line in lines], result.report


class Workshop:
    """A folder with a tiny random model and data, made once and shared by the checks."""

    LABELS = ["negative", "neutral", "positive"]

    def __init__(self, folder, family="bert", changes=None):
        self.changes = changes or {}  # of the configuration of some families
        self.folder = folder
        self.family = family
        words = [a + b for a in ("ba", "do", "ki", "lu", "me", "po") for b in ("n", "r", "sto", "vi", "ü", "")]
        self.words = words
        self.model_folder = folder / "tiny"
        self._make_model()
        self.train = folder / "train.tsv"
        self.dev = folder / "dev.tsv"
        draw = random.Random(3)
        write_table(self.train, [self._row(draw) for _ in range(83)])
        write_table(self.dev, [self._row(draw) for _ in range(37)])

    def of(self, family, changes=None):
        """A workshop of another family; with changes, of a configuration of its own."""
        name = family + ("-changed" if changes else "")
        while (self.folder / name).exists():  # another check's
            name += "-again"
        return Workshop(self.make(name), family, changes)

    def base(self):
        """A fresh copy of the base in transformers."""
        return transformers.AutoModelForSequenceClassification.from_pretrained(self.model_folder)

    def tokenizer(self):
        return transformers.AutoTokenizer.from_pretrained(self.model_folder)

    def make(self, name):
        """A new folder for a check."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def _row(self, draw):
        label = draw.choice(self.LABELS)
        # Words of the label's third appear more often, so that there is something to learn.
        third = self.words[self.LABELS.index(label) :: 3]
        text = [draw.choice(third if draw.random() < 0.6 else self.words) for _ in range(draw.randint(1, 12))]
        other = [draw.choice(self.words) for _ in range(draw.randint(1, 7))]
        return {"label": label, "text": " ".join(text), "other": " ".join(other)}

    def _make_model(self):
        torch.manual_seed(11)
        pieces = ["[UNK]", "[PAD]"] if self.family in ("roberta", "mpnet") else ["[PAD]", "[UNK]"]
        pieces += ["[CLS]", "[SEP]", "[MASK]"]
        pieces += [w for w in ("ba", "do", "ki", "lu", "me", "po")]
        pieces += ["##" + w for w in ("n", "r", "sto", "vi", "ü")]
        vocabulary = {piece: index for index, piece in enumerate(pieces)}
        if self.family == "deberta-v2":  # its class is built of pieces with scores, as sentencepiece has them
            pieces = [*pieces[:5], *("\u2581" + p for p in pieces[5:11]), *(p.removeprefix("##") for p in pieces[11:])]
            vocabulary = {piece: index for index, piece in enumerate(pieces)}
            scores = [(piece, 0.0 if index < 5 else -1.0 - 0.1 * index) for index, piece in enumerate(pieces)]
            tokenizer = Tokenizer(models.Unigram(scores, unk_id=1))
            tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        else:
            tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
            tokenizer.normalizer = normalizers.BertNormalizer(strip_accents=False)
            tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
        )
        transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            pad_token="[PAD]",
            unk_token="[UNK]",
            cls_token="[CLS]",
            sep_token="[SEP]",
            mask_token="[MASK]",
            model_max_length=48,
            model_input_names=["input_ids", "attention_mask"]
            + (["token_type_ids"] if self.family == "bert" else []),
        ).save_pretrained(self.model_folder)
        config = self._config(len(pieces))
        model = transformers.AutoModelForSequenceClassification.from_config(config)
        with torch.no_grad():  # far from the usual start, where every layer is nearly linear
            for name, parameter in model.named_parameters():
                scale = 0.2 if parameter.dim() == 1 else 0.35
                norm = parameter.dim() == 1 and "norm" in name.lower() and name.endswith(".weight")
                start = parameter if norm else torch.zeros_like(parameter)
                parameter.copy_(start + scale * torch.randn_like(parameter))
        model.save_pretrained(self.model_folder)

    def headless(self):
        """The model without its last layer, as pretraining leaves it: ModernBERT's heads share a layer before it."""
        kind = transformers.AutoModelForMaskedLM if self.family == "modernbert" else transformers.AutoModel
        return kind.from_pretrained(self.model_folder)

    def _config(self, words):
        # No two sizes are equal, so that a transposed or swapped tensor cannot fit.
        labels = dict(
            num_labels=len(self.LABELS),
            id2label=dict(enumerate(self.LABELS)),
            label2id={label: index for index, label in enumerate(self.LABELS)},
        )
        if self.family == "distilbert":
            return transformers.DistilBertConfig(
                vocab_size=words, dim=24, n_layers=2, n_heads=3, hidden_dim=56, max_position_embeddings=48, **labels
            )
        numbers = dict(
            vocab_size=words, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=56, **labels
        )
        numbers |= self.changes
        if self.family == "roberta":  # rows 0 and 1 of its position table are no token's
            return transformers.RobertaConfig(
                max_position_embeddings=50, type_vocab_size=1, pad_token_id=1, **numbers
            )
        if self.family == "mpnet":
            return transformers.MPNetConfig(max_position_embeddings=50, **numbers)
        if self.family == "modernbert":
            own = dict(num_hidden_layers=3, local_attention=8, max_position_embeddings=48)
            own |= dict(pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3)
            return transformers.ModernBertConfig(**numbers | own | self.changes)
        if self.family == "deberta-v2":
            own = dict(max_position_embeddings=48, relative_attention=True, position_buckets=8, share_att_key=True)
            own |= dict(pos_att_type=["p2c", "c2p"], norm_rel_ebd="layer_norm", position_biased_input=False)
            return transformers.DebertaV2Config(**numbers | own | self.changes)
        if self.family in ("llama", "qwen3", "gemma2"):
            numbers |= dict(num_key_value_heads=1, head_dim=10, max_position_embeddings=48)
            numbers |= dict(pad_token_id=0, bos_token_id=2, eos_token_id=3) | self.changes
            return transformers.AutoConfig.for_model(self.family, **numbers)
        if self.family == "gpt2":
            return transformers.GPT2Config(
                vocab_size=words, n_embd=24, n_layer=2, n_head=3, n_positions=48, pad_token_id=0, bos_token_id=2,
                eos_token_id=3, **labels,
            )  # fmt: skip
        return transformers.BertConfig(max_position_embeddings=48, **numbers)
