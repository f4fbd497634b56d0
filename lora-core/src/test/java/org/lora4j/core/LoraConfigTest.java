/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lora4j.core.variant.LoraVariant;

@Tag("once-per-jdk")
final class LoraConfigTest {
    @Test
    void defaultsAreThoseThatTheDocumentationSays() {
        LoraConfig config = LoraConfig.builder().setRank(8).setAlpha(12.5).build();
        assertThat(config)
                .isEqualTo(
                        new LoraConfig(
                                8,
                                12.5,
                                0,
                                false,
                                Init.GAUSSIAN,
                                Bias.NONE,
                                TargetModules.unset(),
                                List.of(),
                                Map.of(),
                                Map.of(),
                                DeltaDtype.ACTIVATION,
                                0,
                                LayerForms.PEFT,
                                false,
                                false,
                                TrainableTokens.NONE,
                                0,
                                List.of(),
                                false,
                                LoraVariant.plain()));
    }

    @Test
    void builderCarriesEveryValueThere() {
        LoraConfig config = full();
        assertThat(config.rank()).isEqualTo(3);
        assertThat(config.alpha()).isEqualTo(7);
        assertThat(config.dropout()).isEqualTo(0.25);
        assertThat(config.rslora()).isTrue();
        assertThat(config.init()).isEqualTo(Init.KAIMING_UNIFORM);
        assertThat(config.bias()).isEqualTo(Bias.LORA_ONLY);
        assertThat(config.targets())
                .isEqualTo(
                        new TargetModules(
                                TargetModules.Kind.NAMES,
                                List.of("query", "value"),
                                TargetModules.Kind.REGEX,
                                List.of(".*\\.11\\..*"),
                                List.of(0, 2),
                                List.of("layer", "h"),
                                true));
        assertThat(config.modulesToSave()).containsExactly("classifier");
        assertThat(config.rankPattern()).containsExactly(Map.entry("q", 5), Map.entry("a", 6));
        assertThat(config.alphaPattern()).containsExactly(Map.entry("z", 1.5), Map.entry("b", 2.0));
        assertThat(config.deltaDtype()).isEqualTo(DeltaDtype.FLOAT32);
        assertThat(config.seed()).isEqualTo(41);
        assertThat(config.dora()).isTrue();
    }

    @Test
    void toBuilderCarriesEveryValueBack() {
        LoraConfig config = full();
        assertThat(config.toBuilder().build()).isEqualTo(config);
        assertThat(config.toBuilder().optSeed(42).build()).isNotEqualTo(config);
    }

    @Test
    void collectionsAreCopiedAndClosed() {
        List<String> names = new ArrayList<>(List.of("query"));
        Map<String, Integer> ranks = new LinkedHashMap<>(Map.of("query", 2));
        LoraConfig config =
                minimal()
                        .optTargetModules(names)
                        .optModulesToSave(names)
                        .optRankPattern(ranks)
                        .build();
        names.add("value");
        ranks.put("value", 3);
        assertThat(config.targets().names()).containsExactly("query");
        assertThat(config.modulesToSave()).containsExactly("query");
        assertThat(config.rankPattern()).containsOnlyKeys("query");
        assertThatThrownBy(() -> config.rankPattern().put("x", 1))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> config.alphaPattern().put("x", 1.0))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void scalingIsAlphaOverRankOrOverItsRootAfterThePatterns() {
        LoraConfigBuilder builder =
                minimal()
                        .optRankPattern(Map.of("value", 16))
                        .optAlphaPattern(Map.of("layer.1.value", 48.0));
        LoraConfig plain = builder.build();
        assertThat(plain.scalingFor("layer.0.query")).isEqualTo(10.0 / 4);
        assertThat(plain.scalingFor("layer.0.value")).isEqualTo(10.0 / 16);
        assertThat(plain.scalingFor("layer.1.value")).isEqualTo(48.0 / 16);
        LoraConfig root = builder.optRslora(true).build();
        assertThat(root.scalingFor("layer.0.query")).isEqualTo(10.0 / 2);
        assertThat(root.scalingFor("layer.1.value")).isEqualTo(48.0 / 4);
    }

