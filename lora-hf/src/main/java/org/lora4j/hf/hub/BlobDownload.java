/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one blob into the cache: into a partial file that a later run resumes, checked against the
 * hub's checksum, then renamed. A lock file keeps other processes and threads of ours off the
 * partial file, whose name is our own, since Python's locks are of another kind.
 */
final class BlobDownload {
    private static final Logger LOG = LoggerFactory.getLogger(BlobDownload.class);
    private static final int ATTEMPTS = 5;
    private static final long LOCK_POLL_MILLIS = 100;

    private final HubHttp http;
    private final HubApi api;
    private final ModelId id;
    private final RemoteFile file;
    private final DownloadMeter meter;

    BlobDownload(HubHttp http, HubApi api, ModelId id, RemoteFile file, DownloadMeter meter) {
        this.http = http;
        this.api = api;
        this.id = id;
        this.file = file;
        this.meter = meter;
    }

    /** Returns the blob, downloaded unless it is there already. */
    Path into(Path blobs, Path locks) throws IOException {
        Path blob = blobs.resolve(file.etag());
        if (isThere(blob)) {
            return blob;
        }
        Files.createDirectories(blobs);
        Files.createDirectories(locks);
        Path lockFile = locks.resolve(file.etag() + ".lora4j.lock");
        try (FileChannel channel =
                        FileChannel.open(
                                lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = acquire(channel)) {
            if (!isThere(blob)) {
                Path partial = blobs.resolve(file.etag() + ".lora4j.incomplete");
                complete(partial);
                moveWhole(partial, blob);
            }
            LOG.debug("{} is here, released {}", blob, lock);
        }
        return blob;
    }

    private boolean isThere(Path blob) throws IOException {
        return Files.isRegularFile(blob) && (file.size() < 0 || Files.size(blob) == file.size());
    }

    /** Another process holds the lock as null, another thread of this JVM as an exception. */
    private FileLock acquire(FileChannel channel) throws IOException {
        for (boolean first = true; ; first = false) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException e) {
                LOG.trace("another thread downloads {}", file.name(), e);
            }
            if (first) {
                LOG.info("waiting for another download of {} of {}", file.name(), id);
            }
            try {
                Thread.sleep(LOCK_POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("the download was interrupted");
            }
        }
    }

    /** Fills the partial file until its checksum is right. */
    private void complete(Path partial) throws IOException {
        boolean resumed = Files.exists(partial) && Files.size(partial) > 0;
        fill(partial);
        String wrong = mismatch(partial);
        if (wrong.isEmpty()) {
            return;
        }
        Files.delete(partial);
        if (resumed) {
            LOG.warn("{}: what an earlier run left is broken, starting again", file.name());
            fill(partial);
            wrong = mismatch(partial);
            if (wrong.isEmpty()) {
                return;
            }
            Files.delete(partial);
        }
        throw new HubException(
                file.name()
                        + " of model "
                        + id
                        + ": the download is not what the hub announced ("
                        + wrong
                        + "); it was deleted, try again");
    }

    private void fill(Path partial) throws IOException {
        // Not a channel, which an interrupt closes: what came is kept, and the wait for more ends.
        try (RandomAccessFile out = new RandomAccessFile(partial.toFile(), "rw")) {
            if (file.size() >= 0 && out.length() > file.size()) {
                out.setLength(0);
            }
            int failures = 0;
            while (true) {
                long before = out.length();
                try {
                    transfer(out);
                    out.getFD().sync();
                    meter.end(out.length());
                    return;
                } catch (NetworkException e) {
                    failures = out.length() > before ? 1 : failures + 1;
                    if (failures >= ATTEMPTS) {
                        throw new HubException(
                                file.name()
                                        + " of model "
                                        + id
                                        + ": the download broke off at byte "
                                        + out.length()
                                        + (file.size() < 0 ? "" : " of " + file.size())
                                        + " ("
                                        + e.getMessage()
                                        + "); run again to go on from there",
                                e);
                    }
                    LOG.debug("{} broke off at byte {}", file.name(), out.length(), e);
                    http.pause(failures);
                }
            }
        }
    }

    private void transfer(RandomAccessFile out) throws IOException {
        long start = out.length();
        if (start == file.size()) {
            return;
        }
        Map<String, String> range = start == 0 ? Map.of() : Map.of("Range", "bytes=" + start + "-");
        HttpResponse<ResponseBody> response = http.get(file.address(), range);
        try (ResponseBody body = response.body()) {
            boolean continues =
                    response.statusCode() == 206
                            && response.headers()
                                    .firstValue("Content-Range")
                                    .orElse("")
                                    .startsWith("bytes " + start + "-");
            if (!continues && start > 0) {
                out.setLength(0);
                start = 0;
                if (response.statusCode() == 206 || response.statusCode() == 416) {
                    throw new NetworkException("the server sent another range than asked for");
                }
            }
            api.requireSuccess(id, file.name(), response);
            out.seek(start);
            meter.begin(start, file.size());
            for (List<ByteBuffer> chunk = body.next(); chunk != null; chunk = body.next()) {
                for (ByteBuffer piece : chunk) {
                    write(out, piece);
                }
            }
        }
        if (file.size() >= 0 && out.length() < file.size()) {
            throw new NetworkException("the connection closed early");
        }
    }

    private void write(RandomAccessFile out, ByteBuffer piece) throws IOException {
        int count = piece.remaining();
        if (file.size() >= 0 && out.getFilePointer() + count > file.size()) {
            out.setLength(0);
            throw new HubException(
                    file.name()
                            + " of model "
                            + id
                            + ": the server sends more than the "
                            + file.size()
                            + " bytes announced; the download is refused");
        }
        byte[] bytes = new byte[count];
        piece.get(bytes);
        out.write(bytes);
        meter.add(count, out.getFilePointer(), file.size());
    }

    /** Says what is wrong with the file on disk, or nothing. */
    private String mismatch(Path partial) throws IOException {
        long size = Files.size(partial);
        RemoteFile sized =
                file.size() >= 0
                        ? file
                        : new RemoteFile(file.name(), file.etag(), size, file.address());
        Optional<ContentHash> hash = ContentHash.of(sized);
        if (hash.isEmpty()) {
            LOG.debug("{} has ETag {}: only its size is checked", file.name(), file.etag());
            return "";
        }
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(partial)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                hash.get().update(buffer, count);
            }
        }
        String found = hash.get().hex();
        return found.equals(file.etag())
                ? ""
                : "checksum expected " + file.etag() + ", found " + found;
    }

    private static void moveWhole(Path partial, Path blob) throws IOException {
        try {
            Files.move(
                    partial,
                    blob,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(partial, blob, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
