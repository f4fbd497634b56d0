/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.Quantization;
import org.lora4j.torch.TensorDtype;

/**
 * Where and how a model is loaded.
 *
 * @param device where the weights are
 * @param seed the seed of layers that the checkpoint does not have
 * @param nameOrPath what saved adapters name as their base, or empty for the directory as given
 * @param dtype the precision of the base's weights and activations: F32, whatever the checkpoint
 *     has, unless BF16 (half the memory) or F16 is asked for
 * @param newHead whether a classifier's last layer is drawn although the checkpoint has one, as for
 *     other labels than the checkpoint's
 * @param tokenizer the directory of another tokenizer than the model's, such as one with added
 *     tokens, or null
 * @param quantization in how few bits the base's linear layers are held, or null for the dtype; a
 *     checkpoint that bitsandbytes has quantised is held as it is
 */
public record LoadOptions(
        Device device,
        long seed,
        String nameOrPath,
        TensorDtype dtype,
        boolean newHead,
        @Nullable Path tokenizer,
        @Nullable Quantization quantization) {
    private static final Set<TensorDtype> PRECISIONS =
            EnumSet.of(TensorDtype.F32, TensorDtype.BF16, TensorDtype.F16);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if weights cannot be held in the dtype
     */
    public LoadOptions {
        if (!PRECISIONS.contains(dtype)) {
            throw new IllegalArgumentException(
                    "a model cannot be held in " + dtype + "; expected one of " + PRECISIONS);
        }
    }

    /** Returns the CPU, seed 0 and float32. */
    public static LoadOptions defaults() {
        return new LoadOptions(Device.cpu(), 0, "", TensorDtype.F32, false, null, null);
    }

    /**
     * Returns these options with another device.
     *
     * @param value where the weights are
     */
    public LoadOptions withDevice(Device value) {
        return new LoadOptions(value, seed, nameOrPath, dtype, newHead, tokenizer, quantization);
    }

    /**
     * Returns these options with another seed.
     *
     * @param value the seed of layers that the checkpoint does not have
     */
    public LoadOptions withSeed(long value) {
        return new LoadOptions(device, value, nameOrPath, dtype, newHead, tokenizer, quantization);
    }

    /**
     * Returns these options with another name of the base.
     *
     * @param value such as a hub id
     */
    public LoadOptions withNameOrPath(String value) {
        return new LoadOptions(device, seed, value, dtype, newHead, tokenizer, quantization);
    }

    /**
     * Returns these options with another precision of the base's weights and activations; adapters,
     * and modules that train whole, are float32 in any case.
     *
     * @param value F32, BF16 or F16
     * @throws IllegalArgumentException if it is another dtype
     */
    public LoadOptions withDtype(TensorDtype value) {
        return new LoadOptions(device, seed, nameOrPath, value, newHead, tokenizer, quantization);
    }

    /**
     * Returns these options with or without a new head.
     *
     * @param value whether a classifier's last layer is drawn although the checkpoint has one; the
     *     head's other layers stay the checkpoint's. No effect on a language model
     */
    public LoadOptions withNewHead(boolean value) {
        return new LoadOptions(device, seed, nameOrPath, dtype, value, tokenizer, quantization);
    }

    /**
     * Returns these options with another tokenizer.
     *
     * @param value its directory, or null for the model's own
     */
    public LoadOptions withTokenizer(@Nullable Path value) {
        return new LoadOptions(device, seed, nameOrPath, dtype, newHead, value, quantization);
    }

    /**
     * Returns these options with the base's linear layers in 4 or 8 bits; they are packed one after
     * the other while the checkpoint is read. Activations, adapters and other weights stay as they
     * are.
     *
     * @param value such as {@link Quantization#nf4()}, or null for the dtype
     */
    public LoadOptions withQuantization(@Nullable Quantization value) {
        return new LoadOptions(device, seed, nameOrPath, dtype, newHead, tokenizer, value);
    }
}
