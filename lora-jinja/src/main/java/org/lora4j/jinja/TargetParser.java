/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses what an assignment or loop assigns to. */
final class TargetParser {
    private static final Set<String> CONSTANTS =
            Set.of("true", "false", "none", "True", "False", "None");

    private final Tokens tokens;

    TargetParser(Tokens tokens) {
        this.tokens = tokens;
    }

    /**
     * A target.
     *
     * @param namespaces whether attributes of namespaces are allowed
     * @param beforeIn whether the word "in" ends the target
     */
    Target target(boolean namespaces, boolean beforeIn) {
        List<Target> targets = new ArrayList<>();
        boolean several = false;
        while (!atEnd(beforeIn)) {
            targets.add(single(namespaces, beforeIn));
            if (!tokens.skipOperator(",")) {
                break;
            }
            several = true;
        }
        if (targets.isEmpty()) {
            throw tokens.error(
                    "Expected an expression, got '" + tokens.current().described() + "'");
        }
        return several ? new Target.Unpacking(targets) : targets.get(0);
    }

    private boolean atEnd(boolean beforeIn) {
        return tokens.is(Token.Kind.BLOCK_END)
                || tokens.isOperator(")", "=")
                || (beforeIn && tokens.current().isName("in"));
    }

    private Target single(boolean namespaces, boolean beforeIn) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Target inner = target(namespaces, beforeIn);
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        String name = name();
        return namespaces && tokens.skipOperator(".")
                ? new Target.Attribute(name, tokens.expect(Token.Kind.NAME).text())
                : new Target.Variable(name);
    }

    /** A name that can be assigned to. */
    String name() {
        String name = tokens.expect(Token.Kind.NAME).text();
        if (CONSTANTS.contains(name)) {
            throw tokens.error("can't assign to '" + name + "'");
        }
        return name;
    }
}
