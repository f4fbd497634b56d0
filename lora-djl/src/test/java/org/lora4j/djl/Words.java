/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.core.Embedding;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A user's embedding of words "w0", "w1" and so on. */
final class Words extends Embedding<String> {
    Words(NDArray table) {
        super(table);
    }

    @Override
    public boolean hasItem(String item) {
        return item.matches("w\\d+") && embed(item) < numEmbeddings;
    }

    @Override
    public long embed(String item) {
        return Long.parseLong(item.substring(1));
    }

    @Override
    public Optional<String> unembed(long index) {
        return Optional.of("w" + index);
    }

    @Override
    public byte[] encode(String item) {
        return item.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String decode(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
