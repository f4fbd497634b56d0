/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.operation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
            Pattern.compile("\\btorch\\.(\\w*float\\d+|u?int\\d+|contiguous_format)\\b");

    /** Constants of Python's torch, by the numbers that stand for them in an archive. */
    private static final Map<String, String> NUMBERS =
            Map.of(
                    "uint8", "0",
                    "int8", "1",
                    "int32", "3",
                    "int64", "4",
                    "float16", "5",
                    "float32", "6",
                    "float64", "7",
                    "bfloat16", "15",
                    "contiguous_format", "0");

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

    /** Returns the name of the file. */
    String file() {
        return file;
    }

    /** Returns the name of the class. */
    String className() {
        Matcher matcher = CLASS.matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException(file + " defines no class of Module");
        }
        return matcher.group(1);
    }

    /** Returns the needs of the definitions, in the order of the file. */
    List<String> needs() {
        return methods.stream()
                .map(method -> method.group(1))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    /** Returns whether a method is defined. */
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
}
