/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lora4j.hf.bert.BertFamily;
import org.lora4j.hf.distilbert.DistilBertFamily;
import org.lora4j.hf.gemma.Gemma2Family;
import org.lora4j.hf.gpt2.Gpt2Family;
import org.lora4j.hf.llama.LlamaFamily;
import org.lora4j.hf.mistral.MistralFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.phi.Phi3Family;
import org.lora4j.hf.qwen.Qwen2Family;
import org.lora4j.hf.qwen.Qwen3Family;
import org.lora4j.hf.roberta.RobertaFamily;

/** The families that this release knows. */
public final class ModelFamilies {
    private static final List<ModelFamily> ALL =
            Stream.<List<? extends ModelFamily>>of(
                            List.of(new BertFamily(), new DistilBertFamily()),
                            RobertaFamily.all(),
                            List.of(
                                    new LlamaFamily(),
                                    new MistralFamily(),
                                    new Qwen2Family(),
                                    new Qwen3Family(),
                                    new Gemma2Family(),
                                    new Phi3Family(),
                                    new Gpt2Family()))
                    .<ModelFamily>flatMap(List::stream)
                    .toList();

    private ModelFamilies() {}

    private static Optional<ModelFamily> find(String modelType) {
        return ALL.stream().filter(family -> family.modelType().equals(modelType)).findFirst();
    }

    /** Returns what is adapted where a configuration names nothing; empty if that is not known. */
    static List<String> defaultTargets(String modelType) {
        return find(modelType).map(ModelFamily::defaultTargets).orElse(List.of());
    }

    /** Finds the family of a configuration. */
    public static ModelFamily of(ModelConfig config) throws IOException {
        String type = config.modelType();
        return find(type)
                .orElseThrow(
                        () ->
                                new IOException(
                                        "model_type \""
                                                + type
                                                + "\" is not supported; expected one of "
                                                + ALL.stream()
                                                        .map(ModelFamily::modelType)
                                                        .toList()));
    }
}
