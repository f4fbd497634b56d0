/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** SHA-256, in lower-case hexadecimal as sha256sum prints it. Stateless. */
public final class Sha256 {
    private static final int PIECE_BYTES = 1 << 18;

    private Sha256() {}

    /** Returns a new digest. */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Adds numbers to a digest, and how many they are. */
    public static void add(MessageDigest digest, long[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length + 1, Long.BYTES));
        bytes.putLong(values.length);
        bytes.asLongBuffer().put(values);
        digest.update(bytes.array());
    }

    /** Adds numbers to a digest, and how many they are. */
    public static void add(MessageDigest digest, int[] values) {
        add(digest, Arrays.stream(values).asLongStream().toArray());
    }

    /** Returns what a digest has found, and resets it. */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Reads a file to its end.
     *
     * @throws IOException if it is no regular file or cannot be read
     */
    public static String of(Path file) throws IOException {
        InputFile.requireRegular(file);
        MessageDigest digest = digest();
        byte[] piece = new byte[PIECE_BYTES];
        // A stream, since a channel closes when the thread is interrupted.
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                digest.update(piece, 0, count);
            }
        }
        return hex(digest);
    }
}
