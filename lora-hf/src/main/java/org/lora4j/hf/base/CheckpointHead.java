/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.ModelConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classification head of a checkpoint, if it has one, and the labels that its rows stand for.
 *
 * @param weights the checkpoint
 * @param output the path of the head's last layer
 * @param rows its outputs, 0 where there is none
 * @param names the labels of the rows by config.json, numbered where it names none
 * @param problemType what config.json says of them, or ""
 */
public record CheckpointHead(
        Checkpoint weights, String output, int rows, List<String> names, String problemType) {
    private static final String NEW_HEAD =
            ", or draw a new head with LoadOptions.withNewHead(true)";
    private static final Logger logger = LoggerFactory.getLogger(CheckpointHead.class);

    /** Reads the head whose last layer is at a path. */
    public static CheckpointHead of(ModelConfig config, Checkpoint weights, String output)
            throws IOException {
        String weight = output + ".weight";
        int rows = weights.has(weight) ? weights.rows(weight) : 0;
        List<String> configured = config.labels();
        return new CheckpointHead(
                weights,
                output,
                rows,
                configured != null && configured.size() == rows ? configured : numbered(rows),
                config.string("problem_type", ""));
    }

    /** Returns transformers' names of labels that have none. */
    public static List<String> numbered(long count) {
        return LongStream.range(0, count).mapToObj(i -> "LABEL_" + i).toList();
    }

    /**
     * Decides which labels the model has, and leaves the head out where it is replaced.
     *
     * @return the labels by their ids; none for a regression
     * @throws IOException if the head is not one for the task
     */
    public List<String> labels(HeadTask task, HeadUse use, Path directory) throws IOException {
        List<String> asked = task.labels();
        boolean named = !task.kind().hasLabels() || !asked.isEmpty();
        boolean replaced =
                use == HeadUse.REPLACE
                        || (use == HeadUse.REPLACE_UNLESS_FITTING && named && !fits(task));
        if (replaced) {
            weights.leaveOut(output);
        }
        if (!replaced && rows > 0 && task.kind() != HeadTask.Kind.SPAN) {
            requireOneValue(task.kind(), directory);
        }
        if (!named) {
            return ownLabels(task.kind(), replaced, directory);
        }
        if (!replaced) {
            requireFitting(task, directory);
        }
        return asked;
    }

    /** Whether the head's rows are those of the task. */
    private boolean fits(HeadTask task) {
        List<String> asked = task.labels();
        return rows == 0
                || (rows == task.outputs()
                        && (asked.isEmpty() || isUnnamed() || names.equals(asked)));
    }

    private boolean isUnnamed() {
        return names.equals(numbered(rows));
    }

    private void requireOneValue(HeadTask.Kind kind, Path directory) throws IOException {
        boolean several = problemType.equals("regression") && rows > 1;
        boolean multiple = problemType.equals("multi_label_classification") && rows > 1;
        if (kind == HeadTask.Kind.LABELS && problemType.equals("single_label_classification")) {
            throw new IOException(
                    "%s: problem_type is %s, a label for each text, and the task has any number of them%s"
                            .formatted(directory, problemType, NEW_HEAD));
        }
        if (multiple && kind == HeadTask.Kind.LABEL) {
            throw new IOException(
                    "%s: problem_type is %s with %d outputs, any number of labels for each text; expected Task.multiLabelClassification()%s"
                            .formatted(directory, problemType, rows, NEW_HEAD));
        }
        if (several) {
            throw new IOException(
                    ("%s: problem_type is %s with %d outputs, which is not supported; expected one"
                                    + " label or one number for each text%s")
                            .formatted(directory, problemType, rows, NEW_HEAD));
        }
    }

    private List<String> ownLabels(HeadTask.Kind kind, boolean replaced, Path directory)
            throws IOException {
        String naming =
                kind == HeadTask.Kind.TOKEN_LABEL
                        ? "name them with Task.tokenClassification(\"O\", \"B-PER\", \"I-PER\")"
                        : "name them with " + kind.call() + "(\"negative\", \"positive\")";
        if (replaced) {
            throw new IOException(
                    directory + ": a new head has no labels of the checkpoint's; " + naming);
        }
        if (rows == 0) {
            throw new IOException(
                    ("%s: the checkpoint has no classification head (%s.weight), so it cannot say"
                                    + " which labels there are; %s")
                            .formatted(directory, output, naming));
        }
        if (rows == 1) {
            throw new IOException(
                    ("%s: the checkpoint's head %s.weight has one output, so it predicts a number;"
                                    + " expected Task.regression()")
                            .formatted(directory, output));
        }
        return names;
    }

    private void requireFitting(HeadTask task, Path directory) throws IOException {
        List<String> asked = task.labels();
        if (fits(task)) {
            if (rows > 1 && isUnnamed() && !names.equals(asked)) {
                logger.info("{}: the head's {} are called {}", directory, names, asked);
            }
            return;
        }
        if (task.kind() == HeadTask.Kind.SPAN) {
            throw new IOException(
                    "%s: the checkpoint's head %s has %d outputs for each token; expected %d, for where an answer begins and ends%s"
                            .formatted(directory, output, rows, task.outputs(), NEW_HEAD));
        }
        throw new IOException(
                "%s: the checkpoint's head %s has %s, and the task %s; use the checkpoint's%s"
                        .formatted(
                                directory,
                                output,
                                rows == 1 ? "one output, for a number" : "the labels " + names,
                                asked.isEmpty() ? "is a number" : "has the labels " + asked,
                                NEW_HEAD));
    }
}
