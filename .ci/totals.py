# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Sums the tests of a Maven run: totals.py LOG OUTPUT [PROOFS].

Writes "passed failed skipped" to OUTPUT, from the summary line of each module in the log (a class
with tests of two engines has one report, the last one's, so reports cannot be summed). With PROOFS,
fails unless there are reports and every one contains each line of that text, such as the engine's
jar in the class path of the test.
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
    for proof in sys.argv[3].splitlines():
        without = [str(r) for r in reports if proof not in r.read_text(encoding="utf-8")]
        if without or not reports:
            print(f"did not run with {proof}: {without or 'no reports'}")
            sys.exit(1)
