/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchscript.AdaptationPlan.Change;
import org.lora4j.torchscript.AdaptationPlan.Refusal;
import org.lora4j.torchscript.archive.InvalidScriptException;
import org.lora4j.torchscript.archive.RecordEdits;
import org.lora4j.torchscript.code.CodeClass;
import org.lora4j.torchscript.flow.FlowValue.Weight;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.flow.TreeWalk;
import org.lora4j.torchscript.pickle.ScriptPickler;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue;
import org.lora4j.torchscript.pickle.ScriptValue.Dict;
import org.lora4j.torchscript.pickle.ScriptValue.Plain;
import org.lora4j.torchscript.pickle.ScriptValue.Text;
import org.lora4j.torchscript.pickle.ScriptValue.Tuple;

/**
 * Writes archives whose own code computes low-rank terms, y = W·x + s·B·(A·x), with A and B as
 * further parameters of the adapted modules. Only A and B require gradients. With B = 0 the output
 * is that of the original archive, bit for bit but for the sign of zeros.
 *
 * <p>The rewritten archive is a TorchScript archive like any other: DJL, torch.jit.load and
 * libtorch run it. Not thread-safe.
 */
public final class ScriptRewriter {
    private final ScriptArchive archive;
    private final List<ScriptTarget> targets = new ArrayList<>();
    private boolean liveDropout;
    private Set<String> hollow = Set.of();

    /**
     * Creates a rewriter without targets.
     *
     * @param archive an archive, open until the new one is written
     * @throws IllegalArgumentException if the archive has adapters already
     */
    public ScriptRewriter(ScriptArchive archive) {
        if (!archive.adapters().isEmpty() || AdapterNames.areIn(archive.program())) {
            throw new IllegalArgumentException(
                    archive.path()
                            + ": expected an original archive, found one with adapters (lora_A):"
                            + " rewrite the original, or give this one new values");
        }
        this.archive = archive;
    }

    /**
     * Adds a parameter to adapt.
     *
     * @param target the parameter, and how
     * @return this rewriter
     */
    public ScriptRewriter add(ScriptTarget target) {
        targets.add(target);
        return this;
    }

    /**
     * Sets whether the model's own dropout, which a trace keeps as it was when it was made, follows
     * the training flag: it then drops in training, and evaluates exactly. Off by default, which
     * keeps the code as it is.
     *
     * @param live whether it follows the flag
     * @return this rewriter
     */
    public ScriptRewriter optLiveDropout(boolean live) {
        this.liveDropout = live;
        return this;
    }

    /**
     * Sets which of the base's tensors the archive is to have without their numbers: as many as
     * before, all zero, in the space of one. They are for a caller who gives the loaded module its
     * numbers, such as those of another module in the same memory.
     *
     * @param paths the paths of parameters and buffers; others are ignored
     * @return this rewriter
     */
    public ScriptRewriter optHollow(Set<String> paths) {
        this.hollow = Set.copyOf(paths);
        return this;
    }

    /**
     * Returns the adapters that the archive will have, in the order of the targets.
     *
     * @throws IllegalArgumentException if there are no targets, or some cannot be adapted; the
     *     message says why for each
     */
    public List<ScriptAdapter> adapters() {
        return new Rewriting(archive.program(), archive.planner()).adapters;
    }

    /**
     * Writes the new archive, whole or not at all. Tensors are copied in parts.
     *
     * @param file the file, created or replaced
     * @param values A and B
     * @return the adapters, as {@link #adapters}
     * @throws IllegalArgumentException as {@link #adapters}
     * @throws IOException if the archive cannot be read or the file cannot be written
     */
    public List<ScriptAdapter> write(Path file, AdapterValues values) throws IOException {
        Program program = Program.read(archive.records());
        Rewriting rewriting = new Rewriting(program, new AdaptationPlanner(program));
        rewriting.change();
        rewriting.write(file, values);
        return rewriting.adapters;
    }

    /** One rewriting, with a tree of its own that is changed. */
    private final class Rewriting {
        private final Program program;
        private final List<Change> changes = new ArrayList<>();
        private final List<ScriptAdapter> adapters = new ArrayList<>();
        private final List<RecordOf> newRecords = new ArrayList<>();
        private final Map<String, byte[]> hollowRecords = new LinkedHashMap<>();
        private Map<String, byte[]> code = Map.of();

        private record RecordOf(String name, ScriptAdapter adapter, boolean isA, long size) {}

        Rewriting(Program program, AdaptationPlanner planner) {
            this.program = program;
            List<String> refusals = new ArrayList<>();
            Set<Weight> seen = new HashSet<>();
            for (ScriptTarget target : targets) {
                Weight weight =
                        AdaptationPlanner.find(program, target.module(), target.parameter());
                if (weight == null) {
                    refusals.add(target.path() + ": there is no such tensor");
                } else if (!seen.add(weight)) {
                    refusals.add(target.path() + ": it is a target twice");
                } else if (planner.plan(weight, target.form()) instanceof Change change) {
                    changes.add(change);
                    adapters.add(adapter(target, change));
                } else if (planner.plan(weight, target.form()) instanceof Refusal refusal) {
                    refusals.add(target.path() + ": " + refusal.reason());
                }
            }
            if (targets.isEmpty() || !refusals.isEmpty()) {
                throw new IllegalArgumentException(
                        archive.path()
                                + ": "
                                + (refusals.isEmpty()
                                        ? "expected targets to adapt, found none"
                                        : "cannot adapt " + String.join("; ", refusals)));
            }
        }

