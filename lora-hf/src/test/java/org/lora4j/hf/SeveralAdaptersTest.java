/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Combination;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.text.PaddedBatch;
import org.lora4j.torch.Torch;

/** Several adapters in one model: loaded, combined, saved and removed as in PEFT. */
final class SeveralAdaptersTest {
    private static final Path SEVERAL = Golden.golden("several");
    private static final JsonObject EXPECTED = Golden.json(SEVERAL.resolve("expected.json"));
    private static final List<String> PARTS = List.of("default", "patterns", "second");
    private static final Gson GSON = new Gson();

    @TempDir Path folder;

    private LoraModel base() throws IOException {
        return LoraModel.load(Golden.model(folder, "relu"), Task.sequenceClassification());
    }

    private static PaddedBatch batch() {
        return Golden.batch(
                GSON.fromJson(EXPECTED.get("ids"), int[][].class),
                GSON.fromJson(EXPECTED.get("types"), int[][].class));
    }

    private static double[][] logits(String adapter) {
        return GSON.fromJson(EXPECTED.getAsJsonObject("logits").get(adapter), double[][].class);
    }

    private static AdapterSelection parts(Object... namesAndWeights) {
        Map<String, Double> weights = new LinkedHashMap<>();
        for (int i = 0; i < namesAndWeights.length; i += 2) {
            weights.put((String) namesAndWeights[i], (Double) namesAndWeights[i + 1]);
        }
        return new AdapterSelection(weights);
    }

    @Test
    void whatPeftSavedIsLoadedAndSavedInItsPlaces() throws IOException {
        Path out = folder.resolve("again");
        try (LoraModel model = base()) {
            float[] plain = Golden.logits(model, batch());
            List<String> names = model.loadAdapters(SEVERAL);
            assertThat(names)
                    .containsExactly(
                            "default", "cat", "linear", "patterns", "second", "single", "svd");
            assertThat(model.trainableParameters().trainable()).isZero();
            Set<List<Float>> seen = new HashSet<>();
            for (String name : names) {
                if (!name.equals("default")) { // which is the active one
                    model.setActive(AdapterSelection.of(name));
                }
                float[] found = Golden.logits(model, batch());
                assertThat(Golden.farthest(found, logits(name))).as(name).isLessThan(1e-4);
                assertThat(seen.add(List.of(found[0], found[1]))).as(name).isTrue();
            }
            model.saveAdapters(out);
            model.unload();
            assertThat(model.adapterNames()).isEmpty();
            assertThat(Golden.logits(model, batch())).isEqualTo(plain);
            model.trainAll(); // as only a plain model can
            for (String name : names) {
                Path ours = name.equals("default") ? out : out.resolve(name);
                Path theirs = name.equals("default") ? SEVERAL : SEVERAL.resolve(name);
                assertThat(ours.resolve("adapter_model.safetensors"))
                        .hasSameBinaryContentAs(theirs.resolve("adapter_model.safetensors"));
                assertThat(set(ours)).isEqualTo(set(theirs));
                JsonObject one = Golden.json(ours.resolve("adapter_config.json"));
                JsonObject two = Golden.json(theirs.resolve("adapter_config.json"));
                one.remove("target_modules");
                two.remove("target_modules");
                assertThat(one).isEqualTo(two);
            }
        }
    }

    private static Set<String> set(Path adapter) {
        return Set.of(
                GSON.fromJson(
                        Golden.json(adapter.resolve("adapter_config.json")).get("target_modules"),
                        String[].class));
    }

    @Test
    void weightedAdaptersAreThoseOfPeft() throws IOException {
        Path out = folder.resolve("combined");
        try (LoraModel model = base()) {
            model.loadAdapters(parts());
            model.addWeightedAdapter(
                    "cat",
                    parts("default", 0.7, "second", -0.4, "patterns", 1.5),
                    Combination.cat());
            model.addWeightedAdapter(
                    "linear", parts("default", 0.6, "second", -0.3), Combination.linear());
            model.addWeightedAdapter(
                    "svd", parts("default", 0.6, "second", -0.3), Combination.svd());
            model.addWeightedAdapter("single", parts("second", -0.8), Combination.cat());
            assertThat(model.trainableParameters().trainable()).isZero();
            for (String name : List.of("cat", "linear", "svd", "single")) {
                model.setActive(AdapterSelection.of(name));
                float[] found = Golden.logits(model, batch());
                assertThat(Golden.farthest(found, logits(name))).as(name).isLessThan(1e-4);
                model.saveAdapter(name, out);
                Map<String, float[]> theirs =
                        Golden.tensors(SEVERAL.resolve(name + "/adapter_model.safetensors"));
                Map<String, float[]> ours =
                        Golden.tensors(out.resolve("adapter_model.safetensors"));
                assertThat(ours.keySet()).isEqualTo(theirs.keySet());
                if (!name.equals("svd")) { // whose vectors' signs are free
                    ours.forEach(
                            (tensor, values) ->
                                    assertThat(values)
                                            .as(name + " " + tensor)
                                            .containsExactly(theirs.get(tensor), within(1e-6f)));
                }
                assertThat(set(out)).isEqualTo(set(SEVERAL.resolve(name)));
                JsonObject config = Golden.json(out.resolve("adapter_config.json"));
                JsonObject expected = Golden.json(SEVERAL.resolve(name + "/adapter_config.json"));
                for (String key : List.of("r", "lora_alpha", "rank_pattern", "use_rslora")) {
                    assertThat(config.get(key)).as(name + " " + key).isEqualTo(expected.get(key));
                }
            }
        }
    }

