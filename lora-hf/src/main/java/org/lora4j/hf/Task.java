/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.text.token.TagScheme;

/** What a model is for. */
public sealed interface Task {
    /**
     * One label for each text or pair of texts.
     *
     * @param labels the labels' names in the order of their ids; empty takes the checkpoint's
     */
    record SequenceClassification(List<String> labels) implements Task {
        /** Copies the names. */
        public SequenceClassification {
            labels = List.copyOf(labels);
            if (labels.size() == 1) {
                throw new IllegalArgumentException(
                        "one label, "
                                + labels
                                + "; expected two at least, or Task.regression() for a number");
            }
        }
    }

    /**
     * Any number of labels for each text or pair of texts, each learnt by itself (binary
     * cross-entropy).
     *
     * @param labels the labels' names in the order of their ids; empty takes the checkpoint's
     */
    record MultiLabelClassification(List<String> labels) implements Task {
        /** Copies the names. */
        public MultiLabelClassification {
            labels = List.copyOf(labels);
            if (labels.size() == 1) {
                throw new IllegalArgumentException(
                        "one label, " + labels + "; expected two at least");
            }
        }
    }

    /**
     * How relevant a document is to a query, for each pair of them: one logit, fitted by its binary
     * cross-entropy with targets from 0 to 1, as sentence-transformers' CrossEncoder.
     */
    record Reranking() implements Task {}

    /** One number for each text or pair of texts, fitted by its squared error. */
    record Regression() implements Task {}

    /**
     * One label for each token of a text, such as the entity that its word is part of.
     *
     * @param labels the labels' names in the order of their ids; empty takes the checkpoint's
     */
    record TokenClassification(List<String> labels) implements Task {
        /**
         * Copies the names.
         *
         * @throws IllegalArgumentException if there is one alone, or their prefixes are of no
         *     scheme ({@link TagScheme#of})
         */
        public TokenClassification {
            labels = List.copyOf(labels);
            if (labels.size() == 1) {
                throw new IllegalArgumentException(
                        "one label, " + labels + "; expected two at least");
            }
            TagScheme.of(labels);
        }
    }

    /**
     * The part of a context that answers a question: where it begins and where it ends, for each
     * pair of a question and a context.
     */
    record QuestionAnswering() implements Task {}

    /**
     * A vector for each text, near to those of texts that mean the same.
     *
     * @param form how hidden states become a vector, or null for what the model's folder says
     */
    record Embedding(@Nullable EmbeddingForm form) implements Task {}

    /** The token that follows each token of a text. */
    record CausalLanguageModel() implements Task {}

    /**
     * Returns the task that a checkpoint's configuration is of: saying what follows for a decoder
     * whose architecture does not classify; otherwise what its head is for: the checkpoint's labels
     * of texts or of tokens, or a number where texts have one label; answers; relevance where
     * sentence-transformers saved a cross-encoder.
     *
     * @param config the configuration
     * @throws IOException if the family is not a supported one, or the labels are broken
     */
    static Task of(ModelConfig config) throws IOException {
        boolean classifies = config.architecture().endsWith("ForSequenceClassification");
        if (ModelFamilies.of(config) instanceof DecoderFamily && !classifies) {
            return causalLanguageModel();
        }
        if (config.architecture().endsWith(TokenHead.Kind.LABELS.architecture())) {
            return tokenClassification();
        }
        if (config.architecture().endsWith(TokenHead.Kind.SPANS.architecture())) {
            return questionAnswering();
        }
        List<String> labels = config.labels();
        if (labels != null && labels.size() == 1) {
            return config.has(ClassifierModel.CROSS_ENCODER) ? reranking() : regression();
        }
        return config.string("problem_type", "").equals("multi_label_classification")
                ? multiLabelClassification()
                : sequenceClassification();
    }

    /**
     * Returns the task of an adapter on a base.
     *
     * @param model the base's directory
     * @param adapter a PEFT directory
     * @throws IOException if the adapter is for a task that is not supported, or either cannot be
     *     read
     */
    static Task of(Path model, Path adapter) throws IOException {
        return AdapterTask.of(model, adapter).task();
    }

    /**
     * Returns the task of giving each text, or pair of texts, a label.
     *
     * @param labels the labels' names in the order of their ids; none takes the checkpoint's
     * @throws IllegalArgumentException if there is only one, or one is there twice
     */
    static Task sequenceClassification(String... labels) {
        return new SequenceClassification(distinct(labels));
    }

    /**
     * Returns the task of giving each text, or pair of texts, any number of labels.
     *
     * @param labels the labels' names in the order of their ids; none takes the checkpoint's
     * @throws IllegalArgumentException if there is only one, or one is there twice
     */
    static Task multiLabelClassification(String... labels) {
        return new MultiLabelClassification(distinct(labels));
    }

    /** Returns the task of saying how relevant a document is to a query. */
    static Task reranking() {
        return new Reranking();
    }

    /** Returns the task of giving each text, or pair of texts, a number. */
    static Task regression() {
        return new Regression();
    }

    /**
     * Returns the task of giving each token of a text a label.
     *
     * @param labels the labels' names in the order of their ids, such as {@code O}, {@code B-PER}
     *     and {@code I-PER}; none takes the checkpoint's
     */
    static Task tokenClassification(String... labels) {
        return new TokenClassification(distinct(labels));
    }

    private static List<String> distinct(String... labels) {
        List<String> all = List.of(labels);
        for (String label : all) {
            if (all.indexOf(label) != all.lastIndexOf(label)) {
                throw new IllegalArgumentException(
                        "the label \"%s\" is there twice in %s; expected labels of their own"
                                .formatted(label, all));
            }
        }
        return all;
    }

    /**
     * Returns the task of finding the part of a text that answers a question. A head that the
     * checkpoint lacks is drawn.
     */
    static Task questionAnswering() {
        return new QuestionAnswering();
    }

    /**
     * Returns the task of giving each text a vector, as the files of a sentence-transformers folder
     * say; mean pooling where there are none.
     */
    static Task embedding() {
        return new Embedding(null);
    }

    /**
     * Returns the task of giving each text a vector.
     *
     * @param form how hidden states become a vector, whatever the folder says
     */
    static Task embedding(EmbeddingForm form) {
        return new Embedding(form);
    }

    /** Returns the task of saying what follows a text. */
    static Task causalLanguageModel() {
        return new CausalLanguageModel();
    }
}
