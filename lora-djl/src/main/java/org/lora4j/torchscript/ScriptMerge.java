/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchscript.archive.InvalidScriptException;
import org.lora4j.torchscript.archive.RecordEdits;
import org.lora4j.torchscript.code.CodeNames;
import org.lora4j.torchscript.code.Tokens;
import org.lora4j.torchscript.flow.FlowValue.AttributeWeight;
import org.lora4j.torchscript.flow.FlowValue.ConstantWeight;
import org.lora4j.torchscript.flow.FlowValue.Weight;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.flow.TreeWalk;
import org.lora4j.torchscript.flow.WeightUse;
import org.lora4j.torchscript.merge.LowRankDelta;
import org.lora4j.torchscript.merge.MergedStorage;
import org.lora4j.torchscript.pickle.ScriptPickler;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue;
import org.lora4j.torchscript.pickle.ScriptValue.Dict;
import org.lora4j.torchscript.pickle.ScriptValue.Text;
import org.lora4j.torchscript.pickle.ScriptValue.Tuple;

/**
 * Writes plain archives whose weights are W + s·B·A, in the original's own code. Where other
 * modules share a weight, the merged one gets a storage of its own, and each module's code reads
 * its own weight. Layers that cannot train inside TorchScript, such as fused encoder layers, can be
 * merged.
 *
 * <p>Not thread-safe.
 */
public final class ScriptMerge {
    private record Term(ScriptTarget target, LazyTensor a, LazyTensor b) {}

    private final ScriptArchive archive;
    private final List<Term> terms = new ArrayList<>();

    /**
     * Creates a merge of nothing.
     *
     * @param archive an original archive, open until the merged one is written
     * @throws IllegalArgumentException if the archive has adapters
     */
    public ScriptMerge(ScriptArchive archive) {
        if (!archive.adapters().isEmpty() || AdapterNames.areIn(archive.program())) {
            throw new IllegalArgumentException(
                    archive.path()
                            + ": expected the original archive, found one with adapters (lora_A)");
        }
        this.archive = archive;
    }

    /**
     * Adds an adapter of a parameter; several of one parameter are summed.
     *
     * @param target the parameter, its rank and its scaling
     * @param a the matrix A, read when the archive is written
     * @param b the matrix B
     * @return this merge
     */
    public ScriptMerge add(ScriptTarget target, LazyTensor a, LazyTensor b) {
        terms.add(new Term(target, a, b));
        return this;
    }

    /**
     * Adds all adapters of a rewritten archive, with the values that it has.
     *
     * @param rewritten an archive made from the original, open until the merged one is written
     * @return this merge
     */
    public ScriptMerge addAll(ScriptArchive rewritten) {
        for (ScriptAdapter adapter : rewritten.adapters()) {
            add(
                    adapter.target(),
                    rewritten.tensor(adapter.attributeOfA()),
                    rewritten.tensor(adapter.attributeOfB()));
        }
        return this;
    }

    /**
     * Writes the merged archive, whole or not at all.
     *
     * @param file the file, created or replaced
     * @throws IllegalArgumentException if there are no adapters, or some do not fit their weights;
     *     the message says why for each
     * @throws IOException if a file cannot be read or written
     */
    public void write(Path file) throws IOException {
        Merging merging = new Merging(Program.read(archive.records()));
        merging.prepare();
        merging.edits().write(file);
    }

    /** One merging, with a tree of its own that is changed. */
    private final class Merging {
        private final Program program;
        private final AdaptationPlanner planner;
        private final ClassVersions versions;
        private final Map<Weight, List<LowRankDelta>> deltas = new LinkedHashMap<>();
        private final RecordEdits edits = new RecordEdits(archive.records());
        private final Map<String, List<ScriptTensor>> storages = new HashMap<>();
        private final List<ScriptValue> constants;
        private boolean treeChanged;
        private long nextKey = AdapterNames.firstFreeKey(archive.records().names());

        Merging(Program program) {
            this.program = program;
            this.planner = new AdaptationPlanner(program);
            this.versions = new ClassVersions(program);
            this.constants = new ArrayList<>(program.constants());
        }

        void prepare() throws IOException {
            List<String> refusals = new ArrayList<>();
            for (Term term : terms) {
                String refusal = read(term);
                if (refusal != null) {
                    refusals.add(term.target().path() + ": " + refusal);
                }
            }
            if (terms.isEmpty() || !refusals.isEmpty()) {
                throw new IllegalArgumentException(
                        archive.path()
                                + ": "
                                + (terms.isEmpty()
                                        ? "expected adapters to merge, found none"
                                        : "cannot merge " + String.join("; ", refusals)));
            }
            countStorages("data/", program.root());
            countStorages("constants/", new Tuple(program.constants()));
            for (Map.Entry<Weight, List<LowRankDelta>> entry : deltas.entrySet()) {
                merge(entry.getKey(), entry.getValue());
            }
            versions.assign();
            Map<String, byte[]> code = versions.records();
            edits.putCode(code);
            if (treeChanged || !code.isEmpty()) {
                edits.put(Program.TREE, ScriptPickler.write(program.root()));
                edits.put(Program.CONSTANTS, ScriptPickler.write(new Tuple(constants)));
            }
        }

