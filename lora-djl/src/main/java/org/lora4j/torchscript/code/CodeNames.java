/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.code;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names and expressions as TorchScript writes them. */
public final class CodeNames {
    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /** Words that an attribute read by a dot cannot be. */
    private static final Set<String> RESERVED =
            Set.of(
                    "and",
                    "as",
                    "assert",
                    "break",
                    "class",
                    "continue",
                    "def",
                    "del",
                    "elif",
                    "else",
                    "except",
                    "False",
                    "finally",
                    "for",
                    "from",
                    "global",
                    "if",
                    "import",
                    "in",
                    "is",
                    "lambda",
                    "None",
                    "not",
                    "or",
                    "pass",
                    "raise",
                    "return",
                    "True",
                    "try",
                    "while",
                    "with",
                    "yield");

    private CodeNames() {}

    /**
     * The expression that reads attributes in turn.
     *
     * @param variable a variable
     * @param attributes the attributes
     * @return an expression such as {@code getattr(self.layer, "0").query}
     */
    public static String read(String variable, List<String> attributes) {
        String expression = variable;
        for (String name : attributes) {
            expression =
                    IDENTIFIER.matcher(name).matches() && !RESERVED.contains(name)
                            ? expression + "." + name
                            : "getattr(" + expression + ", \"" + name + "\")";
        }
        return expression;
    }

    /**
     * Finds a qualified name where it stands whole.
     *
     * @param name the name, such as __torch__.Two
     * @param text a text
     * @return a matcher that finds each place
     */
    public static Matcher find(String name, String text) {
        return Pattern.compile("(?<![\\w.])" + Pattern.quote(name) + "(?![\\w.])").matcher(text);
    }
}
