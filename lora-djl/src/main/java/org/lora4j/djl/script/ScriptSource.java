/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.script;

import ai.djl.nn.Block;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.TorchModule;
import org.lora4j.torchscript.ScriptArchive;

/**
 * The archive of a TorchScript module that a model holds. The engine writes it into a temporary
 * file when it is asked for; closing frees the file until the next time. Thread-safe.
 */
final class ScriptSource implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Block block;
    private final Open open = new Open();

    ScriptSource(Block block) {
        this.block = block;
        CLEANER.register(this, open);
    }

    /** The open archive, which is closed at the latest when its source is forgotten. */
    private static final class Open implements Runnable {
        @Nullable ScriptArchive archive;

        @Override
        public synchronized void run() {
            ScriptArchive held = archive;
            archive = null;
            if (held != null) {
                try {
                    held.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                } finally {
                    delete(held.path());
                }
            }
        }
    }

    /**
     * Returns the open archive.
     *
     * @throws IOException if it cannot be written or is not understood
     */
    synchronized ScriptArchive archive() throws IOException {
        ScriptArchive held = open.archive;
        if (held == null) {
            Path file = temporary();
            try {
                TorchModule.write(block, file);
                held = ScriptArchive.open(file);
            } finally {
                delete(file);
            }
            open.archive = held;
        }
        return held;
    }

    /** Creates an empty file that goes with the process at the latest. */
    static Path temporary() throws IOException {
        Path file = Files.createTempFile("lora4j", ".pt");
        file.toFile().deleteOnExit();
        return file;
    }

    /** Deletes a file; where the system refuses that for an open one, it goes with the process. */
    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }

    /** Closes the archive; the next call writes it anew. */
    @Override
    public synchronized void close() {
        open.run();
    }
}
