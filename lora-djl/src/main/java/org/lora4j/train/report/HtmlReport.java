/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.AtomicFiles;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.chart.Html;
import org.lora4j.train.chart.Scale;
import org.lora4j.train.chart.SmoothMean;

/**
 * A training as one HTML page: its outcome, the curves of loss, validation, gradient norm, learning
 * rate, speed and memory, and what it was run with. The page has no scripts and loads nothing, so
 * that it can be kept, mailed and read offline. A builder; not thread-safe.
 */
public final class HtmlReport {
    private static final int MOST_VALIDATIONS = 40;

    private final TrainingCurve curve;
    private final Map<String, Map<String, ?>> facts = new LinkedHashMap<>();
    private String title = "Training";
    private @Nullable TrainingStart start;
    private @Nullable LoraTrainingResult result;
    private @Nullable Throwable failure;
    private final StringBuilder html = new StringBuilder();

    private HtmlReport(TrainingCurve curve) {
        this.curve = curve;
    }

    /** Begins a report of a curve. */
    public static HtmlReport of(TrainingCurve curve) {
        return new HtmlReport(Objects.requireNonNull(curve, "curve"));
    }

    /** Sets the page's title. */
    public HtmlReport optTitle(String value) {
        title = value;
        return this;
    }

    /** Sets how the training began, whose configuration is then a table of the page. */
    public HtmlReport optStart(TrainingStart value) {
        start = value;
        return this;
    }

    /** Sets how the training ended. */
    public HtmlReport optResult(LoraTrainingResult value) {
        result = value;
        return this;
    }

    /** Sets the exception that ended the training. */
    public HtmlReport optFailure(Throwable value) {
        failure = value;
        return this;
    }

    /**
     * Adds a table of what the training was run with, such as its data.
     *
     * @param heading the table's heading
     * @param values names and values; those of an earlier table with this heading are replaced
     */
    public HtmlReport addFacts(String heading, Map<String, ?> values) {
        facts.put(heading, new LinkedHashMap<>(values));
        return this;
    }

    /**
     * Writes the page; a file that exists is replaced, whole or not at all.
     *
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        AtomicFiles.write(file, AtomicFiles.Content.of(html()));
    }

    /** Returns the page. */
    public String html() {
        html.setLength(0);
        String name = Html.escape(title);
        add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        add("<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", name, style());
        add("<h1>%s</h1>\n<p class=\"outcome\">%s</p>\n", name, Html.escape(outcome()));
        figures();
        if (curve.lastStep() > 0) {
            new ReportCharts(curve, clipNorm()).addTo(html);
        }
        validations();
        add("<div class=\"facts\">\n");
        if (start != null) {
            facts("Training", start.config().values());
        }
        facts.forEach(this::facts);
        add("</div>\n<footer>Made by lora4j.</footer>\n</main>\n</body>\n</html>\n");
        return html.toString();
    }

    private double clipNorm() {
        return start == null ? 0 : start.config().clipNorm();
    }

    private void add(String format, Object... values) {
        html.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
    }

