/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.BiasHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.layer.SubstitutionFrame;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Bias;
import org.lora4j.core.Candidate;
import org.lora4j.core.Combination;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.djl.script.AdaptedScript;
import org.lora4j.files.AtomicFiles;
import org.lora4j.torch.TorchModule;
import org.lora4j.torch.engine.TorchEngine;

/**
 * Applies LoRA to any model made of DJL blocks, by methods named as in loralib.
 *
 * <p>Injection swaps layers inside the tree; the model's classes stay as they are. All methods
 * change the tree or its flags and are for its owner, one thread at a time. They act on the default
 * selection ({@link ActiveAdapters#getDefault}), whatever scope is open on the thread.
 *
 * <p>Other threads may run the tree meanwhile where each run is a pass ({@link
 * ActiveAdapters#pass}), which the roots of lora4j's own models open: a pass sees an adapter as a
 * whole, and what frees memory waits for the passes that use it. DJL's own blocks keep their
 * children in fields, which are replaced one after another; so add and remove adapters in a tree of
 * those while no other thread runs it.
 */
public final class Lora {
    /** The adapter's name where none is given, as in PEFT. */
    public static final String DEFAULT_ADAPTER = "default";

    private Lora() {}

    /**
     * Adapts a model as {@link #inject(Block, AdapterConfig)} does. DJL's newTrainer, which
     * unfreezes every parameter of a model that was loaded from a file, then leaves the base
     * frozen.
     *
     * @param model a model whose block is initialised
     * @param config what to adapt
     * @return what was adapted
     * @throws IllegalArgumentException if a target matches nothing or a module cannot be adapted
     */
    public static Injection inject(Model model, AdapterConfig config) {
        return inject(model, config, DEFAULT_ADAPTER);
    }

    /**
     * Adapts a model: as {@link #inject(Block, AdapterConfig, String)}, and DJL's newTrainer leaves
     * the base frozen. Where weights are substituted that no block below the root could be
     * exchanged for, the model's block becomes a {@link SubstitutionFrame} around the root, so that
     * also a model of one layer can be adapted.
     *
     * @param model a model whose block is initialised
     * @param config what to adapt
     * @param adapter the new adapter's name
     * @return what was adapted
     * @throws IllegalArgumentException if a target matches nothing or a module cannot be adapted
     */
    public static Injection inject(Model model, AdapterConfig config, String adapter) {
        Block block = model.getBlock();
        ScriptModules.refuseRoot(block);
        WeightSites sites = WeightSites.of(block);
        sites.requireAdaptable();
        TargetMatch match = TargetMatcher.of(config).match(sites.candidates());
        InjectionPlan plan = InjectionPlan.ofModel(sites, config, adapter, match);
        Injection injection = plan.carryOut();
        model.setBlock(plan.top()); // also resets the flag that makes newTrainer unfreeze
        return injection;
    }

    /**
     * Adapts a block tree with an adapter named "default".
     *
     * @param block an initialised tree
     * @param config what to adapt
     * @return what was adapted
     * @throws IllegalArgumentException if a target matches nothing or a module cannot be adapted
     */
    public static Injection inject(Block block, AdapterConfig config) {
        return inject(block, config, DEFAULT_ADAPTER);
    }

    /**
     * Adds an adapter to a block tree, activates it, and leaves only it, and the biases that the
     * configuration asks for, trainable. Nothing is changed if this throws.
     *
     * @param block an initialised tree, which may carry other adapters
     * @param config what to adapt
     * @param adapter the new adapter's name
     * @return what was adapted
     * @throws IllegalArgumentException if the name is taken, a target matches nothing or a module
     *     cannot be adapted
     */
    public static Injection inject(Block block, AdapterConfig config, String adapter) {
        ScriptModules.refuseRoot(block);
        if (LoraLayers.canAdapt(block)) {
            throw new IllegalArgumentException(
                    ("the model is a single %s, which has no parent that could hold its adapted"
                                    + " form; wrap it first: new SequentialBlock().add(layer)")
                            .formatted(block.getClass().getSimpleName()));
        }
        return inject(block, config, adapter, TargetMatcher.of(config).match(candidates(block)));
    }

