/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.TensorDtype;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties of lora4j: one base, and what is predicted on it. A predictor is there where one
 * of its properties is set.
 *
 * @param model Directory of the base, or its name on the Hugging Face hub. Predictors without a
 *     model of their own share its weights.
 * @param device Where models are: cpu, or cuda:0 and so on.
 * @param dtype Precision of the bases' weights and activations; adapters are f32 in any case.
 * @param quantization In how few bits the bases' linear layers are held; unset for those of dtype.
 * @param seed Seed of layers that a checkpoint does not have.
 * @param threads Threads of PyTorch's operations; unset leaves PyTorch's own number.
 * @param classifier Labels of texts, by a TextClassifier.
 * @param embedder Vectors of texts, by a TextEmbedder.
 * @param entities Entities in texts, by an EntityRecognizer.
 * @param answerer Answers to questions from a text, by a QuestionAnswerer.
 * @param reranker Relevance of documents to a query, by a Reranker.
 * @param generator Texts, by a TextGenerator.
 */
@ConfigurationProperties(prefix = "lora4j", ignoreUnknownFields = false)
public record Lora4jProperties(
        @Nullable String model,
        @DefaultValue("cpu") String device,
        @DefaultValue("f32") TensorDtype dtype,
        @Nullable Bits quantization,
        @DefaultValue("0") long seed,
        @Nullable Integer threads,
        @Nullable Predictor classifier,
        @Nullable Predictor embedder,
        @Nullable Predictor entities,
        @Nullable Predictor answerer,
        @Nullable Predictor reranker,
        @Nullable Predictor generator) {
    /** In how few bits a base's linear layers are held. */
    public enum Bits {
        /** 4 bits, with double quantisation. */
        NF4,

        /** 8 bits. */
        INT8
    }

    /**
     * What is predicted.
     *
     * @param enabled Whether it is there.
     * @param model Directory of a base of its own, or its name on the Hugging Face hub.
     * @param adapter PEFT directory of the adapter to begin with; its labels are the model's.
     * @param labels Labels in the order of their ids, where no adapter says them: of a classifier
     *     and of entities.
     * @param severalLabels Whether a text has any number of the labels: of a classifier without an
     *     adapter.
     * @param newHead Whether the last layer is drawn although the checkpoint has one: for other
     *     labels than the checkpoint's, on a model of its own.
     * @param tenants Adapters of tenants.
     */
    public record Predictor(
            @DefaultValue("true") boolean enabled,
            @Nullable String model,
            @Nullable Path adapter,
            @DefaultValue List<String> labels,
            @DefaultValue("false") boolean severalLabels,
            @DefaultValue("false") boolean newHead,
            @Nullable Tenants tenants) {
        /** Copies the labels. */
        public Predictor {
            labels = List.copyOf(labels);
        }
    }

    /**
     * The adapters of tenants, loaded when they are first asked for.
     *
     * @param directory Directory with a PEFT directory of each tenant's name.
     * @param maxAdapters Most adapters that are kept in memory.
     */
    public record Tenants(@Nullable Path directory, @DefaultValue("100") int maxAdapters) {}
}