    private static String style() {
        try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
            return new String(
                    Objects.requireNonNull(in, "report.css").readAllBytes(),
                    StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String outcome() {
        int steps = curve.lastStep();
        String planned = start == null ? "" : " of " + number(start.totalSteps());
        if (failure != null) {
            return "Failed after step %s%s: %s".formatted(number(steps), planned, failure);
        }
        if (result == null) {
            return "After step %s%s".formatted(number(steps), planned);
        }
        String restored =
                result.restoredStep() == result.steps()
                        ? ""
                        : "; the tensors are those of step " + number(result.restoredStep());
        return switch (result.stopReason()) {
            case COMPLETED -> "Completed after %s steps%s".formatted(number(steps), restored);
            case EARLY_STOPPED ->
                    "Stopped early, after step %s%s: validation no longer improved%s"
                            .formatted(number(steps), planned, restored);
            case CANCELLED, INTERRUPTED ->
                    "Stopped after step %s%s%s".formatted(number(steps), planned, restored);
            case DIVERGED ->
                    "Diverged after step %s%s%s".formatted(number(steps), planned, restored);
            case FAILED -> "Failed after step %s%s%s".formatted(number(steps), planned, restored);
        };
    }

    private void figures() {
        add("<div class=\"figures\">\n");
        List<Double> means = SmoothMean.of(curve.losses(), SmoothMean.side(curve.steps().size()));
        if (!means.isEmpty()) {
            figure("training loss", number4(means.get(means.size() - 1)), "mean at the end");
        }
        if (result != null) {
            result.finalValidation().ifPresent(this::validation);
            figure("time", duration(result.trainSeconds()), "without validations");
            if (result.tokensPerSecond() > 0) {
                String examples = number(Math.round(result.examplesPerSecond())) + " examples/s";
                figure("tokens/s", number(Math.round(result.tokensPerSecond())), examples);
            } else {
                figure("examples/s", "%.4g".formatted(result.examplesPerSecond()), "");
            }
        }
        double memory =
                curve.steps().stream()
                        .mapToDouble(TrainingCurve.Step::memoryMegabytes)
                        .filter(Double::isFinite)
                        .max()
                        .orElse(Double.NaN);
        if (Double.isFinite(memory)) {
            figure("memory", number(Math.round(memory)) + " MB", "largest after a step");
        }
        if (start != null) {
            figure("parameters", number(start.trainableParameters()), "trained");
        }
        add("</div>\n");
    }

    private void validation(ValidationInfo found) {
        String after = "after step " + number(found.step());
        figure("validation loss", number4(found.metrics().loss()), after);
        Double accuracy = found.metrics().values().get("accuracy");
        if (accuracy != null) {
            figure("accuracy", String.format(Locale.ROOT, "%.2f %%", 100 * accuracy), after);
        } else if (found.metrics().values().isEmpty()) {
            figure("perplexity", number4(found.metrics().perplexity()), after);
        }
    }

    private void figure(String name, String value, String note) {
        add(
                "<div class=\"card\"><div class=\"name\">%s</div><div class=\"value\">%s</div>"
                        + "<div class=\"note\">%s</div></div>\n",
                Html.escape(name), Html.escape(value), Html.escape(note));
    }

    private void validations() {
        List<TrainingCurve.Validation> all = curve.validations();
        if (all.isEmpty()) {
            return;
        }
        Set<String> names = new LinkedHashSet<>();
        all.forEach(v -> names.addAll(v.metrics().keySet()));
        add("<div class=\"card wide\">\n<h2>Validations</h2>\n<table class=\"numbers\">\n");
        add("<tr><th>step</th><th>epoch</th>");
        names.forEach(name -> add("<th>%s</th>", Html.escape(name.replace('_', ' '))));
        add("</tr>\n");
        int kept = result == null ? -1 : result.restoredStep();
        for (TrainingCurve.Validation each : shown(all, kept)) {
            add(
                    "<tr%s><td>%s</td><td>%d</td>",
                    each.step() == kept ? " class=\"best\"" : "",
                    number(each.step()),
                    each.epoch());
            for (String name : names) {
                Double value = each.metrics().get(name);
                add("<td>%s</td>", value == null ? "" : number4(value));
            }
            add("</tr>\n");
        }
        add("</table>\n</div>\n");
    }

    /** Returns at most about forty, evenly chosen, the last and the kept one among them. */
    private static List<TrainingCurve.Validation> shown(
            List<TrainingCurve.Validation> all, int kept) {
        int every = (all.size() + MOST_VALIDATIONS - 1) / MOST_VALIDATIONS;
        List<TrainingCurve.Validation> shown = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if ((all.size() - 1 - i) % every == 0 || all.get(i).step() == kept) {
                shown.add(all.get(i));
            }
        }
        return shown;
    }

    private void facts(String heading, Map<String, ?> values) {
        add("<div class=\"card\">\n<h2>%s</h2>\n<table>\n", Html.escape(heading));
        values.forEach(
                (name, value) ->
                        add(
                                "<tr><th>%s</th><td>%s</td></tr>\n",
                                Html.escape(name.replace('_', ' ')),
                                Html.escape(text(name, value))));
        add("</table>\n</div>\n");
    }

    private static String text(String name, Object value) {
        if (value instanceof Collection<?> list) {
            return list.stream().map(each -> text(name, each)).collect(Collectors.joining(", "));
        }
        if (value instanceof Long count && name.endsWith("parameters")) {
            return number(count);
        }
        if (value instanceof Double number) {
            return Double.isFinite(number) ? decimal(number) : number.toString();
        }
        return value instanceof Boolean flag ? (flag ? "yes" : "no") : value.toString();
    }

    private static String decimal(double value) {
        BigDecimal shortest =
                BigDecimal.valueOf(value).round(new MathContext(4)).stripTrailingZeros();
        boolean tiny = value != 0 && Math.abs(value) < 1e-4;
        return tiny ? Scale.label(value) : shortest.toPlainString();
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String number4(double value) {
        double size = Math.abs(value);
        return size >= 1e5 || (size > 0 && size < 1e-4)
                ? Scale.label(value)
                : String.format(Locale.ROOT, "%.4f", value);
    }

    private static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < 60) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        return whole < 3600
                ? "%d min %02d s".formatted(whole / 60, whole % 60)
                : "%d h %02d min".formatted(whole / 3600, whole / 60 % 60);
    }
}
