/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.Bias;

/**
 * What to convert, and what a checkpoint of loralib cannot tell. Immutable.
 *
 * @param checkpoint the file of torch.save or safetensors
 * @param output the PEFT directory to write
 * @param alpha loralib's lora_alpha, above 0; a layer's scaling is alpha / r
 * @param enableLora MergedLinear's enable_lora by the end of a module's path; the key "" speaks of
 *     all
 * @param fanInFanOut whether the adapted weights are (in, out), as GPT-2's Conv1D has them
 * @param layerTypes what the file leaves open, by the end of a module's path
 * @param model the base model's directory, or null
 * @param baseModelName the base model's name for adapter_config.json, or null for the directory's
 * @param modulesToSave the modules that were trained whole; null where it is not said
 * @param bias which biases were trained; null where it is not said
 * @param taskType PEFT's task type, such as SEQ_CLS, or null
 */
public record ConversionRequest(
        Path checkpoint,
        Path output,
        double alpha,
        Map<String, List<Boolean>> enableLora,
        boolean fanInFanOut,
        Map<String, LayerType> layerTypes,
        @Nullable Path model,
        @Nullable String baseModelName,
        @Nullable List<String> modulesToSave,
        @Nullable Bias bias,
        @Nullable String taskType) {
    /**
     * Checks alpha and the patterns, and copies the collections.
     *
     * @throws IllegalArgumentException if alpha is not above 0 and finite, or a pattern enables
     *     nothing
     */
    public ConversionRequest {
        if (!(alpha > 0) || Double.isInfinite(alpha)) {
            throw new IllegalArgumentException(
                    "alpha: expected loralib's lora_alpha, a number above 0, found " + alpha);
        }
        enableLora.forEach(
                (module, pattern) -> {
                    if (!pattern.contains(true)) {
                        throw new IllegalArgumentException(
                                "enable_lora: expected a pattern with at least one true, found "
                                        + pattern);
                    }
                });
        Map<String, List<Boolean>> patterns = new LinkedHashMap<>();
        enableLora.forEach((module, pattern) -> patterns.put(module, List.copyOf(pattern)));
        enableLora = Collections.unmodifiableMap(patterns);
        layerTypes = Collections.unmodifiableMap(new LinkedHashMap<>(layerTypes));
        modulesToSave = modulesToSave == null ? null : List.copyOf(modulesToSave);
    }

    /**
     * Starts a request.
     *
     * @return a builder of nothing yet
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The value of the longest key that ends the path on a dot, or null. */
    static <V> @Nullable V lookUp(Map<String, V> values, String path) {
        V found = null;
        int length = -1;
        for (Map.Entry<String, V> entry : values.entrySet()) {
            String key = entry.getKey();
            boolean matches = key.isEmpty() || path.equals(key) || path.endsWith("." + key);
            if (matches && key.length() > length) {
                found = entry.getValue();
                length = key.length();
            }
        }
        return found;
    }

    /** Gathers a request. Not thread-safe. */
    public static final class Builder {
        private @Nullable Path checkpoint;
        private @Nullable Path output;
        private @Nullable Double alpha;
        private final Map<String, List<Boolean>> enableLora = new LinkedHashMap<>();
        private boolean fanInFanOut;
        private final Map<String, LayerType> layerTypes = new LinkedHashMap<>();
        private @Nullable Path model;
        private @Nullable String baseModelName;
        private @Nullable List<String> modulesToSave;
        private @Nullable Bias bias;
        private @Nullable String taskType;

        private Builder() {}

        /**
         * Sets the checkpoint.
         *
         * @param value a file of torch.save or safetensors
         * @return this builder
         */
        public Builder setCheckpoint(Path value) {
            checkpoint = value;
            return this;
        }

        /**
         * Sets where to write.
         *
         * @param value the PEFT directory, created where it does not exist
         * @return this builder
         */
        public Builder setOutput(Path value) {
            output = value;
            return this;
        }

        /**
         * Sets loralib's lora_alpha, which no checkpoint holds.
         *
         * @param value above 0
         * @return this builder
         */
        public Builder setAlpha(double value) {
            alpha = value;
            return this;
        }

        /**
         * Sets enable_lora of every MergedLinear.
         *
         * @param pattern one flag for each slice of the fused projection
         * @return this builder
         */
        public Builder optEnableLora(List<Boolean> pattern) {
            return optEnableLora("", pattern);
        }

        /**
         * Sets enable_lora of some modules.
         *
         * @param module the end of their paths, such as c_attn
         * @param pattern one flag for each slice of the fused projection
         * @return this builder
         */
        public Builder optEnableLora(String module, List<Boolean> pattern) {
            enableLora.put(module, new ArrayList<>(pattern));
            return this;
        }

        /**
         * Sets whether the adapted weights are (in, out).
         *
         * @param value loralib's fan_in_fan_out; false unless set
         * @return this builder
         */
        public Builder optFanInFanOut(boolean value) {
            fanInFanOut = value;
            return this;
        }

        /**
         * Says what kind of layer some modules are, where shapes leave it open.
         *
         * @param module the end of their paths, such as word_embeddings
         * @param type the type
         * @return this builder
         */
        public Builder optLayerType(String module, LayerType type) {
            layerTypes.put(module, type);
            return this;
        }

        /**
         * Sets the base model to hold names, shapes and values against.
         *
         * @param value a directory with safetensors or pytorch_model.bin, or null
         * @return this builder
         */
        public Builder optModel(@Nullable Path value) {
            model = value;
            return this;
        }

        /**
         * Sets the base model's name in adapter_config.json.
         *
         * @param value a hub name or a path; the model's directory unless set
         * @return this builder
         */
        public Builder optBaseModelName(@Nullable String value) {
            baseModelName = value;
            return this;
        }

        /**
         * Says which modules beside the adapted ones were trained.
         *
         * @param value their paths; empty for none; null lets the file or the base model tell
         * @return this builder
         */
        public Builder optModulesToSave(@Nullable List<String> value) {
            modulesToSave = value;
            return this;
        }

        /**
         * Says which biases were trained.
         *
         * @param value the mode; null lets the file or the base model tell
         * @return this builder
         */
        public Builder optBias(@Nullable Bias value) {
            bias = value;
            return this;
        }

        /**
         * Sets the task type in adapter_config.json.
         *
         * @param value one of PEFT's, such as SEQ_CLS, or null
         * @return this builder
         */
        public Builder optTaskType(@Nullable String value) {
            taskType = value;
            return this;
        }

        /**
         * Builds the request.
         *
         * @return the request
         * @throws IllegalArgumentException if the checkpoint, the output or alpha is missing, or a
         *     value is not valid
         */
        public ConversionRequest build() {
            if (checkpoint == null || output == null) {
                throw new IllegalArgumentException("setCheckpoint and setOutput are required");
            }
            if (alpha == null) {
                throw new IllegalArgumentException(
                        "alpha is required: no loralib checkpoint holds it; give the lora_alpha"
                                + " that the layers were made with");
            }
            return new ConversionRequest(
                    checkpoint,
                    output,
                    Objects.requireNonNull(alpha),
                    enableLora,
                    fanInFanOut,
                    layerTypes,
                    model,
                    baseModelName,
                    modulesToSave,
                    bias,
                    taskType);
        }
    }
}
