# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Sums surefire's reports: totals.py OUTPUT [PROOF].

Writes "passed failed skipped" to OUTPUT. With PROOF, fails unless there are reports and every one
contains that text, such as the engine's jar in the class path of the test.
"""

import pathlib
import sys
import xml.etree.ElementTree as xml

reports = sorted(pathlib.Path(".").glob("*/target/surefire-reports/TEST-*.xml"))
tests = failed = skipped = 0
for report in reports:
    suite = xml.parse(report).getroot().attrib
    tests += int(suite["tests"])
    failed += int(suite["failures"]) + int(suite["errors"])
    skipped += int(suite["skipped"])
pathlib.Path(sys.argv[1]).write_text(f"{tests - failed - skipped} {failed} {skipped}\n")
print(f"{tests} tests: {tests - failed - skipped} passed, {failed} failed, {skipped} skipped")
if len(sys.argv) > 2:
    without = [str(r) for r in reports if sys.argv[2] not in r.read_text(encoding="utf-8")]
    if without or not reports:
        print(f"did not run with {sys.argv[2]}: {without or 'no reports'}")
        sys.exit(1)