    @Test
    void theFirstPatternInOrderWinsHoweverItIsWritten() {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        ranks.put("layer\\.[01]\\.value", 2);
        ranks.put("value", 3);
        LoraConfig config = minimal().optRankPattern(ranks).build();
        assertThat(config.rankFor("m.layer.1.value")).isEqualTo(2);
        assertThat(config.rankFor("m.layer.2.value")).isEqualTo(3);
        assertThat(config.rankFor("m.layer.2.xvalue")).isEqualTo(4);
        assertThat(config.rankFor("layer.2.valu\u00e9")).isEqualTo(4);
    }

    @Test
    void aKeyForEveryLayerOfALargeModelTakesLittleTime() {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        for (int i = 0; i < 1000; i++) {
            ranks.put("model.layers." + i + ".self_attn.q_proj", i + 1);
        }
        LoraConfig config = minimal().optRankPattern(ranks).build();
        assertTimeout(
                Duration.ofSeconds(30),
                () -> {
                    for (String path : ranks.keySet()) {
                        assertThat(config.rankFor(path)).isEqualTo(ranks.get(path));
                    }
                });
    }

    @Test
    void rankAndAlphaHaveDefaults() {
        LoraConfig config = LoraConfig.builder().build();
        assertThat(config.rank()).isEqualTo(8);
        assertThat(config.alpha()).isEqualTo(32);
        assertThat(LoraConfig.builder().setRank(64).build().alpha()).isEqualTo(32);
        assertThat(LoraConfig.builder().setAlpha(1).build().rank()).isEqualTo(8);
    }

    @Test
    void numbersOutOfRangeAreRefusedWithTheValueFound() {
        refused(minimal().setRank(0), "rank must be at least 1, found 0");
        refused(minimal().setRank(-3), "found -3");
        refused(minimal().setAlpha(-0.5), "alpha must be finite and not negative, found -0.5");
        refused(minimal().setAlpha(1e39), "alpha must be finite and not negative, found 1.0E39");
        refused(minimal().setAlpha(Double.NaN), "found NaN");
        refused(minimal().setAlpha(Double.POSITIVE_INFINITY), "found Infinity");
        refused(minimal().optDropout(1), "dropout must be at least 0 and less than 1, found 1.0");
        refused(minimal().optDropout(-0.1), "found -0.1");
        refused(minimal().optDropout(Double.NaN), "found NaN");
        refused(minimal().optRankPattern(Map.of("q", 0)), "rank pattern \"q\": rank must be");
        refused(minimal().optAlphaPattern(Map.of("q", -1.0)), "alpha pattern \"q\": alpha must");
        assertThat(minimal().setRank(1).setAlpha(0).optDropout(0).build().rank()).isEqualTo(1);
    }

    @Test
    void emptyNamesAndBrokenPatternsAreRefused() {
        refused(minimal().optTargetModules("query", ""), "entry 1 of [query, ] is empty");
        refused(minimal().optTargetModules(), "NAMES takes at least one name, found none");
        refused(minimal().optModulesToSave(" "), "modules to save: entry 0");
        refused(minimal().optExcludeModules("a", ""), "exclude modules: entry 1");
        refused(minimal().optRankPattern(Map.of("", 1)), "rank pattern: a key is empty");
        refused(minimal().optAlphaPattern(Map.of(" ", 1.0)), "alpha pattern: a key is empty");
        refused(minimal().optRankPattern(Map.of("a[b", 1)), "\"a[b\" is refused at position 1");
        refused(minimal().optAlphaPattern(Map.of("*", 1.0)), "\"*\" is refused at position 0");
        refused(minimal().optTargetModules("regex:ab(c"), "\"ab(c\" is refused at position 2");
        refused(minimal().optExcludeModules("regex:a**"), "exclude modules: the pattern \"a**\"");
        refused(
                minimal().optTargetModules("q").optLayersToTransform(0).optLayersPattern("h("),
                "layers pattern: the pattern \"h(\" is refused at position 1");
    }

    @Test
    void layersAreRefusedWherePeftRefusesThem() {
        refused(
                minimal().optTargetModules("q").optLayersPattern("h"),
                "layers pattern [h] without layers to transform");
        refused(
                minimal().optTargetModules("regex:.*q").optLayersToTransform(1, 2),
                "layers to transform [1, 2] apply to listed names only");
        refused(minimal().optTargetModules("all-linear").optLayersToTransform(1), "ALL_LINEAR");
        refused(minimal().optTargetModules("q").optLayersToTransform(2, -1), "found -1");
        refused(
                minimal().optTargetModules("q").optLayersToTransform(0).optLayersPattern(""),
                "layers pattern: entry 0");
        assertThat(minimal().optTargetModules("q").optLayersToTransform(0).build().targets())
                .extracting(TargetModules::layersToTransform)
                .isEqualTo(List.of(0));
    }

