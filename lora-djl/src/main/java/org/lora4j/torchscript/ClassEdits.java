/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.torchscript.code.CodeClass;
import org.lora4j.torchscript.code.TextEdits;

/** The changes of one class's text, in place or in a copy of it under a new name. */
final class ClassEdits {
    private final CodeClass type;
    private final String qualifiedName;
    private final TextEdits edits = new TextEdits();
    private final Map<String, String> helpers = new LinkedHashMap<>();

    ClassEdits(CodeClass type, String qualifiedName) {
        this.type = type;
        this.qualifiedName = qualifiedName;
    }

    CodeClass type() {
        return type;
    }

    String qualifiedName() {
        return qualifiedName;
    }

    boolean isCopy() {
        return !qualifiedName.equals(type.qualifiedName());
    }

    TextEdits edits() {
        return edits;
    }

    /** Declares a trainable tensor. */
    void addParameter(String name) {
        edits.replace(type.parameters().close(), type.parameters().close(), "\"" + name + "\", ");
        addAttribute(name, "Tensor");
    }

    void addAttribute(String name, String attributeType) {
        int at = Math.max(type.buffers().lineEnd(), type.parameters().lineEnd());
        edits.replace(at, at, indent(1) + name + " : " + attributeType + "\n");
    }

    /** Adds a method once. */
    void addHelper(HelperMethod helper) {
        helpers.putIfAbsent(helper.name(), helper.text(qualifiedName, indent(1), indent(2)));
    }

    private String indent(int levels) {
        return " ".repeat(Math.max(1, type.indent()) * levels);
    }

    /** All changes, with the new methods at the end of the class. */
    TextEdits all() {
        TextEdits all = new TextEdits();
        all.addAll(edits);
        if (!helpers.isEmpty()) {
            boolean newline = type.tokens().source().charAt(type.end() - 1) == '\n';
            all.replace(
                    type.end(),
                    type.end(),
                    (newline ? "" : "\n") + String.join("", helpers.values()));
        }
        return all;
    }
}
