/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.flow;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.Excerpt;
import org.lora4j.torchfile.PickleException;
import org.lora4j.torchscript.archive.InvalidScriptException;
import org.lora4j.torchscript.archive.ScriptRecords;
import org.lora4j.torchscript.code.CodeClass;
import org.lora4j.torchscript.code.CodeException;
import org.lora4j.torchscript.code.CodeFile;
import org.lora4j.torchscript.pickle.ScriptStorage;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptUnpickler;
import org.lora4j.torchscript.pickle.ScriptValue;
import org.lora4j.torchscript.pickle.ScriptValue.Dict;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;
import org.lora4j.torchscript.pickle.ScriptValue.Text;
import org.lora4j.torchscript.pickle.ScriptValue.Tuple;

/**
 * A whole archive decoded: the tree of modules, the constants and the classes. Every tensor was
 * compared with its record. The tree is this program's own, and may be changed for writing.
 *
 * <p>Not thread-safe.
 */
public final class Program {
    /** The record with the tree of modules. */
    public static final String TREE = "data.pkl";

    /** The record with the constants of the code. */
    public static final String CONSTANTS = "constants.pkl";

    private static final int MAX_PICKLE_BYTES = 1 << 28;
    private static final int MAX_CODE_BYTES = 1 << 26;
    private static final long MAX_ALL_CODE_BYTES = 1L << 28;
    private static final int MAX_VERSION_BYTES = 64;
    private static final int MAX_MODULES = 200_000;

    private final ScriptRecords records;
    private final Instance root;
    private final List<ScriptValue> constants;
    private final Map<String, CodeFile> files = new LinkedHashMap<>();
    private final Map<String, CodeClass> classes = new LinkedHashMap<>();
    private final Map<String, Instance> modules = new LinkedHashMap<>();
    private final Map<Instance, String> paths = new HashMap<>();
    private final Map<Instance, List<Instance>> parents = new HashMap<>();

    private Program(ScriptRecords records) throws IOException {
        this.records = records;
        if (!(pickle(TREE, "data/") instanceof Instance module)) {
            throw fault(TREE, "expected a module, found another value: not made by torch.jit.save");
        }
        root = module;
        constants = readConstants();
        readCode();
        requireModule(root, "");
        walk();
    }

    /**
     * Decodes an archive.
     *
     * @param records the archive, open as long as its tensors are read
     * @return the program
     * @throws InvalidScriptException if a record that loading needs is missing or damaged, or a
     *     tensor does not fit its record
     * @throws IOException if it cannot be read
     */
    public static Program read(ScriptRecords records) throws IOException {
        if (!records.names().contains(CONSTANTS)) {
            throw new InvalidScriptException(
                    records.path(),
                    records.names().contains(TREE)
                            ? "expected a TorchScript program (torch.jit.save), found a file of"
                                    + " torch.save, which has weights without code: export the"
                                    + " model with torch.jit.trace"
                            : "expected a TorchScript program (torch.jit.save), found another zip");
        }
        requireVersion(records);
        return new Program(records);
    }

    /** The format's number, which libtorch reads first: version, or .data/version. */
    private static void requireVersion(ScriptRecords records) throws IOException {
        String name = records.names().contains("version") ? "version" : ".data/version";
        String version = records.readText(name, MAX_VERSION_BYTES).strip();
        if (!version.matches("[0-9]{1,9}")) {
            throw new InvalidScriptException(
                    records.path(),
                    name,
                    "expected the number of a format, found '%s'".formatted(Excerpt.of(version)));
        }
    }

    private ScriptValue pickle(String name, String folder) throws IOException {
        byte[] bytes = records.read(name, MAX_PICKLE_BYTES);
        try {
            ScriptValue value = ScriptUnpickler.read(bytes);
            checkStorages(value, folder);
            return value;
        } catch (PickleException e) {
            throw fault(name, String.valueOf(e.getMessage()));
        }
    }

    private List<ScriptValue> readConstants() throws IOException {
        if (pickle(CONSTANTS, "constants/") instanceof Tuple tuple) {
            return tuple.items();
        }
        throw fault(CONSTANTS, "expected a tuple, found another value");
    }

