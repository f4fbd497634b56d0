/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Bias;
import org.lora4j.core.Combination;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.djl.Lora;

/** A scope is for the passes of its thread: calls that change the model do not look at it. */
final class UseScopeTest {
    private static final LoraConfig CONFIG =
            LoraConfig.builder().setRank(2).setAlpha(4).optTargetModules("q_proj").build();

    @TempDir Path folder;

    private LoraModel two() throws IOException {
        LoraModel model = DecoderGolden.load(folder, "llama");
        model.addAdapter("a", CONFIG);
        model.addAdapter("b", CONFIG);
        return model;
    }

    private static Set<String> active(LoraModel model) {
        return model.block().loraContext().active().getDefault().weights().keySet();
    }

    private static Set<String> trained(LoraModel model) {
        return BlockTree.trainedAdapters(model.block());
    }

    @Test
    void whatIsAddedInAScopeTrainsAndIsActive() throws IOException {
        try (LoraModel model = two()) {
            try (ActiveAdapters.Scope scope = model.use(AdapterSelection.of("a"))) {
                model.addAdapter("c", CONFIG);
            }
            assertThat(trained(model)).containsExactly("c");
            assertThat(active(model)).containsExactly("c");
        }
    }

    @Test
    void whatIsTrainedInAScopeIsWhatWasAskedFor() throws IOException {
        try (LoraModel model = two()) {
            for (AdapterSelection used :
                    Set.of(AdapterSelection.none(), AdapterSelection.of("b"))) {
                model.trainAdapter("b");
                try (ActiveAdapters.Scope scope = model.use(used)) {
                    model.trainAdapter("a");
                }
                assertThat(trained(model)).containsExactly("a");
                assertThat(active(model)).containsExactly("a");
            }
        }
    }

    @Test
    void whatIsDeletedInAScopeLeavesTheDefaultAlone() throws IOException {
        try (LoraModel model = two()) {
            model.setActive(AdapterSelection.of("a"));
            try (ActiveAdapters.Scope scope = model.use(AdapterSelection.of("b"))) {
                model.deleteAdapter("b");
            }
            assertThat(active(model)).containsExactly("a");
            try (ActiveAdapters.Scope scope = model.use(AdapterSelection.none())) {
                model.deleteAdapter("a");
            }
            assertThat(active(model)).isEmpty();
        }
    }

    @Test
    void weightedSumsAndFailedLoadsDoNotMakeTheScopeTheDefault() throws IOException {
        try (LoraModel model = two()) {
            model.setActive(AdapterSelection.of("a"));
            model.saveAdapters(folder.resolve("all"));
            java.nio.file.Files.writeString(
                    folder.resolve("all/b/adapter_config.json"), "no configuration");
            model.unload();
            model.addAdapter("x", CONFIG);
            try (ActiveAdapters.Scope scope = model.use(AdapterSelection.none())) {
                org.assertj.core.api.Assertions.assertThatThrownBy(
                                () -> model.loadAdapters(folder.resolve("all")))
                        .isInstanceOf(IOException.class);
                assertThat(active(model)).containsExactly("x");
                assertThat(trained(model)).containsExactly("x");
                model.addWeightedAdapter("sum", AdapterSelection.of("x"), Combination.cat());
            }
            assertThat(active(model)).containsExactly("sum");
            assertThat(model.adapterNames()).containsExactly("x", "sum");
        }
    }

    @Test
    void theStateIsTheDefaultsAndSoIsWhatIsMerged() throws IOException {
        try (LoraModel model = two()) {
            model.setActive(AdapterSelection.of("a"));
            try (ActiveAdapters.Scope scope = model.use(AdapterSelection.none())) {
                try (var state = Lora.loraStateDict(model.block(), Bias.NONE)) {
                    assertThat(state).isNotEmpty();
                }
                model.mergeAdapter();
                for (AdapterHost host : BlockTree.hosts(model.block())) {
                    assertThat(((AdaptedLayer) host).isMerged()).isTrue();
                }
                model.unmergeAdapter();
                for (AdapterHost host : BlockTree.hosts(model.block())) {
                    assertThat(((AdaptedLayer) host).isMerged()).isFalse();
                }
            }
        }
    }
}
