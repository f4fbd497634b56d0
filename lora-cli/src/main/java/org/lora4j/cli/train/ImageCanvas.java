/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Stroke;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.lora4j.train.chart.LineChart;
import org.lora4j.train.chart.LineChart.Point;
import org.lora4j.train.chart.LineChart.Series;
import org.lora4j.train.chart.LineChart.Side;
import org.lora4j.train.chart.LineChart.Style;

/** Draws a chart on an image, with a title and a legend above it. */
final class ImageCanvas implements LineChart.Canvas, AutoCloseable {
    private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 16);
    private static final Color INK = new Color(0x1d2430);
    private static final Color QUIET = new Color(0x66707f);
    private static final float[] BROKEN = {5, 4};
    private static final int MARGIN = 20;
    private static final int BASELINE = 30;
    private static final int SAMPLE = 18;
    private static final double RADIUS = 3.5;

    private final Graphics2D graphics;
    private final int width;

    ImageCanvas(BufferedImage image) {
        graphics = image.createGraphics();
        width = image.getWidth();
        graphics.setRenderingHint(
                RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, image.getHeight());
    }

    void title(String title) {
        graphics.setFont(TITLE);
        graphics.setColor(INK);
        graphics.drawString(title, MARGIN, BASELINE);
    }

    /** Writes the names of series at the right of the title. */
    void legend(List<Series> series) {
        graphics.setFont(TEXT);
        int right = width - MARGIN;
        List<Series> fromRight = new ArrayList<>(series);
        Collections.reverse(fromRight);
        for (Series each : fromRight) {
            int left = right - graphics.getFontMetrics().stringWidth(each.name());
            graphics.setColor(QUIET);
            graphics.drawString(each.name(), left, BASELINE);
            right = left - 6;
            use(each.style());
            int middle = BASELINE - 5;
            graphics.draw(new Line2D.Double(right - SAMPLE, middle, right, middle));
            if (each.style() == Style.POINTS) {
                dot(new Point(right - SAMPLE / 2.0, middle), "");
            }
            right -= SAMPLE + MARGIN;
        }
    }

    /** Moves the origin of what is drawn from here on. */
    void moveTo(int x, int y) {
        graphics.translate(x, y);
    }

    private void use(Style style) {
        graphics.setColor(color(style));
        graphics.setStroke(stroke(style));
    }

    private static Color color(Style style) {
        return switch (style) {
            case LINE -> new Color(0xa9c4e4);
            case MEAN -> new Color(0x1f5fa8);
            case POINTS -> new Color(0xd9541e);
            case LIMIT -> QUIET;
            case GRID -> new Color(0xe3e6ea);
        };
    }

    private static Stroke stroke(Style style) {
        return switch (style) {
            case LINE, GRID -> new BasicStroke(1f);
            case LIMIT ->
                    new BasicStroke(
                            1f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, BROKEN, 0f);
            case MEAN, POINTS -> new BasicStroke(2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
        };
    }

    @Override
    public void line(Style style, List<Point> points) {
        use(style);
        Path2D path = new Path2D.Double();
        path.moveTo(points.get(0).x(), points.get(0).y());
        points.forEach(point -> path.lineTo(point.x(), point.y()));
        graphics.draw(path);
    }

    @Override
    public void dot(Point point, String meaning) {
        graphics.setColor(color(Style.POINTS));
        graphics.fill(
                new Ellipse2D.Double(
                        point.x() - RADIUS, point.y() - RADIUS, 2 * RADIUS, 2 * RADIUS));
    }

    @Override
    public void label(Point point, Side side, String text) {
        graphics.setFont(TEXT);
        graphics.setColor(QUIET);
        int wide = graphics.getFontMetrics().stringWidth(text);
        double left = point.x() - (side == Side.LEFT ? wide : wide / 2.0);
        graphics.drawString(text, (float) left, (float) point.y());
    }

    @Override
    public void close() {
        graphics.dispose();
    }
}
