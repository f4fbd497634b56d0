/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.safetensors.ByteSink;

/**
 * Ways to write a linear layer's code, and the mode that each leads to. The rewritten archive must
 * give what the merged one does, whose code is as it was.
 */
final class CodeVariantsTest {
    private static final String FILE = "code/__torch__/torch/nn/modules/linear.py";
    private static final String TYPE = "__torch__.torch.nn.modules.linear.Linear";

    /** How each line of the body is written, in place of the trace's. */
    record Variant(String name, String mode, String reason, String... body) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Variant activation(String name, String... body) {
        return new Variant(name, "ACTIVATION", "", body);
    }

    private static Variant weight(String name, String reason, String... body) {
        return new Variant(name, "WEIGHT", reason, body);
    }

    private static Variant refused(String name, String reason, String... body) {
        return new Variant(name, "", reason, body);
    }

    static List<Variant> variants() {
        String read = "weight = self.weight";
        String bias = "bias = self.bias";
        return List.of(
                activation("as traced", bias, read, "return torch.linear(x, weight, bias)"),
                activation("inline", "return torch.linear(x, self.weight, self.bias)"),
                activation(
                        "by getattr",
                        "w = getattr(self, \"weight\")",
                        "return torch.linear(x, (w), self.bias)"),
                activation(
                        "copied",
                        read,
                        "w = weight",
                        "w2 = w",
                        "return torch.linear(x, w2, self.bias)"),
                activation("no bias", "return torch.add(torch.linear(x, self.weight), self.bias)"),
                activation("a comma more", "return torch.linear(x, self.weight, self.bias, )"),
                activation(
                        "over several lines",
                        "return torch.linear(x,",
                        "      self.weight,",
                        "  self.bias)"),
                activation(
                        "twice, one in the other",
                        read,
                        "y = torch.linear(torch.slice(torch.linear(x, weight), 1, 0, 5), weight, "
                                + "self.bias)",
                        "return y"),
                activation(
                        "in branches",
                        read,
                        "if torch.gt(torch.size(x, 0), 100):",
                        "  y = torch.linear(x, weight)",
                        "else:",
                        "  y = torch.linear(x, weight, self.bias)",
                        "return y"),
                activation(
                        "with strings and comments",
                        "s = \"weight ) ( \\\" self.weight\"  # weight",
                        "return torch.linear(x, self.weight, self.bias)"),
                weight(
                        "by keyword",
                        "torch.linear with other arguments",
                        read,
                        "return torch.linear(x, weight, bias=self.bias)"),
                weight(
                        "also used otherwise",
                        "it is used by torch.sum",
                        read,
                        "return torch.add(torch.linear(x, weight, self.bias), torch.sum(weight))"),
                weight(
                        "by two operations",
                        "several operations",
                        read,
                        "y = torch.linear(x, weight, self.bias)",
                        "z = torch.matmul(torch.ones([2, 7], dtype=7), weight)",
                        "return torch.add(y, torch.sum(z))"),
                weight(
                        "transposed",
                        "it is used by torch.t",
                        "return torch.addmm(self.bias, x, torch.t(self.weight))"),
                weight(
                        "scaled addmm",
                        "it is used by torch.t",
                        "return torch.addmm(self.bias, x, torch.t(self.weight), beta=2, alpha=3)"),
                weight(
                        "a variable of two values",
                        "used by an expression of forward",
                        "w = self.weight",
                        "if torch.gt(torch.size(x, 0), 100):",
                        "  w = torch.neg(self.weight)",
                        "else:",
                        "  pass",
                        "return torch.linear(x, w, self.bias)"),
                weight(
                        "in a list",
                        "an expression of forward",
                        "ws = [self.weight]",
                        "return torch.linear(x, ws[0], self.bias)"),
                activation(
                        "by an own method",
                        "return (self).inner(x, self.weight, )",
                        "",
                        "def inner(self: " + TYPE + ",",
                        "    x: Tensor,",
                        "    w: Tensor) -> Tensor:",
                        "  return torch.linear(x, w, self.bias)"),
                weight(
                        "by an own method with two values",
                        "it is used by inner",
                        "y = (self).inner(x, torch.ones([7, 5], dtype=7), )",
                        "return torch.add(y, (self).inner(x, self.weight, ))",
                        "",
                        "def inner(self: " + TYPE + ",",
                        "    x: Tensor,",
                        "    w: Tensor) -> Tensor:",
                        "  return torch.linear(x, w, self.bias)"),
                refused(
                        "assigned",
                        "the code assigns to it",
                        "w = torch.mul(self.weight, 2)",
                        "self.weight = w",
                        "return torch.linear(x, self.weight, self.bias)"),
                refused("unused", "no code that runs uses it", "return torch.slice(x, 1, 0, 7)"));
    }

