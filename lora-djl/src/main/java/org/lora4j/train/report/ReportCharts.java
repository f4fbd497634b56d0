/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.lora4j.train.chart.Html;
import org.lora4j.train.chart.LineChart;
import org.lora4j.train.chart.LineChart.Series;
import org.lora4j.train.chart.LineChart.Style;
import org.lora4j.train.chart.Scale;
import org.lora4j.train.chart.SmoothMean;

/** The charts of a report. */
final class ReportCharts {
    private static final int WIDE = 1000;
    private static final int WIDE_HEIGHT = 340;
    private static final int HALF = 500;
    private static final int HALF_HEIGHT = 220;
    private static final String LOSS = "loss";

    private final TrainingCurve curve;
    private final double clipNorm;
    private final List<Integer> steps;
    private final int side;

    /**
     * Creates the charts.
     *
     * @param clipNorm the norm to which gradients were clipped, 0 where they were not
     */
    ReportCharts(TrainingCurve curve, double clipNorm) {
        this.curve = curve;
        this.clipNorm = clipNorm;
        steps = curve.steps().stream().map(TrainingCurve.Step::step).toList();
        side = SmoothMean.side(steps.size());
    }

    void addTo(StringBuilder html) {
        List<Series> loss = withMean("step", curve.losses());
        if (!curve.validations().isEmpty()) {
            loss.add(validation(LOSS));
        }
        Scale scale = LineChart.scale(loss);
        html.append(chart("Loss", WIDE, WIDE_HEIGHT, "card wide", loss, scale));
        html.append("<div class=\"pair\">\n");
        for (String metric : metrics()) {
            List<Series> series = List.of(validation(metric));
            half(html, "Validation: " + metric.replace('_', ' '), series, LineChart.scale(series));
        }
        gradientNorm(html);
        plain(html, "Learning rate", TrainingCurve.Step::learningRate);
        speed(html);
        plain(html, "Memory of the process, MB", TrainingCurve.Step::memoryMegabytes);
        html.append("</div>\n");
    }

    private Set<String> metrics() {
        Set<String> names = new LinkedHashSet<>();
        curve.validations().forEach(v -> names.addAll(v.metrics().keySet()));
        names.remove(LOSS);
        return names;
    }

    private void gradientNorm(StringBuilder html) {
        List<Double> values = values(TrainingCurve.Step::gradientNorm);
        if (isKnown(values)) {
            List<Series> series = withMean("step", values);
            Scale scale = LineChart.scale(series);
            if (clipNorm > scale.low() && clipNorm < scale.high()) {
                List<Integer> ends = List.of(0, curve.lastStep());
                series.add(new Series("clip norm", Style.LIMIT, ends, List.of(clipNorm, clipNorm)));
            }
            half(html, "Gradient norm", series, scale);
        }
    }

    private void speed(StringBuilder html) {
        List<Double> tokens = values(TrainingCurve.Step::tokensPerSecond);
        if (isKnown(tokens)) {
            List<Series> series = withMean("step", tokens);
            half(html, "Tokens per second", series, LineChart.scaleFromZero(series));
        } else {
            plain(html, "Examples per second", TrainingCurve.Step::examplesPerSecond);
        }
    }

    private void plain(
            StringBuilder html, String title, ToDoubleFunction<TrainingCurve.Step> figure) {
        List<Double> values = values(figure);
        if (isKnown(values)) {
            List<Series> series = List.of(new Series("", Style.MEAN, steps, values));
            half(html, title, series, LineChart.scaleFromZero(series));
        }
    }

    private List<Double> values(ToDoubleFunction<TrainingCurve.Step> figure) {
        return curve.steps().stream().mapToDouble(figure).boxed().toList();
    }

    private static boolean isKnown(List<Double> values) {
        return values.stream().anyMatch(Double::isFinite);
    }

    private List<Series> withMean(String name, List<Double> values) {
        List<Series> series = new ArrayList<>();
        series.add(new Series(name, Style.LINE, steps, values));
        if (side > 0) {
            List<Double> means = SmoothMean.of(values, side);
            series.add(new Series(SmoothMean.name(side), Style.MEAN, steps, means));
        }
        return series;
    }

    private Series validation(String metric) {
        List<Integer> at = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        for (TrainingCurve.Validation each : curve.validations()) {
            Double value = each.metrics().get(metric);
            if (value != null) {
                at.add(each.step());
                values.add(value);
            }
        }
        return new Series("validation", Style.POINTS, at, values);
    }

    private void half(StringBuilder html, String title, List<Series> series, Scale scale) {
        html.append(chart(title, HALF, HALF_HEIGHT, "card", series, scale));
    }

    private String chart(
            String title, int width, int height, String style, List<Series> series, Scale scale) {
        StringBuilder card = new StringBuilder();
        card.append("<div class=\"%s\">\n<div class=\"head\"><h2>".formatted(style));
        card.append(Html.escape(title)).append("</h2>");
        if (series.size() > 1) {
            card.append("<div class=\"legend\">");
            for (Series each : series) {
                String kind = each.style().name().toLowerCase(Locale.ROOT);
                card.append("<span><i class=\"%s\"></i>".formatted(kind));
                card.append(Html.escape(each.name())).append("</span>");
            }
            card.append("</div>");
        }
        card.append("</div>\n");
        card.append(new LineChart(width, height, curve.lastStep(), series, scale).svg(title));
        return card.append("\n</div>\n").toString();
    }
}
