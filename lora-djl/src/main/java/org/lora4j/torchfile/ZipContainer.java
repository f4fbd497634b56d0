/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.lora4j.files.Excerpt;

/**
 * The layout since torch 1.6: a zip of stored entries, NAME/data.pkl, NAME/byteorder and
 * NAME/data/KEY for each storage. Entries that a zip program has deflated are read too.
 */
final class ZipContainer implements TorchContainer {
    private static final String PICKLE = "/data.pkl";

    /** The most that a deflated storage may come to: a small file must not fill the memory. */
    private static final long MAX_INFLATED_BYTES = 1L << 28;

    private final ZipFile zip;
    private final String folder;
    private final long fileSize;
    private final PickleValue root;

    private ZipContainer(ZipFile zip, String folder, long fileSize) throws IOException {
        this.zip = zip;
        this.folder = folder;
        this.fileSize = fileSize;
        checkByteOrder();
        byte[] pickle = read(folder + PICKLE, MAX_PICKLE_BYTES);
        root = new PickleMachine(new PickleInput(ByteBuffer.wrap(pickle))).run();
    }

    static ZipContainer open(Path path) throws IOException {
        long size = Files.size(path);
        ZipFile zip;
        try {
            zip = new ZipFile(path.toFile());
        } catch (ZipException e) {
            throw new PickleException(
                    "expected a whole zip of torch.save, found one that is cut off or damaged (%s)",
                    e.getMessage());
        }
        try {
            return new ZipContainer(zip, folder(zip), size);
        } catch (IllegalArgumentException e) { // java.util.zip's of an entry's name
            zip.close();
            throw new PickleException("expected names in UTF-8 in the zip: %s", e.getMessage());
        } catch (IOException | RuntimeException e) {
            zip.close();
            throw e;
        }
    }

    private static String folder(ZipFile zip) throws PickleException {
        List<String> folders = new ArrayList<>();
        zip.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.endsWith(PICKLE))
                .filter(name -> name.indexOf('/') == name.length() - PICKLE.length())
                .limit(2)
                .forEach(name -> folders.add(name.substring(0, name.indexOf('/'))));
        if (folders.size() != 1) {
            throw new PickleException(
                    "expected one data.pkl in the zip, found %s: not a file of torch.save",
                    folders.isEmpty() ? "none" : "several");
        }
        String folder = folders.get(0);
        if (zip.getEntry(folder + "/constants.pkl") != null) {
            throw new PickleException(
                    "this is a TorchScript program (torch.jit.save), not a state dict: save"
                            + " model.state_dict() with torch.save");
        }
        return folder;
    }

    @Override
    public PickleValue root() {
        return root;
    }

    private void checkByteOrder() throws IOException {
        if (zip.getEntry(folder + "/byteorder") == null) {
            return;
        }
        String order = new String(read(folder + "/byteorder", 64), StandardCharsets.US_ASCII);
        if (!order.strip().equals("little")) {
            throw new PickleException(
                    "expected little-endian data, found byteorder %s: load and save it again on a"
                            + " little-endian machine",
                    Excerpt.of(order));
        }
    }

    private byte[] read(String name, int limit) throws IOException {
        ZipEntry entry = entry(name);
        if (entry.getSize() > limit) {
            throw new PickleException(
                    "%s has %d bytes, more than %d", inFolder(name), entry.getSize(), limit);
        }
        try (InputStream in = zip.getInputStream(entry)) {
            // Not trusting the size: the memory grows with what is really there.
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length != entry.getSize()) {
                throw new PickleException(
                        "%s has other than the %d bytes that the zip says",
                        inFolder(name), entry.getSize());
            }
            return bytes;
        }
    }

    @Override
    public void check(PickleValue.Storage storage) throws PickleException {
        String key = "storage " + Excerpt.of(storage.key());
        ZipEntry entry = entry(folder + "/data/" + storage.key());
        long needed = TorchContainer.byteSize(storage);
        if (entry.getSize() != needed) {
            throw new PickleException(
                    "%s has %d bytes, its elements take %d", key, entry.getSize(), needed);
        }
        boolean stored = entry.getMethod() == ZipEntry.STORED;
        if (stored && (entry.getCompressedSize() != needed || needed > fileSize)) {
            throw new PickleException("%s is larger than the file", key);
        }
        if (!stored && needed > MAX_INFLATED_BYTES) {
            throw new PickleException(
                    "%s is compressed, and %d bytes are more than are unpacked: store it"
                            + " uncompressed, as torch.save does",
                    key, needed);
        }
    }

    @Override
    public InputStream open(PickleValue.Storage storage, long from) throws IOException {
        InputStream in = zip.getInputStream(entry(folder + "/data/" + storage.key()));
        try {
            in.skipNBytes(from);
        } catch (EOFException e) {
            in.close();
            throw new PickleException("storage %s ends early", storage.key());
        }
        return in;
    }

    private ZipEntry entry(String name) throws PickleException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null || entry.isDirectory()) {
            throw new PickleException("the zip has no %s", Excerpt.of(inFolder(name)));
        }
        return entry;
    }

    private String inFolder(String name) {
        return name.substring(folder.length() + 1);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
