/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.data.QuestionDataset;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.text.question.Answer;
import org.lora4j.text.question.AnswerOptions;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;

/** Teaches an encoder to find answers in texts, and asks it a question. */
public final class AnswerQuestions {
    private AnswerQuestions() {}

    /**
     * Trains and asks.
     *
     * @param directory a Hugging Face model directory
     * @param train a file of questions, as {@link org.lora4j.text.question.QuestionReader} reads it
     * @param output where the adapter goes
     * @param question a question
     * @param context a text that has the answer
     * @param config how long it learns, and how fast
     */
    public static Answer run(
            Path directory,
            Path train,
            Path output,
            String question,
            String context,
            LoraTrainingConfig config)
            throws IOException {
        // snippet: answer-questions
        AnswerOptions answers = AnswerOptions.defaults().withNone(true);
        BatchOptions batches = BatchOptions.defaults().withBatchSize(16).withMaxLength(384);
        try (LoraModel model = LoraModel.load(directory, Task.questionAnswering())) {
            model.addAdapter("answers", LoraConfig.builder().setRank(8).setAlpha(16).build());
            LoraTrainer.builder(model)
                    .setDataset(QuestionDataset.forTraining(model, train, batches, answers))
                    .optConfig(config)
                    .build()
                    .fit();
            model.saveAdapter("answers", output);
            QuestionAnswerer answerer = QuestionAnswerer.builder(model).optAnswers(answers).build();
            return answerer.answer(question, context);
        }
        // end
    }
}
