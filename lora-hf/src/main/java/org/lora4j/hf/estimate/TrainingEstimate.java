/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.AdapterConfig;
import org.lora4j.hf.Task;
import org.lora4j.hf.family.AdapterCount;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.Quantization;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.torch.TensorDtype;
import org.lora4j.train.Recomputation;

/**
 * What training an adapter on a processor will need: parameters, memory by part, and time. Only the
 * model's config.json is read.
 *
 * <p>Parameters are counted. The memory of the base, the adapter, its gradients and the optimiser
 * follows from them; that of the activations, of the loss and of Java with PyTorch is by {@link
 * MemoryFormula}, and the time by {@link Calibration} at the speed that {@link MachineSpeed}
 * measures.
 */
public final class TrainingEstimate {
    private static final double MEGA = 1e6;
    private static final double GIGA = 1e9;
    private static final int FLOAT_BYTES = 4;

    private final TrainableParameters parameters;
    private final List<Part> memory;
    private final double seconds;

    private TrainingEstimate(TrainableParameters parameters, List<Part> memory, double seconds) {
        this.parameters = parameters;
        this.memory = List.copyOf(memory);
        this.seconds = seconds;
    }

    /**
     * A part of the memory.
     *
     * @param name what it is
     * @param bytes how much
     */
    public record Part(String name, long bytes) {}

    /** Returns a builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns how many numbers train, and how many there are. */
    public TrainableParameters parameters() {
        return parameters;
    }

    /** Returns the parts of the memory at its peak. */
    public List<Part> memory() {
        return memory;
    }

    /** Returns the largest resident memory of the process, in bytes. */
    public long peakBytes() {
        return memory.stream().mapToLong(Part::bytes).sum();
    }

    /** Returns the seconds of training, without loading and validations; NaN without a speed. */
    public double seconds() {
        return seconds;
    }

    /** Builds an estimate: the model, the adapter and the workload must be set. */
    public static final class Builder {
        private @Nullable ModelConfig model;
        private @Nullable AdapterConfig adapter;
        private @Nullable Workload workload;
        private TensorDtype dtype = TensorDtype.F32;
        private @Nullable Quantization quantization;
        private Task task = Task.sequenceClassification();
        private @Nullable Set<String> tensors;
        private boolean validates;
        private Recomputation recomputation = Recomputation.none();
        private @Nullable MachineSpeed speed;

        private Builder() {}

        /** Sets the model. */
        public Builder setModel(ModelConfig value) {
            model = value;
            return this;
        }

        /** Sets the adapter. */
        public Builder setAdapter(AdapterConfig value) {
            adapter = value;
            return this;
        }

        /** Sets the batches; the virtual tokens of a soft prompt are tokens of each text. */
        public Builder setWorkload(Workload value) {
            workload = value;
            return this;
        }

        /** Sets the precision of the base; float32 by default, in which the rest is calibrated. */
        public Builder optDtype(TensorDtype value) {
            dtype = value;
            return this;
        }

        /**
         * Sets in how few bits the base's linear layers are held; by default as the model's config
         * says.
         */
        public Builder optQuantization(@Nullable Quantization value) {
            quantization = value;
            return this;
        }

        /**
         * Sets what the model is loaded for; by default labels of texts, as many as its
         * configuration has. The head trains whole.
         */
        public Builder optTask(Task value) {
            task = value;
            return this;
        }

        /**
         * Sets which tensors the checkpoint has, by their names in its files: layers that it lacks
         * are drawn, and train whole. By default those of the architecture that the configuration
         * names.
         */
        public Builder optTensors(Set<String> names) {
            tensors = Set.copyOf(names);
            return this;
        }

        /** Sets whether there is validation, for which the best tensors are kept. */
        public Builder optValidates(boolean value) {
            validates = value;
            return this;
        }

        /** Sets which layers are computed again in the backward pass; none by default. */
        public Builder optRecomputation(Recomputation value) {
            recomputation = value;
            return this;
        }

        /** Sets the speed by which time is estimated. */
        public Builder optSpeed(MachineSpeed value) {
            speed = value;
            return this;
        }

        /**
         * Computes the estimate.
         *
         * @throws IOException if the family is not known or a number of config.json makes no sense
         * @throws IllegalArgumentException if a target matches nothing
         */
        public TrainingEstimate build() throws IOException {
            ModelConfig config = Objects.requireNonNull(model, "setModel");
            Workload work = Objects.requireNonNull(workload, "setWorkload");
            AdapterConfig asked = Objects.requireNonNull(adapter, "setAdapter");
            TaskParameters built =
                    tensors == null
                            ? TaskParameters.of(config, task)
                            : TaskParameters.of(config, task, tensors);
            AdapterCount count = built.count(asked);
            boolean causal = task instanceof Task.CausalLanguageModel;
            ModelSizes sizes = ModelSizes.of(config, built, count, asked, causal);
            ParameterInventory inventory = built.inventory();
            Quantization packing =
                    quantization == null ? Quantization.declared(config) : quantization;
            MemoryFormula formula =
                    MemoryFormula.of(inventory, count, dtype, packing, validates, recomputation);
            int again = formula.recomputed(sizes, work);
            return new TrainingEstimate(
                    count.parameters(),
                    formula.parts(sizes, work),
                    speed == null ? Double.NaN : seconds(sizes, work, speed, again));
        }

        private double seconds(ModelSizes sizes, Workload work, MachineSpeed measured, int again) {
            double layers = 2 * work.tokens() * sizes.multiplied() / GIGA;
            double head = 2 * work.tokens() * sizes.vocabulary() * sizes.hidden() / GIGA;
            double scores = work.squares() * sizes.heads() * FLOAT_BYTES / MEGA;
            double adapted = work.tokens() * sizes.adapted() * FLOAT_BYTES / MEGA;
            double score =
                    Calibration.SCORE_MILLIS
                            + (scores > Calibration.PAGED_FROM
                                    ? Calibration.PAGED_SCORE_MILLIS
                                    : 0);
            double passes =
                    Calibration.LAYER_MILLIS * sizes.layers()
                            + Calibration.GIGAFLOP_MILLIS * layers
                            + score * scores * sizes.whole()
                            + Calibration.ADAPTER_MILLIS * adapted;
            double repeated = Calibration.FORWARD * again / sizes.layers();
            double batch = passes * (1 + repeated) + Calibration.HEAD_MILLIS * head;
            double slower = Calibration.GIGAFLOPS / measured.gigaflops();
            return (Calibration.START_MILLIS + work.batches() * batch) * slower / 1e3;
        }
    }
}
