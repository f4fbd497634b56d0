/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What users are told, and what is ours rather than PEFT's. */
@Tag("once-per-jdk")
final class TargetMatcherTest {
    private static final List<Candidate> BERT = bert();

    @Test
    void hitsAreCountedForEachListedName() {
        TargetMatch match = match(config().optTargetModules("value", "1.attention.query"));
        assertThat(match.adapted())
                .containsExactly(
                        "bert.layer.0.attention.value",
                        "bert.layer.1.attention.query",
                        "bert.layer.1.attention.value");
        assertThat(match.hits())
                .containsExactly(Map.entry("value", 2), Map.entry("1.attention.query", 1));
        assertThat(match.saved()).isEmpty();
        assertThat(match.unmatched()).isEmpty();
        assertThat(match.warnings()).isEmpty();
    }

    @Test
    void patternsAndAllLinearCountTheirHitsToo() {
        assertThat(match(config().optTargetModules("regex:.*\\.(query|value)")).hits())
                .containsExactly(Map.entry(".*\\.(query|value)", 4));
        TargetMatch all = match(config().optTargetModules("all-linear"));
        assertThat(all.hits()).containsExactly(Map.entry("all-linear", 6));
        assertThat(all.adapted()).doesNotContain("classifier").hasSize(6);
    }

    @Test
    void theModelItselfIsNeverMatched() {
        assertThat(match(config().optTargetModules("regex:.*")).adapted())
                .hasSize(BERT.size() - 1)
                .doesNotContain("");
    }

    @Test
    void aNameThatMatchesNothingIsAnErrorWithNearNamesAndWhatToDo() {
        assertThatThrownBy(() -> match(config().optTargetModules("query", "qeury", "velue")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        """
                        target modules: "qeury" matches nothing; near names: query
                        target modules: "velue" matches nothing; near names: value
                        modules here end in: query (2), value (2), dense (2), classifier (1)
                        correct or drop these names, or accept them with \
                        optAllowUnmatchedTargets(true)\
                        """);
    }

    @Test
    void nearNamesHaveAsManySegmentsAsTheNameAskedFor() {
        assertThatThrownBy(() -> match(config().optTargetModules("atention.query")))
                .hasMessageContaining("nothing; near names: attention.query\n");
    }

    @Test
    void aPatternAmongNamesIsRecognised() {
        assertThatThrownBy(() -> match(config().optTargetModules(".*query", "value")))
                .hasMessageContaining(
                        "\".*query\" matches nothing (a listed name is plain text; a pattern is the"
                                + " one entry \"regex:...\"); near names: query");
    }

    @Test
    void whatTookTheMatchesAwayIsSaid() {
        assertThatThrownBy(
                        () ->
                                match(
                                        config().optTargetModules("query")
                                                .optExcludeModules("0.attention.query")
                                                .optModulesToSave("layer.1.attention")))
                .hasMessageStartingWith("no module of this model is selected\n")
                .hasMessageContaining(
                        "\"query\" selects no module: 1 excluded by exclude modules, 1 in modules"
                                + " to save\n");
        assertThatThrownBy(
                        () ->
                                match(
                                        config().optTargetModules("query", "classifier")
                                                .optLayersToTransform(7)))
                .hasMessageContaining(
                        "\"query\" selects no module: 2 not in layers to transform [7]\n")
                .hasMessageContaining("layers to transform: no target module is in layer 7");
    }

    @Test
    void aPatternThatMatchesNothingIsAnErrorWithoutNearNames() {
        assertThatThrownBy(() -> match(config().optTargetModules("regex:query")))
                .hasMessage(
                        """
                        no module of this model is selected
                        target modules: "query" matches nothing
                        modules here end in: query (2), value (2), dense (2), classifier (1)
                        correct the selection, or accept it with optAllowUnmatchedTargets(true)\
                        """);
    }

    @Test
    void unmatchedNamesAreDataWhenAllowedAndWhenLoading() {
        LoraConfigBuilder builder = config().optTargetModules("query", "qeury");
        TargetMatch loaded = TargetMatcher.of(builder.build()).matchForLoading(BERT);
        TargetMatch allowed = match(builder.optAllowUnmatchedTargets(true));
        assertThat(allowed).isEqualTo(loaded);
        assertThat(loaded.adapted()).hasSize(2);
        assertThat(loaded.hits()).containsExactly(Map.entry("query", 2), Map.entry("qeury", 0));
        assertThat(loaded.unmatched())
                .containsExactly(
                        new UnmatchedName(
                                "target modules", "qeury", "matches nothing", List.of("query")));
        assertThat(loaded.warnings())
                .containsExactly("target modules: \"qeury\" matches nothing; near names: query");
    }

    @Test
    void modulesToSaveAreAllEndingsOfAPathAndTheOutermostIsTaken() {
        List<Candidate> all =
                candidates("head", "head.dense", "head.head", "lm_head", "overhead", "m.head", "q");
        TargetMatch match =
                TargetMatcher.of(config().optTargetModules("q").optModulesToSave("head").build())
                        .match(all);
        // [p for p in paths if p.endswith("head")] in peft 0.21.2's _set_trainable
        assertThat(match.saved()).containsExactly("head", "lm_head", "overhead", "m.head");
        assertThat(match.savedHits()).containsExactly(Map.entry("head", 4));
    }

    @Test
    void aModuleIsNotATargetAndSavedWholeByAnEndingWithoutADot() {
        List<Candidate> all =
                List.of(
                        new Candidate("m.lm_head", true, false),
                        new Candidate("m.head", true, false),
                        new Candidate("m.q", true, false));
        LoraConfigBuilder names =
                config().optTargetModules("q", "lm_head", "head").optModulesToSave("head");
        // PEFT would adapt lm_head and then wrap the adapted layer; m.head it passes over
        assertThatThrownBy(() -> TargetMatcher.of(names.build()).match(all))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "modules to save: \"head\" ends the path m.lm_head, which is also a"
                                + " target module.");
        TargetMatch loaded = TargetMatcher.of(names.build()).matchForLoading(all);
        assertThat(loaded.adapted()).containsExactly("m.lm_head", "m.q");
        assertThat(loaded.saved()).containsExactly("m.head");
        TargetMatch linear =
                TargetMatcher.of(
                                config().optTargets(TargetModules.allLinear())
                                        .optModulesToSave("head")
                                        .build())
                        .match(all);
        assertThat(linear.adapted()).containsExactly("m.q");
        assertThat(linear.saved()).containsExactly("m.lm_head", "m.head");
    }

