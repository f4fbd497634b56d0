/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchscript.AdaptationPlan.Change;
import org.lora4j.torchscript.AdaptationPlan.Refusal;
import org.lora4j.torchscript.ScriptParameter.Adaptation;
import org.lora4j.torchscript.archive.InvalidScriptException;
import org.lora4j.torchscript.archive.ScriptRecords;
import org.lora4j.torchscript.code.CodeClass;
import org.lora4j.torchscript.code.CodeMethod;
import org.lora4j.torchscript.flow.FlowValue.ConstantWeight;
import org.lora4j.torchscript.flow.FlowValue.Weight;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/**
 * An open TorchScript archive: a file of torch.jit.save, traced or scripted. Nothing of it is run.
 * Its tree of modules, its constants and its code are decoded and checked when it is opened;
 * tensors are read when they are asked for, in parts, so that an archive may be larger than the
 * memory.
 *
 * <p>Thread-safe once it is open. The file must not be changed meanwhile.
 */
public final class ScriptArchive implements AutoCloseable {
    private final ScriptRecords records;
    private final List<ScriptModule> modules;
    private final List<ScriptAdapter> adapters;
    private final Program program;
    private final AdaptationPlanner planner;

    private ScriptArchive(ScriptRecords records) throws IOException {
        this.records = records;
        this.program = Program.read(records);
        this.planner = new AdaptationPlanner(program);
        this.adapters = AdapterTable.read(records);
        this.modules = list();
    }

    /**
     * Opens an archive.
     *
     * @param path the file
     * @return the archive; the caller closes it
     * @throws InvalidScriptException if it is no TorchScript archive, or is damaged; the message
     *     says the file, the record, what was expected and what was found
     * @throws IOException if it is missing or cannot be read
     */
    public static ScriptArchive open(Path path) throws IOException {
        ScriptRecords records = ScriptRecords.open(path);
        try {
            return new ScriptArchive(records);
        } catch (IOException | RuntimeException e) {
            records.close();
            throw e;
        }
    }

    private List<ScriptModule> list() {
        List<ScriptModule> list = new ArrayList<>();
        for (Map.Entry<String, Instance> entry : program.modules().entrySet()) {
            Instance module = entry.getValue();
            CodeClass type = program.codeClass(module);
            List<ScriptParameter> parameters = new ArrayList<>();
            for (Map.Entry<String, ScriptValue> one : Program.attributes(module).entrySet()) {
                if (one.getValue() instanceof ScriptTensor tensor) {
                    boolean trainable =
                            type != null && type.parameters().names().contains(one.getKey());
                    parameters.add(parameter(entry.getKey(), one.getKey(), tensor, trainable));
                }
            }
            list.add(
                    new ScriptModule(
                            entry.getKey(),
                            module.type().qualifiedName(),
                            module.type().name(),
                            parameters));
        }
        List<ScriptParameter> constants = new ArrayList<>();
        for (int i = 0; i < program.constants().size(); i++) {
            if (program.constants().get(i) instanceof ScriptTensor tensor
                    && tensor.shape().dimension() > 1) {
                String name = "c" + i;
                constants.add(parameter(ScriptTarget.CONSTANTS, name, tensor, false));
            }
        }
        if (!constants.isEmpty()) {
            list.add(
                    new ScriptModule(
                            ScriptTarget.CONSTANTS, Program.CONSTANTS, "constants", constants));
        }
        return List.copyOf(list);
    }

    private ScriptParameter parameter(
            String module, String name, ScriptTensor tensor, boolean trainable) {
        Weight weight = AdaptationPlanner.find(program, module, name);
        AdaptationPlan plan =
                weight == null
                        ? new Refusal("it is no tensor of this module")
                        : adapters.isEmpty()
                                ? planner.plan(weight, null)
                                : new Refusal("the archive has adapters already");
        TensorDtype dtype = tensor.dtype().orElse(null);
        String storage = tensor.storage().type();
        if (plan instanceof Change change) {
            Adaptation adaptation = new Adaptation(change.mode(), change.form());
            return new ScriptParameter(
                    name, storage, dtype, tensor.shape(), trainable, adaptation, change.reason());
        }
        String reason = plan instanceof Refusal refusal ? refusal.reason() : "";
        return new ScriptParameter(name, storage, dtype, tensor.shape(), trainable, null, reason);
    }

    /** Returns where the archive lies. */
    public Path path() {
        return records.path();
    }

    /**
     * Returns the modules from the root down, each path once, and the constants of a frozen model's
     * code as the last.
     */
    public List<ScriptModule> modules() {
        return modules;
    }

    /** Returns the names of the inputs in their order; empty if the root has no forward method. */
    public List<String> inputs() {
        CodeClass type = program.codeClass(program.root());
        return type == null
                ? List.of()
                : type.method("forward").map(CodeMethod::parameters).orElse(List.of());
    }

    /** Returns the adapters of a rewritten archive; empty for any other. */
    public List<ScriptAdapter> adapters() {
        return adapters;
    }

    /**
     * Returns a tensor, which is read when it is asked for.
     *
     * @param path the path of a parameter or buffer, or CONSTANTS.c0
     * @return the tensor
     * @throws IllegalArgumentException if there is none, or its elements are quantised
     */
    public LazyTensor tensor(String path) {
        Weight weight = AdaptationPlanner.find(program, path);
        if (weight == null || weight.tensor().dtype().isEmpty()) {
            throw new IllegalArgumentException(
                    "%s: expected a tensor %s of numbers, found none"
                            .formatted(records.path(), path));
        }
        String folder = weight instanceof ConstantWeight ? "constants/" : "data/";
        return TensorViews.lazy(records, folder, weight.tensor());
    }

    Program program() {
        return program;
    }

    /** Returns why nothing in it can be adapted, such as that it is quantized; mostly empty. */
    public Optional<String> objection() {
        return Optional.ofNullable(planner.quantized());
    }

    AdaptationPlanner planner() {
        return planner;
    }

    ScriptRecords records() {
        return records;
    }

    /** Closes the file; tensors cannot be read afterwards. */
    @Override
    public void close() throws IOException {
        records.close();
    }
}
