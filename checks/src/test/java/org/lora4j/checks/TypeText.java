/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Writes types as in source, with generics and nullness, the same on every JDK. */
final class TypeText {
    private TypeText() {}

    /** A use of a type, such as {@code java.util.Map<String, @Nullable int[]>}. */
    static String of(AnnotatedType type) {
        if (type instanceof AnnotatedArrayType array) {
            return ofArray(array);
        }
        String marks = marks(type);
        if (type instanceof AnnotatedParameterizedType generic) {
            Class<?> raw = (Class<?>) ((ParameterizedType) type.getType()).getRawType();
            return marks + name(raw) + "<" + all(generic.getAnnotatedActualTypeArguments()) + ">";
        }
        if (type instanceof AnnotatedWildcardType wildcard) {
            return marks + ofWildcard(wildcard);
        }
        if (type instanceof AnnotatedTypeVariable variable) {
            return marks + variable.getType().getTypeName();
        }
        return marks + name((Class<?>) type.getType());
    }

    /** A list of uses, separated by commas. */
    static String all(AnnotatedType[] types) {
        return Arrays.stream(types).map(TypeText::of).collect(Collectors.joining(", "));
    }

    /** Declared type variables with their bounds, in angle brackets, or nothing. */
    static String variables(TypeVariable<?>[] variables) {
        if (variables.length == 0) {
            return "";
        }
        return Arrays.stream(variables)
                .map(variable -> variable.getName() + bounds(variable.getAnnotatedBounds()))
                .collect(Collectors.joining(", ", "<", ">"));
    }

    /** The name of a class without its package, as source that imports it writes it. */
    static String name(Class<?> type) {
        String name = type.getCanonicalName();
        int packages = type.getPackageName().length();
        return type.isArray() || type.isPrimitive() ? name : name.substring(packages + 1);
    }

    private static String ofArray(AnnotatedArrayType array) {
        StringBuilder brackets = new StringBuilder();
        AnnotatedType element = array;
        while (element instanceof AnnotatedArrayType inner) {
            String marks = marks(inner);
            brackets.append(marks.isEmpty() ? "[]" : " " + marks + "[]");
            element = inner.getAnnotatedGenericComponentType();
        }
        return of(element) + brackets;
    }

    private static String ofWildcard(AnnotatedWildcardType wildcard) {
        AnnotatedType[] lower = wildcard.getAnnotatedLowerBounds();
        return lower.length > 0
                ? "? super " + all(lower)
                : "?" + bounds(wildcard.getAnnotatedUpperBounds());
    }

    private static String bounds(AnnotatedType[] bounds) {
        String text = Arrays.stream(bounds).map(TypeText::of).collect(Collectors.joining(" & "));
        return text.isEmpty() || text.equals("Object") ? "" : " extends " + text;
    }

    private static String marks(AnnotatedType type) {
        return Arrays.stream(type.getAnnotations())
                .map(Annotation::annotationType)
                .map(annotation -> "@" + annotation.getSimpleName() + " ")
                .sorted()
                .collect(Collectors.joining());
    }
}
