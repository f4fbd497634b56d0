#!/usr/bin/env python3
"""How long a training stands still for its checkpoints, as the Flight Recorder sees it.

Runs `lora4j train` with the options given and a checkpoint every 50 steps, and prints two shares of
the time from the first step to the end of the last. The first is what lora4j records itself, the
field blockedNanos of org.lora4j.CheckpointSave. The second does not trust it: it is the time between
the steps that begin a save and the next ones, as org.lora4j.TrainingStep has it, less the median of
the time after the other steps, where no validation lies between. The save at the end, for which
nothing is trained any more, is not counted.

usage: blocked_by_checkpoints.py [--save-every N] --model DIR --data FILE OPTIONS OF TRAIN
Exits with 1 if the training stands still for more than 2 % of the run. Needs a JDK, for `jfr`.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

LORA4J = pathlib.Path(__file__).resolve().parent.parent / "lora4j"
MOST_PERCENT = 2


def seconds(duration):
    """Of a duration as `jfr print --json` writes it, such as PT1M2.5S."""
    parts = re.findall(r"([0-9.]+)([HMS])", duration)
    return sum(float(number) * {"H": 3600, "M": 60, "S": 1}[unit] for number, unit in parts)


def moment(time):
    """Seconds since 1970 of a time such as 2026-01-31T12:00:00.123456789Z."""
    whole, fraction, zone = re.fullmatch(r"([^.]+?)(\.\d+)?(Z|[+-]\d\d:\d\d)", time).groups()
    begin = datetime.datetime.fromisoformat(whole + zone.replace("Z", "+00:00"))
    return begin.timestamp() + float(fraction or 0)


def events(recording, name):
    printed = subprocess.run(
        ["jfr", "print", "--json", "--events", "org.lora4j." + name, str(recording)],
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(printed.stdout)["recording"]["events"]
    return [event["values"] for event in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--save-every", type=int, default=50)
    args, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        recording = folder / "run.jfr"
        java = os.environ.get("JDK_JAVA_OPTIONS", "")
        record = f"-XX:StartFlightRecording=filename={recording}"
        call = [str(LORA4J), "train", *options, "--output", str(folder / "output")]
        call += ["--save-every", str(args.save_every)]
        subprocess.run(
            call,
            check=True,
            env={**os.environ, "JDK_JAVA_OPTIONS": f"{java} {record}"},
        )
        steps = sorted(events(recording, "TrainingStep"), key=lambda step: step["step"])
        saves = events(recording, "CheckpointSave")
        validated = {event["step"] for event in events(recording, "Validation")}
    last = steps[-1]
    run = moment(last["startTime"]) + seconds(last["duration"]) - moment(steps[0]["startTime"])
    saves = [save for save in saves if save["step"] < last["step"]]
    saved = {save["step"] for save in saves}
    after, between = [], []
    for step, following in zip(steps, steps[1:]):
        if step["step"] not in validated:
            end = moment(step["startTime"]) + seconds(step["duration"])
            (after if step["step"] in saved else between).append(moment(following["startTime"]) - end)
    if not after:
        sys.exit("no checkpoint was saved before the last step")
    blocked = [seconds(save["blockedNanos"]) for save in saves]
    usual = statistics.median(between)
    longer = [gap - usual for gap in after]
    print(
        f"{len(steps)} steps in {run:.1f} s, {len(saves)} checkpoints of"
        f" {statistics.mean(save['bytes'] for save in saves) / 1e6:.2f} MB before the last step"
    )
    worst = 0
    for what, times in (("as recorded", blocked), ("by the time between steps", longer)):
        share = 100 * sum(times) / run
        worst = max(worst, share)
        print(
            f"blocked {what}: {1000 * sum(times):.1f} ms, {share:.3f} % of the run; at most"
            f" {1000 * max(times):.2f} ms for one of {len(times)}"
        )
    return 1 if worst > MOST_PERCENT else 0


if __name__ == "__main__":
    sys.exit(main())
