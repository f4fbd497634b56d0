/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterRows;
import org.lora4j.core.LoraConfig;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.PreferenceDataset;
import org.lora4j.hf.Task;
import org.lora4j.hf.preference.PreferenceLoss;
import org.lora4j.tenant.TenantAdapters;
import org.lora4j.tenant.TenantLease;
import org.lora4j.tenant.TenantStats;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.text.sample.PlainText;
import org.lora4j.text.sample.TrainingSamples;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.joint.JointTrainer;
import org.lora4j.train.joint.JointTraining;
import org.lora4j.train.metric.EvaluationMetrics;

/** The code of docs/howto/many-adapters.md and docs/howto/train-by-preferences.md. */
final class ManyAdaptersSnippetsTest {
    @TempDir Path folder;

    private LoraModel model() throws IOException {
        return LoraModel.load(
                TinyLlama.write(folder.resolve("model"), 1), Task.causalLanguageModel());
    }

    @Test
    void eachTextHasItsOwnAdapter() throws IOException {
        try (LoraModel model = model()) {
            model.addAdapter("polite", LoraConfig.builder().setRank(2).build());
            model.addAdapter("brief", LoraConfig.builder().setRank(4).build());
            GenerationConfig config = GenerationConfig.builder().optMaxNewTokens(4).build();
            // snippet: mixed-batch
            AdapterRows adapters = AdapterRows.of("polite", AdapterRows.BASE, "brief");
            List<String> prompts = List.of("Dear guest,", "The harbour", "In short:");
            List<Generation> texts = TextGenerator.of(model).generate(prompts, adapters, config);
            // end
            assertThat(texts).hasSize(3);
        }
    }

    @Test
    void tenantsAdaptersComeAndGo() throws IOException {
        Path directory = folder.resolve("adapters");
        try (LoraModel model = model()) {
            for (String tenant : List.of("acme", "globex")) {
                model.addAdapter(tenant, LoraConfig.builder().setRank(2).build());
            }
            model.saveAdapters(directory);
            model.unload();
            GenerationConfig config = GenerationConfig.builder().optMaxNewTokens(4).build();
            TenantStats stats;
            List<Generation> texts;
            // snippet: tenants
            TextGenerator generator = TextGenerator.of(model);
            try (TenantAdapters tenants =
                    TenantAdapters.builder(model, directory).optMaxAdapters(100).build()) {
                try (TenantLease lease = tenants.lease("acme");
                        ActiveAdapters.Scope own = model.use(lease.selection())) {
                    System.out.println(generator.generate("Dear guest,", config).text());
                }
                List<String> prompts = List.of("Dear guest,", "The harbour", "In short:");
                try (TenantLease lease = tenants.lease(List.of("acme", "globex", "acme"))) {
                    texts = generator.generate(prompts, lease.rows(), config);
                }
                tenants.refresh("acme"); // after its directory got other content
                stats = tenants.stats();
            }
            // end
            assertThat(texts).hasSize(3);
            assertThat(stats.loads()).isEqualTo(3);
            assertThat(stats.hits()).isEqualTo(1);
            assertThat(model.adapterNames()).isEmpty();
        }
    }

    @Test
    void preferencesAreLearnt() throws IOException {
        Path pairs = folder.resolve("pairs.jsonl");
        StringBuilder lines = new StringBuilder();
        for (String prompt : List.of("The sea", "A ship", "The fog", "At noon")) {
            lines.append("{\"prompt\": \"%s\", \"chosen\": \" is calm\", ".formatted(prompt))
                    .append("\"rejected\": \" was lost again\"}\n");
        }
        Files.writeString(pairs, lines);
        try (LoraModel model = model()) {
            // snippet: preferences
            model.addAdapter("kind", LoraConfig.builder().setRank(8).setAlpha(16).build());
            PreferenceDataset data =
                    PreferenceDataset.forTraining(
                            model,
                            pairs,
                            PreferenceLoss.defaults().withBeta(0.1),
                            BatchOptions.defaults().withBatchSize(4).withMaxLength(512));
            LoraTrainingResult result =
                    LoraTrainer.builder(model)
                            .setDataset(data)
                            .optEpochs(12)
                            .optValidation(data)
                            .build()
                            .fit();
            EvaluationMetrics metrics = result.finalValidation().orElseThrow().metrics();
            System.out.println(metrics.values().get("rewards/accuracies"));
            // end
            assertThat(result.lossByStep().get(0))
                    .isCloseTo(Math.log(2), within(1e-5)); // no change yet
            assertThat(metrics.loss()).isLessThan(0.6);
            assertThat(metrics.values()).containsEntry("rewards/accuracies", 1.0);
            assertThat(metrics.values().get("rewards/margins")).isPositive();
        }
    }

    private static CausalDataset texts(LoraModel model, String... completions) {
        List<PlainText> texts = new ArrayList<>();
        for (String completion : completions) {
            texts.add(new PlainText(0, completion));
        }
        CausalOptions options = CausalOptions.defaults().withBatchSize(1).withMaxLength(16);
        return CausalDataset.forTraining(model, TrainingSamples.of("texts", texts), options);
    }

    @Test
    void severalAreTrainedAtOnce() throws IOException {
        LoraTrainingConfig config =
                LoraTrainingConfig.builder().optSteps(3).optLearningRate(1e-2).build();
        try (LoraModel model = model()) {
            CausalDataset data = texts(model, "the harbour is calm", "a ship at noon");
            CausalDataset others = texts(model, "one two three", "four five");
            // snippet: joint-trainer
            model.addAdapter("first", LoraConfig.builder().setRank(4).build());
            model.addAdapter("second", LoraConfig.builder().setRank(16).setAlpha(32).build());
            Map<String, LoraTrainingResult> results =
                    JointTrainer.builder(model, CausalBatch.class)
                            .add("first", new JointTrainer.Job<>(data, null, config))
                            .add("second", new JointTrainer.Job<>(others, null, config))
                            .build()
                            .fit();
            // end
            assertThat(results.keySet()).containsExactly("first", "second");
            assertThat(results.get("second").lossByStep()).hasSize(3);
            CausalBatch batch = data.epoch(0).iterator().next();
            CausalBatch other = others.epoch(0).iterator().next();
            GenerationConfig few = GenerationConfig.builder().optMaxNewTokens(2).build();
            // snippet: joint-training
            try (JointTraining<CausalBatch> training =
                    JointTraining.begin(
                            model, CausalBatch.class, Map.of("first", config, "second", config))) {
                Map<String, Double> losses =
                        training.forwardBackward(Map.of("first", batch, "second", other));
                System.out.println(losses);
                training.optimStep("first", 1e-4);
                training.optimStep("second", 5e-4);
                try (ActiveAdapters.Scope own = training.use("first")) {
                    System.out.println(TextGenerator.of(model).generate("The harbour", few).text());
                }
                model.saveAdapter("first", folder.resolve("first"));
            }
            // end
            assertThat(folder.resolve("first/adapter_config.json")).exists();
        }
    }
}
