/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.lora4j.export.decoder.AdapterPairs;
import org.lora4j.export.decoder.AdapterTensors;
import org.lora4j.export.decoder.DecoderSettings;
import org.lora4j.export.decoder.LlamaCppFamily;
import org.lora4j.export.decoder.LowRankPair;
import org.lora4j.export.gguf.GgufFile;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.torch.engine.TorchEngine;

/**
 * Writes a LoRA adapter as a GGUF file that llama.cpp loads beside the GGUF file of its base
 * ({@code --lora}), quantised as it may be, in the form of llama.cpp's convert_lora_to_gguf.py.
 *
 * <p>The file has one alpha, and llama.cpp scales each pair by alpha/r. rsLoRA, alphas and ranks of
 * single layers give the same sums: B is multiplied by what is left, in float32. What such a file
 * has no place for is refused by its name: DoRA, biases, modules trained whole, rows of tokens, and
 * pairs on a word table that is the vocabulary projection too.
 */
public final class GgufAdapterExport {
    /** The families of which llama.cpp was seen to give the same tokens with an adapter. */
    private static final Set<String> FAMILIES =
            Set.of("llama", "mistral", "qwen2", "qwen3", "gemma2");

    private GgufAdapterExport() {}

    /**
     * Writes an adapter. Of the base, config.json is read, and those weights of which the adapter
     * has copies, as PEFT saves them of word tables.
     *
     * @param base the base's directory
     * @param adapter the adapter's directory, as PEFT saves it
     * @param file the file, written whole or not at all
     * @param type how A and B are stored: {@link GgufType#F32} or {@link GgufType#F16}
     * @throws IllegalArgumentException if the type is another
     * @throws org.lora4j.adapter.AdapterMismatchException naming every tensor that does not fit the
     *     base
     * @throws IOException if the adapter is more than llama.cpp's can be, or a file cannot be read
     *     or written
     */
    public static void write(Path base, Path adapter, Path file, GgufType type) throws IOException {
        if (type == GgufType.Q8_0) {
            throw new IllegalArgumentException(
                    "an adapter is not stored as Q8_0, since rows of B are shorter than its blocks;"
                            + " expected F32 or F16");
        }
        ModelConfig config = ModelConfig.read(base);
        LlamaCppFamily family = LlamaCppFamily.of(config);
        if (!FAMILIES.contains(config.modelType())) {
            throw new IOException(
                    ("%s: adapters of model_type \"%s\" have no GGUF form here; expected one of %s."
                                    + " Merge the adapter into its base, and write the merged"
                                    + " model")
                            .formatted(config.file(), config.modelType(), new TreeSet<>(FAMILIES)));
        }
        try (NDManager scope = TorchEngine.get().newBaseManager()) {
            List<LowRankPair> pairs = AdapterPairs.read(config, adapter, scope);
            GgufFile gguf = new GgufFile();
            gguf.put("general.architecture", family.architecture())
                    .put("general.type", "adapter")
                    .put("general.name", String.valueOf(adapter.getFileName()))
                    .put("general.file_type", type.fileType())
                    .put("general.quantization_version", 2)
                    .put("adapter.type", "lora");
            new AdapterTensors(
                            family,
                            DecoderSettings.heads(config, family),
                            DecoderSettings.tied(config, family))
                    .addTo(gguf, pairs, type);
            gguf.write(file);
        }
    }
}
