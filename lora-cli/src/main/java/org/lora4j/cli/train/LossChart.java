/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.files.AtomicFiles;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.ValidationInfo;

/** Draws the loss of each step, its running mean, and the loss of each validation. */
final class LossChart {
    private static final String FILE = "loss.png";
    private static final int WIDTH = 900;
    private static final int HEIGHT = 540;
    private static final int TICK_SPACING = 100;
    private static final int MEAN_PARTS = 20;

    private LossChart() {}

    /** Saves the chart; a failure, such as missing fonts, is reported and does no harm. */
    static void save(Path directory, LoraTrainingResult result, Console console) {
        if (result.steps() == 0 || result.stopReason() == StopReason.CANCELLED) {
            return; // Java's graphics do not start in a process that is ending
        }
        try {
            byte[] image = BitmapEncoder.getBitmapBytes(chart(result), BitmapFormat.PNG);
            AtomicFiles.write(directory.resolve(FILE), out -> out.write(image));
        } catch (Exception | LinkageError | InternalError e) {
            console.note("no " + FILE + ": " + ErrorText.oneLine(e.toString()));
        }
    }

    private static XYChart chart(LoraTrainingResult result) {
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .title("Training loss")
                        .xAxisTitle("step")
                        .yAxisTitle("loss")
                        .build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setPlotGridVerticalLinesVisible(false);
        chart.getStyler().setXAxisTickMarkSpacingHint(TICK_SPACING);
        List<Double> losses = result.lossByStep();
        List<Integer> steps = IntStream.rangeClosed(1, result.steps()).boxed().toList();
        line(chart, "batch", steps, losses, new Color(0xb9cfe8), 1f);
        int window = Math.max(1, result.steps() / MEAN_PARTS);
        if (window > 1) {
            String name = "mean of " + window + " steps";
            line(chart, name, steps, runningMean(losses, window), new Color(0x1f5fa8), 2f);
        }
        if (!result.validations().isEmpty()) {
            XYSeries series =
                    chart.addSeries(
                            "validation",
                            result.validations().stream().map(ValidationInfo::step).toList(),
                            result.validations().stream().map(v -> v.metrics().loss()).toList());
            series.setLineColor(new Color(0xd9541e));
            series.setMarkerColor(new Color(0xd9541e));
            series.setMarker(SeriesMarkers.CIRCLE);
        }
        return chart;
    }

    private static void line(
            XYChart chart,
            String name,
            List<Integer> steps,
            List<Double> losses,
            Color color,
            float width) {
        XYSeries series = chart.addSeries(name, steps, losses);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(color);
        series.setLineWidth(width);
    }

    /** Returns the mean of the last steps, of fewer at the beginning. */
    private static List<Double> runningMean(List<Double> values, int window) {
        List<Double> means = new ArrayList<>(values.size());
        double sum = 0;
        for (int i = 0; i < values.size(); i++) {
            sum += values.get(i);
            if (i >= window) {
                sum -= values.get(i - window);
            }
            means.add(sum / Math.min(i + 1, window));
        }
        return means;
    }
}
