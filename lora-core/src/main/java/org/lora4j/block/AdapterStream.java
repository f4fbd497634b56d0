/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.util.Set;
import java.util.function.Function;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;

/**
 * How an adapted layer is written into DJL's parameter files: a marker that no DJL block begins
 * with, the base as it writes itself, then each adapter.
 */
final class AdapterStream {
    private static final byte MARKER = 'L';
    private static final byte VERSION = 1;
    private static final int MOST_ADAPTERS = 1 << 16;

    private AdapterStream() {}

    static void write(
            DataOutputStream os, Block base, Set<String> names, Function<String, LoraAdapter> find)
            throws IOException {
        os.writeByte(MARKER);
        os.writeByte(VERSION);
        base.saveParameters(os);
        os.writeInt(names.size());
        for (String name : names) {
            LoraAdapter adapter = find.apply(name);
            AdapterSpec spec = adapter.spec();
            os.writeUTF(name);
            os.writeInt(spec.rank());
            os.writeDouble(spec.alpha());
            os.writeDouble(spec.scaling());
            os.writeDouble(spec.dropout());
            os.writeUTF(spec.init().name());
            os.writeUTF(spec.deltaDtype().name());
            os.writeLong(spec.seed());
            adapter.a().save(os);
            adapter.b().save(os);
        }
    }

    /** Reads what {@link #write} wrote, or what the base alone wrote before it was adapted. */
    static void read(DataInputStream is, NDManager manager, Block base, AdaptedLayer layer)
            throws IOException, MalformedModelException {
        byte first = is.readByte();
        if (first != MARKER) {
            ByteArrayInputStream again = new ByteArrayInputStream(new byte[] {first});
            base.loadParameters(manager, new DataInputStream(new SequenceInputStream(again, is)));
            return;
        }
        byte version = is.readByte();
        if (version != VERSION) {
            throw new MalformedModelException(
                    layer.path()
                            + ": adapter version "
                            + version
                            + " found, "
                            + VERSION
                            + " expected; the file was written by a later release");
        }
        base.loadParameters(manager, is);
        int count = is.readInt();
        if (count < 0 || count > MOST_ADAPTERS) {
            throw new MalformedModelException(
                    layer.path() + ": " + count + " adapters found; the file is damaged");
        }
        for (int i = 0; i < count; i++) {
            readAdapter(is, manager, layer);
        }
    }

    private static void readAdapter(DataInputStream is, NDManager manager, AdaptedLayer layer)
            throws IOException, MalformedModelException {
        String name = is.readUTF();
        AdapterSpec spec;
        try {
            spec =
                    new AdapterSpec(
                            is.readInt(),
                            is.readDouble(),
                            is.readDouble(),
                            is.readDouble(),
                            Init.valueOf(is.readUTF()),
                            DeltaDtype.valueOf(is.readUTF()),
                            is.readLong());
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException(layer.path() + ": " + e.getMessage(), e);
        }
        LoraAdapter adapter = layer.adapter(name).orElse(null);
        if (adapter == null || !adapter.spec().equals(spec)) {
            layer.removeAdapter(name);
            adapter = layer.addAdapter(name, spec);
        }
        load(adapter.a(), is, manager);
        load(adapter.b(), is, manager);
    }

    private static void load(Parameter parameter, DataInputStream is, NDManager manager)
            throws IOException, MalformedModelException {
        parameter.load(manager, is);
        parameter.freeze(!parameter.requiresGradient());
    }
}