    @TempDir Path directory;

    private Path original(Variant variant) throws IOException {
        StringBuilder body = new StringBuilder();
        String indent = "    ";
        for (String line : variant.body()) {
            if (line.isEmpty()) {
                indent = "  "; // a method begins
                continue;
            }
            body.append(indent).append(line).append('\n');
        }
        return new EditedArchive(ScriptGolden.of("linear").archive())
                .text(
                        FILE,
                        text ->
                                text.substring(0, text.indexOf("    bias = self.bias"))
                                        + body
                                        + " ")
                .write(directory.resolve("original.pt"));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void theModeSuitsTheCodeAndTheTermIsRight(Variant variant) throws IOException {
        Path original = original(variant);
        try (ScriptArchive archive = ScriptArchive.open(original)) {
            ScriptParameter weight = archive.modules().get(1).parameters().get(0);
            assertThat(weight.adaptable().map(a -> a.mode().name()).orElse(""))
                    .as(weight.reason())
                    .isEqualTo(variant.mode());
            assertThat(weight.reason()).contains(variant.reason());
            if (variant.mode().isEmpty()) {
                return;
            }
            Path zero = directory.resolve("zero.pt");
            Path adapted = directory.resolve("adapted.pt");
            Path merged = directory.resolve("merged.pt");
            ScriptRewriter rewriter =
                    new ScriptRewriter(archive).add(ScriptTarget.of("a", "weight", 3, 0.7));
            rewriter.write(zero, AdapterValues.ZEROS);
            rewriter.write(adapted, CodeVariantsTest::draw);
            try (ScriptArchive rewritten = ScriptArchive.open(adapted)) {
                new ScriptMerge(archive).addAll(rewritten).write(merged);
            }
            Map<Path, double[]> outputs = new HashMap<>();
            for (Path file : List.of(original, zero, adapted, merged)) {
                try (LoadedScript script = LoadedScript.load(file)) {
                    NDList inputs = ScriptGolden.of("linear").inputs(script.manager());
                    NDArray y = script.forward(inputs);
                    outputs.put(file, Doubles.of(y));
                }
            }
            assertThat(outputs.get(zero)).isEqualTo(outputs.get(original));
            assertThat(outputs.get(adapted)).isNotEqualTo(outputs.get(original));
            double[] expected = outputs.get(merged);
            double[] found = outputs.get(adapted);
            for (int i = 0; i < expected.length; i++) {
                assertThat(Math.abs(found[i] - expected[i]) < 1e-12)
                        .as("%s, expected %s", Arrays.toString(found), Arrays.toString(expected))
                        .isTrue();
            }
        }
    }

    static void draw(ScriptAdapter adapter, boolean isA, ByteSink out) throws IOException {
        Random random = new Random(isA ? 1 : 2);
        long size = (isA ? adapter.shapeOfA() : adapter.shapeOfB()).size();
        ByteBuffer bytes =
                ByteBuffer.allocate((int) size * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
            bytes.putDouble(random.nextGaussian() * 0.3);
        }
        out.write(bytes.flip());
    }
}