        private ScriptAdapter adapter(ScriptTarget target, Change change) {
            ScriptTensor tensor = change.weight().tensor();
            ScriptTarget chosen =
                    new ScriptTarget(
                            target.module(),
                            target.parameter(),
                            target.rank(),
                            target.scaling(),
                            target.dropout(),
                            change.form());
            String holder = program.path(change.holder());
            return new ScriptAdapter(
                    chosen,
                    change.mode(),
                    tensor.dtype().orElseThrow() == TensorDtype.F64
                            ? TensorDtype.F64
                            : TensorDtype.F32,
                    change.form().shapeOfA(tensor.shape(), target.rank()),
                    change.form().shapeOfB(tensor.shape(), target.rank()),
                    Program.join(holder, AdapterNames.a(target.parameter())),
                    Program.join(holder, AdapterNames.b(target.parameter())));
        }

        void change() throws InvalidScriptException {
            freeze();
            empty();
            ClassVersions versions = new ClassVersions(program);
            for (Change change : changes) {
                versions.separate(change.holder());
                for (var use : change.uses()) {
                    versions.separate(use.module());
                }
                for (var read : change.reads()) {
                    versions.separate(read.module());
                }
            }
            if (liveDropout) {
                for (CodeClass type : program.classes().values()) {
                    TraceDropout.makeLive(type, versions.forAll(type));
                }
            }
            SiteEdits sites = new SiteEdits(program, versions);
            for (int i = 0; i < changes.size(); i++) {
                sites.apply(changes.get(i), adapters.get(i));
                addTensors(versions, changes.get(i), adapters.get(i));
            }
            sites.changeLists();
            versions.assign();
            code = versions.records();
        }

        /** Takes the numbers out of the tensors that the caller fills. */
        private void empty() {
            for (var module : program.modules().entrySet()) {
                if (!(module.getValue().state() instanceof Dict attributes)) {
                    continue;
                }
                Program.attributes(module.getValue())
                        .forEach(
                                (name, value) -> {
                                    if (value instanceof ScriptTensor tensor
                                            && tensor.dtype().isPresent()
                                            && hollow.contains(
                                                    Program.join(module.getKey(), name))) {
                                        String key = Long.toString(nextKey++);
                                        attributes.put(new Text(name), tensor.hollow(key));
                                        hollowRecords.put(
                                                "data/" + key,
                                                new byte
                                                        [Math.toIntExact(
                                                                tensor.dtype().get().byteSize(1))]);
                                    }
                                });
            }
        }

        private void freeze() {
            for (ScriptValue value : TreeWalk.all(program.root())) {
                if (value instanceof ScriptTensor tensor) {
                    tensor.setRequiresGrad(false);
                }
            }
            for (ScriptValue value : TreeWalk.all(new Tuple(program.constants()))) {
                if (value instanceof ScriptTensor tensor) {
                    tensor.setRequiresGrad(false);
                }
            }
        }

        private void addTensors(ClassVersions versions, Change change, ScriptAdapter adapter)
                throws InvalidScriptException {
            if (!(change.holder().state() instanceof Dict attributes)) {
                throw program.fault(
                        Program.TREE,
                        "expected attributes in '%s'".formatted(program.path(change.holder())));
            }
            ClassEdits edits = versions.edits(change.holder());
            for (boolean isA : new boolean[] {true, false}) {
                var shape = isA ? adapter.shapeOfA() : adapter.shapeOfB();
                String parameter = adapter.target().parameter();
                String name = isA ? AdapterNames.a(parameter) : AdapterNames.b(parameter);
                String key = Long.toString(nextKey++);
                attributes.put(
                        new Text(name), ScriptTensor.contiguous(key, adapter.dtype(), shape, true));
                newRecords.add(
                        new RecordOf(
                                "data/" + key,
                                adapter,
                                isA,
                                adapter.dtype().byteSize(shape.getShape())));
                edits.addParameter(name);
            }
            boolean drops = adapter.target().dropout() > 0 && change.kind() != null;
            if (drops && change.uses().stream().anyMatch(use -> lacksFlag(use.module()))) {
                for (var use : change.uses()) {
                    addFlag(versions, use.module());
                }
            }
        }

        private long nextKey = AdapterNames.firstFreeKey(archive.records().names());

        private boolean lacksFlag(ScriptValue.Instance module) {
            return Program.attribute(module, "training") == null;
        }

        private void addFlag(ClassVersions versions, ScriptValue.Instance module) {
            if (lacksFlag(module) && module.state() instanceof Dict attributes) {
                attributes.put(new Text("training"), Plain.FALSE);
                versions.edits(module).addAttribute("training", "bool");
            }
        }

        /** Leaves out the storages that no tensor reads any more. */
        private void dropUnused(RecordEdits edits) {
            Set<String> used = new HashSet<>();
            for (ScriptValue value : TreeWalk.all(program.root())) {
                if (value instanceof ScriptTensor tensor) {
                    used.add("data/" + tensor.storage().key());
                }
            }
            for (String name : archive.records().names()) {
                if (name.startsWith("data/") && !used.contains(name)) {
                    edits.drop(name);
                }
            }
        }

        void write(Path file, AdapterValues values) throws IOException {
            RecordEdits edits = new RecordEdits(archive.records());
            edits.put(Program.TREE, ScriptPickler.write(program.root()));
            edits.put(Program.CONSTANTS, ScriptPickler.write(new Tuple(program.constants())));
            edits.putCode(code);
            hollowRecords.forEach(edits::put);
            if (!hollowRecords.isEmpty()) {
                dropUnused(edits);
            }
            for (RecordOf one : newRecords) {
                edits.put(
                        one.name(),
                        one.size(),
                        sink -> values.writeTo(one.adapter(), one.isA(), sink));
            }
            edits.put(AdapterTable.RECORD, AdapterTable.write(adapters));
            edits.write(file);
        }
    }
}
