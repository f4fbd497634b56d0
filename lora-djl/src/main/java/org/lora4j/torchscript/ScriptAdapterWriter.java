/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.lora4j.torchfile.StridedView;
import org.lora4j.torchscript.archive.InvalidScriptException;
import org.lora4j.torchscript.archive.RecordEdits;
import org.lora4j.torchscript.flow.FlowValue.Weight;
import org.lora4j.torchscript.pickle.ScriptTensor;

/** Writes rewritten archives again with other values of A and B, such as those of a training. */
public final class ScriptAdapterWriter {
    private record Matrix(ScriptAdapter adapter, boolean isA) {}

    private ScriptAdapterWriter() {}

    /**
     * Writes a rewritten archive with new values, whole or not at all. All else is copied in parts.
     *
     * @param archive a rewritten archive, open until the new one is written
     * @param values A and B
     * @param file the file, created or replaced
     * @throws IllegalArgumentException if the archive has no adapters
     * @throws InvalidScriptException if its table of adapters does not fit its tensors
     * @throws IOException if the archive cannot be read or the file cannot be written
     */
    public static void write(ScriptArchive archive, AdapterValues values, Path file)
            throws IOException {
        if (archive.adapters().isEmpty()) {
            throw new IllegalArgumentException(
                    archive.path() + ": expected a rewritten archive, found one without adapters");
        }
        Set<String> records = new HashSet<>();
        RecordEdits edits = new RecordEdits(archive.records());
        for (ScriptAdapter adapter : archive.adapters()) {
            for (boolean isA : new boolean[] {true, false}) {
                String record = record(archive, new Matrix(adapter, isA));
                if (!records.add(record)) {
                    throw unfit(archive, adapter, "it has a storage that another one has");
                }
                edits.put(
                        record,
                        archive.records().size(record),
                        sink -> values.writeTo(adapter, isA, sink));
            }
        }
        edits.write(file);
    }

    /** The record of a matrix, which is checked against the table. */
    private static String record(ScriptArchive archive, Matrix matrix) throws IOException {
        ScriptAdapter adapter = matrix.adapter();
        String path = matrix.isA() ? adapter.attributeOfA() : adapter.attributeOfB();
        Shape shape = matrix.isA() ? adapter.shapeOfA() : adapter.shapeOfB();
        Weight weight = AdaptationPlanner.find(archive.program(), path);
        if (weight == null) {
            throw unfit(archive, adapter, "there is no tensor " + path);
        }
        ScriptTensor tensor = weight.tensor();
        boolean whole =
                tensor.offset() == 0
                        && tensor.storage().elements() == shape.size()
                        && new StridedView(1, tensor.shape(), tensor.strides()).isContiguous();
        if (!tensor.shape().equals(shape)
                || !tensor.dtype().equals(Optional.of(adapter.dtype()))
                || !whole) {
            throw unfit(
                    archive,
                    adapter,
                    "expected %s as a contiguous tensor of %s %s, found %s %s"
                            .formatted(
                                    path,
                                    adapter.dtype(),
                                    shape,
                                    tensor.storage().type(),
                                    tensor.shape()));
        }
        return "data/" + tensor.storage().key();
    }

    private static InvalidScriptException unfit(
            ScriptArchive archive, ScriptAdapter adapter, String problem) {
        return new InvalidScriptException(
                archive.path(),
                AdapterTable.RECORD,
                "the adapter of %s does not fit: %s".formatted(adapter.target().path(), problem));
    }
}
