/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.core.Bias;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.TargetModules;

final class PeftConfigFileTest {
    private static final Path HERE = Path.of("adapter_config.json");

    private static PeftConfigFile parse(String json) throws IOException {
        return PeftConfigFile.parse(json, HERE);
    }

    private static PeftConfigFile golden(String name) throws IOException {
        return PeftConfigFile.read(AdapterGoldens.path(name + "/adapter_config.json"));
    }

    private static String text(String name) throws IOException {
        return Files.readString(AdapterGoldens.path(name + "/adapter_config.json"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "rslora", "patterns", "regex", "layers", "head"})
    void whatPeftWroteIsWrittenBackByteForByte(String name) throws IOException {
        assertThat(golden(name).toJson()).isEqualTo(text(name));
    }

    @Test
    void aNewFileIsByteForByteWhatPeftWrites() throws IOException {
        LoraConfig plain =
                LoraConfig.builder()
                        .setRank(3)
                        .setAlpha(7)
                        .optDropout(0.1)
                        .optInit(Init.KAIMING_UNIFORM)
                        .optTargetModules("value", "query")
                        .build();
        assertThat(
                        PeftConfigFile.of(plain)
                                .withTaskType("FEATURE_EXTRACTION")
                                .withBaseModel("org/naïve \"base\"\\😀\u007f\u2028\n", null)
                                .toJson())
                .isEqualTo(text("plain"));

        Map<String, Integer> ranks = new LinkedHashMap<>();
        ranks.put("layer.0.attention.query", 3);
        ranks.put("key", 1);
        Map<String, Double> alphas = new LinkedHashMap<>();
        alphas.put("layer.0.attention.query", 9.0);
        alphas.put("key", 0.5);
        LoraConfig patterns =
                LoraConfig.builder()
                        .setRank(2)
                        .setAlpha(5)
                        .optDropout(1e-5)
                        .optInit(Init.KAIMING_UNIFORM)
                        .optTargetModules("value", "query", "key", "value")
                        .optExcludeModules("layer.1.attention.key")
                        .optRankPattern(ranks)
                        .optAlphaPattern(alphas)
                        .build();
        assertThat(withoutMapping(PeftConfigFile.of(patterns).toJson()))
                .isEqualTo(withoutMapping(text("patterns")));

        LoraConfig rslora =
                LoraConfig.builder()
                        .setRank(4)
                        .setAlpha(16)
                        .optRslora(true)
                        .optTargetModules("value")
                        .build();
        assertThat(withoutMapping(PeftConfigFile.of(rslora).toJson()))
                .isEqualTo(withoutMapping(text("rslora")));

        LoraConfig regex =
                LoraConfig.builder()
                        .setRank(2)
                        .setAlpha(3)
                        .optInit(Init.KAIMING_UNIFORM)
                        .optBias(Bias.LORA_ONLY)
                        .optTargetModules("regex:.*\\.attention\\.(query|value)")
                        .build();
        assertThat(withoutMapping(PeftConfigFile.of(regex).toJson()))
                .isEqualTo(withoutMapping(text("regex")));
    }

    /** PEFT names its test program's own class where a task type is missing. */
    private static String withoutMapping(String json) {
        return json.replaceAll("(?s)\"auto_mapping\": (null|\\{.*?\\})", "\"auto_mapping\": -");
    }

    @Test
    void readsWhatPeftWrote() throws IOException {
        LoraConfig patterns = golden("patterns").lora();
        assertThat(patterns.rank()).isEqualTo(2);
        assertThat(patterns.alpha()).isEqualTo(5);
        assertThat(patterns.dropout()).isEqualTo(1e-5);
        assertThat(patterns.init()).isEqualTo(Init.KAIMING_UNIFORM);
        assertThat(patterns.targets().kind()).isEqualTo(TargetModules.Kind.NAMES);
        assertThat(patterns.targets().names()).containsExactly("key", "query", "value");
        assertThat(patterns.targets().exclude()).containsExactly("layer.1.attention.key");
        assertThat(patterns.rankFor("layer.0.attention.query")).isEqualTo(3);
        assertThat(patterns.rankFor("layer.1.attention.query")).isEqualTo(2);
        assertThat(patterns.alphaFor("layer.0.attention.key")).isEqualTo(0.5);

        LoraConfig rslora = golden("rslora").lora();
        assertThat(rslora.rslora()).isTrue();
        assertThat(rslora.init()).isEqualTo(Init.GAUSSIAN);

        LoraConfig regex = golden("regex").lora();
        assertThat(regex.targets().kind()).isEqualTo(TargetModules.Kind.REGEX);
        assertThat(regex.targets().names()).containsExactly(".*\\.attention\\.(query|value)");
        assertThat(regex.bias()).isEqualTo(Bias.LORA_ONLY);

        assertThat(golden("layers").lora().targets().layersToTransform()).containsExactly(1);
        assertThat(golden("layers").lora().targets().layersPattern()).containsExactly("layer");
        assertThat(golden("head").lora().modulesToSave()).containsExactly("classifier");
        assertThat(golden("plain").taskType()).isEqualTo("FEATURE_EXTRACTION");
        assertThat(golden("plain").baseModelNameOrPath()).contains("naïve", "😀");
        assertThat(golden("plain").writtenBy()).isEqualTo("0.21.2");
    }

    @Test
    void missingKeysHavePeftsDefaults() throws IOException {
        PeftConfigFile file = parse("{\"peft_type\":\"LORA\"}");
        assertThat(file.lora())
                .isEqualTo(
                        LoraConfig.builder()
                                .setRank(8)
                                .setAlpha(8)
                                .optInit(Init.KAIMING_UNIFORM)
                                .optAllowUnmatchedTargets(true)
                                .build());
        assertThat(file.taskType()).isNull();
        assertThat(file.fanInFanOut()).isFalse();
    }

    @Test
    void everyFormThatPeftAcceptsIsRead() throws IOException {
        LoraConfig lora =
                parse(
                                """
                                {"peft_type": "LORA", "lora_alpha": 16.5, "target_modules": "all-linear",
                                 "init_lora_weights": false, "rank_pattern": null, "alpha_pattern": null,
                                 "exclude_modules": ".*head", "layers_to_transform": null,
                                 "loftq_config": {}, "modules_to_save": null, "use_dora": null}
                                """)
                        .lora();
        assertThat(lora.alpha()).isEqualTo(16.5);
        assertThat(lora.targets().kind()).isEqualTo(TargetModules.Kind.ALL_LINEAR);
        assertThat(lora.targets().excludeKind()).isEqualTo(TargetModules.Kind.REGEX);
        LoraConfig layers =
                parse(
                                """
                                {"peft_type": "LORA", "target_modules": ["q"], "layers_to_transform": 3,
                                 "layers_pattern": ["h", "layers"], "lora_dropout": 0}
                                """)
                        .lora();
        assertThat(layers.targets().layersToTransform()).containsExactly(3);
        assertThat(layers.targets().layersPattern()).containsExactly("h", "layers");
    }

    @Test
    void unknownKeysAndUnchangedValuesAreKept() throws IOException {
        String source =
                """
                {"peft_type": "LORA", "peft_version": "0.30.0", "r": 4, "lora_alpha": 16.0,
                 "target_modules": ["b", "a"], "init_lora_weights": "eva",
                 "eva_config": {"rho": 1.50, "tau": 1E-2}, "new_feature": {"z": [1, null], "a": 2},
                 "runtime_config": {"ephemeral_gpu_offload": false}}
                """;
        PeftConfigFile file = parse(source);
        JsonObject json = JsonParser.parseString(file.toJson()).getAsJsonObject();
        assertThat(json.get("new_feature").toString()).isEqualTo("{\"a\":2,\"z\":[1,null]}");
        assertThat(json.get("eva_config").toString()).isEqualTo("{\"rho\":1.5,\"tau\":0.01}");
        assertThat(json.get("init_lora_weights").getAsString()).isEqualTo("eva");
        assertThat(json.get("target_modules").toString()).isEqualTo("[\"b\",\"a\"]");
        assertThat(json.get("lora_alpha").toString()).isEqualTo("16.0");
        assertThat(json.get("peft_version").getAsString()).isEqualTo("0.21.2");
        assertThat(json.get("inference_mode").getAsBoolean()).isTrue();
        assertThat(json.has("runtime_config")).isFalse();
        assertThat(parse(file.toJson()).toJson()).isEqualTo(file.toJson());

        LoraConfig changed = file.lora().toBuilder().setAlpha(32).optInit(Init.GAUSSIAN).build();
        JsonObject after =
                JsonParser.parseString(file.withLora(changed).toJson()).getAsJsonObject();
        assertThat(after.get("lora_alpha").toString()).isEqualTo("32");
        assertThat(after.get("init_lora_weights").getAsString()).isEqualTo("gaussian");
        assertThat(after.get("target_modules").toString()).isEqualTo("[\"b\",\"a\"]");
        assertThat(after.get("new_feature").toString()).isEqualTo("{\"a\":2,\"z\":[1,null]}");
    }

    @Test
    void modulesThatPeftRepeatedAreWrittenOnce() throws IOException {
        PeftConfigFile file =
                parse(
                        """
                        {"peft_type": "LORA", "task_type": "SEQ_CLS",
                         "modules_to_save": ["classifier", "score", "classifier", "score"]}
                        """);
        assertThat(file.lora().modulesToSave()).containsExactly("classifier", "score");
        assertThat(
                        JsonParser.parseString(file.toJson())
                                .getAsJsonObject()
                                .get("modules_to_save")
                                .toString())
                .isEqualTo("[\"classifier\",\"score\"]");
    }

    @Test
    void patternsThatMayMatchTheSameModuleKeepTheirOrder() throws IOException {
        String ambiguous = "{\"module.foo\": 1, \"foo\": 2}";
        PeftConfigFile file =
                parse("{\"peft_type\": \"LORA\", \"rank_pattern\": " + ambiguous + "}");
        assertThat(file.lora().rankFor("module.foo")).isEqualTo(1);
        assertThat(parse(file.toJson()).lora().rankFor("module.foo")).isEqualTo(1);
        LoraConfig same = file.lora().toBuilder().build();
        assertThat(parse(PeftConfigFile.of(same).toJson()).lora().rankFor("module.foo"))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "z|a|false",
                "z.a|a|true",
                "za|a|false",
                "z.b|a|false",
                "z.*|a|true",
                "z.a|.|true",
                "b|a.b|true",
                "a|b.a|false"
            })
    void onlyOverlappingPatternsOutOfOrderMustStay(String first, String second, boolean stays) {
        JsonObject pattern = new JsonObject();
        pattern.addProperty(first, 1);
        pattern.addProperty(second, 2);
        assertThat(PatternOrder.mustStay(pattern)).isEqualTo(stays);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"gaussian\"", "\"eva\"", "\"orthogonal\"", "\"mica\"", "true", "false"})
    void initialisationsThatLeaveTheBaseAreRead(String init) throws IOException {
        PeftConfigFile file = parse("{\"peft_type\":\"LORA\",\"init_lora_weights\":" + init + "}");
        assertThat(file.toJson()).contains("\"init_lora_weights\": " + init);
    }

    @Test
    void aTaskThatPeftDoesNotKnowIsRefused() {
        PeftConfigFile file =
                PeftConfigFile.of(LoraConfig.builder().setRank(1).setAlpha(2).build());
        assertThat(file.withTaskType("SEQ_CLS").taskType()).isEqualTo("SEQ_CLS");
        assertThat(file.withTaskType(null).taskType()).isNull();
        assertThatThrownBy(() -> file.withTaskType("CHAT"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("CHAT")
                .hasMessageContaining("SEQ_CLS");
    }
}
