"""What the runs beside Python share: the 135M Llama, both sides' programs, their figures.

The Llama: 30 layers, 576 wide, 9 heads, 3 for keys and values, vocabulary 49,152, tied; random
weights, and no token that ends a text.
"""

import os
import re
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODEL = """
import sys, pathlib, torch
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM
out = pathlib.Path(sys.argv[1])
torch.manual_seed(0)
LlamaForCausalLM(LlamaConfig(
    vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
    num_key_value_heads=3, rms_norm_eps=1e-5, tie_word_embeddings=True, max_position_embeddings=8192,
    eos_token_id=None, bos_token_id=1,
)).save_pretrained(out)
Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>")).save(str(out / "tokenizer.json"))
"""
GENERATION = """
import sys, time, torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
folder, dtype, threads, batch, prompt, new, repeats = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:8])
dtype = dict(f32=torch.float32, bf16=torch.bfloat16)[dtype]
packed = {
    "4": dict(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype),
    "8": dict(load_in_8bit=True),
}.get(sys.argv[8] if len(sys.argv) > 8 else "full")
more = dict(quantization_config=BitsAndBytesConfig(**packed), device_map="cpu") if packed else {}
torch.manual_seed(0)
torch.set_num_threads(threads)
model = AutoModelForCausalLM.from_pretrained(
    folder, dtype=dtype, attn_implementation="sdpa", **more).eval()
ids = torch.randint(0, model.config.vocab_size, (batch, prompt))
def run(n):
    start = time.time()
    model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=n, min_new_tokens=n, do_sample=False,
                   pad_token_id=0)
    return time.time() - start
with torch.no_grad():
    run(new + 1)
    for _ in range(repeats):
        first = run(1)
        rest = run(new + 1) - first
        print(f"transformers prefill {batch * prompt / first:.0f} tok/s decode {batch * new / rest:.1f} tok/s", flush=True)
for line in open("/proc/self/status"):
    if line.startswith("VmHWM:"):
        print("peak_rss_kb", line.split()[1])
"""


def run(command, args):
    """What a program prints; one that fails ends the comparison."""
    done = start(command, args)
    if done.returncode:
        sys.exit(f"{' '.join(command)[:300]}\n{done.stderr[-2000:]}")
    return done.stdout


def attempt(command, args):
    """What a program prints; None of one that cannot run, such as for a package that is not here."""
    done = start(command, args)
    if done.returncode:
        print(f"left out: {(done.stderr.strip().splitlines() or ['it failed'])[-1][:200]}", flush=True)
        return None
    return done.stdout


def start(command, args):
    environment = dict(os.environ, OMP_NUM_THREADS=str(args.threads), OPT_OUT_TRACKING="true")
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def medians(output):
    """The median (prefill, decode) of each kind of run, and the peak memory in MB."""
    rates = {}
    for name, prefill, decode in re.findall(r"(\w+) prefill (\d+) tok/s decode ([\d.]+) tok/s", output):
        rates.setdefault(name, []).append((float(prefill), float(decode)))
    middle = {name: tuple(map(statistics.median, zip(*pairs))) for name, pairs in rates.items()}
    return middle, peak(output)


def write_llama(args, folder):
    run([args.python, "-c", MODEL, folder], args)


def java(args, program, *rest, properties=()):
    """What a program of this module prints."""
    target = os.path.join(ROOT, "bench", "target")
    if not os.path.isdir(os.path.join(target, "lib")):
        sys.exit("bench is not built: mvn -q package -DskipTests -pl bench -am")
    classes = os.path.join(target, "classes") + os.pathsep + os.path.join(target, "lib", "*")
    return run(["java", "-Xmx512m", "-Dai.djl.offline=true", *properties, "-cp", classes,
                "org.lora4j.bench." + program, *rest], args)


def peak(output):
    """The peak resident memory that a program printed, in MB."""
    return int(re.search(r"peak_rss_kb (\d+)", output).group(1)) / 1024


def spread(values):
    return f"min {min(values):.2f}  median {statistics.median(values):.2f}  max {max(values):.2f}"
