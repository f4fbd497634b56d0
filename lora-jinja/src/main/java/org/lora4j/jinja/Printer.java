/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.Collection;
import java.util.Iterator;
import java.util.Map;

/** Python's str and repr. */
final class Printer {
    private final Execution run;
    private final StringBuilder out = new StringBuilder();

    private Printer(Execution run) {
        this.run = run;
    }

    /** {@code str(value)}. */
    static String str(Execution run, Value value) {
        if (value instanceof StrValue str) {
            return str.text();
        }
        if (value instanceof Markup markup) {
            return markup.text();
        }
        if (value instanceof Undefined) {
            return "";
        }
        return repr(run, value);
    }

    /** {@code repr(value)}. */
    static String repr(Execution run, Value value) {
        Printer printer = new Printer(run);
        printer.write(value);
        return printer.out.toString();
    }

    /** The decimal digits of an integer. */
    static String digits(Execution run, IntValue number) {
        long bits = number.value().bitLength();
        run.budget().digits(bits, bits);
        return number.value().toString();
    }

    /** A key as messages name it. */
    static String key(Value key) {
        if (key instanceof IntValue number) {
            return number.value().toString();
        }
        return key instanceof FloatValue number
                ? real(number.value())
                : "of type " + key.typeName();
    }

    private static String real(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        return Double.isInfinite(value) ? (value > 0 ? "inf" : "-inf") : FloatText.repr(value);
    }

    private void write(Value value) {
        run.budget().step();
        if (value instanceof None) {
            append("None");
        } else if (value instanceof BoolValue bool) {
            append(bool.value() ? "True" : "False");
        } else if (value instanceof IntValue number) {
            append(digits(run, number));
        } else if (value instanceof FloatValue number) {
            append(real(number.value()));
        } else if (value instanceof StrValue str) {
            quote(str.text());
        } else if (value instanceof ListValue list) {
            sequence("[", list.items(), "]");
        } else if (value instanceof TupleValue tuple) {
            sequence("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")");
        } else if (value instanceof DictValue dict) {
            dict(dict);
        } else if (value instanceof ViewValue view) {
            sequence(view.typeName() + "([", view.items(), "])");
        } else if (value instanceof RangeValue range) {
            range(range);
        } else if (value instanceof Namespace namespace) {
            namespace(namespace);
        } else if (value instanceof Undefined) {
            append("Undefined");
        } else {
            // Python prints an address in memory.
            throw Failure.unsupported("printing a " + value.typeName());
        }
    }

    private void sequence(String open, Collection<Value> items, String close) {
        append(open);
        String separator = "";
        for (Value item : items) {
            append(separator);
            separator = ", ";
            write(item);
        }
        append(close);
    }

    private void dict(DictValue dict) {
        append("{");
        Iterator<DictValue.Entry> entries = dict.entries().iterator();
        while (entries.hasNext()) {
            DictValue.Entry entry = entries.next();
            write(entry.key());
            append(": ");
            write(entry.value());
            append(entries.hasNext() ? ", " : "");
        }
        append("}");
    }

    private void namespace(Namespace namespace) {
        DictValue attributes = new DictValue();
        for (Map.Entry<String, Value> entry : namespace.attributes().entrySet()) {
            attributes.put(entry.getKey(), entry.getValue());
        }
        append("<Namespace ");
        dict(attributes);
        append(">");
    }

    private void range(RangeValue range) {
        append("range(" + range.start() + ", " + range.stop());
        append(range.step() == 1 ? ")" : ", " + range.step() + ")");
    }

    private void append(String text) {
        out.append(run.budget().made(text));
    }

    private void quote(String text) {
        run.budget().text(text.length() + 2L);
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> escape(c, quote));
        out.append(quote);
    }

    private void escape(int c, char quote) {
        switch (c) {
            case '\n' -> out.append("\\n");
            case '\t' -> out.append("\\t");
            case '\r' -> out.append("\\r");
            default -> {
                if (c == quote || c == '\\') {
                    out.append('\\').append((char) c);
                } else if (Characters.isPrintable(c)) {
                    out.appendCodePoint(c);
                } else {
                    run.budget().text(9);
                    out.append(c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U");
                    Characters.hex(out, c, c < 0x100 ? 2 : c < 0x10000 ? 4 : 8);
                }
            }
        }
    }
}
