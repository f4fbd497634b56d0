/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.form.Magnitude;
import org.lora4j.core.ConvForm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.core.variant.LoraVariant;

/**
 * Writes and reads a host in DJL's parameter files: a marker that no DJL block begins with, the
 * base as it writes itself, then each adapter.
 *
 * <p>Adapter tensors are read into temporary arrays, checked, and copied into the existing ones. So
 * a trainer's references stay valid, and a wrong file changes no adapter halfway.
 */
public final class AdapterStream {
    private static final byte MARKER = 'L';
    private static final byte VERSION = 1;

    /** The base alone was written, and nothing follows. */
    public static final int NOT_ADAPTED = -1;

    // in one byte, which was a boolean before there was DoRA
    private static final int MERGES = 1;
    private static final int DORA = 2;
    private static final int ITERATES = 4;
    private static final int OF_PARAMETER = 8;
    private static final int BIASED = 16;
    private static final int INVOKED = 32;
    private static final int KASA = 64;
    private static final int VARIED = 128;

    private static final int MOST_TOKENS = 1 << 16;

    private static final int MOST_ADAPTERS = 1 << 16;

    private AdapterStream() {}

    /** Writes a host up to its adapters; the caller writes those next. */
    public static void begin(DataOutputStream os, Block base, int adapters) throws IOException {
        os.writeByte(MARKER);
        os.writeByte(VERSION);
        base.saveParameters(os);
        os.writeInt(adapters);
    }

    /**
     * Reads a host's base, as {@link #begin} or the base alone wrote it.
     *
     * @return how many adapters follow, or {@link #NOT_ADAPTED}
     */
    public static int begin(DataInputStream is, NDManager manager, AdapterHost host)
            throws IOException, MalformedModelException {
        // DJL unfreezes what it loaded when a Trainer is made
        host.context().trained().keep();
        Block base = host.base();
        byte first = is.readByte();
        boolean adapted = first == MARKER;
        DataInputStream own = is;
        if (adapted) {
            byte version = is.readByte();
            if (version != VERSION) {
                throw new MalformedModelException(
                        ("%s: adapter version %s found, %s expected; the file was written by a"
                                        + " later release")
                                .formatted(host.path(), version, VERSION));
            }
        } else {
            ByteArrayInputStream again = new ByteArrayInputStream(new byte[] {first});
            own = new DataInputStream(new SequenceInputStream(again, is));
        }
        base.loadParameters(manager, own);
        for (Pair<String, Parameter> entry : base.getParameters()) {
            // the array is a new one and does not know whether it trains
            entry.getValue().freeze(!entry.getValue().requiresGradient());
        }
        return adapted ? count(is, host) : NOT_ADAPTED;
    }

    /** Reads how many adapters follow. */
    static int count(DataInputStream is, AdapterHost host)
            throws IOException, MalformedModelException {
        int count = is.readInt();
        if (count < 0 || count > MOST_ADAPTERS) {
            throw new MalformedModelException(
                    host.path() + ": " + count + " adapters found; the file is damaged");
        }
        return count;
    }

    public static void writePair(DataOutputStream os, LoraAdapter adapter) throws IOException {
        AdapterSpec spec = adapter.spec();
        os.writeUTF(adapter.name());
        os.writeInt(spec.rank());
        os.writeDouble(spec.alpha());
        os.writeDouble(spec.scaling());
        os.writeDouble(spec.dropout());
        os.writeUTF(spec.init().name());
        os.writeUTF(spec.deltaDtype().name());
        os.writeLong(spec.seed());
        os.writeUTF(spec.convForm().name());
        os.writeByte(spec.enableLora().size());
        for (boolean enabled : spec.enableLora()) {
            os.writeBoolean(enabled);
        }
        int iterations = spec.initIterations();
        os.writeByte(
                (spec.mergeOnInference() ? MERGES : 0)
                        | (spec.dora() ? DORA : 0)
                        | (iterations > 0 ? ITERATES : 0)
                        | (spec.ofParameter() ? OF_PARAMETER : 0)
                        | (spec.loraBias() ? BIASED : 0)
                        | (spec.variant() instanceof LoraVariant.Activated ? INVOKED : 0)
                        | (spec.variant() instanceof LoraVariant.Kasa ? KASA : 0)
                        | (VariantStream.has(spec.variant()) ? VARIED : 0));
        if (iterations > 0) {
            os.writeInt(iterations);
        }
        if (spec.variant() instanceof LoraVariant.Activated activated) {
            os.writeInt(activated.invocation().size());
            for (int id : activated.invocation()) {
                os.writeInt(id);
            }
        }
        if (spec.variant() instanceof LoraVariant.Kasa kasa) {
            os.writeDouble(kasa.beta());
            os.writeDouble(kasa.gamma());
        }
        VariantStream.write(os, spec.variant());
        for (Parameter parameter : adapter.parameters()) {
            parameter.save(os);
        }
    }

