/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Files that come from outside. Each is checked before it is opened: it must be a regular file, or
 * a link to one. A device has no size that could be checked, and opening a pipe waits for its
 * writer, possibly for ever.
 *
 * <p>Every failure is an {@link IOException} that begins with the path. Stateless; safe for use by
 * any number of threads.
 */
public final class InputFile {
    private InputFile() {}

    /**
     * Checks that a file is there and is a regular file.
     *
     * @param file the file
     * @throws NoSuchFileException if there is nothing of that name
     * @throws IOException if it is a directory, a device, a pipe or a socket
     */
    public static void requireRegular(Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            return;
        }
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a directory, expected a file");
        }
        if (Files.exists(file)) {
            throw new FileSystemException(
                    file.toString(), null, "is a device, a pipe or a socket, expected a file");
        }
        throw new NoSuchFileException(
                file.toString(),
                null,
                Files.isSymbolicLink(file)
                        ? "is a link to " + Files.readSymbolicLink(file) + ", which does not exist"
                        : "no such file");
    }

    /**
     * Checks that a text file can be read: it is a regular file, not too long, and neither a Git
     * LFS pointer, a web page nor UTF-16.
     *
     * @param file the file
     * @param limit the most bytes that it may have
     * @throws IOException if a check fails
     */
    public static void requireText(Path file, long limit) throws IOException {
        requireRegular(file);
        requireSize(file, Files.size(file), limit);
        requireText(file, kind(file));
    }

    /**
     * Reads a text file as UTF-8.
     *
     * @param file the file
     * @param limit the most bytes that it may have
     * @return its text
     * @throws IOException if it is no regular file, is longer, is not UTF-8, or cannot be read
     */
    public static String readText(Path file, long limit) throws IOException {
        byte[] bytes = readBytes(file, limit);
        requireText(file, FileKind.ofText(bytes));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw refused(file, "not text in UTF-8", e);
        }
    }

    /**
     * Reads a file.
     *
     * @param file the file
     * @param limit the most bytes that it may have, below 2^31 - 8
     * @return its bytes
     * @throws IOException if it is no regular file, is longer, or cannot be read
     */
    public static byte[] readBytes(Path file, long limit) throws IOException {
        requireRegular(file);
        requireSize(file, Files.size(file), limit);
        try (InputStream in = Files.newInputStream(file)) {
            // It may have grown, and some file systems report sizes that mean nothing.
            byte[] bytes = in.readNBytes(Math.toIntExact(limit + 1));
            requireSize(file, bytes.length, limit);
            return bytes;
        }
    }

    /**
     * Recognises text that stands where a binary file should be.
     *
     * @param file a regular file
     * @return what it is and what to do about it, such as a Git LFS pointer, or null where it is
     *     nothing that is known here
     * @throws IOException if it cannot be read
     */
    public static @Nullable String kind(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return FileKind.ofText(in.readNBytes(FileKind.HEAD_BYTES));
        }
    }

    private static void requireSize(Path file, long size, long limit) throws IOException {
        if (size > limit) {
            throw refused(
                    file, "expected at most " + limit + " bytes, found " + size + " or more", null);
        }
    }

    private static void requireText(Path file, @Nullable String kind) throws IOException {
        if (kind != null) {
            throw refused(file, "is " + kind, null);
        }
    }

    private static IOException refused(Path file, String reason, @Nullable Throwable cause) {
        return new IOException(file + ": " + reason, cause);
    }
}
