/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.lora4j.export.decoder.DecoderSettings;
import org.lora4j.export.decoder.DecoderTensors;
import org.lora4j.export.decoder.LlamaCppFamily;
import org.lora4j.export.gguf.GgufFile;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.export.words.GgufTokenizer;
import org.lora4j.hf.LoraModel;

/**
 * Writes a language model as a GGUF file for llama.cpp, Ollama and what is built on them: weights,
 * settings, tokenizer and chat templates, as llama.cpp's convert_hf_to_gguf.py does.
 */
public final class GgufExport {
    private GgufExport() {}

    /**
     * Writes a model. Its tensors are converted one after the other as they are written.
     *
     * @param model a language model without adapters, such as one that they were merged into
     * @param file the file, written whole or not at all
     * @param type how matrices are stored; vectors stay float32
     * @throws IOException if llama.cpp's model of the family lacks something that this one has, or
     *     the file cannot be written
     * @throws IllegalStateException if the model has adapters
     */
    public static void write(LoraModel model, Path file, GgufType type) throws IOException {
        Map<String, NDArray> weights = ModelWeights.merged(model);
        LlamaCppFamily family = LlamaCppFamily.of(model.config());
        GgufFile gguf = new GgufFile();
        gguf.put("general.architecture", family.architecture())
                .put("general.type", "model")
                .put("general.name", name(model.config().directory()))
                .put("general.file_type", type.fileType())
                .put("general.quantization_version", 2);
        DecoderSettings.Heads heads =
                DecoderSettings.addTo(gguf, model.config(), family, model.manager());
        if (family.architecture().equals("llama")) {
            gguf.put("llama.vocab_size", model.vocabularySize());
        }
        GgufTokenizer.addTo(
                gguf,
                model.modelFiles(),
                model.config(),
                model.vocabularySize(),
                model.tokenizer());
        new DecoderTensors(family, heads.query(), heads.key()).addTo(gguf, weights, type);
        gguf.write(file);
    }

    private static String name(Path directory) {
        return String.valueOf(directory.getFileName());
    }
}
