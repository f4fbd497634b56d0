/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.chart;

import java.util.List;
import java.util.Locale;
import org.lora4j.train.chart.LineChart.Point;
import org.lora4j.train.chart.LineChart.Side;
import org.lora4j.train.chart.LineChart.Style;

/** Writes a chart as an svg element. */
final class SvgCanvas implements LineChart.Canvas {
    private final StringBuilder svg = new StringBuilder();

    SvgCanvas(int width, int height, String title) {
        add(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
                width, height, Html.escape(title));
    }

    String element() {
        return svg + "</svg>";
    }

    @Override
    public void line(Style style, List<Point> points) {
        add("<path class=\"%s\" d=\"", style.name().toLowerCase(Locale.ROOT));
        String command = "M";
        for (Point point : points) {
            add("%s%.1f %.1f", command, point.x(), point.y());
            command = "L";
        }
        add("\"/>\n");
    }

    @Override
    public void dot(Point point, String meaning) {
        add(
                "<circle class=\"points\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>%s</title>"
                        + "</circle>\n",
                point.x(), point.y(), Html.escape(meaning));
    }

    @Override
    public void label(Point point, Side side, String text) {
        add(
                "<text class=\"label %s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
                side == Side.LEFT ? "end" : "middle", point.x(), point.y(), Html.escape(text));
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }
}