    /**
     * As {@link #inject(Block, AdapterConfig, String)}, for modules that were matched already, such
     * as those of a file.
     *
     * @param block an initialised tree
     * @param config the numbers of the adapter
     * @param adapter the new adapter's name
     * @param match the modules
     * @return what was adapted
     */
    public static Injection inject(
            Block block, AdapterConfig config, String adapter, TargetMatch match) {
        return InjectionPlan.of(block, config, adapter, match).carryOut();
    }

    /**
     * Puts the original blocks back and frees every adapter. The base's numbers are as they were,
     * and its parameters train again where they did before; BatchNorms come back as {@link
     * org.lora4j.block.copy.PlainBatchNorm}, whose statistics freezeParameters(false) does not
     * touch.
     *
     * @param block an adapted tree
     */
    public static void eject(Block block) {
        List<AdapterHost> hosts = BlockTree.hosts(block);
        if (!hosts.isEmpty()) {
            ActiveAdapters active = hosts.get(0).context().active();
            AdapterRemoval removal = AdapterRemoval.of(block, active, active.names().all());
            active.setDefault(AdapterSelection.none());
            removal.finish();
        }
        BatchNorms.giveBack(block, hosts);
    }

    /**
     * As {@link #eject(Block)}; a model's root that stood in a frame is the model's block again.
     *
     * @param model an adapted model
     */
    public static void eject(Model model) {
        eject(model.getBlock());
        takeOutOfFrame(model);
    }

    private static void takeOutOfFrame(Model model) {
        if (model.getBlock() instanceof SubstitutionFrame frame && frame.isBare()) {
            model.setBlock(frame.base());
        }
    }

    /**
     * Removes one adapter and frees its tensors; blocks that carry no other are put back. The base
     * alone is active afterwards where nothing else was.
     *
     * @param block an adapted tree
     * @param adapter the adapter's name
     * @throws IllegalArgumentException if the tree has no such adapter
     */
    public static void eject(Block block, String adapter) {
        List<AdapterHost> hosts = BlockTree.hosts(block);
        Set<String> names = new LinkedHashSet<>();
        hosts.forEach(host -> names.addAll(host.adapterNames()));
        if (!names.contains(adapter)) {
            throw new IllegalArgumentException(
                    "there is no adapter \"" + adapter + "\" to remove; the tree has " + names);
        }
        AdapterRemoval.of(block, hosts.get(0).context().active(), List.of(adapter)).finish();
        BatchNorms.giveBack(block, hosts);
    }

    /**
     * Adds an adapter that is the weighted sum of others, as PEFT's add_weighted_adapter; it is
     * frozen, and the active one. Nothing is changed if this throws.
     *
     * @param block an adapted tree
     * @param adapter the new adapter's name
     * @param parts the adapters, and the weight of each
     * @param combination how the sum becomes one adapter
     * @return what carries it
     * @throws IllegalArgumentException if the name is taken, a part does not exist, several parts
     *     train the same module whole or its bias, or a layer's adapters cannot be combined
     */
    public static Injection addWeightedAdapter(
            Block block, String adapter, AdapterSelection parts, Combination combination) {
        return WeightedAdapter.add(block, adapter, parts, combination);
    }

    /**
     * Puts plain blocks, with the active adapters' deltas added to their weights, in the place of
     * adapted ones; the tree is as fast as before it was adapted. The adapters are freed. Weights
     * that were adapted are new arrays of the old ones' managers. Parameters train again where they
     * did before, as after {@link #eject(Block)}.
     *
     * @param block an adapted tree
     * @throws IllegalStateException if a weight of the base, an adapter's tensor, or a sum of them
     *     in the weight's dtype is NaN or infinite: it names the layer, and nothing is changed
     */
    public static void mergeAndUnload(Block block) {
        List<AdapterHost> adapted = BlockTree.hosts(block);
        if (adapted.isEmpty()) {
            MergeCheck.require(block);
            return;
        }
        ActiveAdapters active = adapted.get(0).context().active();
        try (ActiveAdapters.Scope look = active.change()) {
            MergeCheck.require(block);
        }
        active.requireNoLooseLayer("the adapters are merged into the model");
        try (ActiveAdapters.Scope alone =
                        active.exclusively("the adapters are just being merged into the model");
                ActiveAdapters.Scope change = active.change()) {
            mergeScripts(block, active);
            List<AdapterHost> hosts = BlockTree.hosts(block); // those that passes left are gone
            IdentityHashMap<NDArray, Integer> uses = BlockParameters.uses(block);
            hosts.forEach(host -> mergeAndUnload(block, host, uses));
            active.names().withdraw(active.names().all());
            active.setDefault(AdapterSelection.none());
            BatchNorms.giveBack(block, hosts);
        }
    }

