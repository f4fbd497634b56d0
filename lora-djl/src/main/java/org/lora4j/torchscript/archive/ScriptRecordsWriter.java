/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.lora4j.files.Excerpt;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.TensorData;

/**
 * Writes a zip as libtorch does: entries of one folder, stored, their bytes aligned to 64, zip64
 * where a size or place needs it. Records are streamed. The same records give the same bytes: no
 * time is written. Not thread-safe.
 *
 * <p>Follows APPNOTE.TXT 6.3.10 of PKWARE, and caffe2/serialize/inline_container.cc of torch 2.7
 * for the padding.
 */
public final class ScriptRecordsWriter {
    private static final int ALIGNMENT = 64;
    private static final long MAX_32 = 0xffff_ffffL;
    private static final int MAX_16 = 0xffff;
    private static final short ZIP64_VERSION = 45;
    private static final short VERSION = 10;
    private static final short UTF_8_NAMES = 0x0800;

    private record Entry(String name, long size, long checksum, long place) {
        byte[] bytes() {
            return name.getBytes(StandardCharsets.UTF_8);
        }
    }

    private final ByteSink out;
    private final String folder;
    private final List<Entry> entries = new ArrayList<>();
    private long position;

    /**
     * Creates a writer.
     *
     * @param out where the zip goes; the caller closes it
     * @param folder the folder of all records
     */
    public ScriptRecordsWriter(OutputStream out, String folder) {
        this.out = ByteSink.to(out);
        this.folder = folder;
    }

    /**
     * Adds a record of bytes in memory.
     *
     * @param name its name in the folder
     * @param bytes the bytes
     * @throws IOException if it cannot be written
     */
    public void add(String name, byte[] bytes) throws IOException {
        add(name, bytes.length, TensorData.of(ByteBuffer.wrap(bytes)));
    }

    /**
     * Adds a record whose bytes are asked for twice, first for the checksum.
     *
     * @param name its name in the folder
     * @param size how many bytes there are
     * @param data gives the same bytes each time
     * @throws IOException if it cannot be written, or other bytes come than the first time
     */
    public void add(String name, long size, TensorData data) throws IOException {
        CRC32 checksum = new CRC32();
        data.writeTo(checksum::update);
        if (!write(name, size, checksum.getValue(), data).is(size, checksum.getValue())) {
            throw new IOException(
                    "the record %s: expected the same %d bytes each time, found others"
                            .formatted(Excerpt.of(name), size));
        }
    }

    /**
     * Copies a record of another archive, whose bytes are read once.
     *
     * @param source the archive
     * @param name the record, which keeps its name
     * @throws IOException if it cannot be read or written, or does not have the checksum that its
     *     archive says
     */
    public void copy(ScriptRecords source, String name) throws IOException {
        Counter found = write(name, source.size(name), source.checksum(name), source.data(name));
        if (!found.is(source.size(name), source.checksum(name))) {
            throw new InvalidScriptException(
                    source.path(),
                    Excerpt.of(name),
                    "expected bytes with checksum %08x, found %08x: the record is damaged"
                            .formatted(source.checksum(name), found.checksum.getValue()));
        }
    }

    private Counter write(String name, long size, long checksum, TensorData data)
            throws IOException {
        Entry entry = new Entry(folder + "/" + name, size, checksum, position);
        if (entry.bytes().length > MAX_16 / 2) {
            throw new IOException("the record " + Excerpt.of(name) + " has too long a name");
        }
        entries.add(entry);
        localHeader(entry);
        Counter counter = new Counter(out);
        data.writeTo(counter);
        position += counter.count;
        return counter;
    }

    private static final class Counter implements ByteSink {
        private final ByteSink target;
        private final CRC32 checksum = new CRC32();
        private long count;

        Counter(ByteSink target) {
            this.target = target;
        }

