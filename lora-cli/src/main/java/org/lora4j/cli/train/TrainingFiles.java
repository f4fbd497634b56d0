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
import org.lora4j.provenance.Provenance;
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

    /** What a training writes beside its result. */
    static final List<String> NAMES = List.of(TABLE, LossChart.NAME, REPORT, Provenance.FILE_NAME);

    private static final String SEPARATOR = " ";

    private final Path written;
    private final boolean kept;
    private final CsvListener table;
    private final List<Log> logs;
    private final Map<String, Map<String, ?>> facts = new LinkedHashMap<>();
    private @Nullable TrainingStart start;
    private @Nullable Exception unsaved;

    private TrainingFiles(Path written, boolean kept, CsvListener table, List<Log> logs) {
        this.written = written;
        this.kept = kept;
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

        /** What cannot be written comes with what is written later, and nothing is missing then. */
        void tell(Consumer<TrainingListener> event) {
            try {
                event.accept(listener);
                failure = null;
            } catch (UncheckedIOException e) {
                failure = e; // said at the end
            }
        }

        String mark() {
            return listener.mark();
        }

        void close() {
            try {
                file.close();
            } catch (UncheckedIOException e) {
                failure = e;
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
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
     * @param checkpoints the directory of the training's checkpoints, if any, in which loss.csv is
     *     until then, so that it can be continued
     * @param log where the log goes, if anywhere
     * @param tensorBoard the directory of TensorBoard's events, if any
     */
    public static TrainingFiles open(
            Path output, @Nullable Path checkpoints, @Nullable Path log, @Nullable Path tensorBoard)
            throws IOException {
        List<Log> logs = new ArrayList<>();
        boolean kept = checkpoints != null;
        Path written = AtomicFiles.temporary(output.resolve(TABLE));
        if (checkpoints != null) {
            Files.createDirectories(checkpoints);
            written = checkpoints.resolve(TABLE);
        }
        try {
            if (log != null) {
                JsonListener lines = kept ? JsonListener.reopen(log) : JsonListener.open(log);
                logs.add(new Log("--log", lines));
            }
            if (tensorBoard != null) {
                logs.add(new Log("--tensorboard", TensorBoardListener.open(tensorBoard)));
            }
            CsvListener table = kept ? CsvListener.reopen(written) : CsvListener.open(written);
            return new TrainingFiles(written, kept, table, logs);
        } catch (IOException e) {
            if (!kept) {
                Files.deleteIfExists(written);
            }
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
        table.onStart(start);
        logs.forEach(log -> log.tell(listener -> listener.onStart(start)));
    }

    /** Returns the marks of the table and the logs. */
    @Override
    public String mark() {
        StringBuilder marks = new StringBuilder(table.mark());
        logs.forEach(log -> marks.append(SEPARATOR).append(log.mark()));
        return marks.toString();
    }

    @Override
    public void onResume(Resumed resumed) {
        String[] marks = resumed.mark().split(SEPARATOR, -1);
        table.onResume(of(resumed, marks, 0));
        for (int i = 0; i < logs.size(); i++) {
            Resumed own = of(resumed, marks, i + 1);
            logs.get(i).tell(listener -> listener.onResume(own));
        }
    }

    private static Resumed of(Resumed resumed, String[] marks, int index) {
        String mark = index < marks.length ? marks[index] : "";
        return new Resumed(resumed.step(), mark, resumed.rollbacks());
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
     * Saves the loss curve beside the result. What cannot be made is reported and left out; {@link
     * #requireSaved} fails if that is the table.
     */
    public void saveTo(Path place, LoraTrainingResult result, Console console) {
        try {
            saveTable(place.resolve(TABLE));
        } catch (IOException | UncheckedIOException e) {
            unsaved = e; // said again at the end
            console.note("no " + TABLE + ": " + ErrorText.of(e));
        }
        LossChart.save(place, result, console);
        try {
            report(place, result).write(place.resolve(REPORT));
        } catch (IOException e) {
            console.note("no " + REPORT + ": " + ErrorText.of(e));
        }
    }

    private void saveTable(Path target) throws IOException {
        table.close();
        if (kept) {
            AtomicFiles.write(target, out -> Files.copy(written, out));
        } else {
            Files.move(written, target, StandardCopyOption.REPLACE_EXISTING);
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

    /** Fails if the table or a log could not be written. */
    public void requireSaved() throws IOException {
        if (unsaved != null) {
            throw new IOException(TABLE + " cannot be saved: " + ErrorText.of(unsaved), unsaved);
        }
        for (Log log : logs) {
            log.require();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            table.close();
        } finally {
            if (!kept) {
                Files.deleteIfExists(written);
            }
            logs.forEach(Log::close);
        }
    }
}
