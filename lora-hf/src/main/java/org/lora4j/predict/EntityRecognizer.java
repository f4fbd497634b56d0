/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.data.TokenDataset;
import org.lora4j.text.AlignedTokens;
import org.lora4j.text.TokenWindows;
import org.lora4j.text.TokenizedExample;
import org.lora4j.text.token.TagScheme;

/**
 * Finds entities in texts.
 *
 * <p>A text that is longer than the model's positions is read in windows that overlap; each token's
 * label is that of the window in which it stands farthest from an end.
 *
 * <p>Thread-safe; texts of a call are run together, with the adapters that are active on the
 * calling thread when it begins. The model stays the caller's: where it is closed, calls end with
 * an IllegalStateException.
 */
public final class EntityRecognizer {
    private final LoraModel model;
    private final Aggregation aggregation;
    private final int batchSize;
    private final int stride;
    private final TagScheme scheme;

    private EntityRecognizer(Builder builder) {
        model = builder.model;
        aggregation = builder.aggregation;
        batchSize = builder.batchSize;
        stride = builder.stride;
        scheme = TagScheme.of(model.labels());
    }

    /**
     * Starts a recognizer.
     *
     * @param model a model that was loaded with {@link org.lora4j.hf.Task#tokenClassification}
     */
    public static Builder builder(LoraModel model) {
        return new Builder(model);
    }

    /** Returns a recognizer that puts entities together from words, 32 texts at a time. */
    public static EntityRecognizer of(LoraModel model) {
        return builder(model).build();
    }

    /**
     * Finds the entities of a text.
     *
     * @param text the text
     * @return its entities in their order, none for an empty text
     * @throws IllegalStateException if the model's head was drawn at random, or it is closed
     */
    public List<Entity> recognize(String text) {
        return recognize(List.of(text)).get(0);
    }

    /**
     * Finds the entities of texts.
     *
     * @param texts the texts
     * @return the entities of each text
     * @throws IllegalStateException if the model's head was drawn at random, or it is closed
     */
    public List<List<Entity>> recognize(List<String> texts) {
        List<Reading> readings = new ArrayList<>();
        List<TokenizedExample> examples = new ArrayList<>();
        List<Window> windows = new ArrayList<>();
        for (String text : texts) {
            Reading reading = new Reading(model.tokenizer().align(text, null), text);
            readings.add(reading);
            if (reading.own.length == 0) {
                continue;
            }
            int first = 0;
            List<AlignedTokens> parts =
                    TokenWindows.of(
                            reading.tokens,
                            model.maxPositions(),
                            Math.min(stride, model.maxPositions() / 4));
            for (AlignedTokens part : parts) {
                int[] own = part.tokensOf(0);
                windows.add(new Window(reading, own, first, parts.size()));
                examples.add(part.example(examples.size(), 0));
                first += own.length - Math.min(stride, model.maxPositions() / 4);
            }
        }
        if (!examples.isEmpty()) {
            run(examples, windows);
        }
        return readings.stream().map(this::entities).toList();
    }

    private void run(List<TokenizedExample> examples, List<Window> windows) {
        int classes = model.labels().size();
        BatchOptions options =
                BatchOptions.defaults()
                        .withBatchSize(batchSize)
                        .withMaxLength(model.maxPositions());
        new Evaluator(model)
                .outputs(
                        TokenDataset.forPrediction(model, examples, options),
                        (batch, outputs) -> {
                            int columns = batch.texts().columns();
                            int[] places = batch.examples();
                            for (int row = 0; row < places.length; row++) {
                                int from = row * columns * classes;
                                windows.get(places[row]).take(outputs, from, classes);
                            }
                        });
    }

    /** A text, its tokens and what the model says of them. */
    private static final class Reading {
        private final AlignedTokens tokens;
        private final String text;
        private final int[] own;
        private final int[] labels;
        private final double[] probabilities;
        private final int[] distances;

        Reading(AlignedTokens tokens, String text) {
            this.tokens = tokens;
            this.text = text;
            own = tokens.tokensOf(0);
            labels = new int[own.length];
            probabilities = new double[own.length];
            distances = new int[own.length];
            Arrays.fill(distances, -1);
        }
    }