    /** A record that is shorter than its storage would be read beyond its end by libtorch. */
    private void checkStorages(ScriptValue root, String folder) throws IOException {
        Set<String> seen = new HashSet<>();
        for (ScriptValue value : TreeWalk.all(root)) {
            ScriptStorage storage =
                    value instanceof ScriptTensor tensor
                            ? tensor.storage()
                            : value instanceof ScriptStorage bare ? bare : null;
            if (storage != null && seen.add(storage.key())) {
                String record = folder + storage.key();
                long found = records.size(record);
                if (found != storage.byteSize()) {
                    throw fault(
                            record,
                            "expected %d bytes for %d elements of %s, found %d"
                                    .formatted(
                                            storage.byteSize(),
                                            storage.elements(),
                                            storage.type(),
                                            found));
                }
            }
        }
    }

    private void readCode() throws IOException {
        long bytes = 0;
        for (String name : records.names()) {
            if (!name.startsWith("code/") || !name.endsWith(".py")) {
                continue;
            }
            bytes += records.size(name);
            if (bytes > MAX_ALL_CODE_BYTES) {
                throw fault(name, "expected code of at most " + MAX_ALL_CODE_BYTES + " bytes");
            }
            try {
                CodeFile file = CodeFile.parse(name, records.readText(name, MAX_CODE_BYTES));
                files.put(name, file);
                for (CodeClass one : file.classes()) {
                    if (classes.put(one.qualifiedName(), one) != null) {
                        throw fault(
                                name,
                                "expected one class %s, found two"
                                        .formatted(Excerpt.of(one.qualifiedName())));
                    }
                }
            } catch (CodeException e) {
                throw new InvalidScriptException(records.path(), String.valueOf(e.getMessage()));
            }
        }
    }

    private void walk() throws IOException {
        List<Map.Entry<String, Instance>> open = new ArrayList<>();
        open.add(Map.entry("", root));
        while (!open.isEmpty()) {
            Map.Entry<String, Instance> next = open.remove(open.size() - 1);
            modules.put(next.getKey(), next.getValue());
            paths.putIfAbsent(next.getValue(), next.getKey());
            if (modules.size() > MAX_MODULES) {
                throw fault(TREE, "expected at most " + MAX_MODULES + " modules, found more");
            }
            List<Map.Entry<String, Instance>> children = new ArrayList<>();
            for (Map.Entry<String, ScriptValue> entry : attributes(next.getValue()).entrySet()) {
                if (entry.getValue() instanceof Instance child && isModule(child)) {
                    String path = join(next.getKey(), entry.getKey());
                    requireModule(child, path);
                    List<Instance> of = parents.computeIfAbsent(child, key -> new ArrayList<>());
                    if (of.stream().noneMatch(parent -> parent == next.getValue())) {
                        of.add(next.getValue());
                    }
                    children.add(Map.entry(path, child));
                }
            }
            Collections.reverse(children);
            open.addAll(children);
        }
    }

    private void requireModule(Instance module, String path) throws IOException {
        CodeClass type = codeClass(module);
        if (type == null) {
            throw fault(
                    TREE,
                    "expected the code of %s (the class of '%s'), found none"
                            .formatted(
                                    Excerpt.of(module.type().qualifiedName()), Excerpt.of(path)));
        }
        if (type.method("__setstate__").isPresent()) {
            return; // its state is what that method takes
        }
        Map<String, ScriptValue> attributes = attributes(module);
        for (CodeClass.CodeAttribute attribute : type.attributes()) {
            // A class constant has its value in the code.
            boolean constant = type.tokens().source().startsWith("Final[", attribute.typeStart());
            if (!constant && !attributes.containsKey(attribute.name())) {
                throw fault(
                        TREE,
                        "expected an attribute %s in '%s', which its class declares, found none"
                                .formatted(Excerpt.of(attribute.name()), Excerpt.of(path)));
            }
        }
    }

