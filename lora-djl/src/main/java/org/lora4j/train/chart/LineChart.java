/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A chart of lines over steps, drawn on a {@link Canvas}: as an SVG element, or as an image.
 * Immutable.
 */
public final class LineChart {
    private static final int LEFT = 58;
    private static final int RIGHT = 14;
    private static final int TOP = 12;
    private static final int BOTTOM = 30;
    private static final int LABEL_GAP = 8;
    private static final int LABEL_DROP = 18;
    private static final int LABEL_RISE = 4;

    private final int width;
    private final int height;
    private final int lastStep;
    private final List<Series> series;
    private final Scale x;
    private final Scale y;

    /** How a series is drawn. */
    public enum Style {
        /** A thin line of all values. */
        LINE,
        /** A strong line. */
        MEAN,
        /** A dot for each value, joined by a line. */
        POINTS,
        /** A broken line. */
        LIMIT,
        /** The lines at the ticks; not for a series. */
        GRID
    }

    /** Where a label is, seen from its position. */
    public enum Side {
        /** It ends there. */
        LEFT,
        /** Its middle is there. */
        BELOW
    }

    /**
     * A series.
     *
     * @param name what its dots say when pointed at
     * @param style how it is drawn
     * @param steps the steps, rising
     * @param values as many values; those that are not finite interrupt the line
     */
    public record Series(String name, Style style, List<Integer> steps, List<Double> values) {
        /** Copies the lists. */
        public Series {
            steps = List.copyOf(steps);
            values = List.copyOf(values);
        }
    }

    /** A point in the chart's coordinates, which begin at its upper left corner. */
    public record Point(double x, double y) {}

    /** What a chart is drawn on. */
    public interface Canvas {
        /**
         * Draws a line through points.
         *
         * @param style how
         * @param points at least one
         */
        void line(Style style, List<Point> points);

        /**
         * Draws a dot.
         *
         * @param point its middle
         * @param meaning what it says when pointed at
         */
        void dot(Point point, String meaning);

        /**
         * Draws the label of a tick.
         *
         * @param point where the text's baseline ends or has its middle
         * @param side which of the two
         * @param text the label
         */
        void label(Point point, Side side, String text);
    }

    /**
     * Creates a chart.
     *
     * @param width its width, in the units of its own coordinates
     * @param height its height
     * @param lastStep the end of the axis of steps
     * @param series at least one
     * @param y the axis of values
     */
    public LineChart(int width, int height, int lastStep, List<Series> series, Scale y) {
        this.width = width;
        this.height = height;
        this.lastStep = lastStep;
        this.series = List.copyOf(series);
        x = Scale.counts(lastStep);
        this.y = y;
    }

    /**
     * Returns the scale on which series are best read: logarithmic where all values are positive
     * and {@link Scale#isBetterAsLog} holds of the series that are no thin lines, since noise alone
     * is no reason.
     *
     * @param series at least one
     * @return a scale that shows all finite values
     */
    public static Scale scale(List<Series> series) {
        double min = min(series);
        double max = max(series);
        if (min > max) {
            return Scale.linear(0, 1);
        }
        List<Series> strong = series.stream().filter(s -> s.style() != Style.LINE).toList();
        List<Series> judged = strong.isEmpty() ? series : strong;
        return min > 0 && Scale.isBetterAsLog(min(judged), max(judged))
                ? Scale.logarithmic(min, max)
                : Scale.linear(min, max);
    }

    /**
     * Returns a linear scale that begins at 0.
     *
     * @param series at least one
     * @return a scale that shows 0 and all finite values
     */
    public static Scale scaleFromZero(List<Series> series) {
        double max = max(series);
        return Scale.linear(Math.min(0, min(series)), max > 0 ? max : 1);
    }

    private static double min(List<Series> series) {
        return finite(series).min().orElse(Double.POSITIVE_INFINITY);
    }

    private static double max(List<Series> series) {
        return finite(series).max().orElse(Double.NEGATIVE_INFINITY);
    }

