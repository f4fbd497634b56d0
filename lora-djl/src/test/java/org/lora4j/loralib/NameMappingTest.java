/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class NameMappingTest {
    private static final Set<String> HEADLESS = Set.of("h.0.attn.c_attn", "h.1.attn.c_attn", "wte");

    @Test
    void namesThatAreThereStayAsTheyAre() {
        assertThat(
                        NameMapping.find(
                                List.of("module.a", "module.b"), Set.of("module.a", "module.b")))
                .contains(NameMapping.NONE);
    }

    @Test
    void aWrapperIsTakenOffAndTheModelsOwnPrefixKept() {
        NameMapping mapping =
                NameMapping.find(List.of("module.transformer.h.0.attn.c_attn"), HEADLESS)
                        .orElseThrow();
        assertThat(mapping).isEqualTo(new NameMapping("module.", "", "transformer."));
        String path = mapping.apply("module.transformer.h.1.attn.c_attn.lora_A");
        assertThat(path).isEqualTo("transformer.h.1.attn.c_attn.lora_A");
        assertThat(mapping.stored("transformer.h.1.attn.c_attn")).isEqualTo("h.1.attn.c_attn");
    }

    @Test
    void aMissingPrefixIsPutOnWhereOnlyOneFits() {
        assertThat(NameMapping.find(List.of("layer.0.q"), Set.of("bert.layer.0.q", "x")))
                .contains(new NameMapping("", "bert.", ""));
        assertThat(
                        NameMapping.find(
                                List.of("layer.0.q"),
                                Set.of("encoder.layer.0.q", "decoder.layer.0.q")))
                .isEmpty();
        assertThat(
                        NameMapping.find(
                                List.of("layer.0.q", "layer.1.q"),
                                Set.of(
                                        "encoder.layer.0.q",
                                        "encoder.layer.1.q",
                                        "decoder.layer.0.q")))
                .contains(new NameMapping("", "encoder.", ""));
    }

    @Test
    void aWrappersOwnAttributeIsNoPrefixOfTheModel() {
        Set<String> llama = Set.of("model.layers.0.self_attn.q_proj");
        assertThat(NameMapping.find(List.of("net.model.layers.0.self_attn.q_proj"), llama))
                .isEmpty();
        assertThat(NameMapping.find(List.of("net.h.0.attn.c_attn"), HEADLESS)).isEmpty();
    }

    @Test
    void oneModuleThatIsNotThereLeavesNoMapping() {
        assertThat(NameMapping.find(List.of("h.0.attn.c_attn", "h.2.attn.c_attn"), HEADLESS))
                .isEmpty();
        assertThat(NameMapping.find(List.of("wte", "module.wte"), HEADLESS)).isEmpty();
    }
}
