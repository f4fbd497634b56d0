/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Prediction;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.predict.Entity;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.predict.RankedDocument;
import org.lora4j.predict.Reranker;
import org.lora4j.predict.TextClassifier;
import org.lora4j.predict.TextLabel;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.question.Answer;
import org.lora4j.text.question.AnswerOptions;
import org.lora4j.text.table.TextFileReader;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.metric.Metric;

/** The examples of predictors learn what they show. */
final class PredictorsTest {
    @TempDir Path folder;
    private Path base = Path.of("");

    @BeforeEach
    void write() throws IOException {
        base = folder.resolve("base");
        WordBert.write(
                base,
                List.of("ada", "bob", "went", "to", "rome", "oslo", "good", "bad", "late", "film"),
                5);
    }

    private Path table(String name, String header, String... rows) throws IOException {
        String text = header + "\n" + (String.join("\n", rows) + "\n").repeat(10);
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void severalLabelsAreLearnt() throws IOException {
        Path train =
                table(
                        "train.tsv",
                        "text\tlabel",
                        "good film\tpraise",
                        "bad late film\tblame|delay",
                        "late\tdelay",
                        "rome\t|");
        LoraTrainingConfig config =
                LoraTrainingConfig.builder().optEpochs(40).optLearningRate(1e-2).build();
        // snippet: several-labels
        Task task = Task.multiLabelClassification("praise", "blame", "delay");
        try (LoraModel model = LoraModel.load(base, task)) {
            model.addAdapter("tickets", LoraConfig.builder().setRank(8).setAlpha(16).build());
            TextColumns columns = TextColumns.of("text", "label");
            BatchOptions batches = BatchOptions.defaults();
            LoraTrainer.builder(model)
                    .setDataset(TextDataset.forTraining(model, train, columns, batches))
                    .optConfig(config)
                    .build()
                    .fit();
            TextClassifier classifier = TextClassifier.of(model);
            for (TextLabel label : classifier.classify("bad late film")) {
                System.out.printf("%s %.3f%n", label.label(), label.probability());
            }
            // end
            assertThat(classifier.classify("bad late film"))
                    .filteredOn(label -> label.probability() > 0.5)
                    .extracting(TextLabel::label)
                    .containsExactlyInAnyOrder("blame", "delay");
            assertThat(classifier.classify(List.of("rome", "good film")).get(0))
                    .allMatch(label -> label.probability() < 0.5);
            assertThatIllegalStateException()
                    .isThrownBy(() -> Reranker.of(model))
                    .withMessageContaining("Task.reranking()");
        }
    }

    @Test
    void textsAreClassified() throws IOException {
        Path train =
                table(
                        "train.tsv",
                        "text\tlabel",
                        "good film\tpraise",
                        "bad film\tblame",
                        "late\tdelay");
        LoraTrainingConfig config =
                LoraTrainingConfig.builder().optEpochs(30).optLearningRate(1e-2).build();
        Path adapter = folder.resolve("adapter");
        List<TextLabel> found = ClassifyTexts.run(base, train, adapter, "good film", config);
        assertThat(found).hasSize(3);
        assertThat(found.get(0).label()).isEqualTo("praise");
        assertThat(found.get(0).probability()).isGreaterThan(0.8);
        assertThat(adapter.resolve("adapter_config.json")).content().contains("SEQ_CLS");
    }

    private Path ranking() throws IOException {
        return table(
                "train.tsv",
                "query\tdocument\tlabel",
                "ada\tgood film\t1",
                "ada\tbad film\t0",
                "bob\tlate good film\t1",
                "bob\tlate bad film\t0");
    }

    @Test
    void theExampleRanksDocuments() throws IOException {
        Path train = ranking();
        LoraTrainingConfig config =
                LoraTrainingConfig.builder().optEpochs(60).optLearningRate(5e-3).build();
        List<RankedDocument> ranked =
                RankDocuments.run(
                        base,
                        train,
                        folder.resolve("adapter"),
                        "ada",
                        List.of("bad film", "good film"),
                        config);
        assertThat(ranked).extracting(RankedDocument::index).containsExactly(1, 0);
        assertThat(folder.resolve("adapter/adapter_model.safetensors")).exists();
    }

    @Test
    void ownMetricsChooseTheBestAndAreMeasured() throws IOException {
        Path train = table("train.tsv", "text\tlabel", "good\tgood", "bad\tbad", "film\tgood");
        Path dev = table("dev.tsv", "text\tlabel", "good film\tgood", "bad film\tbad", "ada\tbad");
        TextColumns columns = TextColumns.of("text", "label");
        BatchOptions batches = BatchOptions.defaults().withBatchSize(7);
        Task task = Task.sequenceClassification("bad", "good");
        try (LoraModel model = LoraModel.load(base, task)) {
            model.addAdapter("films", LoraConfig.builder().setRank(8).setAlpha(16).build());
            // snippet: use-own-metric
            Metric auc = Metric.of(new AreaUnderCurve(1));
            TextDataset validation = TextDataset.forEvaluation(model, dev, columns, batches);
            LoraTrainer.builder(model)
                    .setDataset(TextDataset.forTraining(model, train, columns, batches))
                    .optValidation(validation)
                    .optConfig(config -> config.optEpochs(20).optBestMetric(auc).optPatience(3))
                    .build()
                    .fit();
            double area = new Evaluator(model).evaluate(validation, auc).value(auc).orElseThrow();
            // end
            double right = 0;
            List<Prediction> all = new Evaluator(model).predict(validation);
            for (int good = 0; good < 30; good += 3) {
                for (int bad = 0; bad < 30; bad++) {
                    if (bad % 3 != 0) {
                        int order = Double.compare(margin(all.get(good)), margin(all.get(bad)));
                        right += order > 0 ? 1 : order == 0 ? 0.5 : 0;
                    }
                }
            }
            assertThat(area).isCloseTo(right / 200, within(1e-9)).isGreaterThan(0.5);
            assertThatIllegalStateException()
                    .isThrownBy(
                            () ->
                                    new Evaluator(model)
                                            .evaluate(validation, Metric.ofScore("none", true)))
                    .withMessageContaining("none");
        }
    }

    private static double margin(Prediction prediction) {
        return (double) prediction.logits().get(1) - prediction.logits().get(0);
    }

    @Test
    void documentsAreRanked() throws IOException {
        Path train = ranking();
        LoraTrainingConfig config =
                LoraTrainingConfig.builder().optEpochs(60).optLearningRate(5e-3).build();
        // snippet: rerank
        try (LoraModel model = LoraModel.load(base, Task.reranking())) {
            model.addAdapter("ranks", LoraConfig.builder().setRank(8).setAlpha(16).build());
            TextColumns columns = new TextColumns("query", "document", "label");
            BatchOptions batches = BatchOptions.defaults().withBatchSize(8);
            LoraTrainer.builder(model)
                    .setDataset(TextDataset.forTraining(model, train, columns, batches))
                    .optConfig(config)
                    .build()
                    .fit();
            Reranker reranker = Reranker.of(model);
            List<RankedDocument> ranked = reranker.rank("ada", List.of("bad film", "good film"));
            System.out.println(ranked.get(0).document() + " " + ranked.get(0).score());
            // end
            assertThat(ranked).extracting(RankedDocument::index).containsExactly(1, 0);
            assertThat(reranker.rank("bob", List.of("late good film", "late bad film")))
                    .extracting(RankedDocument::index)
                    .containsExactly(0, 1);
            assertThat(reranker.evaluate(TextFileReader.readAll(train, columns)))
                    .containsEntry("mrr@10", 1.0)
                    .containsEntry("ndcg@10", 1.0);
            model.saveAdapter("ranks", folder.resolve("ranks"));
        }
        assertThat(Task.of(base, folder.resolve("ranks"))).isEqualTo(Task.reranking());
    }

    @Test
    void answersAreFound() throws IOException {
        Path train = folder.resolve("train.jsonl");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 48; i++) {
            String name = i % 3 == 0 ? "ada" : "bob";
            String place = i % 4 < 2 ? "rome" : "oslo";
            lines.append(
                    "{\"question\":\"%s\",\"context\":\"%s went to %s\",\"answers\":[%s]}\n"
                            .formatted(
                                    i % 2 == 0 ? "to" : "late",
                                    name,
                                    place,
                                    i % 2 == 0 ? '"' + place + '"' : ""));
        }
        Files.writeString(train, lines);
        Path adapter = folder.resolve("adapter");
        LoraTrainingConfig config =
                LoraTrainingConfig.builder().optEpochs(30).optLearningRate(1e-2).build();
        Answer found = AnswerQuestions.run(base, train, adapter, "to", "Ada went to Oslo", config);
        assertThat(found.text()).isEqualTo("Oslo");
        assertThat(found.start()).isEqualTo(12);
        assertThat(adapter.resolve("adapter_config.json")).content().contains("QUESTION_ANS");
        try (LoraModel model = LoraModel.load(base, adapter, LoadOptions.defaults())) {
            AnswerOptions none = AnswerOptions.defaults().withNone(true);
            QuestionAnswerer answerer = QuestionAnswerer.builder(model).optAnswers(none).build();
            assertThat(answerer.answer("late", "Ada went to Oslo").isNone()).isTrue();
        }
    }

    @Test
    void entitiesAreFound() throws IOException {
        Path train = folder.resolve("train.jsonl");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            lines.append(
                    "{\"text\":\"%s went to %s\",\"spans\":[[0,3,\"PER\"],[12,16,\"LOC\"]]}\n"
                            .formatted(i % 3 == 0 ? "ada" : "bob", i % 2 == 0 ? "rome" : "oslo"));
        }
        Files.writeString(train, lines);
        Path adapter = folder.resolve("adapter");
        List<Entity> found = FindEntities.run(base, train, adapter, "Ada went to Oslo", 60);
        assertThat(found).extracting(Entity::text).containsExactly("Ada", "Oslo");
        assertThat(found).extracting(Entity::label).containsExactly("PER", "LOC");
        assertThat(adapter.resolve("adapter_config.json")).content().contains("TOKEN_CLS");
    }
}
