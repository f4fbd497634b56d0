/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that appear whole or not at all. Each is written beside its target under a temporary name
 * and forced to disk; only when all are there, {@link #commit} renames them, in the order in which
 * they were staged.
 *
 * <p>One file is replaced atomically. Of several, any error before or between the renames leaves
 * the old files as they were. Stage last the file that readers look for first: it is taken away
 * before the first rename and is there again with the last, so that a crash of the machine or the
 * process in the few microseconds between them leaves a set that no reader takes for whole, never
 * new files beside old ones; the old ones then lie beside it under names that end in {@code .old}.
 * What a killed process left is removed when the same file is staged again. Not thread-safe.
 */
public final class AtomicFiles implements AutoCloseable {
    /** What a file holds. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes the file from its beginning.
         *
         * @param out the temporary file; it is closed by the caller
         * @throws IOException if it cannot be written
         */
        void writeTo(OutputStream out) throws IOException;

        /**
         * Content from text.
         *
         * @param text the text, written as UTF-8
         * @return the content
         */
        static Content of(String text) {
            return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Renames a file or directory; tests replace it to make a disk fail or a process die. */
    @FunctionalInterface
    interface Mover {
        /** Moves a file or directory at once, over what is there. */
        Mover ATOMIC = (from, to) -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);

        void move(Path from, Path to) throws IOException;
    }

    private record Staged(Path temporary, Path target) {}

    private static final Logger LOG = LoggerFactory.getLogger(AtomicFiles.class);

    private final Mover mover;
    private final List<Staged> staged = new ArrayList<>();
    private final List<Path> temporaries = new ArrayList<>();

    /** Creates an empty set of files. */
    public AtomicFiles() {
        this(Mover.ATOMIC);
    }

    AtomicFiles(Mover mover) {
        this.mover = mover;
    }

    /**
     * Writes one file: stage and commit.
     *
     * @param target the file, created or replaced
     * @param content what it holds
     * @throws IOException if it could not be written; then the old file is as it was
     */
    public static void write(Path target, Content content) throws IOException {
        try (AtomicFiles files = new AtomicFiles()) {
            files.stage(target, content);
            files.commit();
        }
    }

    /**
     * Writes a file under a temporary name in the target's directory and forces it to disk.
     *
     * @param target the file that {@link #commit} will create or replace
     * @param content what it holds
     * @throws IOException if it cannot be written, or the target is a directory or a device
     */
    public void stage(Path target, Content content) throws IOException {
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            String kind = Files.isDirectory(target) ? "a directory" : "a device or a pipe";
            throw new FileSystemException(target.toString(), null, "is " + kind + ", not a file");
        }
        Path parent = target.toAbsolutePath().getParent();
        if (parent != null && Files.isDirectory(parent)) {
            removeLeftovers(parent, String.valueOf(target.getFileName()));
        }
        Path temporary = temporary(target);
        temporaries.add(temporary);
        // Not Files.createTempFile: its files are readable by their owner alone.
        // A stream, since a channel closes when the thread is interrupted: it can still save.
        try (OutputStream stream =
                Files.newOutputStream(
                        temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            NamedFile out = new NamedFile(stream, target);
            content.writeTo(out);
            out.force(temporary);
        }
        staged.add(new Staged(temporary, target));
    }

    /**
     * Renames every staged file to its target.
     *
     * @throws IOException if one cannot be renamed; then the old files are put back
     */
    public void commit() throws IOException {
        List<@Nullable Path> backups = new ArrayList<>();
        try {
            if (staged.size() > 1) {
                for (Staged file : staged) {
                    backups.add(keep(file.target()));
                }
                // From here to the last rename the old files are no set, and the new ones not yet.
                Files.deleteIfExists(staged.get(staged.size() - 1).target());
            }
            for (Staged file : staged) {
                mover.move(file.temporary(), file.target());
            }
        } catch (IOException | RuntimeException e) {
            for (int i = 0; i < backups.size(); i++) {
                restore(staged.get(i).target(), backups.get(i), e);
            }
            throw e;
        }
        for (Staged file : staged) {
            forceParent(file.target());
        }
        staged.clear();
    }

    /** Removes the temporary files that were not committed. */
    @Override
    public void close() {
        for (Path temporary : temporaries) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                LOG.warn("The temporary file {} stays behind: {}", temporary, e.toString());
            }
        }
        temporaries.clear();
    }

    /** A second name for the old file, under which it survives being replaced. */
    private @Nullable Path keep(Path target) throws IOException {
        if (!Files.exists(target)) {
            return null;
        }
        Path backup = beside(target, ".old");
        temporaries.add(backup);
        try {
            Files.createLink(backup, target);
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.copy(target, backup, StandardCopyOption.REPLACE_EXISTING);
        }
        return backup;
    }

    private static void restore(Path target, @Nullable Path backup, Exception cause) {
        try {
            if (backup == null) {
                Files.deleteIfExists(target);
            } else {
                Mover.ATOMIC.move(backup, target);
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static Path beside(Path target, String suffix) {
        return TemporaryName.create().beside(target, suffix);
    }

    /**
     * Returns a name for a temporary file, by which {@link #removeLeftovers} of a later process
     * knows it.
     *
     * @param target the file that it will become
     * @return a hidden file beside the target; nothing is created
     */
    public static Path temporary(Path target) {
        return beside(target, ".tmp");
    }

    /**
     * Removes the temporary files that killed processes left in a directory; those of processes
     * that still run stay.
     *
     * @param directory the directory
     * @throws IOException if it cannot be read, or a file cannot be deleted
     */
    public static void removeLeftovers(Path directory) throws IOException {
        removeLeftovers(directory, "");
    }

    private static void removeLeftovers(Path directory, String target) throws IOException {
        for (Path leftover : TemporaryName.leftovers(directory, target)) {
            if (Files.isRegularFile(leftover, LinkOption.NOFOLLOW_LINKS)) {
                Files.deleteIfExists(leftover);
            }
        }
    }

    private static void forceParent(Path target) {
        Path directory = target.toAbsolutePath().getParent();
        if (directory != null) {
            forceDirectory(directory);
        }
    }

    /** Makes renames in a directory durable, where the system lets a directory be opened. */
    static void forceDirectory(Path directory) {
        try {
            force(directory, StandardOpenOption.READ);
        } catch (IOException e) {
            // Windows cannot open a directory; the rename is then as durable as it makes it.
            LOG.debug("{} cannot be forced to disk: {}", directory, e.toString());
        }
    }

    private static void force(Path path, StandardOpenOption mode) throws IOException {
        Uninterrupted.call(
                () -> {
                    try (FileChannel channel = FileChannel.open(path, mode)) {
                        channel.force(true);
                        return path;
                    }
                });
    }

    /** The temporary file; errors name the file that it will become. */
    private static final class NamedFile extends OutputStream {
        private static final int PIECE_BYTES = 1 << 16;

        private final OutputStream stream;
        private final Path target;

        NamedFile(OutputStream stream, Path target) {
            this.stream = stream;
            this.target = target;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value});
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                // In pieces: Java copies each write to native memory, and keeps that memory.
                for (int done = 0; done < length; done += PIECE_BYTES) {
                    stream.write(bytes, offset + done, Math.min(PIECE_BYTES, length - done));
                }
            } catch (IOException e) {
                throw named(e);
            }
        }

        void force(Path temporary) throws IOException {
            try {
                AtomicFiles.force(temporary, StandardOpenOption.WRITE);
            } catch (IOException e) {
                throw named(e);
            }
        }

        private IOException named(IOException e) {
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            FileSystemException named =
                    new FileSystemException(
                            target.toString(), null, "cannot be written: " + reason);
            named.initCause(e);
            return named;
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}
