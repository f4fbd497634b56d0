/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Numbers;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Value;

/** The functions that every template sees. */
public final class Globals {
    private static final Map<String, Value> FUNCTIONS;
    private static final Builtins CLOCK = new Builtins();

    /** The object that strftime_now is a method of. */
    private record Clock(LocalDateTime now) implements Value.Obj {}

    static {
        Builtins all = new Builtins();
        all.add("range *", Globals::range);
        all.add("dict *", Globals::dict);
        all.add("namespace *", Globals::namespace);
        all.add("joiner sep=', '", Globals::joiner);
        all.add("raise_exception message", Globals::raise);
        all.refuse("the function '%s'", "lipsum cycler");
        FUNCTIONS = all.functions();
        CLOCK.text("strftime_now format", Globals::strftime);
    }

    /** The functions by name, apart from strftime_now. */
    public static Map<String, Value> functions() {
        return FUNCTIONS;
    }

    /** The function strftime_now, which formats that time. */
    public static Value strftimeNow(LocalDateTime now) {
        return Objects.requireNonNull(CLOCK.method("strftime_now", new Clock(now)));
    }

    private static Value raise(Call call) {
        throw Failure.raised(call.printed(0));
    }

    private static Value range(Call call) {
        List<Value> given = call.given().positional();
        if (given.isEmpty() || given.size() > 3) {
            throw Failure.type("range expected 1 to 3 arguments, got %d", given.size());
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
        List<Value> given = call.given().positional();
        Value first = given.isEmpty() ? dict : given.get(0);
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
        call.given().named().forEach((name, value) -> dict.put(new Value.Str(name), value));
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

    /** A function that returns an empty text at its first call, and the separator afterwards. */
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

    /** The price of a directive: a formatter is made for each. */
    private static final int STEPS_A_DIRECTIVE = 64;

    /** The directives as patterns of DateTimeFormatter; an underscore stands for a space. */
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

    private static String strftime(Call call) {
        LocalDateTime now = ((Clock) call.self()).now();
        return DIRECTIVE
                .matcher(call.budget().made(call.text(0)))
                .replaceAll(
                        directive -> {
                            call.budget().steps(STEPS_A_DIRECTIVE);
                            String part = part(now, directive.group(2));
                            boolean bare = directive.group(1) != null;
                            String written = bare ? part.replaceFirst("^[0 ]+(?=.)", "") : part;
                            return Matcher.quoteReplacement(call.budget().made(written));
                        });
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
