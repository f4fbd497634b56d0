/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.evaluate;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;
import org.lora4j.train.metric.ClassReport;

/** Shows the scores of each class, and which classes are taken for which. */
final class ClassTables {
    /** More classes are in the JSON alone. */
    private static final int SHOWN = 20;

    private final ClassReport report;
    private final JsonObject json;
    private final Console console;

    ClassTables(ClassReport report, JsonObject json, Console console) {
        this.report = report;
        this.json = json;
        this.console = console;
    }

    void show() {
        Table table = new Table("", "precision", "recall", "f1-score", "support");
        JsonObject classes = new JsonObject();
        report.classes().forEach((name, scores) -> add(table, classes, name, name, scores));
        json.add("classes", classes);
        if (report.isOfSeveral()) {
            add(table, json, "micro avg", "micro_avg", report.micro());
        } else {
            String share = Words.format("%.4f", report.micro().f1());
            table.row("accuracy", "", "", share, Words.format("%,d", report.examples()));
        }
        add(table, json, "macro avg", "macro_avg", report.macro());
        add(table, json, "weighted avg", "weighted_avg", report.weighted());
        if (report.isOfSeveral()) {
            add(table, json, "samples avg", "samples_avg", report.samples());
        }
        say(table);
        Table confusion = report.isOfSeveral() ? cells() : confusion();
        say(confusion);
        if (classes.size() > SHOWN) {
            console.say("%,d classes: --json has the scores of each", classes.size());
        }
    }

    private void say(Table table) {
        if (report.classes().size() <= SHOWN) {
            console.say(table.toString());
        }
    }

    /**
     * Adds the scores of a class, or of a kind of entity, to a table and its JSON.
     *
     * @param shown its name in the table
     * @param name its name in the JSON
     * @param count what its number of examples is called there
     */
    static void add(
            Table table,
            JsonObject json,
            String shown,
            String name,
            String count,
            ClassReport.Scores scores) {
        table.row(
                shown,
                Words.format("%.4f", scores.precision()),
                Words.format("%.4f", scores.recall()),
                Words.format("%.4f", scores.f1()),
                Words.format("%,d", scores.support()));
        JsonObject row = new JsonObject();
        row.add("precision", Json.number(scores.precision()));
        row.add("recall", Json.number(scores.recall()));
        row.add("f1", Json.number(scores.f1()));
        row.addProperty(count, scores.support());
        json.add(name, row);
    }

    private static void add(
            Table table, JsonObject json, String shown, String name, ClassReport.Scores scores) {
        add(table, json, shown, name, "support", scores);
    }

    /** Which labels were predicted for those of the data. */
    private Table confusion() {
        Map<String, Map<String, Long>> matrix = report.confusion();
        List<String> head = new ArrayList<>(List.of("true \\ predicted"));
        head.addAll(matrix.keySet());
        Table table = new Table(head.toArray(String[]::new));
        JsonArray counts = new JsonArray();
        matrix.forEach(
                (name, row) -> {
                    List<String> cells = new ArrayList<>(List.of(name));
                    row.values().forEach(count -> cells.add(Words.format("%,d", count)));
                    table.row(cells.toArray(String[]::new));
                    counts.add(Json.array(row.values()));
                });
        JsonObject confusion = new JsonObject();
        confusion.add("labels", Json.array(matrix.keySet()));
        confusion.add("counts", counts);
        json.add("confusion", confusion);
        return table;
    }

    /** How often each label was predicted rightly and wrongly. */
    private Table cells() {
        Table table = new Table("label", "right", "wrong", "missed", "rightly not");
        JsonObject confusion = new JsonObject();
        report.cells()
                .forEach(
                        (name, cells) -> {
                            table.row(
                                    name,
                                    Words.format("%,d", cells.truePositives()),
                                    Words.format("%,d", cells.falsePositives()),
                                    Words.format("%,d", cells.falseNegatives()),
                                    Words.format("%,d", cells.trueNegatives()));
                            JsonObject row = new JsonObject();
                            row.addProperty("true_positives", cells.truePositives());
                            row.addProperty("false_positives", cells.falsePositives());
                            row.addProperty("false_negatives", cells.falseNegatives());
                            row.addProperty("true_negatives", cells.trueNegatives());
                            confusion.add(name, row);
                        });
        json.add("confusion", confusion);
        return table;
    }
}
