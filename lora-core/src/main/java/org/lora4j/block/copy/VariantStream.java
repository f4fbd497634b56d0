/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.variant.LoraVariant;

/**
 * Writes and reads the numbers of BD-LoRA, VeLoRA, MonteCLoRA and Arrow in DJL's parameter files.
 */
final class VariantStream {
    private static final int DIAGONAL = 1;
    private static final int VELORA = 2;
    private static final int MONTECLORA = 3;
    private static final int ARROW = 4;
    private static final int MOST_NAMES = 1 << 16;

    private VariantStream() {}

    /** Returns whether a variant is one of them. */
    static boolean has(LoraVariant variant) {
        return variant instanceof LoraVariant.BlockDiagonal
                || variant instanceof LoraVariant.Velora
                || variant instanceof LoraVariant.Monteclora
                || variant instanceof LoraVariant.Arrow;
    }

    /** Writes a variant; nothing of others than these. */
    static void write(DataOutputStream os, LoraVariant variant) throws IOException {
        if (variant instanceof LoraVariant.BlockDiagonal diagonal) {
            os.writeByte(DIAGONAL);
            writeNames(os, diagonal.ofA());
            writeNames(os, diagonal.ofB());
            os.writeInt(diagonal.blocks());
            os.writeBoolean(diagonal.strict());
        } else if (variant instanceof LoraVariant.Velora velora) {
            os.writeByte(VELORA);
            os.writeInt(velora.groups());
            os.writeDouble(velora.scale());
            os.writeUTF(velora.direction().name());
        } else if (variant instanceof LoraVariant.Monteclora monte) {
            os.writeByte(MONTECLORA);
            os.writeInt(monte.samples());
            os.writeBoolean(monte.entropy());
            os.writeDouble(monte.dirichletPrior());
            os.writeDouble(monte.sampleScaler());
            os.writeDouble(monte.klLossWeight());
            os.writeInt(monte.bufferSize());
        } else if (variant instanceof LoraVariant.Arrow arrow) {
            os.writeByte(ARROW);
            writeNames(os, arrow.experts());
            writeNames(os, arrow.general());
            os.writeInt(arrow.topK());
            os.writeDouble(arrow.temperature());
            Long seed = arrow.seed();
            os.writeBoolean(seed != null);
            os.writeLong(seed == null ? 0 : seed);
        }
    }

    /**
     * Reads a variant.
     *
     * @throws IllegalArgumentException if the numbers are not those of one
     */
    static LoraVariant read(DataInputStream is) throws IOException {
        int kind = is.readUnsignedByte();
        return switch (kind) {
            case DIAGONAL ->
                    new LoraVariant.BlockDiagonal(
                            readNames(is), readNames(is), is.readInt(), is.readBoolean());
            case VELORA ->
                    new LoraVariant.Velora(
                            is.readInt(),
                            is.readDouble(),
                            LoraVariant.Velora.Direction.valueOf(is.readUTF()));
            case MONTECLORA ->
                    new LoraVariant.Monteclora(
                            is.readInt(),
                            is.readBoolean(),
                            is.readDouble(),
                            is.readDouble(),
                            is.readDouble(),
                            is.readInt());
            case ARROW ->
                    new LoraVariant.Arrow(
                            readNames(is),
                            readNames(is),
                            is.readInt(),
                            is.readDouble(),
                            seed(is.readBoolean(), is.readLong()));
            default -> throw new IllegalArgumentException("variant " + kind);
        };
    }

    private static @Nullable Long seed(boolean has, long seed) {
        return has ? seed : null;
    }

    private static void writeNames(DataOutputStream os, List<String> names) throws IOException {
        os.writeInt(names.size());
        for (String name : names) {
            os.writeUTF(name);
        }
    }

    private static List<String> readNames(DataInputStream is) throws IOException {
        int count = is.readInt();
        if (count < 0 || count > MOST_NAMES) {
            throw new IllegalArgumentException(count + " names");
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(is.readUTF());
        }
        return names;
    }
}
