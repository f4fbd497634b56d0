/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Python's {@code json.dumps}. */
public final class JsonWriter {
    /**
     * The arguments of {@code json.dumps}.
     *
     * @param indent the indentation of one level, or null to write one line
     * @param between the separator of items
     * @param colon the separator of a key and its value
     * @param ascii whether to escape all characters beyond ASCII
     * @param sortKeys whether to sort the keys of dicts
     */
    public record Style(
            @Nullable String indent,
            String between,
            String colon,
            boolean ascii,
            boolean sortKeys) {}

    private final Budget budget;
    private final Style style;
    private final StringBuilder out = new StringBuilder();

    private JsonWriter(Budget budget, Style style) {
        this.budget = budget;
        this.style = style;
    }

    public static String write(Budget budget, Value value, Style style) {
        JsonWriter writer = new JsonWriter(budget, style);
        writer.write(value, 0);
        return writer.out.toString();
    }

    private void write(Value value, int level) {
        budget.step();
        if (value instanceof Value.Dict dict) {
            dict(dict, level);
        } else if (value instanceof Value.Seq sequence) {
            joined("[", sequence.items(), level, item -> write(item, level + 1), "]");
        } else if (value instanceof Value.Str str) {
            quote(str.text());
        } else {
            append(scalar(value));
        }
    }

    private void dict(Value.Dict dict, int level) {
        budget.steps(dict.size());
        List<Value.Dict.Entry> entries = new ArrayList<>(dict.entries());
        if (style.sortKeys()) {
            entries.sort((a, b) -> Comparison.order(budget, a.key(), b.key(), "<"));
        }
        joined("{", entries, level, entry -> entry(entry, level + 1), "}");
    }

    private void entry(Value.Dict.Entry entry, int level) {
        if (entry.key() instanceof Value.Seq) {
            throw Failure.type("keys must be str, int, float, bool or None, not tuple");
        }
        quote(entry.key() instanceof Value.Str str ? str.text() : scalar(entry.key()));
        append(style.colon());
        write(entry.value(), level);
    }

    private <T> void joined(
            String open, List<T> items, int level, Consumer<T> writer, String close) {
        append(open);
        String separator = "";
        for (T item : items) {
            append(separator);
            separator = style.between();
            newline(level + 1);
            writer.accept(item);
        }
        if (!items.isEmpty()) {
            newline(level);
        }
        append(close);
    }

    private String scalar(Value value) {
        if (value instanceof Value.None) {
            return "null";
        }
        if (value instanceof Value.Bool) {
            return Boolean.toString(value.truth());
        }
        if (value instanceof Value.Int number) {
            return Printer.digits(budget, number);
        }
        if (value instanceof Value.Real number) {
            return number.toString().replace("nan", "NaN").replace("inf", "Infinity");
        }
        throw Failure.type("Object of type %s is not JSON serializable", value.typeName());
    }

    private void newline(int level) {
        if (style.indent() != null) {
            append("\n");
            out.append(Texts.repeat(budget, style.indent(), level));
        }
    }

    private void append(String text) {
        out.append(budget.made(text));
    }

    private void quote(String text) {
        budget.text(text.length() + 2L);
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int brief = "\"\\\n\r\t\b\f".indexOf(c);
            if (brief >= 0) {
                out.append('\\').append("\"\\nrtbf".charAt(brief));
            } else if (c < 0x20 || (style.ascii() && c > 0x7e)) {
                budget.text(5);
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