    /** The parts alone, in PEFT's places. */
    private Path parts() throws IOException {
        Path several = Files.createTempDirectory(folder, "parts");
        for (String name : PARTS) {
            Path from = name.equals("default") ? SEVERAL : SEVERAL.resolve(name);
            Path to = name.equals("default") ? several : several.resolve(name);
            Files.createDirectories(to);
            for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
                Files.copy(from.resolve(file), to.resolve(file));
            }
        }
        return several;
    }

    @Test
    void catIsTheSelectionItself() throws IOException {
        try (LoraModel model = base()) {
            model.loadAdapters(parts());
            AdapterSelection parts = parts("default", 0.7, "second", -0.4, "patterns", 1.5);
            model.setActive(parts);
            float[] together = Golden.logits(model, batch());
            model.addWeightedAdapter("cat", parts, Combination.cat());
            assertThat(Golden.farthest(Golden.logits(model, batch()), together)).isLessThan(2e-5);
            model.addWeightedAdapter(
                    "linear", parts("default", 0.7, "second", -0.4), Combination.linear());
            float[] crossed = Golden.logits(model, batch());
            model.setActive(parts("default", 0.7, "second", -0.4));
            assertThat(Golden.farthest(Golden.logits(model, batch()), crossed)).isGreaterThan(1e-2);
            model.addWeightedAdapter(
                    "whole", parts("default", 0.7, "second", -0.4), Combination.svd(6));
            float[] exact = Golden.logits(model, batch());
            model.setActive(parts("default", 0.7, "second", -0.4));
            assertThat(Golden.farthest(Golden.logits(model, batch()), exact)).isLessThan(2e-5);
        }
    }

    @Test
    void eachOfSeveralAdaptersRunsOnMergedWeights() throws IOException {
        try (LoraModel model = base()) {
            float[] plain = Golden.logits(model, batch());
            model.loadAdapters(parts());
            AdapterSelection half = new AdapterSelection(Map.of("default", 0.5));
            float[] first = logits(model, AdapterSelection.of("default"));
            float[] second = logits(model, AdapterSelection.of("second"));
            float[] other = logits(model, AdapterSelection.of("patterns"));
            float[] weighted = logits(model, half);
            model.mergeAdapters("default", "second");
            // a write that nobody is told of: what is merged does not see it
            for (AdapterHost host : BlockTree.hosts(model.block())) {
                for (String name : List.of("default", "second")) {
                    if (host instanceof AdaptedLayer layer && layer.adapter(name).isPresent()) {
                        layer.adapter(name).orElseThrow().b().getArray().muli(0);
                    }
                }
            }
            assertThat(farthest(model, "default", first)).isLessThan(1e-5);
            assertThat(farthest(model, "second", second)).isLessThan(1e-5);
            assertThat(farthest(model, "patterns", other)).isZero();
            assertThat(Golden.farthest(logits(model, half), weighted)).isGreaterThan(1e-3);
            model.deleteAdapter("second");
            assertThat(farthest(model, "default", first)).isLessThan(1e-5);
            model.unmergeAdapter();
            assertThat(Golden.farthest(logits(model, half), plain)).isLessThan(1e-3);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.mergeAdapters("default", "second"))
                    .withMessageContaining("second");
            assertThatIllegalArgumentException().isThrownBy(model::mergeAdapters);
        }
    }

    private static float[] logits(LoraModel model, AdapterSelection selection) {
        try (ActiveAdapters.Scope scope = model.use(selection)) {
            return Golden.logits(model, batch());
        }
    }

    private static double farthest(LoraModel model, String adapter, float[] wanted) {
        return Golden.farthest(logits(model, AdapterSelection.of(adapter)), wanted);
    }

    @Test
    void aDeletedAdapterIsGone() throws IOException {
        try (LoraModel model = base()) {
            float[] plain = Golden.logits(model, batch());
            model.loadAdapters(parts());
            model.setActive(AdapterSelection.of("second"));
            float[] second = Golden.logits(model, batch());
            model.deleteAdapter("default");
            assertThat(Golden.logits(model, batch())).isEqualTo(second);
            model.mergeAdapter();
            assertThat(Golden.farthest(Golden.logits(model, batch()), second)).isLessThan(1e-5);
            model.unmergeAdapter();
            assertThat(Golden.logits(model, batch())).isEqualTo(second);
            model.deleteAdapter("second");
            assertThat(Golden.logits(model, batch())).isEqualTo(plain);
            assertThat(model.adapterNames()).containsExactly("patterns");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.deleteAdapter("second"))
                    .withMessageContaining("second")
                    .withMessageContaining("patterns");
            model.loadAdapter("second", SEVERAL.resolve("second"));
            assertThat(Golden.logits(model, batch())).isEqualTo(second);
        }
    }

    @Test
    void aMergeBesideTheWeightsThatIsNotFiniteIsRefusedByTheLayersPath() throws IOException {
        try (LoraModel model = base()) {
            model.loadAdapters(parts());
            model.setActive(AdapterSelection.of("second"));
            List<AdaptedLayer> layers = new ArrayList<>();
            for (AdapterHost host : BlockTree.hosts(model.block())) {
                if (host instanceof AdaptedLayer layer && layer.adapter("second").isPresent()) {
                    layers.add(layer);
                }
            }
            AdaptedLayer last = layers.get(layers.size() - 1);
            NDArray a = last.adapter("second").orElseThrow().a().getArray();
            try (NDArray broken = a.getManager().full(a.getShape(), Float.NaN)) {
                Torch.copyInto(a, broken);
            }
            assertThatThrownBy(model::mergeAdapter)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith(last.path() + " cannot be merged: ")
                    .hasMessageContaining("NaN or infinite");
            assertThat(layers).noneMatch(AdaptedLayer::isMerged);
            model.setActive(AdapterSelection.of("default"));
            model.mergeAdapter();
        }
    }

    @Test
    void whatCannotBeCombinedOrSavedIsSaid() throws IOException {
        LoraConfig config = LoraConfig.builder().setRank(2).setAlpha(5).build();
        try (LoraModel model = base()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> model.saveAdapters(folder.resolve("x")));
            assertThatThrownBy(() -> model.loadAdapters(folder))
                    .isInstanceOf(NoSuchFileException.class);
            model.addAdapter("one", config);
            model.addAdapter("../two", config);
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    model.addWeightedAdapter(
                                            "both",
                                            AdapterSelection.of("one", "../two"),
                                            Combination.cat()))
                    .withMessageContaining("classifier");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.saveAdapters(folder.resolve("out")))
                    .withMessageContaining("../two");
            assertThat(folder.resolve("out")).doesNotExist();
            model.loadAdapter("wide", SEVERAL.resolve("patterns"));
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    model.addWeightedAdapter(
                                            "both",
                                            AdapterSelection.of("one", "wide"),
                                            Combination.linear()))
                    .withMessageContaining("ranks [2, 4]")
                    .withMessageContaining("cat");
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    model.addWeightedAdapter(
                                            "wide", AdapterSelection.of("one"), Combination.cat()));
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    model.addWeightedAdapter(
                                            "x", AdapterSelection.of("nobody"), Combination.cat()))
                    .withMessageContaining("nobody");
            // one head goes along, with its adapter's weight on the pairs alone
            model.addWeightedAdapter("own", AdapterSelection.of("one", "wide"), Combination.cat());
            assertThat(Golden.adapter(model, "own")).containsKey("classifier.weight");
        }
    }

    @Test
    void aBrokenAdapterAmongSeveralLeavesTheModelAsItWas() throws IOException {
        Path broken = parts();
        Files.write(broken.resolve("second/adapter_model.safetensors"), new byte[] {1, 2, 3});
        try (LoraModel model = base()) {
            float[] plain = Golden.logits(model, batch());
            assertThatThrownBy(() -> model.loadAdapters(broken)).isInstanceOf(IOException.class);
            assertThat(model.adapterNames()).isEmpty();
            assertThat(Golden.logits(model, batch())).isEqualTo(plain);
        }
    }
}