    /**
     * As {@link #mergeAndUnload(Block)}; a model's root that stood in a frame is the model's block
     * again.
     *
     * @param model an adapted model
     * @throws IllegalStateException if a weight, a tensor or a sum of them is NaN or infinite
     */
    public static void mergeAndUnload(Model model) {
        mergeAndUnload(model.getBlock());
        takeOutOfFrame(model);
    }

    /**
     * Writes a model of TorchScript as torch.jit.save does, for torch.jit.load and for DJL, such as
     * after {@link #mergeAndUnload(Model)}.
     *
     * @param model a model whose block is a TorchScript module without adapters
     * @param file the file, created or replaced, whole or not at all
     * @throws IllegalArgumentException if the block is no TorchScript module
     * @throws IllegalStateException if it has adapters
     * @throws IOException if the file cannot be written
     */
    public static void saveTorchScript(Model model, Path file) throws IOException {
        Block block = BlockTree.original(model.getBlock());
        if (!TorchModule.isOne(block)) {
            throw new IllegalArgumentException(
                    "the model is a %s; expected a TorchScript module"
                            .formatted(block.getClass().getSimpleName()));
        }
        if (!BlockTree.hosts(model.getBlock()).isEmpty()) {
            throw new IllegalStateException(
                    "the model has adapters, which a plain TorchScript file does not hold; call"
                            + " Lora.mergeAndUnload first, or Lora.saveAdapter");
        }
        AtomicFiles.write(file, out -> TorchModule.write(block, out));
    }

    /** Puts modules with merged weights in the place of TorchScript modules with adapters. */
    private static void mergeScripts(Block block, ActiveAdapters active) {
        for (SubstitutionFrame frame : BlockTree.frames(block)) {
            if (frame.module() instanceof AdaptedScript script && !frame.weights().isEmpty()) {
                Block before = frame.base();
                List<SubstitutedWeight> weights = frame.weights();
                frame.setBase(script.merged(active.getDefault().weights()));
                List<SavedModule> copies = frame.copies();
                frame.setWeights(List.of());
                frame.setCopies(List.of());
                copies.forEach(
                        part -> List.copyOf(part.adapterNames()).forEach(part::removeAdapter));
                weights.forEach(
                        weight ->
                                List.copyOf(weight.adapterNames()).forEach(weight::removeAdapter));
                // DJL's handles of the weights would keep them after their module is closed
                before.getParameters().values().forEach(Parameter::close);
                TorchModule.close(before);
            }
        }
        BlockTree.replace(block, new IdentityHashMap<>());
    }

    private static void mergeAndUnload(
            Block block, AdapterHost host, IdentityHashMap<NDArray, Integer> uses) {
        Block plain = host.merged();
        host.context().trained().inherit(host.base(), plain);
        BlockTree.replace(block, host, plain);
        BlockTree.unmerge(List.of(host));
        List.copyOf(host.adapterNames()).forEach(host::removeAdapter);
        if (plain != host.base()) {
            for (Parameter weight : BlockWeights.direct(host.base()).values()) {
                free(weight.getArray(), plain, uses);
            }
        }
    }