    @Test
    void aListedEntryIsANameAPatternOrAllLinear() {
        assertThat(TargetModules.parse(List.of("regex:.*q"))).isEqualTo(TargetModules.regex(".*q"));
        assertThat(TargetModules.parse(List.of("All-Linear"))).isEqualTo(TargetModules.allLinear());
        assertThat(TargetModules.parse(List.of("q", "v"))).isEqualTo(TargetModules.names("q", "v"));
        assertThat(TargetModules.regex(".*q").names()).containsExactly(".*q");
        refusedEntries("\"regex:.*q\" must be the only entry, found 2; join patterns", "regex:.*q");
        refusedEntries("\"all-linear\" must be the only entry, found 2; list names", "all-linear");
        refused(minimal().optExcludeModules("all-linear"), "would leave nothing to adapt");
        assertThat(minimal().optExcludeModules("a").optExcludeModules().build().targets())
                .isEqualTo(TargetModules.unset());
    }

    @Test
    void aRecordWhoseNamesDoNotFitItsKindIsRefused() {
        refusedRecord(TargetModules.Kind.UNSET, List.of("q"), "UNSET takes no names, found [q]");
        refusedRecord(TargetModules.Kind.ALL_LINEAR, List.of("q"), "ALL_LINEAR takes no names");
        refusedRecord(TargetModules.Kind.REGEX, List.of("q", "v"), "REGEX takes exactly one");
        refusedRecord(TargetModules.Kind.REGEX, List.of(), "found none");
    }

    private static void refusedRecord(TargetModules.Kind kind, List<String> names, String text) {
        assertThatThrownBy(
                        () ->
                                new TargetModules(
                                        kind,
                                        names,
                                        TargetModules.Kind.UNSET,
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    private static void refusedEntries(String text, String entry) {
        assertThatThrownBy(() -> minimal().optTargetModules("x", entry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    private static void refused(LoraConfigBuilder builder, String text) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    private static LoraConfigBuilder minimal() {
        return LoraConfig.builder().setRank(4).setAlpha(10);
    }

    private static LoraConfig full() {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        ranks.put("q", 5);
        ranks.put("a", 6);
        Map<String, Double> alphas = new LinkedHashMap<>();
        alphas.put("z", 1.5);
        alphas.put("b", 2.0);
        return LoraConfig.builder()
                .setRank(3)
                .setAlpha(7)
                .optDropout(0.25)
                .optRslora(true)
                .optDora(true)
                .optInit(Init.KAIMING_UNIFORM)
                .optBias(Bias.LORA_ONLY)
                .optTargetModules("query", "value")
                .optExcludeModules("regex:.*\\.11\\..*")
                .optLayersToTransform(0, 2)
                .optLayersPattern("layer", "h")
                .optAllowUnmatchedTargets(true)
                .optModulesToSave("classifier")
                .optRankPattern(ranks)
                .optAlphaPattern(alphas)
                .optDeltaDtype(DeltaDtype.FLOAT32)
                .optSeed(41)
                .optConvForm(ConvForm.LORALIB)
                .optEnableLora("c_attn", true, false, true)
                .optEnableLora("layer.1.kv", false, true)
                .optMergeOnInference(true)
                .build();
    }

    @Test
    void slicesAreChosenByTheFirstPatternThatMatches() {
        LoraConfig config = full();
        assertThat(config.mergeOnInference()).isTrue();
        LayerForms forms = config.forms();
        assertThat(forms.convolution()).isEqualTo(ConvForm.LORALIB);
        assertThat(forms.enableLoraFor("h.3.attn.c_attn")).containsExactly(true, false, true);
        assertThat(forms.enableLoraFor("layer.1.kv")).containsExactly(false, true);
        assertThat(forms.enableLoraFor("c_attn_2")).isEmpty();
        assertThat(config.toBuilder().build()).isEqualTo(config);
    }

    @Test
    void flagsThatEnableNothingAreRefused() {
        assertThatThrownBy(() -> LoraConfig.builder().optEnableLora("c_attn", false, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"c_attn\": [false, false] enables no slice");
        assertThatThrownBy(() -> LoraConfig.builder().optEnableLora("c_attn"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("enables no slice");
        assertThatThrownBy(() -> LoraConfig.builder().optEnableLora("(", true))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
