/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchPlan;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.safetensors.TensorDtype;

final class TrainingEstimateTest {
    /** GPT-3 175B, from Brown et al. 2020, table 2.1, in the words of GPT-2's configuration. */
    private static final String GPT3 =
            """
            {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 12288,
             "n_layer": 96, "n_head": 96, "n_inner": 49152, "n_positions": 2048,
             "vocab_size": 50257}
            """;

    private static final String LLAMA =
            """
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 12288,
             "num_hidden_layers": 96, "num_attention_heads": 96, "num_key_value_heads": 96,
             "intermediate_size": 32768, "vocab_size": 50257, "max_position_embeddings": 2048,
             "rms_norm_eps": 1e-6}
            """;

    private static TrainingEstimate.Builder of(String config, int rank, String... targets) {
        ModelConfig model =
                ModelConfig.of(
                        Path.of("config.json"), JsonParser.parseString(config).getAsJsonObject());
        return TrainingEstimate.builder()
                .setModel(model)
                .setAdapter(
                        LoraConfig.builder()
                                .setRank(rank)
                                .setAlpha(2 * rank)
                                .optTargetModules(targets)
                                .build())
                .setWorkload(Workload.uniform(1000, 4, 512))
                .optCausal(true);
    }

    private static Map<String, Long> parts(TrainingEstimate estimate) {
        return estimate.memory().stream()
                .collect(
                        Collectors.toMap(
                                TrainingEstimate.Part::name, TrainingEstimate.Part::bytes));
    }

    @Test
    void gpt3TrainsTheTenThousandthPart() throws IOException {
        TrainingEstimate fused = of(GPT3, 4, "c_attn").optDtype(TensorDtype.F16).build();
        assertThat(fused.parameters().trainable()).isEqualTo(96L * 4 * (12288 + 3 * 12288));
        assertThat(fused.parameters().all() / 1e9).isCloseTo(175, within(1.0));
        TrainingEstimate split = of(LLAMA, 4, "q_proj", "v_proj").build();
        assertThat(split.parameters().trainable()).isEqualTo(96L * 2 * 4 * (12288 + 12288));
        assertThat(split.parameters().trainable() / 1e6).isCloseTo(18.9, within(0.05));
        assertThat(parts(fused).get("base")).isEqualTo(2 * (fused.parameters().all() - 18_874_368));
        assertThat(fused.seconds()).isNaN();
    }

    @Test
    void memoryIsTheSumOfItsParts() throws IOException {
        TrainingEstimate estimate = of(LLAMA, 8, "q_proj").build();
        Map<String, Long> parts = parts(estimate);
        long trained = 4 * estimate.parameters().trainable();
        assertThat(parts).containsEntry("adapter", trained).containsEntry("gradients", trained);
        assertThat(parts).containsEntry("optimiser", 2 * trained);
        assertThat(estimate.peakBytes())
                .isEqualTo(parts.values().stream().mapToLong(Long::longValue).sum());
        Map<String, Long> validated = parts(of(LLAMA, 8, "q_proj").optValidates(true).build());
        assertThat(validated.get("copies to go back to"))
                .isEqualTo(2 * parts.get("copies to go back to"));
        Map<String, Long> half = parts(of(LLAMA, 8, "q_proj").optDtype(TensorDtype.BF16).build());
        assertThat(half.get("base")).isEqualTo(parts.get("base") / 2);
        assertThat(half.get("adapter")).isEqualTo(parts.get("adapter"));
    }

    @Test
    void adaptersKeepWhatTheyGetAndEncodersKeepScores() throws IOException {
        Map<String, Long> one = parts(of(LLAMA, 8, "q_proj").build());
        Map<String, Long> two = parts(of(LLAMA, 8, "q_proj", "down_proj").build());
        Map<String, Long> ranks = parts(of(LLAMA, 16, "q_proj").build());
        long floats = 2048L * 96 * 4; // tokens, layers, bytes
        double kept = two.get("activations") - one.get("activations");
        assertThat(kept / floats).isBetween(0.5 * 32768, 1.5 * 32768);
        double wider = ranks.get("activations") - one.get("activations");
        assertThat(wider / floats).isBetween(8.0, 8 * 8.0);
        TrainingEstimate.Builder longer =
                of(LLAMA, 8, "q_proj").setWorkload(Workload.uniform(1000, 1, 2048));
        assertThat(parts(longer.build())).containsEntry("activations", one.get("activations"));
        Map<String, Long> encoder = parts(longer.optCausal(false).build());
        double scores = encoder.get("activations") - one.get("activations");
        assertThat(scores / (2048.0 * 2048 * 96 * 96 * 4)).isBetween(0.5, 2.0);
        assertThat(encoder).doesNotContainKey("logits and their loss");
        assertThat(encoder.get("holes between tensors")).isLessThan(encoder.get("activations"));
    }

    @Test
    void timeGrowsWithTheBatchesAndFallsWithTheSpeed() throws IOException {
        double slow = of(LLAMA, 8, "q_proj").optSpeed(new MachineSpeed(20)).build().seconds();
        double fast = of(LLAMA, 8, "q_proj").optSpeed(new MachineSpeed(200)).build().seconds();
        assertThat(slow / fast).isCloseTo(10, within(1e-6));
        double longer =
                of(LLAMA, 8, "q_proj")
                        .setWorkload(Workload.uniform(3000, 4, 512))
                        .optSpeed(new MachineSpeed(20))
                        .build()
                        .seconds();
        assertThat(longer / slow).isCloseTo(3, within(0.01));
    }

    @Test
    void theLargestBatchIsFound() {
        Workload work =
                Workload.of(
                        9, new int[] {3, 5, 2, 8}, BatchPlan.fixed(new int[][] {{0, 1}, {2, 3}}));
        assertThat(work).isEqualTo(new Workload(9, 9, 51, 10, 68));
        assertThatIllegalArgumentException().isThrownBy(() -> Workload.uniform(0, 1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new MachineSpeed(0));
    }

    @Test
    void thisMachineHasASpeed() {
        assertThat(MachineSpeed.measure().gigaflops()).isBetween(0.1, 100_000.0);
    }
}
