/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Numbers;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Value;

/** The functions that every template sees. */
public final class Globals {
    private static final Builtins ALL = new Builtins();
    private static final Map<String, Value> FUNCTIONS = new HashMap<>();

    static {
        ALL.add("range *", Globals::range);
        ALL.add("dict *", Globals::dict);
        ALL.add("namespace *", Globals::namespace);
        ALL.add("joiner sep=', '", Globals::joiner);
        ALL.add("raise_exception message", Globals::raise);
        ALL.refuse("the function '%s'", "lipsum cycler");
        ALL.names().forEach(name -> FUNCTIONS.put(name, ALL.method(name, Value.None.NONE)));
    }

    private static final Signature FORMAT = Signature.of("format");

    /** The functions by name; strftime_now takes a time for the present. */
    public static Map<String, Value> at(LocalDateTime now) {
        Map<String, Value> functions = new HashMap<>(FUNCTIONS);
        functions.put(
                "strftime_now",
                new Value.Function(
                        "strftime_now", (budget, arguments) -> strftime(budget, arguments, now)));
        return functions;
    }

    private static Value strftime(Budget budget, Arguments arguments, LocalDateTime now) {
        Call call = FORMAT.bind(budget, Value.None.NONE, arguments);
        return new Value.Str(Globals.format(budget, call.text(0), now));
    }

    private static Value raise(Call call) {
        throw Failure.raised(call.printed(0));
    }

    private static Value range(Call call) {
        List<Value> given = call.positional();
        if (given.isEmpty() || given.size() > 3) {
            throw Failure.type("range expected 1 to 3 arguments, got " + given.size());
        }
        long first = Numbers.index(given.get(0));
        if (given.size() == 1) {
            return Value.Range.of(0, first, 1);
        }
        long step = given.size() == 3 ? Numbers.index(given.get(2)) : 1;
        return Value.Range.of(first, Numbers.index(given.get(1)), step);
    }

    private static Value.Dict dict(Call call) {
        Value.Dict dict = new Value.Dict();
        Budget budget = call.budget();
        Value first = call.positional().isEmpty() ? dict : call.positional().get(0);
        if (first instanceof Value.Dict other) {
            budget.values(other.size());
            other.entries().forEach(entry -> dict.put(entry.key(), entry.value()));
        } else {
            for (Value item : Sequences.list(budget, first)) {
                List<Value> pair = Sequences.list(budget, item);
                if (pair.size() != 2) {
                    throw Failure.value(
                            "dictionary update sequence element has length %d; 2 is required",
                            pair.size());
                }
                budget.values(1);
                budget.key(pair.get(0));
                dict.put(pair.get(0), pair.get(1));
            }
        }
        call.named().forEach((name, value) -> dict.put(new Value.Str(name), value));
        return dict;
    }

    private static Value namespace(Call call) {
        Value.Namespace namespace = new Value.Namespace();
        for (Value.Dict.Entry entry : dict(call).entries()) {
            if (!(entry.key() instanceof Value.Str name)) {
                throw Failure.unsupported("a namespace attribute that is no name");
            }
            namespace.set(name.text(), entry.value());
        }
        return namespace;
    }

    /** A function that gives nothing at its first call, and a separator afterwards. */
    private static Value joiner(Call call) {
        boolean[] used = {false};
        return new Value.Function(
                "joiner",
                (budget, none) -> {
                    Value made = used[0] ? call.get(0) : Value.Str.EMPTY;
                    used[0] = true;
                    return made;
                });
    }

    /** What a directive costs, since a formatter is made for each. */
    private static final int STEPS_A_DIRECTIVE = 64;

    /** What DateTimeFormatter calls the directives; an underscore stands for a space. */
    private static final Map<String, String> PATTERNS =
            Pattern.compile("(\\S)=(\\S*)")
                    .matcher(
                            "Y=yyyy y=yy m=MM d=dd e=ppd j=DDD B=MMMM b=MMM h=MMM A=EEEE a=EEE"
                                    + " H=HH I=hh M=mm S=ss f=SSSSSS p=a F=yyyy-MM-dd D=MM/dd/yy"
                                    + " x=MM/dd/yy T=HH:mm:ss X=HH:mm:ss R=HH:mm z= Z= %=%"
                                    + " c=EEE_MMM_ppd_HH:mm:ss_yyyy")
                    .results()
                    .collect(
                            Collectors.toMap(
                                    pair -> pair.group(1),
                                    pair -> pair.group(2).replace('_', ' ')));

    private static final Pattern DIRECTIVE = Pattern.compile("%(-(?=.))?(.)", Pattern.DOTALL);

    static String format(Budget budget, String format, LocalDateTime now) {
        budget.text(format.length());
        StringBuilder out = new StringBuilder();
        Matcher directive = DIRECTIVE.matcher(format);
        int from = 0;
        while (directive.find()) {
            budget.steps(STEPS_A_DIRECTIVE);
            String part = part(now, directive.group(2));
            String bare = directive.group(1) == null ? part : part.replaceFirst("^[0 ]+(?=.)", "");
            out.append(format, from, directive.start()).append(budget.made(bare));
            from = directive.end();
        }
        return out.append(format, from, format.length()).toString();
    }

    private static String part(LocalDateTime now, String directive) {
        return switch (directive) {
            case "C" -> part(now, "Y").substring(0, 2);
            case "u" -> Integer.toString(now.getDayOfWeek().getValue());
            case "w" -> Integer.toString(now.getDayOfWeek().getValue() % 7);
            case "n" -> "\n";
            case "t" -> "\t";
            default -> {
                String pattern = PATTERNS.get(directive);
                if (pattern == null) {
                    throw Failure.unsupported("the date directive '%" + directive + "'");
                }
                // English names; the root locale has them abbreviated in some versions of Java.
                yield DateTimeFormatter.ofPattern(pattern, Locale.US).format(now);
            }
        };
    }

    private Globals() {}
}
