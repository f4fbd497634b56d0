/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.archive;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.lora4j.files.AtomicFiles;
import org.lora4j.safetensors.TensorData;

/**
 * A copy of an archive in which some records are replaced, added or left out. Records that stay are
 * copied in parts, in their order; new ones follow. Not thread-safe.
 */
public final class RecordEdits {
    private static final String DEBUG = ".debug_pkl";
    private static final String TRACED_INPUTS = "traced_inputs";

    private final ScriptRecords source;
    private final Map<String, NewRecord> written = new LinkedHashMap<>();
    private final Set<String> dropped = new HashSet<>();

    private record NewRecord(long size, TensorData data) {}

    /**
     * Begins with an exact copy.
     *
     * @param source the archive, open until the copy is written
     */
    public RecordEdits(ScriptRecords source) {
        this.source = source;
    }

    /** Replaces or adds a record of bytes in memory. */
    public void put(String name, byte[] bytes) {
        put(name, bytes.length, TensorData.of(ByteBuffer.wrap(bytes)));
    }

    /**
     * Replaces or adds a record.
     *
     * @param name its name in the folder
     * @param size how many bytes there are
     * @param data gives the same bytes each time it is asked
     */
    public void put(String name, long size, TensorData data) {
        written.put(name, new NewRecord(size, data));
    }

    /** Leaves a record out. */
    public void drop(String name) {
        dropped.add(name);
    }

    /**
     * Replaces or adds code, and leaves out what described the old code: its debugging information
     * and the inputs of the trace.
     *
     * @param code the text of each record
     */
    public void putCode(Map<String, byte[]> code) {
        code.forEach(this::put);
        for (String name : source.names()) {
            boolean describesOld =
                    name.endsWith(DEBUG)
                            && code.containsKey(name.substring(0, name.length() - DEBUG.length()));
            if (describesOld || name.startsWith(TRACED_INPUTS)) {
                dropped.add(name);
            }
        }
    }

    /**
     * Writes the copy, whole or not at all.
     *
     * @param file the file, created or replaced
     * @throws IOException if the archive cannot be read or the file cannot be written
     */
    public void write(Path file) throws IOException {
        AtomicFiles.write(
                file,
                out -> {
                    OutputStream buffered = new BufferedOutputStream(out, 1 << 16);
                    write(new ScriptRecordsWriter(buffered, source.folder()));
                    buffered.flush();
                });
    }

    private void write(ScriptRecordsWriter writer) throws IOException {
        Map<String, NewRecord> added = new LinkedHashMap<>(written);
        for (String name : source.names()) {
            NewRecord replacement = added.remove(name);
            if (replacement != null) {
                writer.add(name, replacement.size, replacement.data);
            } else if (!dropped.contains(name)) {
                writer.copy(source, name);
            }
        }
        for (Map.Entry<String, NewRecord> entry : added.entrySet()) {
            writer.add(entry.getKey(), entry.getValue().size, entry.getValue().data);
        }
        writer.finish();
    }
}