        /** Reads A and B of one adapter; returns why it does not fit, or null. */
        private @Nullable String read(Term term) throws IOException {
            ScriptTarget target = term.target();
            Weight weight = AdaptationPlanner.find(program, target.module(), target.parameter());
            if (weight == null) {
                return "there is no such tensor";
            }
            String objection = planner.mergeObjection(weight);
            if (objection != null) {
                return objection;
            }
            ScriptForm form = target.form() == null ? planner.form(weight) : target.form();
            Shape shape = weight.tensor().shape();
            if (!form.fits(shape.dimension())) {
                return "it has %d dimensions, which the form %s does not have"
                        .formatted(shape.dimension(), form);
            }
            Shape expectedA = form.shapeOfA(shape, target.rank());
            Shape expectedB = form.shapeOfB(shape, target.rank());
            if (!expectedA.equals(term.a().shape()) || !expectedB.equals(term.b().shape())) {
                return "expected A of %s and B of %s, found %s and %s"
                        .formatted(expectedA, expectedB, term.a().shape(), term.b().shape());
            }
            if (!term.a().dtype().isFloating() || !term.b().dtype().isFloating()) {
                return "expected A and B of floating-point numbers";
            }
            deltas.computeIfAbsent(weight, key -> new ArrayList<>())
                    .add(
                            LowRankDelta.read(
                                    form.isTransposed(),
                                    target.rank(),
                                    target.scaling(),
                                    term.a(),
                                    term.b()));
            return null;
        }

        private void countStorages(String folder, ScriptValue root) {
            for (ScriptValue value : TreeWalk.all(root)) {
                if (value instanceof ScriptTensor tensor) {
                    storages.computeIfAbsent(
                                    folder + tensor.storage().key(), key -> new ArrayList<>())
                            .add(tensor);
                }
            }
        }

        private void merge(Weight weight, List<LowRankDelta> of) throws IOException {
            boolean constant = weight instanceof ConstantWeight;
            String folder = constant ? "constants/" : "data/";
            ScriptTensor tensor = weight.tensor();
            String record = folder + tensor.storage().key();
            TensorData merged = new MergedStorage(archive.records().data(record), tensor, of);
            if (othersAreUnused(weight, record)) {
                edits.put(record, archive.records().size(record), merged);
                return;
            }
            if (planner.uses(weight).stream().anyMatch(use -> use.list() != null)) {
                throw program.fault(
                        Program.TREE,
                        "expected %s in the list of one module, found it shared with %s"
                                .formatted(
                                        weight.tensor().storage().key(),
                                        planner.ties().others(weight)));
            }
            String key = constant ? freeConstantKey() : Long.toString(nextKey++);
            edits.put(folder + key, archive.records().size(record), merged);
            replace(weight, tensor.withStorage(key));
            treeChanged = true;
            untie(weight);
        }

        /** Whether a storage's tensors are all the weight, and under one name that code uses. */
        private boolean othersAreUnused(Weight weight, String record) {
            return storages.getOrDefault(record, List.of()).stream()
                            .allMatch(tensor -> tensor.sameElements(weight.tensor()))
                    && planner.ties().of(weight).stream()
                            .allMatch(
                                    member ->
                                            member.equals(weight)
                                                    || planner.uses(member).isEmpty());
        }

        private String freeConstantKey() {
            long key = nextKey++;
            while (archive.records().names().contains("constants/" + key)) {
                key = nextKey++;
            }
            return Long.toString(key);
        }

        private void replace(Weight weight, ScriptTensor tensor) {
            if (weight instanceof ConstantWeight constant) {
                constants.set(Integer.parseInt(constant.name().substring(1)), tensor);
            } else if (weight instanceof AttributeWeight attribute
                    && attribute.owner().state() instanceof Dict attributes) {
                attributes.put(new Text(attribute.name()), tensor);
            }
        }

        /** Makes each module that shares the weight read its own, by its own name. */
        private void untie(Weight weight) throws InvalidScriptException {
            for (AttributeWeight member : planner.ties().of(weight)) {
                for (WeightUse use : planner.uses(member)) {
                    boolean concerned = member.equals(weight) || use.weight().equals(weight);
                    if (!use.weight().equals(member) && concerned) {
                        readOwn(use, member);
                    }
                }
            }
        }

        private void readOwn(WeightUse use, AttributeWeight own) throws InvalidScriptException {
            List<String> route = program.route(use.module(), own.owner());
            if (route == null) {
                throw program.fault(
                        Program.TREE,
                        "expected %s in reach of its use by %s, found it elsewhere"
                                .formatted(own.name(), use.user()));
            }
            versions.separate(use.module());
            ClassEdits edits = versions.edits(use.module());
            Tokens tokens = edits.type().tokens();
            int start = tokens.start(use.chain().from());
            int end = tokens.end(use.chain().to() - 1);
            if (!edits.edits().touches(start, end)) {
                String holder = CodeNames.read(use.method().self(), route);
                edits.edits().replace(start, end, CodeNames.read(holder, List.of(own.name())));
            }
        }

        RecordEdits edits() {
            return edits;
        }
    }
}
