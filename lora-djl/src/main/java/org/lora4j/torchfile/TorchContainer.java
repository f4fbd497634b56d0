/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.IOException;
import java.io.InputStream;
import org.lora4j.files.Excerpt;

/** One of torch.save's two layouts: a pickle, and the bytes of the storages that it names. */
sealed interface TorchContainer extends AutoCloseable permits ZipContainer, StreamContainer {
    /** The longest pickle that is read: a state dict takes about 300 bytes a tensor. */
    int MAX_PICKLE_BYTES = 1 << 26;

    /** The unpickled object. */
    PickleValue root();

    /**
     * Checks that a storage is there and has the length that the pickle says.
     *
     * @throws PickleException if not
     */
    void check(PickleValue.Storage storage) throws PickleException;

    /**
     * The bytes of a storage that was checked, from one on.
     *
     * @param storage the storage
     * @param from the first byte wanted
     */
    InputStream open(PickleValue.Storage storage, long from) throws IOException;

    @Override
    void close() throws IOException;

    /** The bytes that a storage takes. */
    static long byteSize(PickleValue.Storage storage) throws PickleException {
        try {
            return storage.dtype() == null
                    ? storage.elements()
                    : storage.dtype().byteSize(storage.elements());
        } catch (ArithmeticException e) {
            throw new PickleException(
                    "storage %s has %d elements, more than any file",
                    Excerpt.of(storage.key()), storage.elements());
        }
    }
}
