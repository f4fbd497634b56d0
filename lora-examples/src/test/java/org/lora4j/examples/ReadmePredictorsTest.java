/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.predict.Entity;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.predict.Reranker;
import org.lora4j.predict.TextClassifier;
import org.lora4j.predict.TextLabel;
import org.lora4j.testkit.RandomAdapter;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.question.Answer;

/** The predictors in README. */
final class ReadmePredictorsTest {
    @TempDir Path folder;

    private Path adapter(Path base, String name, Task task) throws IOException {
        LoraConfig config = LoraConfig.builder().setRank(4).setAlpha(8).build();
        return RandomAdapter.write(base, folder.resolve(name), config, task);
    }

    @Test
    void everyPredictorSaysSomething() throws IOException {
        Path base = folder.resolve("base");
        WordBert.write(base, List.of("ada", "went", "to", "rome", "where", "?"), 5);
        Path llama = TinyLlama.write(folder.resolve("llama"), 1);
        Path tickets = adapter(base, "tickets", Task.sequenceClassification("blame", "praise"));
        Path names = adapter(base, "names", Task.tokenClassification("O", "B-PER", "I-PER"));
        Path ranks = adapter(base, "ranks", Task.reranking());
        Path answers = adapter(base, "answers", Task.questionAnswering());
        Path vectors = adapter(base, "vectors", Task.embedding());
        Path tales = adapter(llama, "tales", Task.causalLanguageModel());
        String text = "Ada went to Rome";
        String query = "Where to?";
        List<String> documents = List.of("Ada", "Rome");
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, UTF_8));
        // snippet: classifier
        try (LoraModel model = LoraModel.load(base, tickets, LoadOptions.defaults())) {
            TextClassifier classifier = TextClassifier.of(model);
            List<TextLabel> labels = classifier.classify(text); // the likeliest first
            System.out.println(labels.get(0).label() + " " + labels.get(0).probability());
        }
        // end
        // snippet: recognizer
        try (LoraModel model = LoraModel.load(base, names, LoadOptions.defaults())) {
            EntityRecognizer recognizer = EntityRecognizer.of(model);
            List<Entity> entities = recognizer.recognize(text);
            entities.forEach(each -> System.out.println(each.label() + " " + each.text()));
        }
        // end
        // snippet: answerer
        try (LoraModel model = LoraModel.load(base, answers, LoadOptions.defaults())) {
            QuestionAnswerer answerer = QuestionAnswerer.of(model);
            Answer answer = answerer.answer(query, text);
            System.out.println(answer.text() + " " + answer.probability());
        }
        // end
        // snippet: reranker
        try (LoraModel model = LoraModel.load(base, ranks, LoadOptions.defaults())) {
            Reranker reranker = Reranker.of(model);
            var ranked = reranker.rank(query, documents); // the most relevant first
            System.out.println(ranked.get(0).document() + " " + ranked.get(0).score());
        }
        // end
        // snippet: embedder
        try (TextEmbedder embedder = TextEmbedder.open(base, vectors)) {
            float[] wanted = embedder.embed(query);
            float[] found = embedder.embed(text);
            System.out.println(TextEmbedder.similarity(wanted, found));
        }
        // end
        // snippet: generator
        try (LoraModel model = LoraModel.load(llama, tales, LoadOptions.defaults())) {
            TextGenerator generator = TextGenerator.of(model);
            GenerationConfig config = GenerationConfig.builder().optMaxNewTokens(20).build();
            System.out.println(generator.generate(text, config).text());
        }
        // end
        System.setOut(console);
        List<String> lines = printed.toString(UTF_8).lines().toList();
        assertThat(lines.get(0)).matches("(blame|praise) (0\\.[5-9]|1\\.0).*");
        assertThat(printed.toString(UTF_8)).containsPattern("(Ada|Rome) (0\\.|1\\.0)");
        assertThat(lines).hasSizeGreaterThanOrEqualTo(5); // of entities there may be none
    }
}
