/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A Python value as templates see it. */
public sealed interface Value {
    /** The name that Python gives the type in its messages. */
    default String typeName() {
        String name = getClass().getSimpleName();
        return switch (name) {
            case "None" -> "NoneType";
            case "Real" -> "float";
            case "Markup", "Namespace", "Undefined" -> name;
            default -> name.toLowerCase(Locale.ROOT);
        };
    }

    /** Python's {@code bool(value)}. */
    default boolean truth() {
        return true;
    }

    /** Fails if the value is undefined. */
    default void checkDefined() {}

    /** Python's None, JSON's null. */
    enum None implements Value {
        NONE;

        @Override
        public boolean truth() {
            return false;
        }
    }

    /** True or False. */
    record Bool(boolean truth) implements Value {
        public static final Bool TRUE = new Bool(true);
        public static final Bool FALSE = new Bool(false);

        public static Bool of(boolean truth) {
            return truth ? TRUE : FALSE;
        }
    }

    /** An integer of any size that Python would print. */
    record Int(BigInteger value) implements Value {
        /** Python refuses to print or read integers with more digits. */
        public static final int MAX_DIGITS = 4300;

        public static final String TOO_LONG = "an integer of more than " + MAX_DIGITS + " digits";

        private static final int MAX_BITS = 14_000;

        public static Int of(long value) {
            return new Int(BigInteger.valueOf(value));
        }

        public static Int of(BigInteger value) {
            checkBits(value.bitLength());
            return new Int(value);
        }

        public static void checkBits(long bits) {
            if (bits > MAX_BITS) {
                throw Failure.value(TOO_LONG);
            }
        }

        @Override
        public boolean truth() {
            return value.signum() != 0;
        }
    }

    /** A double. */
    record Real(double value) implements Value {
        /** So many digits always read back as the same double. */
        private static final int MAX_DIGITS = 17;

        private static final List<RoundingMode> ROUNDINGS =
                List.of(RoundingMode.HALF_EVEN, RoundingMode.UP, RoundingMode.DOWN);

        public boolean isFinite() {
            return Double.isFinite(value);
        }

        @Override
        public boolean truth() {
            return value != 0;
        }

        /** Python's repr: the shortest digits that read back as the same double. */
        @Override
        public String toString() {
            if (!isFinite()) {
                return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
            }
            String sign = Math.copySign(1, value) < 0 ? "-" : "";
            BigDecimal shortest = shortest(Math.abs(value)).stripTrailingZeros();
            int exponent = shortest.precision() - shortest.scale() - 1;
            if (exponent < -4 || exponent >= 16) {
                return sign + FormatSpec.scientific(shortest, shortest.precision() - 1);
            }
            return sign + shortest.toPlainString() + (shortest.scale() > 0 ? "" : ".0");
        }

        /**
         * Double.toString is not always the shortest before Java 19. At a power of two the shortest
         * need not be the value rounded: doubles lie closer below than above.
         */
        private static BigDecimal shortest(double value) {
            BigDecimal exact = new BigDecimal(value);
            for (int digits = 1; digits < MAX_DIGITS; digits++) {
                for (RoundingMode mode : ROUNDINGS) {
                    BigDecimal rounded = exact.round(new MathContext(digits, mode));
                    if (rounded.doubleValue() == value) {
                        return rounded;
                    }
                }
            }
            return exact.round(new MathContext(MAX_DIGITS, RoundingMode.HALF_EVEN));
        }
    }

    /** A text; positions and lengths in it count code points, as in Python. */
    record Str(String text) implements Value, Comparable<Str> {
        public static final Str EMPTY = new Str("");

        /** Any total order: it keeps a map fast whatever the hashes of its keys are. */
        @Override
        public int compareTo(Str other) {
            return text.compareTo(other.text);
        }

        @Override
        public boolean truth() {
            return !text.isEmpty();
        }
    }

    /** A value that holds items in order. */
    sealed interface Sequence extends Value permits Seq, View, Range {
        List<Value> items();

        @Override
        default boolean truth() {
            return !items().isEmpty();
        }
    }

    /** A list, which templates cannot change, or a tuple. */
    record Seq(boolean tuple, List<Value> items) implements Sequence {
        public static Seq list(List<Value> items) {
            return new Seq(false, items);
        }

        public static Seq tuple(Value... items) {
            return new Seq(true, List.of(items));
        }

        /** Other items in a sequence of the same type. */
        public Seq with(List<Value> others) {
            return new Seq(tuple, others);
        }

        @Override
        public String typeName() {
            return tuple ? "tuple" : "list";
        }
    }

    /** The result of a dict's keys(), values() or items(): it has a length, but no positions. */
    record View(String typeName, List<Value> items) implements Sequence {}

    /** Python's range: start, start + step, ... of a length. */
    record Range(long start, long stop, long step, int length) implements Sequence {
        /** The most items that Jinja's sandbox allows. */
        private static final int MAX = 100_000;

        /** The range from start up to, but not including, stop. */
        public static Range of(long start, long stop, long step) {
            if (step == 0) {
                throw Failure.value("range() arg 3 must not be zero");
            }
            double count = Math.ceil(((double) stop - start) / step);
            if (count > MAX) {
                throw Failure.of(
                        "OverflowError",
                        "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).",
                        MAX);
            }
            return new Range(start, stop, step, (int) Math.max(0, count));
        }

        /** Every stride-th item from one position up to, but not including, another. */
        public Range slice(long from, long to, long stride) {
            return of(start + from * step, start + to * step, step * stride);
        }

