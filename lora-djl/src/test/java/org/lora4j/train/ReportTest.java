/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.train.listener.CsvListener;
import org.lora4j.train.report.HtmlReport;
import org.lora4j.train.report.ReportListener;
import org.lora4j.train.report.TrainingCurve;

final class ReportTest {
    private static final Points DATA = Points.random(20, 4, 1, 10);

    @TempDir private Path directory = Path.of("");

    private static LoraTrainingResult train(TrainingListener... listeners) {
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer.Builder<PointBatch> builder =
                    LoraTrainer.builder(task)
                            .setDataset(DATA)
                            .optValidation(DATA)
                            .optEpochs(3)
                            .optConfig(c -> c.optLearningRate(0.01));
            for (TrainingListener listener : listeners) {
                builder.addListener(listener);
            }
            return builder.build().fit();
        }
    }

    @Test
    void aTableIsReadAsTheCurveThatItIs() throws IOException {
        Path csv = directory.resolve("loss.csv");
        LoraTrainingResult result = train(CsvListener.open(csv));
        TrainingCurve curve = TrainingCurve.read(csv);
        assertThat(curve.losses()).isEqualTo(result.lossByStep());
        assertThat(curve.lastStep()).isEqualTo(6);
        assertThat(curve.steps().get(5).seconds()).isPositive();
        assertThat(curve.steps().get(5).gradientNorm()).isPositive();
        assertThat(curve.validations())
                .isEqualTo(TrainingCurve.of(result).validations())
                .hasSize(3);
    }

    @Test
    void aDamagedTableIsRefusedWithTheLine() throws IOException {
        Path csv = directory.resolve("loss.csv");
        Files.writeString(csv, "step,epoch,loss,learning_rate\n1,1,0.5,0.1\n2,1\n");
        assertThatThrownBy(() -> TrainingCurve.read(csv))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("loss.csv, line 3: has 2 columns; expected 4");
        Files.writeString(csv, "step,epoch,loss,learning_rate\n1,1,half,0.1\n");
        assertThatThrownBy(() -> TrainingCurve.read(csv))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 2")
                .hasMessageContaining("half");
        Files.writeString(csv, "");
        assertThatThrownBy(() -> TrainingCurve.read(csv)).hasMessageContaining("is empty");
    }

    @Test
    void aReportStandsAlone() throws IOException {
        Path file = directory.resolve("report.html");
        LoraTrainingResult result =
                train(new ReportListener(file).addFacts("Data", Map.of("file", "<a&b>.tsv")));
        String html = Files.readString(file);
        assertThat(html)
                .startsWith("<!DOCTYPE html>")
                .contains("Completed after 6 steps")
                .contains("<h2>Loss</h2>", "Validation: accuracy", "Gradient norm")
                .contains("Learning rate", "Tokens per second")
                .contains("&lt;a&amp;b&gt;.tsv")
                .contains("<th>weight decay</th><td>0.01</td>")
                .contains("%.4f".formatted(result.validations().get(2).metrics().loss()))
                .doesNotContain("<script", "http:", "https:", "NaN", "src=", "url(");
        assertThat(html.split("<svg ", -1)).hasSizeGreaterThan(6);
    }

    @Test
    void aFailureIsReportedToo() throws IOException {
        Path file = directory.resolve("report.html");
        ReportListener listener = new ReportListener(file);
        listener.onStep(new StepInfo(1, 9, 1, 0.5, 0.1, 1, 10, 0, 0.1, 100, 0));
        listener.onFailure(new IllegalStateException("no more data"));
        assertThat(Files.readString(file))
                .contains("Failed after step 1: java.lang.IllegalStateException: no more data");
    }

    @Test
    void aResumedTrainingHasOneCurve() throws IOException {
        Path csv = directory.resolve("loss.csv");
        LoraTrainingResult result = train(CsvListener.open(csv));
        Path file = directory.resolve("report.html");
        ReportListener listener = new ReportListener(file).optBefore(TrainingCurve.read(csv));
        listener.onStep(new StepInfo(4, 6, 2, 123.456, 0.1, 1, 10, 0, 0.1, 100, 0));
        listener.onEnd(result);
        assertThat(Files.readString(file)).contains("Completed after 4 steps").contains("200");
        assertThat(HtmlReport.of(new TrainingCurve(List.of(), List.of())).html())
                .contains("After step 0");
    }
}
