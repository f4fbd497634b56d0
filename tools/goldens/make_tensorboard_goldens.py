#
# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
#
"""An event file as TensorBoard's own writer makes it; needs the package tensorboard."""

import json
import pathlib
import sys

import tensorboard
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.summary.writer.record_writer import RecordWriter

SECONDS = 1234567890.125


def events():
    yield event_pb2.Event(wall_time=SECONDS, file_version="brain.Event:2")
    text = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING,
        tensor_shape=TensorShapeProto(),
        string_val=["| setting | value |\n|---|---|\n| schedule | größer |\n".encode()],
    )
    metadata = summary_pb2.SummaryMetadata(
        plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="text")
    )
    value = summary_pb2.Summary.Value(tag="configuration", tensor=text, metadata=metadata)
    yield event_pb2.Event(wall_time=SECONDS, step=0, summary=summary_pb2.Summary(value=[value]))
    yield event_pb2.Event(
        wall_time=SECONDS,
        step=301,
        session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START),
    )
    for step, loss in ((301, 0.7), (1 << 40, float("nan"))):
        values = [
            summary_pb2.Summary.Value(tag="train/loss", simple_value=loss),
            summary_pb2.Summary.Value(tag="train/learning_rate", simple_value=1e-4),
        ]
        yield event_pb2.Event(
            wall_time=SECONDS, step=step, summary=summary_pb2.Summary(value=values)
        )


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "events.tfevents", "wb") as file:
        writer = RecordWriter(file)
        for event in events():
            writer.write(event.SerializeToString())
        writer.flush()
    manifest = {
        "script": "tools/goldens/make_tensorboard_goldens.py",
        "tensorboard": tensorboard.__version__,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


main()