    /**
     * Reads an adapter into the layer's adapter of that name, which is added if the layer has none.
     */
    public static void readPair(
            DataInputStream is,
            NDManager manager,
            AdaptedLayer layer,
            Function<AdapterSpec, LowRankForm> forms)
            throws IOException, MalformedModelException {
        String name = is.readUTF();
        AdapterSpec spec = readSpec(is, layer.path());
        LowRankForm form = forms.apply(spec);
        try (NDManager scope = manager.newSubManager()) {
            String nameA = LoraAdapter.parameterName("lora_A", name);
            String nameB = LoraAdapter.parameterName("lora_B", name);
            NDList arrays = new NDList();
            arrays.add(read(is, scope, nameA, form.shapeA(spec.rank()), layer.path()));
            arrays.add(read(is, scope, nameB, form.shapeB(spec.rank()), layer.path()));
            Shape magnitudes = spec.dora() ? form.magnitudes() : null;
            if (magnitudes != null) {
                String nameM = LoraAdapter.parameterName(Magnitude.SUFFIX, name);
                arrays.add(read(is, scope, nameM, magnitudes, layer.path()));
            }
            if (spec.loraBias()) {
                String nameBias = LoraAdapter.parameterName("lora_B_bias", name);
                arrays.add(read(is, scope, nameBias, form.biases(spec.rank()), layer.path()));
            }
            if (spec.variant() instanceof LoraVariant.Kasa) {
                String nameD = LoraAdapter.parameterName(LoraAdapter.DIAGONAL, name);
                arrays.add(read(is, scope, nameD, new Shape(spec.rank()), layer.path()));
            }
            LoraAdapter adapter = layer.adapter(name).orElse(null);
            if (adapter == null || !adapter.spec().equals(spec)) {
                layer.removeAdapter(name);
                adapter = layer.addAdapter(name, spec, AdapterInit.ZEROS);
            }
            List<Parameter> parameters = adapter.parameters();
            for (int i = 0; i < parameters.size(); i++) {
                copy(arrays.get(i), parameters.get(i));
            }
        }
    }

    private static AdapterSpec readSpec(DataInputStream is, String path)
            throws IOException, MalformedModelException {
        try {
            AdapterSpec plain =
                    new AdapterSpec(
                            is.readInt(),
                            is.readDouble(),
                            is.readDouble(),
                            is.readDouble(),
                            Init.valueOf(is.readUTF()),
                            DeltaDtype.valueOf(is.readUTF()),
                            is.readLong(),
                            ConvForm.valueOf(is.readUTF()),
                            readFlags(is),
                            false);
            int flags = is.readUnsignedByte();
            int known = MERGES | DORA | ITERATES | OF_PARAMETER | BIASED | INVOKED | KASA | VARIED;
            if (flags > known) {
                throw new IllegalArgumentException("flags " + flags);
            }
            int iterations = (flags & ITERATES) == 0 ? 0 : is.readInt();
            AdapterSpec spec =
                    plain.with((flags & MERGES) != 0, (flags & DORA) != 0)
                            .withInit(plain.init(), iterations)
                            .withLoraBias((flags & BIASED) != 0)
                            .withVariant(readVariant(is, flags));
            return (flags & OF_PARAMETER) == 0 ? spec : spec.forParameter();
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException(
                    path + ": " + e.getMessage() + "; the file is damaged", e);
        }
    }

    private static LoraVariant readVariant(DataInputStream is, int flags) throws IOException {
        if ((flags & KASA) != 0) {
            return new LoraVariant.Kasa(is.readDouble(), is.readDouble());
        }
        if ((flags & VARIED) != 0) {
            return VariantStream.read(is);
        }
        if ((flags & INVOKED) == 0) {
            return LoraVariant.plain();
        }
        int count = is.readInt();
        if (count < 0 || count > MOST_TOKENS) {
            throw new IllegalArgumentException(count + " invocation tokens");
        }
        List<Integer> invocation = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            invocation.add(is.readInt());
        }
        return new LoraVariant.Activated(invocation);
    }

    private static List<Boolean> readFlags(DataInputStream is) throws IOException {
        int count = is.readUnsignedByte();
        List<Boolean> flags = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            flags.add(is.readBoolean());
        }
        return flags;
    }

    private static NDArray read(
            DataInputStream is, NDManager scope, String name, Shape shape, String path)
            throws IOException, MalformedModelException {
        return read(is, scope, name, shape, DataType.FLOAT32, path);
    }

    /** Reads a parameter into a temporary array and checks it. */
    static NDArray read(
            DataInputStream is,
            NDManager scope,
            String name,
            Shape shape,
            DataType dtype,
            String path)
            throws IOException, MalformedModelException {
        Parameter aside = Parameter.builder().setName(name).setType(Parameter.Type.OTHER).build();
        aside.load(scope, is);
        NDArray array = aside.isInitialized() ? aside.getArray() : null;
        if (array == null || !array.getShape().equals(shape) || array.getDataType() != dtype) {
            throw new MalformedModelException(
                    ("%s: %s is %s; expected %s %s. The file belongs to another model or is"
                                    + " damaged")
                            .formatted(
                                    path,
                                    name,
                                    array == null
                                            ? "missing"
                                            : array.getDataType() + " " + array.getShape(),
                                    dtype,
                                    shape));
        }
        return array;
    }

    /** Reads a parameter as it wrote itself, checks it, and copies it into the one there is. */
    public static void readInto(
            DataInputStream is, NDManager manager, Parameter parameter, String path)
            throws IOException, MalformedModelException {
        NDArray own = parameter.getArray();
        try (NDManager scope = manager.newSubManager()) {
            NDArray found =
                    read(is, scope, parameter.getName(), own.getShape(), own.getDataType(), path);
            copy(found, parameter);
        }
    }

    /** Copies into a parameter's array, in place and unseen by autograd. */
    public static void copy(NDArray from, Parameter into) {
        try (NDArray view = into.getArray().stopGradient()) {
            view.set(new NDIndex("..."), from);
        }
    }
}
