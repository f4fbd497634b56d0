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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.torchscript.archive.ScriptRecords;

/** The dropout of a trace, and LoRA's own. */
final class TraceDropoutTest {
    @TempDir Path directory;

    private Path rewrite(String name, boolean live, double dropout, String... targets)
            throws IOException {
        Path file = directory.resolve(name + live + dropout + ".pt");
        try (ScriptArchive archive = ScriptArchive.open(ScriptGolden.of(name).archive())) {
            ScriptRewriter rewriter = new ScriptRewriter(archive).optLiveDropout(live);
            for (String target : targets) {
                int dot = target.lastIndexOf('.');
                String module = dot < 0 ? target : target.substring(0, dot);
                String parameter = dot < 0 ? "weight" : target.substring(dot + 1);
                rewriter.add(new ScriptTarget(module, parameter, 2, 1.5, dropout, null));
            }
            AdapterValues ones =
                    (adapter, isA, out) -> {
                        long size = (isA ? adapter.shapeOfA() : adapter.shapeOfB()).size();
                        var bytes =
                                ByteBuffer.allocate((int) size * Double.BYTES)
                                        .order(ByteOrder.LITTLE_ENDIAN);
                        for (int i = 0; i < size; i++) {
                            bytes.putDouble(0.1 + i * 0.02);
                        }
                        out.write(bytes.flip());
                    };
            rewriter.write(file, ones);
        }
        return file;
    }

    private static List<String> texts(Path file) throws IOException {
        try (ScriptRecords records = ScriptRecords.open(file)) {
            List<String> texts = new ArrayList<>();
            for (String name : records.names()) {
                if (name.endsWith(".py")) {
                    texts.add(records.readText(name, 1 << 20));
                }
            }
            return texts;
        }
    }

    /** Two draws may be equal by chance; twenty are not. */
    private static void assertDrops(LoadedScript script, NDList inputs) {
        Set<String> outputs = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            outputs.add(Arrays.toString(Doubles.of(script.forward(inputs))));
        }
        assertThat(outputs).hasSizeGreaterThan(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dropout-training", "dropout-evaluating"})
    void liveDropoutEvaluatesExactlyAndDropsInTraining(String name) throws IOException {
        Path file = rewrite(name, true, 0, "q");
        try (LoadedScript script = LoadedScript.load(file)) {
            NDList inputs = ScriptGolden.of(name).inputs(script.manager());
            script.setTraining(false);
            NDArray first = script.forward(inputs);
            Doubles.assertClose(script.forward(inputs), first, 0);
            script.setTraining(true);
            assertDrops(script, inputs);
        }
        assertThat(String.join("", texts(file)))
                .contains("torch.dropout(argument_1, 0.25, self.training)")
                .doesNotContain(", 0.25, True)")
                .doesNotContain(", 0.25, False)");
    }

    @Test
    void theProbabilityOfAttentionFollowsTheFlag() throws IOException {
        assertThat(String.join("", texts(rewrite("dropout-training", true, 0, "q"))))
                .contains("None, torch.mul(0.5, float(int(self.training)))");
    }

    @Test
    void withoutTheOptionTheTraceKeepsItsDropout() throws IOException {
        assertThat(String.join("", texts(rewrite("dropout-training", false, 0, "q"))))
                .contains("torch.dropout(argument_1, 0.25, True)")
                .contains("None, 0.5)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear a",
                "frozen CONSTANTS.c0",
                "conv1d-transposed c_attn",
                "convolutions plain",
                "functional by_matmul",
                "scripted conv"
            })
    void loraDropoutDropsTheInputOfAInTrainingAlone(String words) throws IOException {
        String name = words.split(" ")[0];
        String target = words.split(" ")[1];
        if (name.equals("functional")) {
            target = "." + target;
        }
        Path with = rewrite(name, false, 0.5, target);
        Path without = rewrite(name, false, 0, target);
        try (LoadedScript dropping = LoadedScript.load(with);
                LoadedScript plain = LoadedScript.load(without)) {
            NDList inputs = ScriptGolden.of(name).inputs(dropping.manager());
            dropping.setTraining(false);
            Doubles.assertClose(dropping.forward(inputs), plain.forward(inputs), 0);
            dropping.setTraining(true);
            assertDrops(dropping, inputs);
        }
    }
}
