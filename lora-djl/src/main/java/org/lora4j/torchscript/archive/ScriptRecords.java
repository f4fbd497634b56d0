/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.Excerpt;
import org.lora4j.files.InputFile;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.TensorData;

/**
 * The records of a TorchScript archive: a zip (also zip64) whose entries lie in one folder, stored
 * or deflated. Names are relative to the folder. All sizes are checked when the file is opened, and
 * a record is read only when it is asked for, in parts, so that an archive may be larger than the
 * memory.
 *
 * <p>Thread-safe. The file must not be changed while it is open.
 */
public final class ScriptRecords implements AutoCloseable {
    private static final int MAX_RECORDS = 1_000_000;

    /** The most that all deflated records may come to: a small file must not fill a disk. */
    private static final long MAX_INFLATED_BYTES = 1L << 31;

    private static final int BLOCK_BYTES = 1 << 16;

    private static final String BYTE_ORDER = "byteorder";

    private final Path path;
    private final ZipFile zip;
    private final String folder;
    private final Map<String, ZipEntry> entries = new LinkedHashMap<>();

    private ScriptRecords(Path path, ZipFile zip) throws IOException {
        this.path = path;
        this.zip = zip;
        this.folder = list();
        checkSizes(Files.size(path));
    }

    /**
     * Opens an archive and lists its records.
     *
     * @param path the file
     * @return the records; the caller closes them
     * @throws InvalidScriptException if it is no zip, has an entry outside its folder, an entry
     *     twice, a name that could leave the folder, or a size that cannot be
     * @throws IOException if it is missing, no regular file, or cannot be read
     */
    public static ScriptRecords open(Path path) throws IOException {
        InputFile.requireRegular(path);
        byte[] head;
        try (InputStream in = Files.newInputStream(path)) {
            head = in.readNBytes(4);
        }
        if (head.length < 4 || head[0] != 'P' || head[1] != 'K') {
            String kind = InputFile.kind(path);
            throw new InvalidScriptException(
                    path,
                    ("expected a TorchScript archive (torch.jit.save writes a zip), found %s;"
                                    + " export a model in another format, such as ONNX, again with"
                                    + " torch.jit.trace")
                            .formatted(kind == null ? "another kind of file" : kind));
        }
        ZipFile zip = null;
        try {
            zip = new ZipFile(path.toFile());
            ScriptRecords records = new ScriptRecords(path, zip);
            records.requireLittleEndian();
            return records;
        } catch (ZipException | IllegalArgumentException e) { // the latter: a name is no UTF-8
            close(zip);
            throw new InvalidScriptException(
                    path,
                    "expected a whole zip, found one that is cut off or damaged (%s)"
                            .formatted(Excerpt.of(String.valueOf(e.getMessage()))));
        } catch (IOException | RuntimeException e) {
            close(zip);
            throw e;
        }
    }

    /** Old archives do not say which order their bytes have: it is that of the writer's machine. */
    private void requireLittleEndian() throws IOException {
        if (!entries.containsKey(BYTE_ORDER)) {
            return;
        }
        String order = new String(read(BYTE_ORDER, 64), StandardCharsets.US_ASCII);
        if (!order.equals("little")) {
            throw new InvalidScriptException(
                    path,
                    BYTE_ORDER,
                    "expected little-endian data, found '%s': load and save it again on a"
                                    .formatted(Excerpt.of(order))
                            + " little-endian machine");
        }
    }

    private static void close(@Nullable ZipFile zip) throws IOException {
        if (zip != null) {
            zip.close();
        }
    }

    /** Fills the map, and returns the folder, which the first entry names. */
    private String list() throws IOException {
        String first = null;
        Iterator<? extends ZipEntry> all = zip.stream().iterator();
        while (all.hasNext()) {
            ZipEntry entry = all.next();
            String name = entry.getName();
            int slash = name.indexOf('/');
            if (slash <= 0) {
                throw new InvalidScriptException(
                        path,
                        "expected every entry in one folder, found '%s' outside"
                                .formatted(Excerpt.of(name)));
            }
            if (first == null) {
                first = name.substring(0, slash);
            }
            if (!name.startsWith(first + "/")) {
                throw new InvalidScriptException(
                        path,
                        "expected every entry in the folder '%s', found '%s'"
                                .formatted(Excerpt.of(first), Excerpt.of(name)));
            }
            if (entry.isDirectory()) {
                continue;
            }
            String record = name.substring(slash + 1);
            checkName(record);
            if (entries.put(record, entry) != null) {
                throw new InvalidScriptException(
                        path, Excerpt.of(record), "expected one entry of this name, found two");
            }
            if (entries.size() > MAX_RECORDS) {
                throw new InvalidScriptException(
                        path, "expected at most " + MAX_RECORDS + " entries, found more");
            }
        }
        if (first == null) {
            throw new InvalidScriptException(path, "expected entries in the zip, found none");
        }
        return first;
    }