    private static DoubleStream finite(List<Series> series) {
        return series.stream()
                .flatMap(each -> each.values().stream())
                .mapToDouble(Double::doubleValue)
                .filter(Double::isFinite);
    }

    /**
     * Draws the chart as an svg element without scripts. Colours come from the classes of the
     * page's style sheet: {@code line}, {@code mean}, {@code points}, {@code limit}, {@code grid}
     * and {@code label}.
     *
     * @param title what it shows, for readers who do not see it
     * @return the element
     */
    public String svg(String title) {
        SvgCanvas canvas = new SvgCanvas(width, height, title);
        draw(canvas);
        return canvas.element();
    }

    /**
     * Draws the chart.
     *
     * @param canvas what it is drawn on
     */
    public void draw(Canvas canvas) {
        grid(canvas);
        for (Series each : series) {
            line(canvas, each);
            if (each.style() == Style.POINTS) {
                dots(canvas, each);
            }
        }
    }

    private void grid(Canvas canvas) {
        int bottom = height - BOTTOM;
        for (double tick : y.ticks()) {
            double at = y(tick);
            canvas.line(Style.GRID, List.of(new Point(LEFT, at), new Point(width - RIGHT, at)));
            canvas.label(new Point(LEFT - LABEL_GAP, at + LABEL_RISE), Side.LEFT, y.labelOf(tick));
        }
        for (double tick : x.ticks()) {
            double at = x(tick);
            canvas.line(
                    Style.GRID, List.of(new Point(at, bottom), new Point(at, bottom + LABEL_RISE)));
            canvas.label(new Point(at, bottom + LABEL_DROP), Side.BELOW, x.labelOf(tick));
        }
    }

    private void dots(Canvas canvas, Series each) {
        for (int i = 0; i < each.values().size(); i++) {
            double value = each.values().get(i);
            int step = each.steps().get(i);
            if (isShown(value)) {
                canvas.dot(
                        new Point(x(step), y(value)),
                        String.format(Locale.ROOT, "%s %.5g, step %d", each.name(), value, step));
            }
        }
    }

    private void line(Canvas canvas, Series each) {
        List<Point> line = new ArrayList<>();
        List<Point> column = new ArrayList<>();
        for (int i = 0; i < each.values().size(); i++) {
            double value = each.values().get(i);
            if (!isShown(value)) {
                addColumn(line, column);
                end(canvas, each, line);
                continue;
            }
            Point point = new Point(x(each.steps().get(i)), y(value));
            if (!column.isEmpty() && Math.round(column.get(0).x()) != Math.round(point.x())) {
                addColumn(line, column);
            }
            column.add(point);
        }
        addColumn(line, column);
        end(canvas, each, line);
    }

    private static void end(Canvas canvas, Series each, List<Point> line) {
        if (!line.isEmpty()) {
            canvas.line(each.style(), line);
            line.clear();
        }
    }

    /** Adds, of the points of one column, the first, the highest, the lowest and the last. */
    private static void addColumn(List<Point> line, List<Point> column) {
        int lowest = 0;
        int highest = 0;
        for (int i = 1; i < column.size(); i++) {
            lowest = column.get(i).y() > column.get(lowest).y() ? i : lowest;
            highest = column.get(i).y() < column.get(highest).y() ? i : highest;
        }
        IntStream.of(0, lowest, highest, column.size() - 1)
                .filter(i -> i < column.size() && i >= 0)
                .sorted()
                .distinct()
                .forEach(i -> line.add(column.get(i)));
        column.clear();
    }

    private boolean isShown(double value) {
        return Double.isFinite(value) && (!y.isLogarithmic() || value > 0);
    }

    private double x(double step) {
        return LEFT + x.position(Math.min(step, lastStep)) * (width - LEFT - RIGHT);
    }

    private double y(double value) {
        return height - BOTTOM - y.position(value) * (height - TOP - BOTTOM);
    }
}
