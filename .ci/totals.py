# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Sums the tests of a Maven run: totals.py LOG OUTPUT [PROOFS].

Writes "passed failed skipped" to OUTPUT, from the summary line of each module in the log (a class
with tests of two engines has one report, the last one's, so reports cannot be summed). With PROOFS,
fails unless every report contains each line of that text. A line "A => B" is asked only of reports
that contain A: where the class path has an engine, it is to be that engine. Each line must have
reports that it is asked of.
"""

import pathlib
import re
import sys

log, output = map(pathlib.Path, sys.argv[1:3])
summary = re.compile(r"Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)\s*$", re.MULTILINE)
tests = failed = skipped = 0
for run, failures, errors, left_out in summary.findall(log.read_text(encoding="utf-8", errors="replace")):
    tests += int(run)
    failed += int(failures) + int(errors)
    skipped += int(left_out)
output.write_text(f"{tests - failed - skipped} {failed} {skipped}\n")
print(f"{tests} tests: {tests - failed - skipped} passed, {failed} failed, {skipped} skipped")
if len(sys.argv) > 3:
    reports = sorted(pathlib.Path(".").glob("*/target/surefire-reports/TEST-*.xml"))
    for line in sys.argv[3].splitlines():
        condition, _, proof = line.rpartition(" => ")
        texts = {str(r): r.read_text(encoding="utf-8") for r in reports}
        asked = {name: text for name, text in texts.items() if condition in text}
        without = [name for name, text in asked.items() if proof not in text]
        if without or not asked:
            print(f"did not run with {line}: {without or 'no reports'}")
            sys.exit(1)
