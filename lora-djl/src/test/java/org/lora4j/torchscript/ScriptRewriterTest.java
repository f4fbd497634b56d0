/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.pickle.ScriptTensor;

/** Archives whose own code computes the low-rank term, beside what PyTorch computes. */
final class ScriptRewriterTest {
    @TempDir Path directory;

    static List<ScriptGolden> adapted() {
        return ScriptGolden.all().stream().filter(golden -> !golden.isRefused()).toList();
    }

    static List<ScriptGolden> adaptedInDouble() {
        return adapted().stream()
                .filter(golden -> !golden.name().matches("linear-.*|optimized"))
                .toList();
    }

    private static ScriptRewriter rewriter(ScriptArchive archive, ScriptGolden golden) {
        ScriptRewriter rewriter = new ScriptRewriter(archive);
        golden.targets().forEach(target -> rewriter.add(target.target()));
        return rewriter.optLiveDropout(golden.name().startsWith("dropout"));
    }

    private Path rewrite(ScriptGolden golden, boolean zeroB) throws IOException {
        Path file = directory.resolve(golden.name() + (zeroB ? "-zero.pt" : ".pt"));
        try (ScriptArchive archive = ScriptArchive.open(golden.archive());
                NDManager manager = NDManager.newBaseManager()) {
            Map<String, String> names = new LinkedHashMap<>();
            golden.targets().forEach(target -> names.put(target.target().path(), target.tensors()));
            rewriter(archive, golden)
                    .write(
                            file,
                            (adapter, isA, out) -> {
                                String name = names.get(adapter.target().path());
                                NDArray matrix =
                                        golden.tensor(
                                                manager, name + (isA ? ".lora_A" : ".lora_B"));
                                assertThat(matrix.getShape())
                                        .isEqualTo(isA ? adapter.shapeOfA() : adapter.shapeOfB());
                                boolean zero =
                                        zeroB && isA == (adapter.form() == ScriptForm.EMBEDDING);
                                TensorData.of(zero ? matrix.zerosLike() : matrix).writeTo(out);
                            });
        }
        return file;
    }

    @ParameterizedTest
    @MethodSource("adapted")
    void theAdaptedOutputIsPyTorchs(ScriptGolden golden) throws IOException {
        try (LoadedScript script = LoadedScript.load(rewrite(golden, false))) {
            NDArray y = script.forward(golden.inputs(script.manager()));
            Doubles.assertClose(y, golden.tensor(script.manager(), "adapted"), 1e-12);
        }
    }

