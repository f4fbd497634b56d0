/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.archive.InvalidScriptException;
import org.lora4j.torchscript.code.CodeClass;
import org.lora4j.torchscript.code.CodeFile;
import org.lora4j.torchscript.code.CodeNames;
import org.lora4j.torchscript.code.TextEdits;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.pickle.ScriptValue;
import org.lora4j.torchscript.pickle.ScriptValue.Global;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/**
 * The classes of a program that is being changed. A scripted class is shared by all modules of its
 * kind; a module that differs gets a copy of it, and so do the modules around it up to the root,
 * since the class of each is declared by its parent.
 */
final class ClassVersions {
    private final Program program;
    private final Set<Instance> own = new HashSet<>();
    private final Map<String, Integer> instances = new HashMap<>();
    private final Map<Instance, ClassEdits> copies = new HashMap<>();
    private final Map<String, ClassEdits> inPlace = new LinkedHashMap<>();
    private final Map<String, TextEdits> forAll = new HashMap<>();
    private int next;

    ClassVersions(Program program) {
        this.program = program;
        Set<Instance> seen = new HashSet<>();
        for (Instance module : program.modules().values()) {
            if (seen.add(module)) {
                instances.merge(module.type().qualifiedName(), 1, Integer::sum);
            }
        }
    }

    /** Gives a module, and all around it, classes that no other module has. */
    void separate(Instance module) throws InvalidScriptException {
        Deque<Instance> open = new ArrayDeque<>();
        open.add(module);
        while (!open.isEmpty()) {
            Instance one = open.remove();
            if (own.add(one)) {
                copyIfShared(one);
                open.addAll(program.parents(one));
            }
        }
    }

    private void copyIfShared(Instance module) throws InvalidScriptException {
        CodeClass type = codeClass(module);
        if (instances.getOrDefault(type.qualifiedName(), 0) < 2) {
            inPlace.computeIfAbsent(
                    type.qualifiedName(), name -> new ClassEdits(type, type.qualifiedName()));
            return;
        }
        while (program.files().containsKey(file(next))) {
            next++;
        }
        ClassEdits copy = new ClassEdits(type, "__torch__.lora4j_" + next + "." + type.name());
        next++;
        copies.put(module, copy);
    }

    private static String file(int number) {
        return "code/__torch__/lora4j_" + number + ".py";
    }

    private CodeClass codeClass(Instance module) throws InvalidScriptException {
        CodeClass type = program.codeClass(module);
        if (type == null || type.parameters().close() < 0) {
            throw program.fault(
                    Program.TREE,
                    "expected a class with __parameters__ for '%s'"
                            .formatted(program.path(module)));
        }
        return type;
    }

    /** The changes of a module that was separated. */
    ClassEdits edits(Instance module) {
        ClassEdits copy = copies.get(module);
        ClassEdits edits = copy == null ? inPlace.get(module.type().qualifiedName()) : copy;
        if (edits == null) {
            throw new IllegalStateException(program.path(module) + " was not separated");
        }
        return edits;
    }

    /** Changes that are made in a class and in every copy of it. */
    TextEdits forAll(CodeClass type) {
        return forAll.computeIfAbsent(type.qualifiedName(), name -> new TextEdits());
    }

    /** Gives the copied classes to their modules, in the tree and in the parents' declarations. */
    void assign() throws InvalidScriptException {
        for (Map.Entry<Instance, ClassEdits> copy : copies.entrySet()) {
            for (Instance parent : program.parents(copy.getKey())) {
                declare(parent, copy.getKey(), copy.getValue());
            }
        }
        for (Map.Entry<Instance, ClassEdits> copy : copies.entrySet()) {
            String name = copy.getValue().qualifiedName();
            int dot = name.lastIndexOf('.');
            copy.getKey().setType(new Global(name.substring(0, dot), name.substring(dot + 1)));
        }
    }

    private void declare(Instance parent, Instance child, ClassEdits copy)
            throws InvalidScriptException {
        ClassEdits edits = edits(parent);
        String source = edits.type().tokens().source();
        for (Map.Entry<String, ScriptValue> one : Program.attributes(parent).entrySet()) {
            if (one.getValue() != child) {
                continue;
            }
            CodeClass.CodeAttribute attribute = edits.type().attribute(one.getKey()).orElse(null);
            Matcher old =
                    attribute == null
                            ? null
                            : CodeNames.find(
                                    copy.type().qualifiedName(),
                                    source.substring(attribute.typeStart(), attribute.typeEnd()));
            if (attribute != null && isInterface(attribute, source)) {
                continue; // any class that has its methods will do
            }
            if (attribute == null || old == null || !old.find()) {
                throw program.fault(
                        Program.TREE,
                        "expected the class %s of '%s' in its parent's declaration, found another"
                                .formatted(copy.type().qualifiedName(), program.path(child)));
            }
            int start = attribute.typeStart();
            edits.edits().replace(start + old.start(), start + old.end(), copy.qualifiedName());
        }
    }

    private boolean isInterface(CodeClass.CodeAttribute attribute, String source) {
        CodeClass type =
                program.classes().get(source.substring(attribute.typeStart(), attribute.typeEnd()));
        return type != null && type.base().endsWith("Interface");
    }

    /** The new text of every record that changes, and of those that are new. */
    Map<String, byte[]> records() {
        Map<String, byte[]> records = new LinkedHashMap<>();
        for (CodeFile file : program.files().values()) {
            TextEdits edits = new TextEdits();
            for (CodeClass type : file.classes()) {
                edits.addAll(changes(inPlace.get(type.qualifiedName()), type));
            }
            if (!edits.isEmpty()) {
                String source = file.tokens().source();
                put(records, file.name(), edits.apply(source, 0, source.length()));
            }
        }
        for (ClassEdits copy : copies.values()) {
            CodeClass type = copy.type();
            TextEdits edits = changes(copy, type);
            Matcher names = CodeNames.find(type.qualifiedName(), type.text());
            while (names.find()) {
                int start = type.start() + names.start();
                int end = type.start() + names.end();
                if (!edits.touches(start, end)) {
                    edits.replace(start, end, copy.qualifiedName());
                }
            }
            String name = copy.qualifiedName();
            String module = name.substring(0, name.lastIndexOf('.'));
            String text = edits.apply(type.tokens().source(), type.start(), type.end());
            put(records, "code/" + module.replace('.', '/') + ".py", text);
        }
        return records;
    }

    private TextEdits changes(@Nullable ClassEdits edits, CodeClass type) {
        TextEdits all = new TextEdits();
        if (edits != null) {
            all.addAll(edits.all());
        }
        all.addAll(forAll.getOrDefault(type.qualifiedName(), new TextEdits()));
        return all;
    }

    private static void put(Map<String, byte[]> records, String name, String text) {
        String whole = text.endsWith("\n") ? text : text + "\n";
        records.put(name, whole.getBytes(StandardCharsets.UTF_8));
    }
}
