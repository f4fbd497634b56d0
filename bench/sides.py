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


def run(command, args):
    """What a program prints; one that fails ends the comparison."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(args.threads), OPT_OUT_TRACKING="true")
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(command)[:300]}\n{done.stderr[-2000:]}")
    return done.stdout


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
