/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a block's parameters hold, and what it writes and reads. */
final class BlockBytes {
    private BlockBytes() {}

    static Map<Parameter, byte[]> bytes(Block block) {
        Map<Parameter, byte[]> bytes = new LinkedHashMap<>();
        block.getParameters().values().forEach(p -> bytes.put(p, bytes(p)));
        return bytes;
    }

    static byte[] bytes(Parameter parameter) {
        return parameter.getArray().toByteArray();
    }

    static byte[] saved(Block block) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    static void load(NDManager manager, Block block, byte[] file)
            throws IOException, MalformedModelException {
        block.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(file)));
    }
}
