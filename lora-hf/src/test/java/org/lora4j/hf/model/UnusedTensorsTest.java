/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

final class UnusedTensorsTest {
    private static final Set<String> USED =
            Set.of("model.layers.0.self_attn.q_proj.weight", "model.norm.weight", "lm_head.weight");

    @Test
    void whatLiesInOrBesideAModuleThatIsReadIsFound() {
        Set<String> all =
                Set.of(
                        "model.layers.0.self_attn.q_proj.weight",
                        "model.norm.weight",
                        "lm_head.weight",
                        "model.layers.0.self_attn.q_proj.bias",
                        "model.layers.0.self_attn.q_norm.weight");
        assertThat(UnusedTensors.find(all, USED))
                .containsExactlyInAnyOrder(
                        "model.layers.0.self_attn.q_proj.bias",
                        "model.layers.0.self_attn.q_norm.weight");
    }

    @Test
    void headsOfOtherTasksAndBuffersAreNot() {
        Set<String> all =
                Set.of(
                        "cls.predictions.bias",
                        "score.weight",
                        "model.pooler.dense.weight",
                        "model.layers.0.self_attn.rotary_emb.inv_freq",
                        "model.embeddings.position_ids");
        assertThat(UnusedTensors.find(all, USED)).isEmpty();
        assertThat(UnusedTensors.heads(all, USED)).containsExactly("cls", "score");
    }
}
