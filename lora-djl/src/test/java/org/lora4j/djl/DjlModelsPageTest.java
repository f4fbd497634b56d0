/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docs/djl-models.md is what the lists of {@link DjlModelsTest} say. */
@Tag("once-per-jdk")
final class DjlModelsPageTest {
    private static final String COMMAND =
            "mvn -q -B -pl lora-djl -am test -Dtest=DjlModelsPageTest"
                    + " -Dsurefire.failIfNoSpecifiedTests=false -Dlora4j.docs.write=true";

    private static final String HEAD =
            """
            # DJL's blocks and models

            What `Lora.inject` does with each block of DJL and each model of its zoo.
            [Adapting a DJL model](howto/adapt-a-djl-model.md) shows the calls.

            `DjlModelsTest` makes a small one of each and reads it from a file into a block that was never
            initialised, as pretrained models come. It adapts every matrix in it, compares the output at B = 0 bit
            for bit, takes five steps with DJL's `Trainer`, saves the adapter and reads it into another copy, merges,
            and ejects; the base's weights and running statistics are the same bytes afterwards. The page is written
            from the test's lists, and the test fails when DJL has a block that is not in them.

            | adapted | how | what it costs |
            |---|---|---|
            | swapped | an adapted layer takes the layer's place | two small products beside the layer's own |
            | substituted | the block reads W0 + s·B·A in the place of W0 | an array of the weight's size in each pass, and in training a full gradient of it; LoRA's dropout is refused |

            The numbers below count the matrices of the small model that the test makes. Biases and norms are not
            among them: they stay frozen, running statistics included, unless `optBias` or `optModulesToSave` asks
            for them.
            """;

    private static final String TORCHSCRIPT =
            """

            ## TorchScript modules

            DJL runs models from Hugging Face as TorchScript, as one block. Its archive is rewritten so that its own
            code computes the low-rank terms: [how](howto/adapt-a-djl-model.md#torchscript).
            """;

    @Test
    void thePageIsWrittenFromTheLists() throws IOException {
        Path file = Path.of("..", "docs", "djl-models.md");
        String page = page();
        if (Boolean.getBoolean("lora4j.docs.write")) {
            Files.writeString(file, page);
        }
        assertThat(Files.readString(file))
                .as("docs/djl-models.md; write it with\n%s\n", COMMAND)
                .isEqualTo(page);
    }

    private static String page() {
        return HEAD
                + section("Blocks, `ai.djl:api`", DjlBlocks.all())
                + section("Models, `ai.djl:model-zoo`", ZooModels.basic())
                + section("Time series, `ai.djl.timeseries:timeseries`", ZooModels.timeSeries())
                + TORCHSCRIPT;
    }

    private static String section(String title, List<DjlModel> models) {
        StringBuilder text = new StringBuilder("\n## " + title + "\n\n");
        text.append("| | adapted | remarks | tests |\n|---|---|---|---|\n");
        for (DjlModel model : models) {
            text.append(
                    "| %s | %s | %s | %s |\n"
                            .formatted(title(model), adapted(model), model.remark(), tests(model)));
        }
        return text.toString();
    }

    private static String title(DjlModel model) {
        String name = model.title();
        int end = name.indexOf(", ");
        return end < 0
                ? "`" + name + "`"
                : "`" + name.substring(0, end) + "`" + name.substring(end);
    }

    private static String adapted(DjlModel model) {
        return switch (model.kind()) {
            case ADAPTED -> counts(model);
            case NO_MATRIX -> "nothing to adapt: refused as a target";
            case NOT_ON_PYTORCH -> "no: DJL itself fails on PyTorch, `" + model.failure() + "`";
            case BASE_CLASS -> "a base class";
            case TORCHSCRIPT -> "TorchScript: [below](#torchscript-modules)";
        };
    }

    private static String counts(DjlModel model) {
        List<String> counts = new ArrayList<>();
        if (model.swapped() > 0) {
            counts.add(model.swapped() + " swapped");
        }
        if (model.substituted() > 0) {
            counts.add(model.substituted() + " substituted");
        }
        return String.join(", ", counts);
    }

    private static String tests(DjlModel model) {
        List<String> names = new ArrayList<>();
        if (model.runs() || model.kind() == DjlModel.Kind.NOT_ON_PYTORCH) {
            names.add("DjlModelsTest");
        }
        if (!model.tests().isEmpty()) {
            names.add(model.tests());
        }
        return String.join(", ", names);
    }
}
