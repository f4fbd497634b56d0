/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.estimate;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import picocli.CommandLine.Option;

/** What a model is to be trained for, as far as its size depends on it. */
public final class TaskOptions {
    @Option(
            names = "--task",
            paramLabel = "TASK",
            description =
                    "What the model is trained for, whose head trains whole: a task of train, other"
                            + " than dpo.")
    private @Nullable TaskKind kind;

    @Option(
            names = "--labels",
            paramLabel = "N",
            description =
                    "With --task seq-cls, multi-label or token-cls, how many labels there are; by"
                            + " default those of the model's config, or 2.")
    private @Nullable Integer labels;

    /**
     * Returns the kind of task that is asked for.
     *
     * @param otherwise what it is where none is
     */
    public TaskKind kind(TaskKind otherwise) {
        return kind == null ? otherwise : kind;
    }

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if one of them says nothing
     */
    public void check() {
        if (kind == TaskKind.DPO) {
            throw new IllegalArgumentException(
                    "a training by preferences is not estimated; expected another --task");
        }
        if (labels != null && labels < 2) {
            throw new IllegalArgumentException("--labels is " + labels + "; expected 2 or more");
        }
        boolean hasLabels =
                kind == null
                        || kind == TaskKind.SEQ_CLS
                        || kind == TaskKind.MULTI_LABEL
                        || kind == TaskKind.TOKEN_CLS;
        if (labels != null && !hasLabels) {
            throw new IllegalArgumentException("--labels is not for --task " + kind);
        }
    }

    /**
     * Returns the task.
     *
     * @param config the model's, whose own task it is where none is asked for
     */
    public Task task(ModelConfig config) throws IOException {
        return task(kind == null ? TaskKind.of(Task.of(config)) : kind);
    }

    /**
     * Returns the task of a kind, with as many labels as are asked for.
     *
     * @param chosen the kind
     */
    public Task task(TaskKind chosen) {
        List<String> names =
                labels == null
                        ? List.of()
                        : IntStream.range(0, labels).mapToObj(i -> "LABEL_" + i).toList();
        return switch (chosen) {
            case SEQ_CLS -> new Task.SequenceClassification(names);
            case MULTI_LABEL -> new Task.MultiLabelClassification(names);
            case TOKEN_CLS -> new Task.TokenClassification(names);
            case REGRESSION -> Task.regression();
            case RERANK -> Task.reranking();
            case QA -> Task.questionAnswering();
            case EMBEDDING -> Task.embedding();
            case CAUSAL_LM, DPO -> Task.causalLanguageModel();
        };
    }
}
