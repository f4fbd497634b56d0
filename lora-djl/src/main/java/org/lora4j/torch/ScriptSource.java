/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The text of a resource file of TorchScript, such as {@code dense.py}, and the methods it defines.
 *
 * <p>The file is Python with one class, whose {@code torch.x} is ATen's x. A method may be defined
 * several times: the first definition counts whose {@code # needs ..} comment, on the line above,
 * names something that is there. Operations without such a comment exist from libtorch 2.1 on.
 */
final class ScriptSource {
    private static final Pattern CLASS = Pattern.compile("(?m)^class (\\w+)\\(Module\\):$");
    private static final Pattern METHOD =
            Pattern.compile(
                    "(?m)(?:^    # needs (.*)\n)?^    def (\\w+)\\(\\s*self,?([^)]*)\\) -> (.*):$");

    /** Lines that libtorch does not read, since an archive has no imports of names. */
    private static final Pattern IMPORT = Pattern.compile("(?m)^from .*$");

    private static final Pattern CONSTANT =
            Pattern.compile("\\btorch\\.(\\w*float\\d+|int64|contiguous_format)\\b");

    /** Constants of Python's torch, by the numbers that stand for them in an archive. */
    private static final Map<String, String> NUMBERS =
            Map.of(
                    "int64", "4",
                    "float16", "5",
                    "float32", "6",
                    "float64", "7",
                    "bfloat16", "15",
                    "contiguous_format", "0");

    /** The types that pass between Java and a script. */
    private static final Map<Class<?>, String> TYPES =
            Map.of(
                    NDArray.class, "Tensor",
                    List.class, "List[Tensor]",
                    NDList.class, "List[Tensor]",
                    long.class, "int",
                    double.class, "float",
                    boolean.class, "bool",
                    long[].class, "List[int]");

    private final String file;
    private final String text;
    private final List<MatchResult> methods;

    /**
     * Takes a text.
     *
     * @param file its name in messages
     */
    ScriptSource(String file, String text) {
        this.file = file;
        this.text = text;
        methods = METHOD.matcher(text).results().toList();
    }

    /** Reads a resource file of this package. */
    static ScriptSource read(String file) {
        try (InputStream in = ScriptSource.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(
                        file + " is not beside " + ScriptSource.class.getName() + " in its jar");
            }
            return new ScriptSource(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(file, e);
        }
    }

    /** The name of the file. */
    String file() {
        return file;
    }

    /** The name of the class. */
    String className() {
        Matcher matcher = CLASS.matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException(file + " defines no class of Module");
        }
        return matcher.group(1);
    }

    /** What definitions need that may be absent, in the order of the file. */
    List<String> needs() {
        Set<String> needs = new LinkedHashSet<>();
        methods.stream().map(method -> method.group(1)).forEach(needs::add);
        return needs.stream().filter(need -> need != null).toList();
    }

    /** Whether a method is defined. */
    boolean defines(String name) {
        return methods.stream().anyMatch(method -> method.group(2).equals(name));
    }

    /**
     * Returns the text for an archive, each method defined once and on the lines of the file.
     *
     * @param there the needs that are fulfilled
     */
    String with(Collection<String> there) {
        StringBuilder out = new StringBuilder();
        Set<String> defined = new HashSet<>();
        int end = 0;
        boolean kept = true;
        for (MatchResult method : methods) {
            append(out, text.substring(end, method.start()), kept);
            end = method.start();
            kept =
                    (method.group(1) == null || there.contains(method.group(1)))
                            && defined.add(method.group(2));
        }
        append(out, text.substring(end), kept);
        String named = IMPORT.matcher(out).replaceAll("");
        return CONSTANT.matcher(named).replaceAll(match -> NUMBERS.get(match.group(1)));
    }

    private static void append(StringBuilder out, String part, boolean kept) {
        out.append(kept ? part : part.replaceAll("[^\n]", ""));
    }

    /**
     * Finds the methods of an interface: {@code addLowRank} is {@code add_low_rank} here. Whether
     * an array may be null is not compared: Java forgets it where JSpecify's classes are absent.
     *
     * @return the name of each
     * @throws IllegalStateException naming every method that is not defined, or with other types
     */
    Map<Method, String> methodsOf(Class<?> type) {
        Map<String, String> defined = new HashMap<>();
        methods.forEach(method -> defined.putIfAbsent(method.group(2), signature(method)));
        Map<Method, String> names = new HashMap<>();
        List<String> wrong = new ArrayList<>();
        for (Method method : type.getDeclaredMethods()) {
            String name = scriptName(method);
            String expected = name + signature(method);
            String found = defined.get(name);
            if (found == null) {
                wrong.add("expected " + expected + ", found no " + name);
            } else if (!expected.equals(name + found)) {
                wrong.add("expected " + expected + ", found " + name + found);
            }
            names.put(method, name);
        }
        if (!wrong.isEmpty()) {
            throw new IllegalStateException(
                    "%s does not define what %s calls: %s"
                            .formatted(file, type.getSimpleName(), String.join("; ", wrong)));
        }
        return names;
    }

    private static String scriptName(Method method) {
        return method.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static String signature(MatchResult method) {
        return Arrays.stream(method.group(3).split(",", -1))
                .filter(parameter -> !parameter.isBlank())
                .map(parameter -> parameter.replaceFirst(".*:", "").strip())
                .map(type -> type.replaceFirst("Optional\\[(.*)]", "$1"))
                .collect(Collectors.joining(", ", "(", ") -> " + method.group(4)));
    }

    private static String signature(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(ScriptSource::scriptType)
                .collect(
                        Collectors.joining(
                                ", ", "(", ") -> " + scriptType(method.getReturnType())));
    }

    private static String scriptType(Class<?> type) {
        return TYPES.getOrDefault(type, type.getSimpleName());
    }
}
