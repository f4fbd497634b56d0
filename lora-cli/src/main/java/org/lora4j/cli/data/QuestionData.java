/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.data.QuestionDataset;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.span.SpanBatch;
import org.lora4j.text.question.AnswerOptions;
import org.lora4j.text.question.QuestionReader;
import org.lora4j.text.question.QuestionSample;
import org.lora4j.train.BatchSource;

/**
 * Questions, for the training of a model that finds answers.
 *
 * @param questions the training data
 * @param checked the validation data, if any
 * @param validation their file
 * @param data the options that they were read with
 * @param batches how they are batched
 * @param answers how contexts are divided
 */
public record QuestionData(
        List<QuestionSample> questions,
        @Nullable List<QuestionSample> checked,
        @Nullable Path validation,
        DataOptions data,
        BatchOptions batches,
        AnswerOptions answers)
        implements TrainingData<SpanBatch> {

    /** Says how the questions of a file are read, and those of a validation file, if any. */
    public static Reading reading(
            DataOptions data,
            BatchOptions batches,
            @Nullable Path validation,
            AnswerOptions answers) {
        return console ->
                new QuestionData(
                        QuestionReader.readAll(data.file()),
                        validation == null ? null : QuestionReader.readAll(validation),
                        validation,
                        data,
                        batches,
                        answers);
    }

    @Override
    public Task task(ModelConfig config) {
        return Task.questionAnswering();
    }

    @Override
    public BatchSource<SpanBatch> training(LoraModel model, Console console) {
        data.tellPositions(model, console);
        return told(
                QuestionDataset.forTraining(
                        model, questions, data.file().toString(), batches, answers),
                console);
    }

    /** Says into how many windows the contexts were divided. */
    public static QuestionDataset told(QuestionDataset questions, Console console) {
        if (questions.windows() > questions.size()) {
            console.say(
                    "%,d questions, whose contexts are read in %,d windows of at most %,d tokens",
                    questions.size(), questions.windows(), questions.longest());
        }
        return questions;
    }

    @Override
    public @Nullable BatchSource<SpanBatch> validation(LoraModel model) {
        return checked == null
                ? null
                : QuestionDataset.forEvaluation(
                        model, checked, String.valueOf(validation), batches, answers);
    }
}
