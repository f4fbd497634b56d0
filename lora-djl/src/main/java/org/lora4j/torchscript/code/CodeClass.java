/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.code;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One class of a code file. Places are in the file's text.
 *
 * @param tokens the tokens of the file
 * @param name the class's name, such as Linear
 * @param qualifiedName with the module before it, such as __torch__.torch.nn.modules.linear.Linear
 * @param base what it extends, such as Module; empty for a class that is no module
 * @param start where its text begins
 * @param end where it ends
 * @param indent by how much its members are indented
 * @param attributes the declared attributes
 * @param parameters the names that {@code __parameters__} lists
 * @param buffers the names that {@code __buffers__} lists
 * @param methods the methods by name, in their order
 */
public record CodeClass(
        Tokens tokens,
        String name,
        String qualifiedName,
        String base,
        int start,
        int end,
        int indent,
        List<CodeAttribute> attributes,
        NameList parameters,
        NameList buffers,
        Map<String, CodeMethod> methods) {
    /**
     * A declared attribute.
     *
     * @param name its name
     * @param typeStart where its type begins
     * @param typeEnd where it ends
     */
    public record CodeAttribute(String name, int typeStart, int typeEnd) {}

    /**
     * A list of names, such as __parameters__.
     *
     * @param names the names; empty also where the class has no such list
     * @param close the place of the bracket that ends the list, or -1
     * @param lineEnd the place after its line, or -1
     */
    public record NameList(List<String> names, int close, int lineEnd) {}

    /** Copies the lists. */
    public CodeClass {
        attributes = List.copyOf(attributes);
        methods = Collections.unmodifiableMap(new LinkedHashMap<>(methods));
    }

    /**
     * Returns a method.
     *
     * @param method its name
     */
    public Optional<CodeMethod> method(String method) {
        return Optional.ofNullable(methods.get(method));
    }

    /**
     * Returns a declared attribute.
     *
     * @param attribute its name
     */
    public Optional<CodeAttribute> attribute(String attribute) {
        return attributes.stream().filter(one -> one.name().equals(attribute)).findFirst();
    }

    /** Returns the class's text. */
    public String text() {
        return tokens.source().substring(start, end);
    }
}
