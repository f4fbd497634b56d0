/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.files.AtomicFiles;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.listener.CsvListener;
import org.lora4j.train.listener.JsonListener;
import org.lora4j.train.listener.TensorBoardListener;
import org.lora4j.train.report.Environment;
import org.lora4j.train.report.HtmlReport;
import org.lora4j.train.report.TrainingCurve;

/**
 * The files of a training: loss.csv, loss.png and report.html, which are saved beside its result,
 * and the log and TensorBoard's events, if they were asked for, which are written step by step.
 */
public final class TrainingFiles implements TrainingListener, AutoCloseable {
    private static final String TABLE = "loss.csv";
    private static final String REPORT = "report.html";

    private final Path temporary;
    private final CsvListener table;
    private final List<Log> logs;
    private final Map<String, Map<String, ?>> facts = new LinkedHashMap<>();
    private @Nullable TrainingStart start;

    private TrainingFiles(Path temporary, CsvListener table, List<Log> logs) {
        this.temporary = temporary;
        this.table = table;
        this.logs = logs;
    }

    /** A file that an option asked for; a training is worth more than its log. */
    private static final class Log {
        private final String option;
        private final TrainingListener listener;
        private final AutoCloseable file;
        private @Nullable UncheckedIOException failure;

        <T extends TrainingListener & AutoCloseable> Log(String option, T listener) {
            this.option = option;
            this.listener = listener;
            file = listener;
        }

        void tell(Consumer<TrainingListener> event) {
            if (failure != null) {
                return;
            }
            try {
                event.accept(listener);
            } catch (UncheckedIOException e) {
                failure = e; // said at the end
            }
        }

        void close() {
            tell(
                    open -> {
                        try {
                            file.close();
                        } catch (RuntimeException e) {
                            throw e;
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    });
        }

        void require() throws IOException {
            if (failure != null) {
                IOException cause = failure.getCause();
                String why = ErrorText.of(cause == null ? failure : cause);
                throw new IOException(option + " cannot be written: " + why, failure);
            }
        }
    }

    /**
     * Opens the files.
     *
     * @param output the directory that loss.csv will be in
     * @param log where the log goes, if anywhere
     * @param tensorBoard the directory of TensorBoard's events, if any
     */
    public static TrainingFiles open(Path output, @Nullable Path log, @Nullable Path tensorBoard)
            throws IOException {
        List<Log> logs = new ArrayList<>();
        Path temporary = AtomicFiles.temporary(output.resolve(TABLE));
        try {
            if (log != null) {
                logs.add(new Log("--log", JsonListener.open(log)));
            }
            if (tensorBoard != null) {
                logs.add(new Log("--tensorboard", TensorBoardListener.open(tensorBoard)));
            }
            return new TrainingFiles(temporary, CsvListener.open(temporary), logs);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            logs.forEach(Log::close);
            throw e;
        }
    }

    /** Adds a table of what the training is run with to the report. */
    public void addFacts(String heading, Map<String, ?> values) {
        facts.put(heading, values);
    }

    @Override
    public void onStart(TrainingStart start) {
        this.start = start;
        logs.forEach(log -> log.tell(listener -> listener.onStart(start)));
    }

    @Override
    public void onStep(StepInfo step) {
        table.onStep(step);
        logs.forEach(log -> log.tell(listener -> listener.onStep(step)));
    }

    @Override
    public void onValidation(ValidationInfo validation) {
        table.onValidation(validation);
        logs.forEach(log -> log.tell(listener -> listener.onValidation(validation)));
    }

    @Override
    public void onEnd(LoraTrainingResult result) {
        logs.forEach(log -> log.tell(listener -> listener.onEnd(result)));
    }

    @Override
    public void onFailure(Throwable failure) {
        logs.forEach(log -> log.tell(listener -> listener.onFailure(failure)));
    }

    /**
     * Saves the loss curve beside the result; a chart or a report that cannot be made is reported
     * and left out.
     */
    public void saveTo(Path place, LoraTrainingResult result, Console console) throws IOException {
        table.close();
        Files.move(temporary, place.resolve(TABLE), StandardCopyOption.REPLACE_EXISTING);
        LossChart.save(place, result, console);
        try {
            report(place, result).write(place.resolve(REPORT));
        } catch (IOException e) {
            console.note("no " + REPORT + ": " + ErrorText.of(e));
        }
    }

    private HtmlReport report(Path place, LoraTrainingResult result) throws IOException {
        HtmlReport report =
                HtmlReport.of(TrainingCurve.read(place.resolve(TABLE)))
                        .optTitle("Training of " + place.toAbsolutePath().normalize().getFileName())
                        .optResult(result);
        if (start != null) {
            report.optStart(start);
        }
        facts.forEach(report::addFacts);
        return report.addFacts("Environment", Environment.values());
    }

    /** Fails if a log could not be written. */
    public void requireLogs() throws IOException {
        for (Log log : logs) {
            log.require();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            table.close();
        } finally {
            Files.deleteIfExists(temporary);
            logs.forEach(Log::close);
        }
    }
}