    private boolean isModule(Instance value) {
        CodeClass type = codeClass(value);
        return type == null
                ? !value.type().module().startsWith("__torch__.torch.classes")
                : type.base().equals("Module");
    }

    /**
     * Joins a path and a name.
     *
     * @param path the path of a module, empty for the root
     * @param name an attribute
     * @return the path of the attribute
     */
    public static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /**
     * Returns the attributes of a module by their names.
     *
     * @param module a module
     */
    public static Map<String, ScriptValue> attributes(Instance module) {
        Map<String, ScriptValue> attributes = new LinkedHashMap<>();
        if (module.state() instanceof Dict dict) {
            dict.entries()
                    .forEach(
                            (key, value) -> {
                                if (key instanceof Text text) {
                                    attributes.put(text.value(), value);
                                }
                            });
        }
        return attributes;
    }

    /**
     * Returns one attribute of a module.
     *
     * @param module a module
     * @param name the attribute
     * @return its value, or null
     */
    public static @Nullable ScriptValue attribute(Instance module, String name) {
        return module.state() instanceof Dict dict ? dict.get(name) : null;
    }

    /**
     * Returns the class of a module.
     *
     * @param module a module
     * @return its code, or null
     */
    public @Nullable CodeClass codeClass(Instance module) {
        return classes.get(module.type().qualifiedName());
    }

    /**
     * Returns the archive's exception for a fault.
     *
     * @param record the record at fault
     * @param problem what was expected and found
     */
    public InvalidScriptException fault(String record, String problem) {
        return new InvalidScriptException(records.path(), record, problem);
    }

    /** Returns the archive. */
    public ScriptRecords records() {
        return records;
    }

    /** Returns the whole model. */
    public Instance root() {
        return root;
    }

    /** Returns the constants of the code: {@code CONSTANTS.c0} is the first. */
    public List<ScriptValue> constants() {
        return constants;
    }

    /** Returns the code files by their records. */
    public Map<String, CodeFile> files() {
        return Collections.unmodifiableMap(files);
    }

    /** Returns the classes by their qualified names. */
    public Map<String, CodeClass> classes() {
        return Collections.unmodifiableMap(classes);
    }

    /** Returns the modules by their paths, the root (an empty path) first; one may have several. */
    public Map<String, Instance> modules() {
        return Collections.unmodifiableMap(modules);
    }

    /**
     * Returns the modules that hold a module.
     *
     * @param module a module
     */
    public List<Instance> parents(Instance module) {
        return parents.getOrDefault(module, List.of());
    }

    /**
     * Returns a module's first path.
     *
     * @param module a module of this program
     */
    public String path(Instance module) {
        String path = paths.get(module);
        if (path == null) {
            throw new IllegalArgumentException("not a module of this program");
        }
        return path;
    }

    /**
     * Finds the attributes that lead from one module to another.
     *
     * @param from a module
     * @param to a module
     * @return the names in their order, empty if both are the same; null if there is no way
     */
    public @Nullable List<String> route(Instance from, Instance to) {
        Map<Instance, Step> seen = new HashMap<>();
        List<Instance> open = new ArrayList<>(List.of(to));
        seen.put(to, new Step(null, ""));
        for (int i = 0; i < open.size(); i++) {
            Instance module = open.get(i);
            if (module == from) {
                return names(module, seen);
            }
            for (Instance parent : parents(module)) {
                if (!seen.containsKey(parent)) {
                    seen.put(parent, new Step(module, nameIn(parent, module)));
                    open.add(parent);
                }
            }
        }
        return null;
    }

    private record Step(@Nullable Instance child, String name) {}

    private static List<String> names(Instance from, Map<Instance, Step> steps) {
        List<String> names = new ArrayList<>();
        for (Step step = steps.get(from); step != null && step.child() != null; ) {
            names.add(step.name());
            step = steps.get(step.child());
        }
        return names;
    }

    private static String nameIn(Instance parent, Instance child) {
        return attributes(parent).entrySet().stream()
                .filter(entry -> entry.getValue() == child)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }
}
