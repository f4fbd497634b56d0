/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.operation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a TorchScript archive that holds one class without tensors: a zip of stored entries, as
 * torch.jit.save lays it out.
 */
final class ScriptArchive {
    private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

    /** A method of the class beside its own, which returns what no Java call can make. */
    private static final String NONE =
            "\n    def none(self) -> Optional[Tensor]:\n        return None\n";

    private ScriptArchive() {}

    /**
     * Returns the archive of an object.
     *
     * @param file the name of the file that defines its class, as libtorch's errors show it
     * @param className the name of its class
     * @param text the file, in which the class is last
     */
    static byte[] of(String file, String className, String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "ops/data.pkl", instance(file.replaceFirst("\\.py$", ""), className));
            byte[] code = (text + NONE).getBytes(StandardCharsets.UTF_8);
            store(zip, "ops/code/__torch__/" + file, code);
            store(zip, "ops/constants.pkl", EMPTY_TUPLE);
            // The format that torch 1.13 and later write; it decides which operator schemas are
            // meant.
            store(zip, "ops/version", "10\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The pickle of an object whose state is {@code {"training": True}}. */
    private static byte[] instance(String module, String className) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] attribute = "training".getBytes(StandardCharsets.US_ASCII);
        out.writeBytes(new byte[] {(byte) 0x80, 2}); // PROTO 2
        String type = "c__torch__." + module + "\n" + className + "\n"; // GLOBAL
        out.writeBytes(type.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[] {'q', 0, ')', (byte) 0x81, '}', '('}); // NEWOBJ, EMPTY_DICT, MARK
        out.writeBytes(new byte[] {'X', (byte) attribute.length, 0, 0, 0}); // BINUNICODE
        out.writeBytes(attribute);
        out.writeBytes(new byte[] {(byte) 0x88, 'u', 'b', '.'}); // NEWTRUE, SETITEMS, BUILD, STOP
        return out.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCompressedSize(bytes.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }
}
