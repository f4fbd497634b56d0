/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The public signatures of a set of compiled classes as sorted text: what a caller or a subclass
 * can name. Of a module only the exported packages count. Left out is what follows from a line
 * above: the accessors and the constructor of a record, what every enum has, and methods that a
 * supertype declares.
 */
final class PublicApi {
    private PublicApi() {}

    /** One line a type, its members below it, indented; in the order of names. */
    static String of(List<Path> classFolders) {
        List<String> blocks = new ArrayList<>();
        for (Path folder : classFolders) {
            Predicate<String> exported = exported(folder);
            for (Path file : House.files(folder, ".class")) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                if (!name.endsWith("-info.class")) {
                    Class<?> type = load(name.substring(0, name.length() - 6).replace('/', '.'));
                    if (exported.test(type.getPackageName()) && isVisible(type)) {
                        blocks.add(of(type));
                    }
                }
            }
        }
        Collections.sort(blocks);
        return String.join("\n", blocks);
    }

    /** The packages that the module in a folder exports; all of them where it has no descriptor. */
    private static Predicate<String> exported(Path folder) {
        if (!Files.isRegularFile(folder.resolve("module-info.class"))) {
            return name -> true;
        }
        Set<String> exported =
                ModuleFinder.of(folder).findAll().iterator().next().descriptor().exports().stream()
                        .filter(export -> !export.isQualified())
                        .map(ModuleDescriptor.Exports::source)
                        .collect(Collectors.toSet());
        return exported::contains;
    }

    /** A type and its members. */
    static String of(Class<?> type) {
        List<String> members = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (isVisible(field) && !field.isEnumConstant()) {
                members.add(
                        flags(field)
                                + TypeText.of(field.getAnnotatedType())
                                + " "
                                + field.getName());
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isVisible(constructor) && !isCanonical(constructor)) {
                members.add(flags(constructor) + type.getSimpleName() + signature(constructor));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isVisible(method) && !method.isBridge() && !isKnown(method)) {
                String result = TypeText.of(method.getAnnotatedReturnType());
                members.add(flags(method) + result + " " + method.getName() + signature(method));
            }
        }
        Collections.sort(members);
        return header(type)
                + "\n"
                + members.stream().map(m -> "    " + m + "\n").collect(Collectors.joining());
    }

    private static String header(Class<?> type) {
        StringBuilder text = new StringBuilder(type.getCanonicalName());
        text.append(": ").append(Modifier.toString(modifiers(type)));
        if (type.isSealed()) {
            text.append(" sealed");
        }
        text.append(' ').append(kind(type)).append(TypeText.variables(type.getTypeParameters()));
        if (type.isRecord()) {
            text.append(
                    Arrays.stream(type.getRecordComponents())
                            .map(PublicApi::component)
                            .collect(Collectors.joining(", ", "(", ")")));
        }
        if (type.isEnum()) {
            text.append(
                    Arrays.stream(type.getEnumConstants())
                            .map(constant -> ((Enum<?>) constant).name())
                            .collect(Collectors.joining(", ", " {", "}")));
        }
        AnnotatedType parent = type.getAnnotatedSuperclass();
        if (parent != null && parent.getType() != Object.class && kind(type).equals("class")) {
            text.append(" extends ").append(TypeText.of(parent));
        }
        if (type.getAnnotatedInterfaces().length > 0) {
            text.append(type.isInterface() ? " extends " : " implements ");
            text.append(TypeText.all(type.getAnnotatedInterfaces()));
        }
        if (type.isSealed()) {
            text.append(
                    Arrays.stream(type.getPermittedSubclasses())
                            .filter(PublicApi::isVisible)
                            .map(TypeText::name)
                            .sorted()
                            .collect(Collectors.joining(", ", " permits ", "")));
        }
        return text.toString();
    }

    private static String component(RecordComponent component) {
        return TypeText.of(component.getAnnotatedType()) + " " + component.getName();
    }

    private static int modifiers(Class<?> type) {
        int ignored = Modifier.INTERFACE | Modifier.SYNCHRONIZED;
        if (type.isInterface() || type.isEnum()) {
            ignored |= Modifier.ABSTRACT | Modifier.STATIC | Modifier.FINAL;
        }
        return type.getModifiers() & ~ignored;
    }

    private static String kind(Class<?> type) {
        if (type.isAnnotation()) {
            return "@interface";
        }
        if (type.isInterface()) {
            return "interface";
        }
        return type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
    }

    private static String signature(Executable executable) {
        AnnotatedType[] types = executable.getAnnotatedParameterTypes();
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < types.length; i++) {
            String type = TypeText.of(types[i]);
            boolean varied = executable.isVarArgs() && i == types.length - 1;
            taken.add(
                    (varied ? type.replaceFirst("\\[]$", "...") : type)
                            + " "
                            + executable.getParameters()[i].getName());
        }
        String thrown = TypeText.all(executable.getAnnotatedExceptionTypes());
        return "(%s)%s"
                .formatted(String.join(", ", taken), thrown.isEmpty() ? "" : " throws " + thrown);
    }

    /** Returns whether a record's header says of a constructor. */
    private static boolean isCanonical(Constructor<?> constructor) {
        Class<?> type = constructor.getDeclaringClass();
        return type.isRecord()
                && Arrays.equals(
                        constructor.getParameterTypes(),
                        Arrays.stream(type.getRecordComponents())
                                .map(RecordComponent::getType)
                                .toArray());
    }

    /** Returns whether a method follows from its type's header or from a supertype. */
    private static boolean isKnown(Method method) {
        Class<?> type = method.getDeclaringClass();
        boolean accessor =
                type.isRecord()
                        && Arrays.stream(type.getRecordComponents())
                                .anyMatch(part -> part.getAccessor().equals(method));
        boolean ofEnum = type.isEnum() && List.of("values", "valueOf").contains(method.getName());
        return accessor || ofEnum || isInherited(method, type);
    }

    private static boolean isInherited(Method method, Class<?> type) {
        return Stream.concat(
                        Stream.ofNullable(type.getSuperclass()),
                        Arrays.stream(type.getInterfaces()))
                .anyMatch(above -> declares(above, method) || isInherited(method, above));
    }

    private static boolean declares(Class<?> type, Method method) {
        return Arrays.stream(type.getDeclaredMethods())
                .anyMatch(
                        other ->
                                other.getName().equals(method.getName())
                                        && Arrays.equals(
                                                other.getParameterTypes(),
                                                method.getParameterTypes()));
    }

    private static String flags(Member member) {
        int kept = Modifier.PROTECTED | Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL;
        String text = Modifier.toString(member.getModifiers() & kept);
        String variables =
                member instanceof Executable executable
                        ? TypeText.variables(executable.getTypeParameters())
                        : "";
        return Stream.of(text, variables)
                .filter(part -> !part.isEmpty())
                .map(part -> part + " ")
                .collect(Collectors.joining());
    }

    private static boolean isVisible(Class<?> type) {
        return !type.isAnonymousClass()
                && !type.isLocalClass()
                && !type.isSynthetic()
                && isOpen(type.getModifiers())
                && (type.getDeclaringClass() == null || isVisible(type.getDeclaringClass()));
    }

    private static boolean isVisible(Member member) {
        Class<?> owner = member.getDeclaringClass();
        boolean reachable =
                Modifier.isPublic(member.getModifiers()) || !Modifier.isFinal(owner.getModifiers());
        return reachable && isOpen(member.getModifiers()) && !member.isSynthetic();
    }

    private static boolean isOpen(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static Class<?> load(String name) {
        try {
            ClassLoader loader = Objects.requireNonNull(PublicApi.class.getClassLoader());
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    "compiled, but not on the test's class path: " + name, e);
        }
    }
}