    /** Frees a weight that a plain block replaced: at once, or the model would be there twice. */
    private static void free(NDArray old, Block plain, IdentityHashMap<NDArray, Integer> uses) {
        boolean kept =
                BlockWeights.direct(plain).values().stream()
                        .anyMatch(weight -> weight.getArray() == old);
        // one that is tied, such as an output head to the embedding, is still in use
        if (!kept && uses.merge(old, -1, Integer::sum) == 0) {
            old.close();
        }
    }

    /**
     * Freezes every parameter but the active adapters' and their copies of the biases asked for,
     * which are made where they are missing: blocks with a bias are then stood in for by hosts, so
     * call this before a Trainer is made. The base's own biases never train.
     *
     * @param block an adapted tree
     * @param bias which biases train: none, all of the model's, or those of the adapted layers
     * @throws IllegalStateException if the tree has no adapter
     * @throws IllegalArgumentException if a block with a bias cannot be stood in for; nothing is
     *     changed
     */
    public static void markOnlyLoraAsTrainable(Block block, Bias bias) {
        List<AdapterHost> hosts = BlockTree.hosts(block);
        if (hosts.isEmpty()) {
            throw new IllegalStateException(
                    "the tree has no adapter, so nothing would train; call Lora.inject first");
        }
        LoraContext context = hosts.get(0).context();
        Set<String> chosen = new LinkedHashSet<>(context.active().getDefault().weights().keySet());
        if (chosen.isEmpty()) {
            hosts.forEach(host -> chosen.addAll(host.adapterNames()));
        }
        BiasCopies.add(block, bias, chosen, context);
        freezeAll(block);
        Set<String> inTraining = context.active().inTraining();
        for (AdapterHost host : BlockTree.hosts(block)) {
            for (String name : host.adapterNames()) {
                if (inTraining.contains(name)) {
                    continue;
                }
                host.setTrainable(name, chosen.contains(name));
                if (host instanceof BiasHost biased && !BiasCopies.isIn(bias, biased, name)) {
                    biased.biases(name).values().forEach(copy -> copy.freeze(true));
                }
            }
        }
        context.trained().keep(block);
    }

    /** Freezes every parameter but those of adapters that a running training has. */
    static void freezeAll(Block block) {
        Set<Parameter> inTraining = Collections.newSetFromMap(new IdentityHashMap<>());
        for (AdapterHost host : BlockTree.hosts(block)) {
            for (String name : host.context().active().inTraining()) {
                inTraining.addAll(host.tensors(name).values());
            }
        }
        for (Parameter parameter : block.getParameters().values()) {
            if (!inTraining.contains(parameter)) {
                parameter.freeze(true);
            }
        }
    }

    /**
     * Returns copies of the active adapters' tensors under loralib's names, {@code path.lora_A} and
     * {@code path.lora_B}, of modules that they train whole, {@code path.weight}, and of the biases
     * asked for, {@code path.bias}: the adapters' copies, or the base's where there is none.
     *
     * @param block an adapted tree
     * @param bias which biases to include
     * @return named arrays; close the list when done
     * @throws IllegalStateException if the tree has no active adapter, or several on one layer
     */
    public static NDList loraStateDict(Block block, Bias bias) {
        NDList state = new NDList();
        LoraState.tensors(block, bias)
                .forEach(
                        (name, parameter) -> {
                            NDArray copy = parameter.getArray().duplicate();
                            copy.setName(name);
                            state.add(copy);
                        });
        return state;
    }

    /**
     * Copies tensors with loralib's names into the active adapters; biases into the adapters'
     * copies of them, which are made where they are missing. Either all of them are written or, if
     * one does not fit, none.
     *
     * @param block an adapted tree
     * @param state named arrays, as {@link #loraStateDict} returns them
     * @param bias which biases are expected
     * @return which names were missing and which were not used
     * @throws IllegalArgumentException if shapes differ; all of them are named, and what is missing
     *     or unexpected too
     * @throws IllegalStateException if the tree has no active adapter, or several on one layer
     */
    public static LoadReport loadLoraStateDict(Block block, NDList state, Bias bias) {
        return LoraState.load(block, state, bias);
    }

