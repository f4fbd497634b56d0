/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.lora4j.torchscript.archive.ScriptRecords;
import org.lora4j.torchscript.archive.ScriptRecordsWriter;

/** The records of an archive in memory, changed by a test and written again. */
final class EditedArchive {
    private final String folder;
    private final Map<String, byte[]> records = new LinkedHashMap<>();

    EditedArchive(Path source) throws IOException {
        try (ScriptRecords archive = ScriptRecords.open(source)) {
            folder = archive.folder();
            for (String name : archive.names()) {
                records.put(name, archive.read(name, 1 << 24));
            }
        }
    }

    List<String> names() {
        return new ArrayList<>(records.keySet());
    }

    byte[] get(String record) {
        return records.get(record);
    }

    EditedArchive put(String record, byte[] bytes) {
        records.put(record, bytes);
        return this;
    }

    EditedArchive remove(String record) {
        records.remove(record);
        return this;
    }

    EditedArchive text(String record, UnaryOperator<String> change) {
        String text = new String(records.get(record), StandardCharsets.UTF_8);
        String changed = change.apply(text);
        if (changed.equals(text)) {
            throw new IllegalArgumentException("the change changes nothing");
        }
        return put(record, changed.getBytes(StandardCharsets.UTF_8));
    }

    /** Changes bytes of a pickle that occur in it. */
    EditedArchive replace(String record, String old, String now) {
        String text = new String(records.get(record), StandardCharsets.ISO_8859_1);
        if (!text.contains(old)) {
            throw new IllegalArgumentException("there is no " + old);
        }
        return put(record, text.replace(old, now).getBytes(StandardCharsets.ISO_8859_1));
    }

    Path write(Path target) throws IOException {
        try (OutputStream out = Files.newOutputStream(target)) {
            ScriptRecordsWriter writer = new ScriptRecordsWriter(out, folder);
            for (Map.Entry<String, byte[]> record : records.entrySet()) {
                writer.add(record.getKey(), record.getValue());
            }
            writer.finish();
        }
        return target;
    }
}
