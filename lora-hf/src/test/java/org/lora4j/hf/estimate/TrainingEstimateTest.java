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
import org.lora4j.core.Ia3Config;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchPlan;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.torch.TensorDtype;
import org.lora4j.train.Recomputation;

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

    private static final String BERT =
            """
            {"model_type": "bert", "architectures": ["BertForSequenceClassification"],
             "vocab_size": 30522, "hidden_size": 768, "num_hidden_layers": 12,
             "num_attention_heads": 12, "intermediate_size": 3072, "max_position_embeddings": 512,
             "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu"}
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
                .optTask(Task.causalLanguageModel());
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
    void otherMethodsTakeTheirMemory() throws IOException {
        Map<String, Long> plain = parts(of(LLAMA, 8, "q_proj").build());
        LoraConfig pissa =
                LoraConfig.builder()
                        .setRank(8)
                        .setAlpha(16)
                        .optTargetModules("q_proj")
                        .optInit(Init.PISSA)
                        .build();
        Map<String, Long> begun = parts(of(LLAMA, 8, "q_proj").setAdapter(pissa).build());
        assertThat(plain).doesNotContainKey("origin");
        assertThat(begun).containsEntry("origin", plain.get("adapter"));
        assertThat(begun).containsEntry("adapter", plain.get("adapter"));
        long floats = 2048L * 96 * 4; // tokens, layers, bytes
        long outputs = 5L * 12288 + 2 * 32768;
        Ia3Config ia3 =
                Ia3Config.builder()
                        .optTargetModules("q_proj", "down_proj")
                        .optFeedforwardModules("down_proj")
                        .build();
        TrainingEstimate vectors = of(LLAMA, 8, "q_proj").setAdapter(ia3).build();
        assertThat(vectors.parameters().trainable()).isEqualTo(96L * (12288 + 32768));
        assertThat(parts(vectors)).containsEntry("activations", floats * (outputs + 12288 + 32768));
    }

    @Test
    void layersKeepWhatTheirDerivativesRead() throws IOException {
        long floats = 2048L * 96 * 4; // tokens, layers, bytes
        long outputs = 5L * 12288 + 2 * 32768;
        assertThat(activations(of(LLAMA, 8, "q_proj"))).isEqualTo(floats * (outputs + 8));
        assertThat(activations(of(LLAMA, 16, "q_proj"))).isEqualTo(floats * (outputs + 16));
        // the input of down_proj is computed again, that of o_proj is not
        assertThat(activations(of(LLAMA, 8, "q_proj", "down_proj")))
                .isEqualTo(floats * (outputs + 16));
        assertThat(activations(of(LLAMA, 8, "q_proj", "o_proj")))
                .isEqualTo(floats * (outputs + 16 + 12288));
        TrainingEstimate.Builder shorter =
                of(LLAMA, 8, "q_proj").setWorkload(Workload.uniform(1000, 32, 64));
        assertThat(activations(shorter)).isEqualTo(floats * (outputs + 8 + 96 * 64));
        TrainingEstimate.Builder longer =
                of(LLAMA, 8, "q_proj").setWorkload(Workload.uniform(1000, 2, 1024));
        assertThat(activations(longer)).isEqualTo(floats * (outputs + 8 + 12288));
    }

    @Test
    void encodersKeepMasksAndLittleOfTheirLastLayer() throws IOException {
        long tokens = 4 * 512;
        long first = 4 * (6L * 768 + 3072 + 8) + 2 * 768 + 12 * 512; // bytes, masks included
        long last = 4 * 3L * 768;
        TrainingEstimate encoder =
                of(BERT, 8, "query").optTask(Task.sequenceClassification()).build();
        assertThat(parts(encoder))
                .containsEntry("activations", tokens * (11 * first + last))
                .doesNotContainKey("logits and their loss");
    }

    @Test
    void layersComputedAgainKeepTheirInputs() throws IOException {
        long floats = 2048L * 4; // tokens, bytes
        long layer = activations(of(LLAMA, 8, "q_proj")) / 96;
        long input = floats * 12288;
        assertThat(activations(recomputed(Recomputation.all())))
                .isEqualTo(activations(recomputed(Recomputation.first(96))))
                .isEqualTo(96 * input + layer);
        assertThat(activations(recomputed(Recomputation.first(40))))
                .isEqualTo(40 * input + 56 * layer);
        assertThat(activations(recomputed(Recomputation.within(1)))).isEqualTo(96 * input + layer);
        assertThat(activations(recomputed(Recomputation.within(1L << 50)))).isEqualTo(96 * layer);
        long whole = of(LLAMA, 8, "q_proj").build().peakBytes();
        long budget = (whole - 48 * layer) / 9 * 10;
        assertThat(activations(recomputed(Recomputation.within(budget))))
                .isBetween(48 * layer, 95 * layer);
        MachineSpeed speed = new MachineSpeed(20);
        double once = recomputed(Recomputation.none()).optSpeed(speed).build().seconds();
        double twice = recomputed(Recomputation.all()).optSpeed(speed).build().seconds();
        assertThat(twice / once).isBetween(1.3, 1.5);
    }

    private static TrainingEstimate.Builder recomputed(Recomputation choice) {
        return of(LLAMA, 8, "q_proj").optRecomputation(choice);
    }

    private static long activations(TrainingEstimate.Builder builder) throws IOException {
        return parts(builder.build()).get("activations");
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