    /**
     * Writes an adapter as PEFT's directory, adapter_config.json and adapter_model.safetensors;
     * module paths are the tree's. Layers that PEFT has no form for become plain ones of the same
     * effect, where there are such.
     *
     * @param block the tree
     * @param injection what was adapted
     * @param directory where to, created if need be
     * @throws UnsupportedOperationException if a convolution has loralib's form
     * @throws IOException if a file cannot be written; an adapter that was there stays whole
     */
    public static void saveAdapter(Block block, Injection injection, Path directory)
            throws IOException {
        try (NDManager scope = TorchEngine.get().newBaseManager()) {
            PeftConfigFile file = PeftConfigFile.of(AdapterFiles.named(block, injection));
            AdapterFiles.export(block, injection.adapter(), file, null, scope).write(directory);
        }
    }

    /**
     * Writes an adapter as {@link #saveAdapter} does, as plain LoRA on the base as it is: one that
     * began with PiSSA or OLoRA gets rank 2r. Such files mean the same to programs that know
     * neither.
     *
     * @param block the tree
     * @param injection what was adapted
     * @param directory where to, created if need be
     * @throws UnsupportedOperationException if a convolution has loralib's form
     * @throws IOException if a file cannot be written; an adapter that was there stays whole
     */
    public static void saveAdapterAsLora(Block block, Injection injection, Path directory)
            throws IOException {
        try (NDManager scope = TorchEngine.get().newBaseManager()) {
            PeftConfigFile file = PeftConfigFile.of(AdapterFiles.named(block, injection));
            AdapterFiles.exportAsLora(block, injection.adapter(), file, null, scope)
                    .write(directory);
        }
    }

    /**
     * Reads an adapter from PEFT's directory into a tree; it is active and does not train.
     *
     * @param block an initialised tree with the module paths of the file
     * @param adapter the name that the adapter gets
     * @param directory where from
     * @return what was adapted
     * @throws org.lora4j.adapter.AdapterMismatchException if tensors do not fit; all are named
     * @throws IOException if a file is missing, not valid, or asks for what cannot be honoured
     */
    public static Injection loadAdapter(Block block, String adapter, Path directory)
            throws IOException {
        return staged(block, false, adapter, directory).publish();
    }

    private static UnpublishedAdapter staged(
            Block block, boolean mayFrameRoot, String adapter, Path directory) throws IOException {
        ScriptModules.refuseRoot(block);
        InjectionPlan.requireFree(block, adapter);
        try (NDManager scope = TorchEngine.get().newBaseManager()) {
            PeftAdapter file = PeftAdapter.read(directory, scope);
            AdapterConfig config = file.config().method();
            WeightSites sites = WeightSites.of(block);
            sites.requireAdaptable();
            TargetMatch match = TargetMatcher.of(config).matchForLoading(sites.candidates());
            return AdapterFiles.stage(sites, mayFrameRoot, adapter, config, match, file, directory);
        }
    }

    /**
     * As {@link #loadAdapter(Block, String, Path)}, and the base and the adapter stay frozen also
     * when DJL's newTrainer unfreezes every parameter, as it does for a model that was loaded from
     * a file. To train the adapter further, call {@link #markOnlyLoraAsTrainable} before the
     * Trainer is made.
     *
     * @param model a model whose block is initialised
     * @param adapter the name that the adapter gets
     * @param directory where from
     * @return what was adapted
     * @throws org.lora4j.adapter.AdapterMismatchException if tensors do not fit; all are named
     * @throws IOException if a file is missing, not valid, or asks for what cannot be honoured
     */
    public static Injection loadAdapter(Model model, String adapter, Path directory)
            throws IOException {
        UnpublishedAdapter staged = staged(model.getBlock(), true, adapter, directory);
        Injection injection = staged.publish();
        model.setBlock(staged.root()); // also resets the flag that makes newTrainer unfreeze
        return injection;
    }

    /**
     * Lists the modules of a tree for matching; adapted layers count as what they stand for.
     * Weights that are adapted by themselves come after their block, such as those of an LSTM.
     *
     * @param block the tree
     */
    public static List<Candidate> candidates(Block block) {
        return WeightSites.of(block).candidates();
    }
}