    /**
     * A part of a text's tokens.
     *
     * @param reading the text
     * @param own the places of its tokens in the window
     * @param first which of the text's tokens is the window's first
     * @param all how many windows the text has
     */
    @SuppressWarnings("ArrayRecordComponent") // private, and read once
    private record Window(Reading reading, int[] own, int first, int all) {
        /** Takes the label of each token that stands farther from an end than in windows before. */
        void take(float[] outputs, int from, int classes) {
            int last = reading.own.length - 1;
            for (int i = 0; i < own.length; i++) {
                int token = first + i;
                int left = first == 0 ? Integer.MAX_VALUE : i;
                int right = first + own.length - 1 == last ? Integer.MAX_VALUE : own.length - 1 - i;
                int distance = Math.min(left, right);
                if (distance > reading.distances[token]) {
                    reading.distances[token] = distance;
                    Choice choice = Choice.of(outputs, from + own[i] * classes, classes);
                    reading.labels[token] = choice.index();
                    reading.probabilities[token] = choice.probability();
                }
            }
        }
    }

    /** A token or a word with its tag. */
    private record Tagged(String tag, double probability, int start, int end) {}

    private List<Entity> entities(Reading reading) {
        List<Entity> entities = new ArrayList<>();
        List<Tagged> group = new ArrayList<>();
        for (Tagged next : tagged(reading)) {
            if (!group.isEmpty() && !scheme.continues(group.get(group.size() - 1).tag, next.tag)) {
                add(group, reading.text, entities);
                group.clear();
            }
            group.add(next);
        }
        if (!group.isEmpty()) {
            add(group, reading.text, entities);
        }
        return entities;
    }

    private void add(List<Tagged> group, String text, List<Entity> entities) {
        String tag = group.get(0).tag;
        if (tag.equals(TagScheme.OUTSIDE)) {
            return;
        }
        int start = group.get(0).start;
        int end = group.get(group.size() - 1).end;
        double mean = group.stream().mapToDouble(Tagged::probability).average().orElseThrow();
        entities.add(new Entity(text.substring(start, end), scheme.type(tag), start, end, mean));
    }

    private List<Tagged> tagged(Reading reading) {
        List<String> names = model.labels();
        List<Tagged> tagged = new ArrayList<>();
        AlignedTokens tokens = reading.tokens;
        int lastWord = -1;
        for (int i = 0; i < reading.own.length; i++) {
            int token = reading.own[i];
            int word = tokens.words()[token];
            int end = tokens.ends()[token];
            if (aggregation == Aggregation.FIRST && word == lastWord) {
                Tagged begun = tagged.remove(tagged.size() - 1);
                tagged.add(new Tagged(begun.tag, begun.probability, begun.start, end));
                continue;
            }
            lastWord = word;
            tagged.add(
                    new Tagged(
                            names.get(reading.labels[i]),
                            reading.probabilities[i],
                            tokens.starts()[token],
                            end));
        }
        return tagged;
    }

    /** The settings of a recognizer. */
    public static final class Builder {
        private final LoraModel model;
        private Aggregation aggregation = Aggregation.FIRST;
        private int batchSize = 32;
        private int stride = 32;

        private Builder(LoraModel model) {
            this.model = model;
        }

        /**
         * Sets what entities are put together from; by default {@link Aggregation#FIRST}.
         *
         * @param value tokens or words
         */
        public Builder optAggregation(Aggregation value) {
            aggregation = value;
            return this;
        }

        /**
         * Sets how many texts, or windows of long ones, run together; by default 32.
         *
         * @param value at least 1
         */
        public Builder optBatchSize(int value) {
            batchSize = value;
            return this;
        }

        /**
         * Sets how many tokens neighbouring windows of a long text share, at most a quarter of the
         * model's positions; by default 32.
         *
         * @param value at least 0
         */
        public Builder optStride(int value) {
            stride = value;
            return this;
        }

        /**
         * Makes the recognizer.
         *
         * @throws IllegalArgumentException if a value is out of range
         * @throws IllegalStateException if the model does not label tokens
         */
        public EntityRecognizer build() {
            if (batchSize < 1 || stride < 0) {
                throw new IllegalArgumentException(
                        "batch size %d and stride %d; expected at least 1 and 0"
                                .formatted(batchSize, stride));
            }
            model.tokenClassifier();
            return new EntityRecognizer(this);
        }
    }
}
