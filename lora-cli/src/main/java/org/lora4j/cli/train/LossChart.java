/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.files.AtomicFiles;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.chart.LineChart;
import org.lora4j.train.chart.LineChart.Series;
import org.lora4j.train.chart.LineChart.Style;
import org.lora4j.train.chart.SmoothMean;

/**
 * Draws the loss of each step, its mean, and the loss of each validation; on a logarithmic axis
 * where the largest is many times the smallest.
 */
final class LossChart {
    static final String NAME = "loss.png";
    private static final int WIDTH = 900;
    private static final int HEIGHT = 540;
    private static final int MARGIN = 10;
    private static final int HEAD = 50;

    private LossChart() {}

    /** Saves the chart; a failure, such as missing fonts, is reported and does no harm. */
    static void save(Path directory, LoraTrainingResult result, Console console) {
        if (result.steps() == 0 || result.stopReason() == StopReason.CANCELLED) {
            return; // Java's graphics do not start in a process that is ending
        }
        try {
            byte[] image = png(result);
            AtomicFiles.write(directory.resolve(NAME), out -> out.write(image));
        } catch (Exception | LinkageError | InternalError e) {
            console.note("no " + NAME + ": " + ErrorText.oneLine(e.toString()));
        }
    }

    private static byte[] png(LoraTrainingResult result) throws IOException {
        List<Series> series = series(result);
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        try (ImageCanvas canvas = new ImageCanvas(image)) {
            canvas.title("Training loss by step");
            canvas.legend(series);
            canvas.moveTo(MARGIN, HEAD);
            int width = WIDTH - 2 * MARGIN;
            int height = HEIGHT - HEAD - MARGIN;
            new LineChart(width, height, result.steps(), series, LineChart.scale(series))
                    .draw(canvas);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }

    private static List<Series> series(LoraTrainingResult result) {
        List<Integer> steps = IntStream.rangeClosed(1, result.steps()).boxed().toList();
        List<Series> series = new ArrayList<>();
        series.add(new Series("step", Style.LINE, steps, result.lossByStep()));
        int side = SmoothMean.side(result.steps());
        if (side > 0) {
            List<Double> means = SmoothMean.of(result.lossByStep(), side);
            series.add(new Series(SmoothMean.name(side), Style.MEAN, steps, means));
        }
        if (!result.validations().isEmpty()) {
            List<Integer> at = result.validations().stream().map(ValidationInfo::step).toList();
            List<Double> losses =
                    result.validations().stream().map(v -> v.metrics().loss()).toList();
            series.add(new Series("validation", Style.POINTS, at, losses));
        }
        return series;
    }
}
