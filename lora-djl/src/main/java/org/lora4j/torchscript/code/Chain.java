/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.code;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.code.Tokens.Kind;

/**
 * A variable, or attributes read from one: {@code x}, {@code self.layer}, {@code (x).weight},
 * {@code getattr(self.layer, "0").query}.
 *
 * @param from its first token
 * @param to the token after its last
 * @param root the variable
 * @param attributes the attributes that are read in turn
 */
public record Chain(int from, int to, String root, List<String> attributes) {
    /** Copies the list. */
    public Chain {
        attributes = List.copyOf(attributes);
    }

    /**
     * Reads a chain that fills a range of tokens.
     *
     * @param tokens the file's tokens
     * @param from the first token
     * @param to the token after the last
     * @return the chain, or null if the range is anything else
     */
    public static @Nullable Chain at(Tokens tokens, int from, int to) {
        Chain chain = longest(tokens, from, to);
        return chain != null && chain.to() == to ? chain : null;
    }

    /**
     * Reads the longest chain that begins at a token; a method's name before a bracket is no part
     * of it.
     *
     * @param tokens the file's tokens
     * @param from the first token
     * @param limit the token that it must not reach
     * @return the chain, or null if none begins there
     */
    public static @Nullable Chain longest(Tokens tokens, int from, int limit) {
        String root;
        List<String> attributes = new ArrayList<>();
        int at;
        if (from < limit && tokens.is(from, "getattr") && tokens.is(from + 1, "(")) {
            int close = tokens.partner(from + 1);
            Chain inner = close < limit ? longest(tokens, from + 2, close) : null;
            if (inner == null
                    || inner.to() + 2 != close
                    || !tokens.is(inner.to(), ",")
                    || tokens.kind(close - 1) != Kind.STRING) {
                return null;
            }
            root = inner.root();
            attributes.addAll(inner.attributes());
            attributes.add(tokens.unquoted(close - 1));
            at = close + 1;
        } else if (from < limit && tokens.is(from, "(")) {
            int close = tokens.partner(from);
            Chain inner = close < limit ? at(tokens, from + 1, close) : null;
            if (inner == null) {
                return null;
            }
            root = inner.root();
            attributes.addAll(inner.attributes());
            at = close + 1;
        } else if (from < limit && tokens.kind(from) == Kind.NAME && !tokens.is(from + 1, "(")) {
            root = tokens.text(from);
            at = from + 1;
        } else {
            return null;
        }
        while (at + 1 < limit
                && tokens.is(at, ".")
                && tokens.kind(at + 1) == Kind.NAME
                && !tokens.is(at + 2, "(")) {
            attributes.add(tokens.text(at + 1));
            at += 2;
        }
        return new Chain(from, at, root, attributes);
    }
}