    @ParameterizedTest
    @MethodSource("adapted")
    void theGradientsOfAAndBArePyTorchs(ScriptGolden golden) throws IOException {

        Path file = rewrite(golden, false);
        try (LoadedScript script = LoadedScript.load(file);
                ScriptArchive archive = ScriptArchive.open(file)) {
            NDArray probe = golden.probe(script.manager());
            if (golden.name().startsWith("dropout")) {
                return; // the model drops in training; its gradients are tested by themselves
            }
            script.backward(golden.inputs(script.manager()), probe);
            List<ScriptGolden.Target> targets = golden.targets();
            for (int i = 0; i < targets.size(); i++) {
                ScriptAdapter adapter = archive.adapters().get(i);
                for (boolean isA : new boolean[] {true, false}) {
                    String path = isA ? adapter.attributeOfA() : adapter.attributeOfB();
                    NDArray found = script.parameter(path).getArray().getGradient();
                    NDArray expected =
                            golden.tensor(
                                    script.manager(),
                                    targets.get(i).tensors() + (isA ? ".grad_A" : ".grad_B"));
                    assertThat(expected.abs().max().toType(DataType.FLOAT64, true).getDouble())
                            .as("a gradient that is not zero")
                            .isPositive();
                    double tolerance = expected.getDataType() == DataType.FLOAT64 ? 1e-11 : 0;
                    if (golden.name().matches("linear-(half|bfloat16)")) {
                        tolerance = 0.1; // the layer between rounds to half precision
                    }
                    Doubles.assertClose(found, expected, tolerance);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("adaptedInDouble")
    void theGradientsAreThoseOfFiniteDifferences(ScriptGolden golden) throws IOException {
        if (golden.name().startsWith("dropout")) {
            return;
        }
        Path file = rewrite(golden, false);
        try (LoadedScript script = LoadedScript.load(file);
                ScriptArchive archive = ScriptArchive.open(file)) {
            NDArray probe = golden.probe(script.manager());
            NDList inputs = golden.inputs(script.manager());
            script.backward(inputs, probe);
            for (ScriptAdapter adapter : archive.adapters()) {
                for (String path : List.of(adapter.attributeOfA(), adapter.attributeOfB())) {
                    NDArray array = script.parameter(path).getArray();
                    double[] gradient = array.getGradient().toDoubleArray();
                    double[] values = Doubles.of(array);
                    int index = values.length / 2;
                    double step = 1e-6;
                    double up = loss(script, path, values, index, step, inputs, probe);
                    double down = loss(script, path, values, index, -step, inputs, probe);
                    double difference = (up - down) / (2 * step);
                    assertThat(Math.abs(difference - gradient[index]) < 1e-5)
                            .as("%s: %s, expected %s", path, gradient[index], difference)
                            .isTrue();
                }
            }
        }
    }

    private double loss(
            LoadedScript script,
            String path,
            double[] values,
            int index,
            double step,
            NDList inputs,
            NDArray probe)
            throws IOException {
        double[] moved = values.clone();
        moved[index] += step;
        return script.lossWith(path, moved, inputs, probe);
    }

    @ParameterizedTest
    @MethodSource("adapted")
    void withBOfZeroTheOutputIsTheOriginals(ScriptGolden golden) throws IOException {
        try (LoadedScript script = LoadedScript.load(rewrite(golden, true));
                LoadedScript original = LoadedScript.load(golden.archive())) {
            NDList inputs = golden.inputs(script.manager());
            NDArray y = script.forward(inputs);
            if (golden.name().equals("dropout-training")) {
                return; // the original drops whenever it runs: see TraceDropoutTest
            }
            NDArray expected = original.forward(inputs);
            assertThat(y.sub(expected).abs().max().toType(DataType.FLOAT64, true).getDouble())
                    .isEqualTo(0.0);
        }
    }

    @Test
    void onlyAAndBRequireGradients() throws IOException {
        ScriptGolden golden = ScriptGolden.of("bert");
        try (ScriptArchive archive = ScriptArchive.open(rewrite(golden, false))) {
            for (var module : archive.program().modules().values()) {
                Program.attributes(module)
                        .forEach(
                                (name, value) -> {
                                    if (value instanceof ScriptTensor tensor) {
                                        assertThat(tensor.requiresGrad())
                                                .isEqualTo(name.startsWith("lora_"));
                                    }
                                });
            }
        }
    }

    @Test
    void aRewrittenArchiveIsNotRewrittenAgain() throws IOException {
        Path file = rewrite(ScriptGolden.of("linear"), false);
        try (ScriptArchive archive = ScriptArchive.open(file)) {
            assertThatThrownBy(() -> new ScriptRewriter(archive))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected an original archive");
        }
    }

    @Test
    void allRefusalsAreInOneMessage() throws IOException {
        try (ScriptArchive archive =
                ScriptArchive.open(ScriptGolden.of("encoder-fused").archive())) {
            ScriptRewriter rewriter =
                    new ScriptRewriter(archive)
                            .add(ScriptTarget.of("layer.linear1", "weight", 2, 1))
                            .add(ScriptTarget.of("layer.linear1", "bias", 2, 1))
                            .add(ScriptTarget.of("layer.nowhere", "weight", 2, 1));
            assertThatThrownBy(rewriter::adapters)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("layer.linear1.weight: the model was traced under")
                    .hasMessageContaining("trace it again with gradients enabled")
                    .hasMessageContaining("layer.linear1.bias: it has 1 dimensions")
                    .hasMessageContaining("layer.nowhere.weight: there is no such tensor");
        }
    }

    @Test
    void aDynamicallyQuantizedModelIsRefused() throws IOException {
        try (ScriptArchive archive =
                ScriptArchive.open(ScriptGolden.of("dynamic-int8").archive())) {
            assertThat(archive.modules().stream().flatMap(m -> m.parameters().stream()))
                    .allMatch(parameter -> parameter.adaptable().isEmpty());
        }
    }
}