        boolean is(long size, long expected) {
            return count == size && checksum.getValue() == expected;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            count += bytes.remaining();
            checksum.update(bytes.duplicate());
            target.write(bytes);
        }
    }

    private void localHeader(Entry entry) throws IOException {
        byte[] name = entry.bytes();
        boolean large = entry.size >= MAX_32;
        int zip64 = large ? 20 : 0;
        int fixed = 30 + name.length + zip64 + 4;
        int padding = (int) (ALIGNMENT - (position + fixed) % ALIGNMENT) % ALIGNMENT;
        ByteBuffer header = littleEndian(fixed + padding);
        header.putInt(0x04034b50).putShort(large ? ZIP64_VERSION : VERSION);
        header.putShort(UTF_8_NAMES).putShort((short) 0).putInt(0); // stored, no time
        header.putInt((int) entry.checksum);
        header.putInt(large ? -1 : (int) entry.size).putInt(large ? -1 : (int) entry.size);
        header.putShort((short) name.length).putShort((short) (zip64 + 4 + padding));
        header.put(name);
        if (large) {
            header.putShort((short) 1).putShort((short) 16);
            header.putLong(entry.size).putLong(entry.size);
        }
        header.put((byte) 'F').put((byte) 'B').putShort((short) padding);
        while (header.hasRemaining()) {
            header.put((byte) 'Z');
        }
        send(header);
    }

    /**
     * Writes the directory, with which the zip ends.
     *
     * @throws IOException if it cannot be written
     */
    public void finish() throws IOException {
        long directory = position;
        for (Entry entry : entries) {
            directoryEntry(entry);
        }
        long size = position - directory;
        if (directory >= MAX_32 || size >= MAX_32 || entries.size() >= MAX_16) {
            zip64End(directory, size);
        }
        short count = (short) Math.min(entries.size(), MAX_16);
        ByteBuffer end = littleEndian(22);
        end.putInt(0x06054b50).putInt(0).putShort(count).putShort(count);
        end.putInt((int) Math.min(size, MAX_32)).putInt((int) Math.min(directory, MAX_32));
        end.putShort((short) 0);
        send(end);
    }

    private void directoryEntry(Entry entry) throws IOException {
        byte[] name = entry.bytes();
        boolean largeSize = entry.size >= MAX_32;
        boolean farPlace = entry.place >= MAX_32;
        int extra = (largeSize ? 16 : 0) + (farPlace ? 8 : 0);
        int extraField = extra == 0 ? 0 : extra + 4;
        short version = extra == 0 ? VERSION : ZIP64_VERSION;
        ByteBuffer header = littleEndian(46 + name.length + extraField);
        header.putInt(0x02014b50).putShort(version).putShort(version);
        header.putShort(UTF_8_NAMES).putShort((short) 0).putInt(0);
        header.putInt((int) entry.checksum);
        header.putInt(largeSize ? -1 : (int) entry.size).putInt(largeSize ? -1 : (int) entry.size);
        header.putShort((short) name.length).putShort((short) extraField);
        header.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0);
        header.putInt(farPlace ? -1 : (int) entry.place).put(name);
        if (extra > 0) {
            header.putShort((short) 1).putShort((short) extra);
            if (largeSize) {
                header.putLong(entry.size).putLong(entry.size);
            }
            if (farPlace) {
                header.putLong(entry.place);
            }
        }
        send(header);
    }

    private void zip64End(long directory, long size) throws IOException {
        long place = position;
        ByteBuffer end = littleEndian(76);
        end.putInt(0x06064b50).putLong(44).putShort(ZIP64_VERSION).putShort(ZIP64_VERSION);
        end.putLong(0).putLong(entries.size()).putLong(entries.size());
        end.putLong(size).putLong(directory);
        end.putInt(0x07064b50).putInt(0).putLong(place).putInt(1);
        send(end);
    }

    private static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void send(ByteBuffer header) throws IOException {
        out.write(header.flip());
        position += header.capacity();
    }
}
