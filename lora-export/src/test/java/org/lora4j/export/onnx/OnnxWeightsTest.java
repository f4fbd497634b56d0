/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which weight goes where, and into which file. */
final class OnnxWeightsTest {
    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @TempDir Path folder;

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray random(long... shape) {
        return manager.randomNormal(new Shape(shape));
    }

    /** y = rows of a table, times W transposed, plus b, plus c. */
    private Path graph(NDArray w, NDArray b, String nameOfB, NDArray c, String nameOfC, long inside)
            throws IOException {
        OnnxGraph graph = new OnnxGraph("sum");
        String ids = graph.integers("ids", "n");
        String x = graph.apply("Gather", graph.weight("table", manager.eye(3)), ids);
        String product = graph.apply("MatMul", x, graph.transposed("w", w));
        String sum = graph.apply("Add", product, graph.weight(nameOfB, b));
        graph.output("y", graph.apply("Add", sum, graph.weight(nameOfC, c)), "n", "2");
        Path file = Files.createDirectories(folder.resolve("in")).resolve("model.onnx");
        graph.write(file, Map.of(), inside);
        return file;
    }

    private static float[][] run(Path file) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor ids = OnnxTensor.createTensor(environment, new long[] {2, 0});
                OrtSession.Result result = session.run(Map.of("ids", ids))) {
            return (float[][]) result.get(0).getValue();
        }
    }

    @Test
    void dataBesideTheFileAreReplacedInACopy() throws Exception {
        NDArray w = random(2, 3);
        NDArray b = random(2);
        NDArray c = random(2);
        Path file = graph(w, b, "b", c, "c", 0);
        assertThat(folder.resolve("in/model.onnx_data")).hasSize(4 * (9 + 6 + 2 + 2));
        OnnxWeights weights = OnnxWeights.find(file, Map.of("w", w, "b", b));
        NDArray other = random(2, 3);
        assertThatThrownBy(() -> weights.write(Map.of("w", other), folder.resolve("in/other.onnx")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("name an output in another directory");
        Path output = Files.createDirectories(folder.resolve("out")).resolve("merged.onnx");
        assertThat(weights.write(Map.of("w", other, "b", b), output)).isEqualTo(1);
        float[][] found = run(output);
        NDArray expected = other.transpose().add(b).add(c);
        assertThat(found[0]).containsExactly(expected.get(2).toFloatArray());
        assertThat(found[1]).containsExactly(expected.get(0).toFloatArray());
        NDArray before = w.transpose().add(b).add(c);
        assertThat(run(file)[0]).containsExactly(before.get(2).toFloatArray());
    }

    @Test
    void namesTellEqualWeightsApart() throws Exception {
        NDArray w = random(2, 3);
        NDArray zero = manager.zeros(new Shape(2));
        Path file = graph(w, zero, "layer.1.bias", zero, "layer.0.bias", 1 << 20);
        Map<String, NDArray> base =
                Map.of("bert.layer.0.bias", zero, "bert.layer.1.bias", zero, "bert.w", w);
        NDArray one = manager.create(new float[] {1, 10});
        Path output = folder.resolve("merged.onnx");
        OnnxWeights.find(file, base)
                .write(Map.of("bert.layer.0.bias", one, "bert.layer.1.bias", zero), output);
        assertThat(run(output)[0]).containsExactly(w.transpose().add(one).get(2).toFloatArray());
    }

    @Test
    void equalWeightsWithoutTellingNamesAreRefused() throws Exception {
        NDArray w = random(2, 3);
        NDArray zero = manager.zeros(new Shape(2));
        Path file = graph(w, zero, "onnx_1", zero, "onnx_2", 1 << 20);
        OnnxWeights weights = OnnxWeights.find(file, Map.of("first", zero, "second", zero, "w", w));
        NDArray one = manager.ones(new Shape(2));
        Path output = folder.resolve("merged.onnx");
        assertThatThrownBy(() -> weights.write(Map.of("first", one, "second", zero), output))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("first has the same numbers as [second]");
        assertThat(output).doesNotExist();
    }

    /** An exporter may keep one tensor for two weights that are equal: one alone cannot change. */
    @Test
    void aTensorThatServesTwoWeightsIsNotReplacedForOne() throws Exception {
        NDArray w = random(2, 3);
        NDArray zero = manager.zeros(new Shape(2));
        NDArray c = random(2);
        Path file = graph(w, zero, "first", c, "c", 1 << 20);
        OnnxWeights weights = OnnxWeights.find(file, Map.of("first", zero, "second", zero, "w", w));
        NDArray one = manager.ones(new Shape(2));
        Path output = folder.resolve("merged.onnx");
        assertThatThrownBy(() -> weights.write(Map.of("first", one, "second", zero), output))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("first has the same numbers as [second]");
        weights.write(Map.of("first", one, "second", one), output); // both, alike
        assertThat(run(output)[0])
                .containsExactly(w.transpose().add(one).add(c).get(2).toFloatArray());
    }

    @Test
    void numbersThatAreNotFiniteAreNotWritten() throws Exception {
        NDArray w = random(2, 3);
        NDArray b = random(2);
        Path file = graph(w, b, "b", random(2), "c", 1 << 20);
        OnnxWeights weights = OnnxWeights.find(file, Map.of("w", w, "b", b));
        Path output = folder.resolve("merged.onnx");
        assertThatThrownBy(
                        () ->
                                weights.write(
                                        Map.of("b", manager.create(new float[] {1, Float.NaN})),
                                        output))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("b is NaN or infinite");
        assertThat(output).doesNotExist();
    }

    @Test
    void brokenFilesAreRefused() throws IOException {
        Path file = graph(random(2, 3), random(2), "b", random(2), "c", 1 << 20);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length - 8; length += 7) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> OnnxFile.read(file)).isInstanceOf(IOException.class);
        }
    }
}
