/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TensorSource;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.json.JsonFile;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.TorchKernels;
import org.lora4j.torch.engine.TorchEngine;

/** An encoder without a head has the bare model's names, and the hidden states of a classifier. */
final class BareEncoderTest {
    private static final long[] IDS = {2, 5, 4, 6, 3, 2, 7, 3, 1, 1};
    private static final long[] MASK = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(
                Objects.requireNonNull(BareEncoderTest.class.getResource("/golden/" + name))
                        .toURI());
    }

    private static Checkpoint open(Path folder, NDManager manager, ModelFamily family)
            throws IOException {
        return new Checkpoint(
                folder,
                TensorSource.open(folder),
                manager,
                TensorDtype.F32,
                family.names().rename(),
                0.02,
                7);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert/bare",
                "encoders/roberta-bare",
                "encoders/distilbert-mlm",
                "encoders/mpnet-bare",
                "encoders/modernbert-mlm",
                "encoders/deberta-bare",
                "encoders/llama-bare",
                "encoders/gpt2-bare"
            })
    void itsTensorsAreThoseOfTheBareModel(String name) throws Exception {
        Path folder = golden(name);
        ModelConfig config = ModelConfig.read(folder);
        ModelFamily family = (ModelFamily) ModelFamilies.of(config);
        try (NDManager manager = TorchEngine.get().newBaseManager();
                Checkpoint weights = open(folder, manager, family);
                TensorSource files = TensorSource.open(folder)) {
            LoraContext context = LoraContext.of(new TorchKernels(), 7);
            TextEncoder encoder = family.textEncoder(config, weights, context);
            List<String> parts =
                    List.of(
                            "embeddings.",
                            "encoder.",
                            "transformer.",
                            "pooler.",
                            "layers.",
                            "final_norm.",
                            "embed_tokens.",
                            "norm.",
                            "wte.",
                            "wpe.",
                            "h.",
                            "ln_f.");
            TreeSet<String> expected =
                    files.names().stream()
                            .map(tensor -> tensor.replaceFirst("^(distilbert|bert|model)\\.", ""))
                            .filter(tensor -> parts.stream().anyMatch(tensor::startsWith))
                            .collect(Collectors.toCollection(TreeSet::new));
            assertThat(new TreeSet<>(ModelTensors.plain(encoder).keySet())).isEqualTo(expected);
        }
    }

    /**
     * Of families without a normalisation after the last layer, which a classifier would repeat.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert/bare",
                "encoders/roberta-bare",
                "encoders/distilbert-mlm",
                "encoders/mpnet-bare",
                "encoders/deberta-bare"
            })
    void itsFirstTokensAreThoseThatAClassifierReads(String name) throws Exception {
        Path folder = golden(name);
        ModelConfig config = ModelConfig.read(folder);
        ModelFamily family = (ModelFamily) ModelFamilies.of(config);
        try (NDManager manager = TorchEngine.get().newBaseManager();
                Checkpoint weights = open(folder, manager, family);
                Checkpoint again = open(folder, manager, family)) {
            TextEncoder encoder =
                    family.textEncoder(config, weights, LoraContext.of(new TorchKernels(), 7));
            SequenceClassifier classifier =
                    family.sequenceClassifier(
                            config, again, 3, LoraContext.of(new TorchKernels(), 7));
            Pass pass = new Pass(new ParameterStore(manager, false), false);
            TokenLayout layout = new TokenLayout(MASK, 2);
            Shape shape = new Shape(2, 5);
            NDArray hidden =
                    encoder.logits(
                            pass,
                            manager.create(IDS, shape),
                            manager.create(new long[IDS.length], shape),
                            layout);
            NDArray logits =
                    classifier.logits(pass, new NDList(hidden).addAll(layout.arrays(manager)));
            NDArray expected =
                    classifier.logits(
                            pass,
                            manager.create(IDS, shape),
                            manager.create(new long[IDS.length], shape),
                            layout);
            assertThat(logits.toFloatArray())
                    .hasSize(6)
                    .containsExactly(expected.toFloatArray(), within(1e-6f));

            NDArray padded =
                    encoder.forward(
                                    new ParameterStore(manager, false),
                                    new NDList(
                                            manager.create(IDS, shape),
                                            manager.create(MASK, shape)),
                                    false)
                            .singletonOrThrow();
            long size = hidden.getShape().get(1);
            assertThat(padded.getShape()).isEqualTo(new Shape(2, 5, size));
            float[] rows = hidden.toFloatArray();
            float[] all = padded.toFloatArray();
            assertThat(Arrays.copyOf(all, rows.length)).containsExactly(rows);
            assertThat(Arrays.copyOfRange(all, rows.length, all.length)).containsOnly(0);
        }
    }

    /**
     * Of a decoder: transformers' last_hidden_state of the ids above, 2 texts of 5 and 3 tokens.
     */
    @ParameterizedTest
    @ValueSource(strings = {"encoders/llama-bare", "encoders/gpt2-bare"})
    void aDecodersHiddenStatesAreTransformers(String name) throws Exception {
        Path folder = golden(name);
        ModelConfig config = ModelConfig.read(folder);
        ModelFamily family = ModelFamilies.of(config);
        JsonObject json = JsonFile.readObject(folder.resolve("hidden.json"));
        float[] expected = new Gson().fromJson(json.get("hidden"), float[].class);
        try (NDManager manager = TorchEngine.get().newBaseManager();
                Checkpoint weights = open(folder, manager, family)) {
            TextEncoder encoder =
                    family.textEncoder(config, weights, LoraContext.of(new TorchKernels(), 7));
            NDArray found =
                    encoder.forward(
                                    new ParameterStore(manager, false),
                                    new NDList(
                                            manager.create(IDS, new Shape(2, 5)),
                                            manager.create(MASK, new Shape(2, 5))),
                                    false)
                            .singletonOrThrow();
            assertThat(found.toFloatArray()).containsExactly(expected, within(1e-5f));
        }
    }
}
