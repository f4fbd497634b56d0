# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Runs programs of the tests: what has no place on the command line."""

import os
import shutil
import subprocess

from harness import ROOT, Skipped, lora4j


def run(module, program, *arguments, timeout=300):
    """Runs a class of a module's tests; skips where they are not compiled."""
    start(module, program, program.replace(".", "/") + ".class", arguments, timeout)


def lora4j_with_families(*arguments, timeout=300):
    """Runs the command line with the families that lora-hf's tests add."""
    start("lora-hf", "org.lora4j.cli.Main", "META-INF/services/org.lora4j.hf.model.ModelFamily", arguments, timeout)


def start(module, program, needed, arguments, timeout):
    classes = ROOT / module / "target" / "test-classes"
    if not (classes / needed).exists():
        raise Skipped(f"the tests of {module} are not compiled; run mvn verify first")
    lora4j("--version")  # builds the libraries
    cli = ROOT / "lora-cli" / "target"
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    path = os.pathsep.join([str(classes), str(cli / "classes"), str(cli / "lib" / "*")])
    command = [java, "-Dai.djl.offline=true", "-cp", path, program, *map(str, arguments)]
    environment = os.environ | {"OPT_OUT_TRACKING": "true"}
    process = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)
    assert process.returncode == 0, process.stderr.strip()[-2000:]