    private void checkName(String record) throws InvalidScriptException {
        for (String part : record.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw badName(record);
            }
        }
        if (record.indexOf('\\') >= 0 || record.chars().anyMatch(Character::isISOControl)) {
            throw badName(record);
        }
    }

    private InvalidScriptException badName(String record) {
        return new InvalidScriptException(
                path,
                "expected entries with plain names, found '%s'".formatted(Excerpt.of(record)));
    }

    private void checkSizes(long fileSize) throws InvalidScriptException {
        long compressed = 0;
        long inflated = 0;
        for (Map.Entry<String, ZipEntry> entry : entries.entrySet()) {
            String name = Excerpt.of(entry.getKey());
            ZipEntry zipEntry = entry.getValue();
            long size = zipEntry.getSize();
            boolean stored = zipEntry.getMethod() == ZipEntry.STORED;
            if (!stored && zipEntry.getMethod() != ZipEntry.DEFLATED) {
                throw new InvalidScriptException(
                        path,
                        name,
                        "expected a stored or deflated entry, found method "
                                + zipEntry.getMethod());
            }
            long room = fileSize - compressed;
            if (size < 0
                    || zipEntry.getCompressedSize() < 0
                    || zipEntry.getCompressedSize() > room
                    || (stored && size != zipEntry.getCompressedSize())) {
                throw new InvalidScriptException(
                        path,
                        name,
                        "expected at most the %d bytes that the file has left, found %d (%d packed)"
                                .formatted(room, size, zipEntry.getCompressedSize()));
            }
            compressed += zipEntry.getCompressedSize();
            inflated += stored ? 0 : size;
            if (inflated > MAX_INFLATED_BYTES || inflated < 0) {
                throw new InvalidScriptException(
                        path,
                        name,
                        ("expected deflated entries of at most %d bytes in all, found more: store"
                                        + " tensors uncompressed, as torch.jit.save does")
                                .formatted(MAX_INFLATED_BYTES));
            }
        }
    }

    /** Returns where the archive lies. */
    public Path path() {
        return path;
    }

    /** Returns the folder of all records. */
    public String folder() {
        return folder;
    }

    /** Returns the names of the records in the order of the zip. */
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /**
     * Returns the bytes of a record.
     *
     * @param name the record
     * @throws InvalidScriptException if there is none of this name
     */
    public long size(String name) throws InvalidScriptException {
        return entry(name).getSize();
    }

    /**
     * Returns the CRC-32 that the zip has of a record, which need not be right.
     *
     * @param name the record
     * @throws InvalidScriptException if there is none of this name
     */
    public long checksum(String name) throws InvalidScriptException {
        return entry(name).getCrc();
    }

    /**
     * Reads a small record.
     *
     * @param name the record
     * @param limit the most bytes that it may have
     * @return its bytes
     * @throws InvalidScriptException if there is none, it has more bytes, or is damaged
     * @throws IOException if it cannot be read
     */
    public byte[] read(String name, int limit) throws IOException {
        ZipEntry entry = entry(name);
        if (entry.getSize() > limit) {
            throw new InvalidScriptException(
                    path,
                    Excerpt.of(name),
                    "expected at most %d bytes, found %d".formatted(limit, entry.getSize()));
        }
        try (InputStream in = zip.getInputStream(entry)) {
            // Not trusting the size: the memory grows with what is really there.
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length != entry.getSize()) {
                throw new InvalidScriptException(
                        path,
                        Excerpt.of(name),
                        "expected the %d bytes that the zip says, found %d"
                                .formatted(entry.getSize(), bytes.length));
            }
            return bytes;
        } catch (ZipException | EOFException e) {
            throw damaged(name, e);
        }
    }

    /**
     * Reads a small record of text in UTF-8.
     *
     * @param name the record
     * @param limit the most bytes that it may have
     * @return its text
     * @throws InvalidScriptException as {@link #read}, or if it is not UTF-8
     * @throws IOException if it cannot be read
     */
    public String readText(String name, int limit) throws IOException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(read(name, limit)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidScriptException(
                    path, Excerpt.of(name), "expected text in UTF-8, found other bytes");
        }
    }

    /**
     * The bytes of a record, read in parts whenever they are asked for.
     *
     * @param name the record
     * @return its bytes, as many as its size says, or an IOException
     * @throws InvalidScriptException if there is none of this name
     */
    public TensorData data(String name) throws InvalidScriptException {
        ZipEntry entry = entry(name);
        return out -> stream(name, entry, out);
    }

    private void stream(String name, ZipEntry entry, ByteSink out) throws IOException {
        byte[] block = new byte[(int) Math.min(BLOCK_BYTES, Math.max(1, entry.getSize()))];
        long left = entry.getSize();
        try (InputStream in = zip.getInputStream(entry)) {
            while (left > 0) {
                int count = in.readNBytes(block, 0, (int) Math.min(block.length, left));
                if (count == 0) {
                    throw new EOFException(left + " bytes are missing");
                }
                out.write(ByteBuffer.wrap(block, 0, count));
                left -= count;
            }
        } catch (ZipException | EOFException e) {
            throw damaged(name, e);
        }
    }

    /**
     * Opens a record from some byte on.
     *
     * @param name the record
     * @param from the first byte
     * @return the bytes; the caller closes them
     * @throws InvalidScriptException if there is no such record, or it ends before
     * @throws IOException if it cannot be read
     */
    public InputStream open(String name, long from) throws IOException {
        InputStream in = zip.getInputStream(entry(name));
        try {
            in.skipNBytes(from);
            return in;
        } catch (EOFException e) {
            in.close();
            throw damaged(name, e);
        }
    }

    /**
     * The exception for a record whose bytes are not what its zip says.
     *
     * @param name the record
     * @param cause what reading it met
     * @return the exception
     */
    public InvalidScriptException damaged(String name, IOException cause) {
        InvalidScriptException damaged =
                new InvalidScriptException(
                        path,
                        Excerpt.of(name),
                        "expected whole data, found it damaged (%s)"
                                .formatted(Excerpt.of(String.valueOf(cause.getMessage()))));
        damaged.initCause(cause);
        return damaged;
    }

    private ZipEntry entry(String name) throws InvalidScriptException {
        ZipEntry entry = entries.get(name);
        if (entry == null) {
            throw new InvalidScriptException(
                    path, "expected a record " + Excerpt.of(name) + ", found none");
        }
        return entry;
    }

    /** Closes the file; records cannot be read afterwards. */
    @Override
    public void close() throws IOException {
        zip.close();
    }
}