    @Test
    void modulesToSaveAreNamesAndNotPatterns() {
        List<Candidate> all = candidates("a.b", "aXb", "q");
        TargetMatch match =
                TargetMatcher.of(
                                config().optTargetModules("q", "aXb")
                                        .optModulesToSave("a.b")
                                        .build())
                        .match(all);
        assertThat(match.saved()).containsExactly("a.b");
        assertThat(match.adapted()).containsExactly("aXb", "q");
    }

    @Test
    void aModuleToSaveThatIsNotThereIsAnError() {
        LoraConfigBuilder builder =
                config().optTargetModules("query").optModulesToSave("clasifier");
        assertThatThrownBy(() -> match(builder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "modules to save: \"clasifier\" matches nothing; near names: classifier\n");
        TargetMatch loaded = TargetMatcher.of(builder.build()).matchForLoading(BERT);
        assertThat(loaded.savedHits()).containsExactly(Map.entry("clasifier", 0));
        assertThat(loaded.unmatched()).extracting(UnmatchedName::name).containsExactly("clasifier");
    }

    @Test
    void whateverHasNoEffectIsAWarning() {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        ranks.put("query", 2);
        ranks.put("attention.query", 3);
        ranks.put("vaule", 4);
        TargetMatch match =
                match(
                        config().optTargetModules("query")
                                .optExcludeModules("decoder", "1.attention.query")
                                .optLayersToTransform(0, 5)
                                .optRankPattern(ranks)
                                .optAlphaPattern(Map.of("vale?ue", 2.0)));
        assertThat(match.adapted()).containsExactly("bert.layer.0.attention.query");
        assertThat(match.warnings())
                .containsExactly(
                        "exclude modules: \"decoder\" excludes nothing",
                        "layers to transform: no target module is in layer 5",
                        "rank pattern: \"attention.query\" decides for no adapted module",
                        "rank pattern: \"vaule\" decides for no adapted module",
                        "alpha pattern: \"vale?ue\" decides for no adapted module");
    }

    @Test
    void noTargetsAtAllIsAnErrorThatSaysWhatToCall() {
        assertThatThrownBy(() -> TargetMatcher.of(config().build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("optTargetModules");
    }

    @Test
    void anEmptyModelSelectsNothing() {
        assertThatThrownBy(
                        () ->
                                TargetMatcher.of(config().optTargetModules("q").build())
                                        .match(List.of()))
                .hasMessageContaining("modules here end in: \n");
    }

    @Test
    void endingsInMessagesAreTheCommonestAndFew() {
        List<Candidate> all = new ArrayList<>();
        for (int i = 0; i < 14; i++) {
            all.add(new Candidate("m.n" + i, false, false));
        }
        all.add(new Candidate("k.n13", false, false));
        assertThatThrownBy(
                        () -> TargetMatcher.of(config().optTargetModules("zzz").build()).match(all))
                .hasMessageContaining("modules here end in: n13 (2), n0 (1), n1 (1)")
                .hasMessageContaining("n10 (1), ...\n");
        assertThatThrownBy(
                        () ->
                                TargetMatcher.of(config().optTargetModules("z.z.z.z").build())
                                        .match(all.subList(0, 12)))
                .hasMessageContaining("n11 (1)\n");
    }

    @Test
    void fiftyThousandModulesAndNamesTakeNoQuadraticTime() {
        List<Candidate> all = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            String path = "model.layers." + i % 60 + ".mlp.experts." + i / 60 + ".up_proj";
            all.add(new Candidate(path, true, false));
            names.add(path);
        }
        LoraConfig config = config().optTargetModules(names).build();
        assertThat(TargetMatcher.of(config).match(all).adapted()).hasSize(50_000);
    }

    @Test
    void allLayersSelectsLayersOfAnyKindButTheHead() {
        List<Candidate> all = network(3);
        for (String word : List.of("all-layers", "All-Layers")) {
            LoraConfig config = config().optTargetModules(word).build();
            TargetMatch match = TargetMatcher.of(config).match(all);
            assertThat(match.adapted())
                    .containsExactly("features.conv0", "features.conv1", "features.conv2", "dense");
            assertThat(match.hits()).containsExactly(Map.entry("all-layers", 4));
            assertThat(match.warnings()).isEmpty();
        }
        assertThat(TargetModules.allLayers())
                .isEqualTo(config().optTargetModules("all-layers").build().targets());
        assertThatThrownBy(() -> config().optTargetModules("all-layers", "dense"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give \"all-layers\" alone");
        assertThatThrownBy(() -> config().optExcludeModules("all-layers").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"all-layers\" would leave nothing");
    }

    @Test
    void allLinearSaysWhereItLeavesMostLayers() {
        LoraConfig config = config().optTargetModules("all-linear").build();
        TargetMatcher matcher = TargetMatcher.of(config);
        assertThat(matcher.match(network(53)).warnings())
                .containsExactly(
                        "target modules: \"all-linear\" adapts 1 of the 55 layers here (dense); the"
                                + " others are not linear, and \"all-layers\" adapts them too");
        // a model of linear layers with a table or two
        List<Candidate> mostly = new ArrayList<>(bert());
        mostly.add(new Candidate("bert.words", false, true, false));
        assertThat(matcher.match(mostly).warnings()).isEmpty();
        List<Candidate> none = List.of(new Candidate("conv", false, true, false));
        assertThatThrownBy(() -> matcher.match(none))
                .hasMessageContaining(
                        "\"all-linear\" matches nothing; \"all-layers\" selects layers of other"
                                + " kinds (1)");
    }

    @Test
    void chosenModulesAreSelectedExactly() {
        LoraConfig config = config().optTargetModules("all-layers").build();
        List<Candidate> all =
                candidates("a.query", "b.query", "b.key", "c.a.query", "d.value", "d.e.value");
        assertThat(exactly(config, all, "b.key").targets().names()).containsExactly("key");
        assertThat(exactly(config, all, "b.query").targets().names()).containsExactly("b.query");
        assertThat(exactly(config, all, "a.query").targets().kind())
                .isEqualTo(TargetModules.Kind.REGEX);
        exactly(config, all, "d.value", "d.e.value");
    }

    private static LoraConfig exactly(LoraConfig config, List<Candidate> all, String... paths) {
        LoraConfig found = TargetMatcher.exactly(config, List.of(paths), all);
        assertThat(TargetMatcher.of(found).match(all).adapted()).containsExactly(paths);
        return found;
    }

    /** Convolutions, a linear layer and a head, which is linear too. */
    private static List<Candidate> network(int convolutions) {
        List<Candidate> all = new ArrayList<>();
        all.add(new Candidate("", false, false));
        all.add(new Candidate("features", false, false));
        for (int i = 0; i < convolutions; i++) {
            all.add(new Candidate("features.conv" + i, false, true, false));
        }
        all.add(new Candidate("dense", true, false));
        all.add(new Candidate("head", true, true));
        return all;
    }

    private static TargetMatch match(LoraConfigBuilder builder) {
        return TargetMatcher.of(builder.build()).match(BERT);
    }

    private static LoraConfigBuilder config() {
        return LoraConfig.builder().setRank(4).setAlpha(6);
    }

    private static List<Candidate> candidates(String... paths) {
        List<Candidate> all = new ArrayList<>();
        for (String path : paths) {
            all.add(new Candidate(path, true, false));
        }
        return all;
    }

    private static List<Candidate> bert() {
        List<Candidate> all = new ArrayList<>();
        all.add(new Candidate("", false, false));
        all.add(new Candidate("bert", false, false));
        for (int i = 0; i < 2; i++) {
            String layer = "bert.layer." + i;
            all.add(new Candidate(layer, false, false));
            all.add(new Candidate(layer + ".attention", false, false));
            all.add(new Candidate(layer + ".attention.query", true, false));
            all.add(new Candidate(layer + ".attention.value", true, false));
            all.add(new Candidate(layer + ".dense", true, false));
        }
        all.add(new Candidate("classifier", true, true));
        return all;
    }
}
