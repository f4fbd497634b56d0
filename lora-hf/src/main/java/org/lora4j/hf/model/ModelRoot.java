/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.LayerPass;
import org.lora4j.block.LoraContext;
import org.lora4j.block.LoraContextOwner;
import org.lora4j.block.WordTableOwner;
import org.lora4j.block.pass.RowAdapters;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.core.Candidate;
import org.lora4j.djl.BlockTree;
import org.lora4j.djl.Lora;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;

/** The root of a model's blocks: what every task's model has. */
public abstract sealed class ModelRoot extends FamilyBlock
        implements LoraContextOwner, WordTableOwner permits EncoderRoot, CausalLanguageModel {
    private final LoraContext context;
    private final DropoutSwitch dropouts;
    private volatile int resized;

    /**
     * Creates a root without children.
     *
     * @param dropouts the switch that the model's dropouts were made with
     * @param context what adapters of the tree share; its steps are the switch's
     */
    protected ModelRoot(DropoutSwitch dropouts, LoraContext context) {
        this.dropouts = dropouts;
        this.context = context;
    }

    @Override
    public LoraContext loraContext() {
        return context;
    }

    /** Returns the switch of the model's own dropouts. */
    public DropoutSwitch dropouts() {
        return dropouts;
    }

    /** Returns the module paths that train whole with each adapter; none for most. */
    public abstract List<String> headPaths();

    /** Returns the paths of the layers that give the output, which "all-linear" leaves alone. */
    public abstract List<String> outputPaths();

    /**
     * Returns the module paths that are levels of names and are never run as one block: the parts
     * of a forward pass are inside them, so they cannot be replaced.
     */
    public abstract List<String> framePaths();

    /** Returns the longest sequence that the model has positions for. */
    public abstract int maxPositions();

    @Override
    public abstract String wordTablePath();

    /**
     * Returns how many virtual tokens stand before each text in a pass that begins now on this
     * thread: those of the active adapter's soft prompt. Their ids are -1, -2 and so on.
     *
     * @throws IllegalStateException if texts have adapters of their own and one of them has a
     *     prompt
     */
    public final int virtualTokens() {
        try (LayerPass pass = context.active().layer()) {
            // asked before it is known where the rows of each text are
            RowAdapters rows = pass.all().rows();
            if (rows == null) {
                return count(pass.adapters());
            }
            if (rows.groups().stream().anyMatch(group -> count(group) > 0)) {
                throw new IllegalStateException(
                        "an adapter with a soft prompt cannot be that of some texts of a batch;"
                                + " run the texts of each adapter by themselves");
            }
            return 0;
        }
    }

    private static int count(SelectedAdapters selected) {
        int count = 0;
        for (int i = 0; i < selected.size(); i++) {
            count += selected.version(i).virtualTokens();
        }
        return count;
    }

    /** Returns the entries that the word table was loaded with. */
    protected abstract int loadedVocabularySize();

    /** Returns the entries of the word table: token ids lie below. */
    public final int vocabularySize() {
        return resized == 0 ? loadedVocabularySize() : resized;
    }

    public final int loadedVocabulary() {
        return loadedVocabularySize();
    }

    /** Returns whether the word table has another number of entries than it was loaded with. */
    public final boolean isResized() {
        return resized != 0;
    }

    /** Notes that the tables of tokens were replaced by others of a number of entries. */
    public final void resized(int entries) {
        resized = entries == loadedVocabularySize() ? 0 : entries;
    }

    /** Returns the paths of the modules with a row for each token: the word table comes first. */
    public final List<String> tokenPaths() {
        List<String> paths = new ArrayList<>();
        paths.add(wordTablePath());
        if (this instanceof CausalLanguageModel) {
            paths.addAll(outputPaths());
        }
        return paths;
    }

    /** Returns how many layers lie between the embeddings and the head. */
    public abstract int layerCount();

    /**
     * Runs the model as one pass: all of its layers use the adapters that are active when it
     * begins.
     *
     * @throws IllegalStateException if the model is closed, or an adapter of the thread's scope was
     *     deleted
     */
    @Override
    protected final NDList forward(Pass pass, NDList inputs) {
        try (ActiveAdapters.Scope open = context.active().pass()) {
            return run(pass, inputs);
        }
    }

    /** Runs the model inside a pass. */
    abstract NDList run(Pass pass, NDList inputs);

    /**
     * Begins a training of every adapter that has trainable parameters, as {@link
     * org.lora4j.train.TrainingTask#begin()} describes.
     */
    public final ActiveAdapters.Scope beginTraining() {
        ActiveAdapters active = context.active();
        Set<String> trained;
        try (ActiveAdapters.Scope look = active.change()) {
            trained = BlockTree.trainedAdapters(this);
        }
        return active.train(trained);
    }

    /** Returns the arrays that train, by path, while no other thread changes the tree. */
    public final Map<String, NDArray> trainedArrays() {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        try (ActiveAdapters.Scope look = context.active().change()) {
            ModelTensors.trainable(this)
                    .forEach((path, parameter) -> arrays.put(path, parameter.getArray()));
        }
        return arrays;
    }

    /** Returns the modules as matching sees them. */
    public final List<Candidate> candidates() {
        List<String> outputs = outputPaths();
        return Lora.candidates(this).stream()
                .map(
                        c ->
                                new Candidate(
                                        c.path(),
                                        c.linear(),
                                        c.layer(),
                                        outputs.contains(c.path())))
                .toList();
    }
}
