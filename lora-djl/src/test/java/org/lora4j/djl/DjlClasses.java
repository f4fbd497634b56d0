/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** Finds the classes of a jar that are blocks, or that make them. */
final class DjlClasses {
    private DjlClasses() {}

    /** Returns the names of such classes in the jar that another class is from. */
    static Set<String> withBlocks(Class<?> from) throws IOException, URISyntaxException {
        Path jar = Path.of(from.getProtectionDomain().getCodeSource().getLocation().toURI());
        Set<String> names = new TreeSet<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : Collections.list(file.entries())) {
                String name = entry.getName();
                if (name.startsWith("ai/djl/") && name.endsWith(".class")) {
                    String type = name.substring(0, name.length() - 6).replace('/', '.');
                    if (isListed(type, from.getClassLoader())) {
                        names.add(type);
                    }
                }
            }
        }
        return names;
    }

    private static boolean isListed(String name, ClassLoader loader) {
        try {
            Class<?> type = Class.forName(name, false, loader);
            if (type.isAnonymousClass() || BlockFactory.class.isAssignableFrom(type)) {
                return false;
            }
            return (Block.class.isAssignableFrom(type) && !type.isInterface())
                    || makers(type).anyMatch(DjlClasses::returnsBlock);
        } catch (ClassNotFoundException | LinkageError e) {
            // it needs a library that is not here, as no block does
            return false;
        }
    }

    /** Its public static methods, and those of its builder. */
    private static Stream<Method> makers(Class<?> type) {
        Stream<Method> own =
                Arrays.stream(type.getDeclaredMethods())
                        .filter(method -> Modifier.isStatic(method.getModifiers()));
        Stream<Method> builders =
                Arrays.stream(type.getDeclaredClasses())
                        .filter(inner -> inner.getSimpleName().equals("Builder"))
                        .flatMap(inner -> Arrays.stream(inner.getDeclaredMethods()))
                        .filter(method -> method.getName().startsWith("build"));
        return Stream.concat(own, builders)
                .filter(method -> Modifier.isPublic(method.getModifiers()));
    }

    private static boolean returnsBlock(Method method) {
        return Block.class.isAssignableFrom(method.getReturnType());
    }
}