        @Override
        public List<Value> items() {
            return new AbstractList<>() {
                @Override
                public Value get(int index) {
                    return Int.of(start + index * step);
                }

                @Override
                public int size() {
                    return length;
                }
            };
        }
    }

    /** A dict in insertion order; filled while it is made, then never changed. */
    final class Dict implements Value {
        /** A key as it was written, and its value. */
        public record Entry(Value key, Value value) {}

        private final Map<Value, Entry> entries = new LinkedHashMap<>();

        /** A dict with the keys and values of a map. */
        public static Dict of(Map<String, Value> map) {
            Dict dict = new Dict();
            map.forEach((key, value) -> dict.put(new Str(key), value));
            return dict;
        }

        /** Adds or replaces; a key that is already there keeps its place and its spelling. */
        public void put(Value key, Value value) {
            Value hashed = hashKey(key);
            Entry old = entries.get(hashed);
            entries.put(hashed, new Entry(old == null ? key : old.key(), value));
        }

        public @Nullable Value get(Value key) {
            Entry entry = entries.get(hashKey(key));
            return entry == null ? null : entry.value();
        }

        public Collection<Entry> entries() {
            return entries.values();
        }

        public int size() {
            return entries.size();
        }

        /**
         * What a key is found by: equal for keys that Python calls equal, such as 1, 1.0 and True.
         */
        public static Value hashKey(Value key) {
            if (key instanceof Str
                    || key instanceof Int
                    || key instanceof None
                    || key instanceof Undefined
                    || key instanceof Function) {
                return key;
            }
            if (key instanceof Bool bool) {
                return Int.of(bool.truth() ? 1 : 0);
            }
            if (key instanceof Real number) {
                boolean whole = number.isFinite() && number.value() == Math.rint(number.value());
                return whole ? new Int(new BigDecimal(number.value()).toBigInteger()) : key;
            }
            if (key instanceof Seq tuple && tuple.tuple()) {
                List<Value> keys = new ArrayList<>(tuple.items().size());
                for (Value item : tuple.items()) {
                    if (item instanceof Seq inner && inner.tuple()) {
                        // A few shared tuples stand for endless work.
                        throw Failure.unsupported("a tuple in a tuple as a key");
                    }
                    keys.add(hashKey(item));
                }
                return tuple.with(keys);
            }
            throw Failure.type("unhashable type: '%s'", key.typeName());
        }

        @Override
        public boolean truth() {
            return !entries.isEmpty();
        }
    }

    /**
     * Python's generator, the result of the filters map, select, unique and their kin. It is true
     * even when empty, has no length and no positions, and is used up by the first loop over it.
     */
    record Iter(String typeName, Iterator<Value> rest) implements Value {
        public static Iter generator(List<Value> items) {
            return new Iter("generator", items.iterator());
        }
    }

    /**
     * The result of the filters safe and escape. It can be printed; every other use is refused,
     * because Python would from there on escape the texts that it is joined with.
     */
    record Markup(String text) implements Value {
        public static Failure refused(String use) {
            return Failure.unsupported(use + " the result of safe or escape");
        }

        @Override
        public boolean truth() {
            return !text.isEmpty();
        }
    }

    /** An object of the interpreter: a function, a namespace, the variable loop. */
    non-sealed interface Obj extends Value {
        /** The attribute of a name, or null. */
        default @Nullable Value attribute(String name) {
            return null;
        }
    }

    /** An object that can be called. */
    interface Callable extends Obj {
        Value call(Budget budget, Arguments arguments);
    }

    /** A function or bound method. */
    record Function(String name, BiFunction<Budget, Arguments, Value> body) implements Callable {
        @Override
        public Value call(Budget budget, Arguments arguments) {
            return body.apply(budget, arguments);
        }
    }

    /** The result of {@code namespace()}: attributes that inner scopes may set. */
    record Namespace(Map<String, Value> attributes) implements Obj {
        public Namespace() {
            this(new LinkedHashMap<>());
        }

        public void set(String name, Value value) {
            if (name.startsWith("_")) {
                throw Failure.of(
                        "SecurityError",
                        "Chat templates cannot store underscore-prefixed attributes on a namespace,"
                                + " but got '%s'.",
                        name);
            }
            attributes.put(name, value);
        }

        @Override
        public @Nullable Value attribute(String name) {
            return attributes.get(name);
        }
    }

    /** A name, attribute or item that is not there: prints as nothing, fails in most other uses. */
    record Undefined(String message) implements Value {
        public static Undefined name(String name) {
            return new Undefined("'" + name + "' is undefined");
        }

        public static Undefined attribute(Value owner, String name) {
            return new Undefined(described(owner) + " has no attribute '" + name + "'");
        }

        public static Undefined item(Value owner, Value key) {
            if (key instanceof Str name) {
                return attribute(owner, name.text());
            }
            String element =
                    key instanceof Int number
                            ? number.value().toString()
                            : key instanceof Real ? key.toString() : "of type " + key.typeName();
            return new Undefined(described(owner) + " has no element " + element);
        }

        private static String described(Value owner) {
            return owner instanceof None ? "'None'" : "'" + owner.typeName() + " object'";
        }

        @Override
        public void checkDefined() {
            throw Failure.of("UndefinedError", message);
        }

        @Override
        public boolean truth() {
            return false;
        }

        /** All undefined values are equal, whatever is missing. */
        @Override
        public boolean equals(Object other) {
            return other instanceof Undefined;
        }

        @Override
        public int hashCode() {
            return Undefined.class.hashCode();
        }
    }
}
