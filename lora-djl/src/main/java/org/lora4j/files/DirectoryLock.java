/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A claim on a directory, that no other process or training writes into it meanwhile. It is
 * advisory: only those who ask for it are kept out. The system gives it up when the process ends,
 * however it ends; the file stays then, and means nothing.
 */
public final class DirectoryLock implements AutoCloseable {
    /** The name of the file. */
    public static final String FILE_NAME = ".lora4j.lock";

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);

    /** Beyond the text, which others can read then on Windows too. */
    private static final long PLACE = Long.MAX_VALUE - 1;

    private static final int MOST_BYTES = 1024;

    /**
     * What this process holds. The system's locks are per process: opening a locked file once more
     * and closing it would give the lock up.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final @Nullable FileChannel channel;

    private DirectoryLock(Path file, @Nullable FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Claims a directory.
     *
     * @param directory an existing directory
     * @return the claim; the caller closes it
     * @throws IOException if another process, which the message names, or another part of this one
     *     holds it, or nothing can be written there
     */
    public static DirectoryLock acquire(Path directory) throws IOException {
        Path file = directory.toRealPath().resolve(FILE_NAME);
        if (!HELD.add(file)) {
            throw held(directory, "this process, " + ProcessHandle.current().pid() + ",");
        }
        try {
            return Uninterrupted.call(() -> locked(directory, file));
        } catch (IOException | RuntimeException e) {
            HELD.remove(file);
            throw e;
        }
    }

    private static DirectoryLock locked(Path directory, Path file) throws IOException {
        while (true) {
            FileChannel channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock(PLACE, 1, false);
                if (lock == null) {
                    throw held(directory, holder(channel));
                }
                if (isStill(file, channel)) {
                    channel.truncate(0);
                    channel.write(ByteBuffer.wrap(self().getBytes(StandardCharsets.UTF_8)), 0);
                    return new DirectoryLock(file, channel);
                }
                channel.close(); // its holder deleted it before we had it
            } catch (HeldException e) {
                channel.close();
                throw e;
            } catch (IOException e) {
                channel.close();
                if (e instanceof ClosedByInterruptException) {
                    throw e;
                }
                LOG.warn("{} cannot be locked: {}", directory, e.toString());
                return new DirectoryLock(file, null);
            }
        }
    }

    /**
     * Returns whether a path still names the file that was opened, by giving the file a size that
     * no other has. Opening the path would lose the lock.
     */
    private static boolean isStill(Path file, FileChannel channel) throws IOException {
        long size = ThreadLocalRandom.current().nextLong(MOST_BYTES + 1, 1 << 20);
        channel.truncate(0);
        channel.write(ByteBuffer.allocate(1), size - 1);
        return Files.exists(file) && Files.size(file) == size;
    }

    private static String self() {
        ProcessHandle process = ProcessHandle.current();
        String since =
                process.info()
                        .startInstant()
                        .map(i -> ", which began at " + i.truncatedTo(ChronoUnit.SECONDS))
                        .orElse("");
        return "process %d on %s%s, since %s"
                .formatted(
                        process.pid(),
                        host(),
                        since,
                        Instant.now().truncatedTo(ChronoUnit.SECONDS));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this host";
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(MOST_BYTES);
        channel.read(text, 0);
        String found = new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
        return found.startsWith("process ") ? Excerpt.of(found) : "another process";
    }

    private static HeldException held(Path directory, String holder) {
        return new HeldException(directory, holder);
    }

    /** The directory is in use. */
    private static final class HeldException extends FileSystemException {
        private static final long serialVersionUID = 1L;

        HeldException(Path directory, String holder) {
            super(
                    directory.toString(),
                    null,
                    "is in use by " + holder + "; wait until it has ended, or name another");
        }
    }

    /** Gives the directory up; once more does nothing. */
    @Override
    public void close() {
        if (!HELD.contains(file)) {
            return;
        }
        try {
            if (channel != null) {
                Files.deleteIfExists(file); // while it is ours: whoever opened it will look again
                channel.close();
            }
        } catch (IOException e) {
            LOG.warn("The lock {} stays behind: {}", file, e.toString());
        } finally {
            HELD.remove(file);
        }
    }
}
