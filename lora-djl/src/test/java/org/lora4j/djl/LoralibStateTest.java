/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.Bias;
import org.lora4j.loralib.LoraStateDictFile;

/** A file that loralib's lora_state_dict gave, of a layer of each kind, read and written again. */
final class LoralibStateTest {
    private static final String FOLDER = "/golden/layers-state/";
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void theLayersGiveWhatLoralibsGiveAndTheFileIsWrittenAgain(@TempDir Path folder)
            throws Exception {
        LayerExchange layers = new LayerExchange(manager, LoralibStateTest::open);
        Lora.inject(layers.tree, LayerExchange.loralib());
        NDList state = LayerExchange.readState(folder("lora.pt"), manager);
        assertThat(Lora.loadLoraStateDict(layers.tree, state, Bias.NONE).isComplete()).isTrue();
        Map<String, NDArray> outputs = layers.outputs();
        assertThat(outputs).hasSize(5);
        outputs.forEach(
                (name, y) ->
                        assertThat(y.toFloatArray())
                                .as(name)
                                .containsExactly(
                                        layers.array(name, "y").toFloatArray(), within(1e-6f)));
        Path file = folder.resolve("again.pt");
        try (NDList again = Lora.loraStateDict(layers.tree, Bias.NONE)) {
            LoraStateDictFile.writeTorch(file, again);
        }
        assertThat(values(LayerExchange.readState(file, manager))).isEqualTo(values(state));
    }

    private static Map<String, String> values(NDList state) {
        Map<String, String> values = new LinkedHashMap<>();
        for (NDArray array : state) {
            String numbers = Arrays.toString(array.toFloatArray());
            values.put(array.getName(), array.getShape() + numbers);
        }
        return values;
    }

    private static Path folder(String name) throws URISyntaxException {
        return Path.of(
                        Objects.requireNonNull(
                                        LoralibStateTest.class.getResource(
                                                FOLDER + "manifest.json"))
                                .toURI())
                .resolveSibling(name);
    }

    private static InputStream open(String name) throws IOException {
        try {
            return Files.newInputStream(folder(name));
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
