/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.export.onnx.OnnxWeights;
import org.lora4j.hf.LoraModel;

/**
 * Writes an adapter into an ONNX file that was exported from its base, by optimum or PyTorch for
 * example.
 *
 * <p>The base's weights are found in the file by their bytes, as W or as Wᵀ, in float32, float16 or
 * bfloat16, whatever the exporter named them; bytes of the merged weights take their place. What
 * the adapter changes must all be found, or nothing is written. Data beside the file, as of models
 * over 2 GB, are copied with it.
 */
public final class OnnxMerge {
    private final OnnxWeights weights;
    private final Path file;

    private OnnxMerge(OnnxWeights weights, Path file) {
        this.weights = weights;
        this.file = file;
    }

    /**
     * Finds a base's weights in an ONNX file.
     *
     * @param model the base, in float32; its adapters are not looked at
     * @param file the ONNX file
     * @return where they are, for {@link #write} after merging
     * @throws IOException if it is no ONNX file, or its weights are quantised
     */
    public static OnnxMerge find(LoraModel model, Path file) throws IOException {
        return new OnnxMerge(OnnxWeights.find(file, ModelWeights.base(model)), file);
    }

    /**
     * Writes a copy of the file with the merged weights in the place of the base's, whole or not at
     * all.
     *
     * @param merged the model that the adapter was merged into
     * @param output another file
     * @return how many weights differ from the base's
     * @throws IOException if one that differs has no place in the file; all such are named, and
     *     nothing is written
     */
    public int write(LoraModel merged, Path output) throws IOException {
        if (Files.exists(output) && Files.isSameFile(output, file)) {
            throw new IOException(
                    output + ": is the file that is read; expected another one to write");
        }
        return weights.write(ModelWeights.merged(merged), output);
    }
}
