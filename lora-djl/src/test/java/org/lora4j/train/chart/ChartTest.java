/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lora4j.train.chart.LineChart.Point;
import org.lora4j.train.chart.LineChart.Series;
import org.lora4j.train.chart.LineChart.Side;
import org.lora4j.train.chart.LineChart.Style;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

@Tag("once-per-jdk")
final class ChartTest {
    @Test
    void ticksAreFewAndRound() {
        assertThat(Scale.linear(0.07, 1.45).ticks()).containsExactly(0.0, 0.5, 1.0, 1.5);
        assertThat(Scale.linear(0.41, 0.69).ticks()).containsExactly(0.4, 0.5, 0.6, 0.7);
        assertThat(Scale.counts(300).ticks())
                .containsExactly(0.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0);
        assertThat(Scale.logarithmic(0.0013, 14).ticks())
                .containsExactly(0.001, 0.01, 0.1, 1.0, 10.0, 100.0);
        assertThat(Scale.logarithmic(0.04, 1.1).ticks())
                .containsExactly(0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0);
        assertThat(Scale.logarithmic(1e-12, 1e9).ticks()).hasSizeLessThanOrEqualTo(7);
    }

    @Test
    void labelsAreShort() {
        Scale scale = Scale.linear(0.07, 1.45);
        assertThat(scale.ticks().stream().map(scale::labelOf))
                .containsExactly("0.0", "0.5", "1.0", "1.5");
        assertThat(DoubleStream.of(0, 0.05, 1200, 3e-5, 2.5e6, 4e9, 1e13, -7).boxed())
                .map(Scale::label)
                .containsExactly("0", "0.05", "1,200", "3e-5", "2.5M", "4G", "1e13", "-7");
    }

    @Property
    void aScaleHoldsItsValuesAndHasFewTicks(
            @ForAll @DoubleRange(min = -1e9, max = 1e9) double a,
            @ForAll @DoubleRange(min = -1e9, max = 1e9) double b) {
        double min = Math.min(a, b);
        double max = Math.max(a, b);
        check(Scale.linear(min, max), min, max);
        if (min > 1e-9) {
            check(Scale.logarithmic(min, max), min, max);
        }
    }

    private static void check(Scale scale, double min, double max) {
        assertThat(scale.position(min)).isBetween(-1e-6, 1 + 1e-6);
        assertThat(scale.position(max)).isBetween(scale.position(min), 1 + 1e-6);
        assertThat(scale.ticks()).hasSizeBetween(2, Scale.MOST_TICKS + 1).isSorted();
    }

    @Test
    void theMeanBeginsWhereTheSeriesDoesAndKeepsAFallInItsPlace() {
        List<Double> falling =
                IntStream.range(0, 100).mapToDouble(i -> 50 - 0.5 * i).boxed().toList();
        List<Double> means = SmoothMean.of(falling, 10);
        for (int i = 0; i < 90; i++) {
            assertThat(means.get(i)).isCloseTo(falling.get(i), within(1e-9));
        }
        assertThat(means.get(99)).isCloseTo(50 - 0.5 * (89 + 99) / 2, within(1e-9));
    }

    @Test
    void theMeanLeavesOutWhatIsNotFinite() {
        List<Double> values = List.of(1.0, Double.NaN, 3.0, Double.POSITIVE_INFINITY, 5.0);
        assertThat(SmoothMean.of(values, 1)).containsExactly(1.0, Double.NaN, 3.0, 4.0, 5.0);
        assertThat(SmoothMean.of(List.of(Double.NaN), 3)).containsExactly(Double.NaN);
        assertThat(SmoothMean.of(List.of(), 3)).isEmpty();
    }

    private static Series series(Style style, double... values) {
        return new Series(
                "a < b",
                style,
                IntStream.rangeClosed(1, values.length).boxed().toList(),
                DoubleStream.of(values).boxed().toList());
    }

    @Test
    void lossesThatFallFarAreOnALogarithm() {
        assertThat(LineChart.scale(List.of(series(Style.LINE, 8, 0.1))).isLogarithmic()).isTrue();
        assertThat(LineChart.scale(List.of(series(Style.LINE, 8, 1))).isLogarithmic()).isFalse();
        assertThat(LineChart.scale(List.of(series(Style.LINE, 8, 0))).isLogarithmic()).isFalse();
        Series noise = series(Style.LINE, 8, 0.1, 5);
        assertThat(LineChart.scale(List.of(noise, series(Style.MEAN, 5, 4, 5))).isLogarithmic())
                .isFalse();
        Scale ofNothing = LineChart.scale(List.of(series(Style.LINE, Double.NaN)));
        assertThat(ofNothing.low()).isLessThan(ofNothing.high());
    }

    @Test
    void theSvgIsWellFormedAndEscaped() throws Exception {
        List<Series> series =
                List.of(series(Style.LINE, 3, 2, 1), series(Style.POINTS, 2, Double.NaN, 1.5));
        String svg = new LineChart(500, 200, 3, series, LineChart.scale(series)).svg("\"Loss\"");
        Document parsed =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(svg)));
        assertThat(parsed.getDocumentElement().getAttribute("aria-label")).isEqualTo("\"Loss\"");
        assertThat(parsed.getElementsByTagName("circle").getLength()).isEqualTo(2);
        assertThat(parsed.getElementsByTagName("title").item(1).getTextContent())
                .isEqualTo("a < b 1.5000, step 3");
    }

    /** Keeps what is drawn. */
    private static final class Drawn implements LineChart.Canvas {
        private final List<List<Point>> lines = new ArrayList<>();

        @Override
        public void line(Style style, List<Point> points) {
            if (style == Style.LINE) {
                lines.add(List.copyOf(points));
            }
        }

        @Override
        public void dot(Point point, String meaning) {
            // lines are tested
        }

        @Override
        public void label(Point point, Side side, String text) {
            // lines are tested
        }
    }

    private static Drawn drawn(double... values) {
        List<Series> series = List.of(series(Style.LINE, values));
        Drawn drawn = new Drawn();
        new LineChart(500, 200, values.length, series, LineChart.scale(series)).draw(drawn);
        return drawn;
    }

    @Test
    void aLineIsInterruptedWhereAValueIsNotFinite() {
        List<List<Point>> lines = drawn(1, 2, Double.NaN, 2, 1, 1.5).lines;
        assertThat(lines).extracting(List::size).containsExactly(2, 3);
        assertThat(lines.get(0).get(1).y()).isLessThan(lines.get(0).get(0).y());
    }

    @Test
    void ofManyStepsTheExtremesAreKept() {
        Random random = new Random(4);
        double[] values = random.doubles(100_000, 1, 2).toArray();
        values[54_321] = 9;
        values[77_777] = 0.95;
        List<Point> line = drawn(values).lines.get(0);
        assertThat(line).hasSizeLessThan(2500);
        List<Double> heights = line.stream().map(Point::y).toList();
        Scale scale = Scale.linear(0.95, 9);
        assertThat(Collections.min(heights))
                .isCloseTo(170 - scale.position(9) * 158, within(0.001));
        assertThat(Collections.max(heights))
                .isCloseTo(170 - scale.position(0.95) * 158, within(0.001));
        assertThat(line.stream().map(Point::x).toList()).isSorted();
    }
}
