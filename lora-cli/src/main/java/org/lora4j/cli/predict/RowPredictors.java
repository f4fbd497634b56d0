/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.predict;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.cli.evaluate.QuestionEvaluation;
import org.lora4j.cli.evaluate.TokenEvaluation;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.predict.Entity;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.predict.TextPair;
import org.lora4j.text.TextExample;
import org.lora4j.text.question.Answer;

/** What models of each task say of a row. */
public final class RowPredictors {
    private static final String PREDICTION = "prediction";

    private RowPredictors() {}

    /**
     * Gives texts or pairs a label, several, a number or a relevance, with the probabilities.
     *
     * @param model the model
     * @param file the file, for messages
     * @param options how texts are batched, and where they are cut
     */
    public static RowPredictor ofTexts(LoraModel model, Path file, BatchOptions options) {
        return new TextRows(model, file, options);
    }

    /** Finds entities, with places in characters as Python counts them. */
    public static RowPredictor ofEntities(EntityRecognizer recognizer) {
        return rows -> {
            List<String> texts = texts(rows);
            List<List<Entity>> found = recognizer.recognize(texts);
            List<JsonObject> all = new ArrayList<>();
            for (int i = 0; i < found.size(); i++) {
                JsonObject json = new JsonObject();
                json.add(PREDICTION, TokenEvaluation.spans(texts.get(i), found.get(i)));
                all.add(json);
            }
            return all;
        };
    }

    /** Answers questions from their contexts, with places in characters as Python counts them. */
    public static RowPredictor ofAnswers(QuestionAnswerer answerer) {
        return rows -> {
            List<TextPair> pairs = new ArrayList<>();
            rows.forEach(row -> pairs.add(new TextPair(row.text(), String.valueOf(row.pair()))));
            List<List<Answer>> found = answerer.answers(pairs);
            List<JsonObject> all = new ArrayList<>();
            for (int i = 0; i < found.size(); i++) {
                Answer answer = found.get(i).get(0);
                JsonObject json = new JsonObject();
                json.addProperty(PREDICTION, answer.text());
                QuestionEvaluation.addPlace(json, pairs.get(i).second(), answer);
                all.add(json);
            }
            return all;
        };
    }

    /** Lets a language model go on with prompts. */
    public static RowPredictor ofPrompts(TextGenerator generator, GenerationConfig config) {
        return rows -> {
            List<JsonObject> all = new ArrayList<>();
            for (Generation made : generator.generate(texts(rows), config)) {
                JsonObject json = new JsonObject();
                json.add(PREDICTION, new JsonPrimitive(made.text()));
                json.addProperty("finish_reason", Words.lower(made.finish()));
                json.add("probability", Json.number(made.probability().orElse(Double.NaN)));
                all.add(json);
            }
            return all;
        };
    }

    private static List<String> texts(List<TextExample> rows) {
        return rows.stream().map(TextExample::text).toList();
    }
}
