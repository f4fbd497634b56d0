/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * LoRA+ (Hayou et al. 2024, arXiv:2402.12354): another update rule with a higher rate for B than
 * for A.
 *
 * <p>What is trained is divided as PEFT's create_loraplus_optimizer divides it:
 *
 * <table>
 * <caption>The groups and their rates; η is the rate that the schedule gives</caption>
 * <tr><th>group</th><th>tensors</th><th>rate</th><th>weight decay</th></tr>
 * <tr><td>A</td><td>A, and whole weights of several dimensions</td><td>η</td><td>λ</td></tr>
 * <tr><td>B</td><td>B, and DoRA's magnitudes of linear layers and embeddings</td><td>ratio · η</td>
 * <td>λ</td></tr>
 * <tr><td>B without decay</td><td>biases, and whole weights of one dimension</td>
 * <td>ratio · η</td><td>0</td></tr>
 * <tr><td>embeddings</td><td>A and B of embeddings</td><td>embeddingRate, with the schedule</td>
 * <td>λ</td></tr>
 * </table>
 *
 * <p>PEFT's {@code loraplus_weight_decay} is λ here, which is the training's weight decay and not 0
 * by default. PEFT decays whole weights of one dimension unless their module is a LayerNorm; here
 * none of them is decayed.
 *
 * @param rule the update rule of each group, such as AdamW
 * @param ratio how many times A's rate B's is; positive, and at least 1 to make sense
 * @param embeddingRate the rate of A and B of embeddings before the schedule
 */
public record LoraPlus(Optimizer.Factory rule, double ratio, double embeddingRate)
        implements Optimizer.Factory {
    /** The rate of embeddings unless another is given: PEFT's {@code loraplus_lr_embedding}. */
    public static final double DEFAULT_EMBEDDING_RATE = 1e-6;

    private static final Pattern EMBEDDING = Pattern.compile("\\blora_embedding_[AB]\\b");
    private static final Pattern MATRIX_B = Pattern.compile("\\blora_B\\b");
    private static final Pattern MAGNITUDE = Pattern.compile("\\blora_magnitude_vector\\b");

    private enum Group {
        A,
        B,
        B_WITHOUT_DECAY,
        EMBEDDINGS
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if the ratio is not a positive number or the rate is
     *     negative, or not a number
     */
    public LoraPlus {
        if (!(ratio > 0 && ratio < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "LoRA+'s ratio must be a positive number, found " + ratio);
        }
        if (!(embeddingRate >= 0 && embeddingRate < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "LoRA+'s rate of embeddings must be a number of at least 0, found "
                            + embeddingRate);
        }
    }

    /**
     * LoRA+ with PEFT's rate of embeddings.
     *
     * @param rule the update rule of each group
     * @param ratio how many times A's rate B's is
     */
    public LoraPlus(Optimizer.Factory rule, double ratio) {
        this(rule, ratio, DEFAULT_EMBEDDING_RATE);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if no B is trained, as in full fine-tuning
     */
    @Override
    public Optimizer create(
            OptimizerSettings settings, Map<String, NDArray> tensors, NDManager manager) {
        if (tensors.keySet().stream().noneMatch(LoraPlus::isB)) {
            throw new IllegalArgumentException(
                    "LoRA+ gives B another rate, and no B is trained; add an adapter, or train"
                            + " without LoRA+");
        }
        List<String> paths = List.copyOf(tensors.keySet());
        List<Part> parts = new ArrayList<>();
        for (Group group : Group.values()) {
            Map<String, NDArray> own = new LinkedHashMap<>();
            tensors.forEach(
                    (path, tensor) -> {
                        if (group(path, tensor) == group) {
                            own.put(path, tensor);
                        }
                    });
            if (!own.isEmpty()) {
                Optimizer optimizer = rule.create(settings(settings, group), own, manager);
                List<Integer> places = own.keySet().stream().map(paths::indexOf).toList();
                parts.add(new Part(optimizer, places, factor(settings, group)));
            }
        }
        return new Groups(parts);
    }

    private static boolean isB(String path) {
        return MATRIX_B.matcher(path).find() || EMBEDDING.matcher(path).find();
    }

    private static Group group(String path, NDArray tensor) {
        boolean single = tensor.getShape().dimension() == 1;
        if (EMBEDDING.matcher(path).find()) {
            return Group.EMBEDDINGS;
        }
        if (MATRIX_B.matcher(path).find() || (single && MAGNITUDE.matcher(path).find())) {
            return Group.B;
        }
        return single ? Group.B_WITHOUT_DECAY : Group.A;
    }

    private static OptimizerSettings settings(OptimizerSettings settings, Group group) {
        return group == Group.B_WITHOUT_DECAY ? settings.withWeightDecay(0) : settings;
    }

    /** What the schedule's rate is multiplied by. */
    private double factor(OptimizerSettings settings, Group group) {
        return switch (group) {
            case A -> 1;
            case B, B_WITHOUT_DECAY -> ratio;
            case EMBEDDINGS ->
                    settings.learningRate() == 0 ? 0 : embeddingRate / settings.learningRate();
        };
    }

    /** An optimiser of some of the tensors. */
    private record Part(Optimizer optimizer, List<Integer> places, double factor) {}

    /** The optimisers of all groups. */
    private static final class Groups implements Optimizer {
        private final List<Part> parts;
        private final Map<String, NDArray> state = new LinkedHashMap<>();

        Groups(List<Part> parts) {
            this.parts = parts;
            parts.forEach(part -> state.putAll(part.optimizer().state()));
        }

        @Override
        public void update(NDList gradients, int step, double rate) {
            for (Part part : parts) {
                NDList own = new NDList();
                part.places().forEach(place -> own.add(gradients.get(place)));
                part.optimizer().update(own, step, rate * part.factor());
            }
        }

        @Override
        public Map<String, NDArray> state() {
            return Collections.unmodifiableMap(state);
        }
    }
}
