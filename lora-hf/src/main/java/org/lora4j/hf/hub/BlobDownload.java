/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Downloads one blob into the cache: into a partial file, which a later run resumes and which is
 * renamed once the hub's checksum is right. A lock file keeps other processes and threads of this
 * library off the partial file, whose name is our own, since Python's locks are of another kind.
 */
final class BlobDownload {
    private static final Logger LOG = LoggerFactory.getLogger(BlobDownload.class);
    private static final int ATTEMPTS = 5;
    private static final long LOCK_POLL_MILLIS = 100;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern GIT_HASH = Pattern.compile("[0-9a-f]{40}");

    private final HubHttp http;
    private final HubApi api;
    private final ModelId id;
    private final String what;
    private final RemoteFile file;
    private final DownloadMeter meter;

    BlobDownload(HubHttp http, HubApi api, ModelId id, RemoteFile file, DownloadMeter meter) {
        this.http = http;
        this.api = api;
        this.id = id;
        what = file.name() + " of model " + id;
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

    /** Waits for the lock: tryLock returns null for another process, and throws for a thread. */
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
                LOG.info("waiting for another download of {}", what);
            }
            HubHttp.sleep(LOCK_POLL_MILLIS);
        }
    }

    /** Fills the partial file until its checksum is right. */
    private void complete(Path partial) throws IOException {
        boolean resumed = Files.exists(partial) && Files.size(partial) > 0;
        fill(partial);
        String wrong = mismatch(partial);
        if (resumed && !wrong.isEmpty()) {
            LOG.warn("{}: what an earlier run left is broken, starting again", file.name());
            Files.delete(partial);
            fill(partial);
            wrong = mismatch(partial);
        }
        if (!wrong.isEmpty()) {
            Files.delete(partial);
            throw new HubException(
                    "%s: the download is not what the hub announced (%s); it was deleted, try again"
                            .formatted(what, wrong));
        }
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
                        String of = file.size() < 0 ? "" : " of " + file.size();
                        throw new HubException(
                                ("%s: the download broke off at byte %d%s (%s); run again to go on"
                                                + " from there")
                                        .formatted(what, out.length(), of, e.getMessage()),
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
            int status = response.statusCode();
            String sent = response.headers().firstValue("Content-Range").orElse("");
            boolean continues = status == 206 && sent.startsWith("bytes " + start + "-");
            if (!continues && start > 0) {
                out.setLength(0);
                start = 0;
                if (status == 206 || status == 416) {
                    throw new NetworkException("the server sent another range than asked for");
                }
            }
            api.requireSuccess(id, file.name(), response);
            out.seek(start);
            meter.begin(start, file.size());
            for (byte[] bytes = body.next(); bytes != null; bytes = body.next()) {
                write(out, bytes);
            }
        }
        if (file.size() >= 0 && out.length() < file.size()) {
            throw new NetworkException("the connection closed early");
        }
    }

    private void write(RandomAccessFile out, byte[] bytes) throws IOException {
        if (file.size() >= 0 && out.getFilePointer() + bytes.length > file.size()) {
            out.setLength(0);
            throw new HubException(
                    "%s: the server sends more than the %d bytes announced; the download is refused"
                            .formatted(what, file.size()));
        }
        out.write(bytes);
        meter.add(bytes.length, out.getFilePointer(), file.size());
    }

    /** Returns what is wrong with the file on disk, or an empty text. */
    private String mismatch(Path partial) throws IOException {
        String found;
        if (SHA256.matcher(file.etag()).matches()) {
            found = hash("SHA-256", "", partial);
        } else if (GIT_HASH.matcher(file.etag()).matches()) {
            found = hash("SHA-1", "blob " + Files.size(partial) + "\0", partial);
        } else {
            // some mirrors make ETags of their own
            LOG.debug("{} has ETag {}: only its size is checked", file.name(), file.etag());
            return "";
        }
        return found.equals(file.etag())
                ? ""
                : "checksum expected " + file.etag() + ", found " + found;
    }

    private static String hash(String algorithm, String prefix, Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
        digest.update(prefix.getBytes(StandardCharsets.US_ASCII));
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void moveWhole(Path partial, Path blob) throws IOException {
        CopyOption replace = StandardCopyOption.REPLACE_EXISTING;
        try {
            Files.move(partial, blob, StandardCopyOption.ATOMIC_MOVE, replace);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(partial, blob, replace);
        }
    }
}
