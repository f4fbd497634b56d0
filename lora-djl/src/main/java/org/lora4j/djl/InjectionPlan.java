/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.BiasHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.LoraContextOwner;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.layer.SubstitutionFrame;
import org.lora4j.block.part.PartHost;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.TargetMatch;
import org.lora4j.djl.parameter.ParameterSites;
import org.lora4j.djl.part.PartSites;
import org.lora4j.djl.script.ScriptPart;
import org.lora4j.torch.TorchKernels;
import org.lora4j.torch.TorchModule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One injection. Every module is checked and every host made before the tree changes, and all
 * changes are undone if a later one fails.
 */
final class InjectionPlan {
    private static final Logger logger = LoggerFactory.getLogger(InjectionPlan.class);

    final AdapterConfig config;
    final TargetMatch match;
    final LoraContext context;
    final List<AdaptedLayer> layers = new ArrayList<>();
    final List<SavedModule> saved = new ArrayList<>();
    final List<PartHost> parts = new ArrayList<>();
    private final Block root;
    private final WeightSites sites;
    private final Substitutions substitutions;
    private final List<PartSites> partSites;
    private final List<PartSites.Addition> additions = new ArrayList<>();
    private final String adapter;
    private final IdentityHashMap<Block, Block> swaps = new IdentityHashMap<>();
    private final Map<String, Block> blocks = new LinkedHashMap<>();
    private final IdentityHashMap<Parameter, Boolean> trained = new IdentityHashMap<>();
    private final ParameterSites parameters;
    private final IdentityHashMap<AdaptedLayer, ParameterSites.Site> byParameter =
            new IdentityHashMap<>();
    private Block top;

    private InjectionPlan(
            WeightSites sites,
            boolean mayFrameRoot,
            AdapterConfig config,
            String adapter,
            TargetMatch match) {
        this.root = sites.root();
        this.top = root;
        this.sites = sites;
        this.config = config;
        this.adapter = adapter;
        this.match = sites.expand(match);
        BlockTree.walk(root).forEach(node -> blocks.put(node.path(), node.block()));
        this.context = context(root, config.seed());
        this.partSites = PartSites.of(config, this.match, BlockTree.original(root), blocks);
        this.parameters =
                ParameterSites.of(
                        config instanceof LoraConfig lora ? lora.targetParameters() : List.of(),
                        blocks);
        this.substitutions = new Substitutions(sites, mayFrameRoot, context);
    }

    /** Returns the parameters that are adapted by themselves. */
    ParameterSites parameters() {
        return parameters;
    }

    /** Returns the tree's root, around which the injection may have put a frame. */
    Block top() {
        return top;
    }

    private static LoraContext context(Block root, long seed) {
        if (root instanceof LoraContextOwner owner) {
            return owner.loraContext();
        }
        List<AdapterHost> hosts = BlockTree.hosts(root);
        if (!hosts.isEmpty()) {
            return hosts.get(0).context();
        }
        // a frame whose adapters are gone reads the selections of its own context
        return BlockTree.frames(root).stream()
                .findFirst()
                .map(SubstitutionFrame::context)
                .orElseGet(() -> LoraContext.of(new TorchKernels(), seed));
    }

    /** Checks that every module can carry the adapter, whose name is free. */
    static InjectionPlan of(Block root, AdapterConfig config, String adapter, TargetMatch match) {
        requireFree(root, adapter);
        return replacing(WeightSites.of(root), false, config, adapter, match);
    }

    /** As {@link #of}, where a frame may take the root's place. */
    static InjectionPlan ofModel(
            WeightSites sites, AdapterConfig config, String adapter, TargetMatch match) {
        requireFree(sites.root(), adapter);
        return replacing(sites, true, config, adapter, match);
    }

    /** Refuses a name that an adapter of the tree has. */
    static void requireFree(Block root, String adapter) {
        for (AdapterHost host : BlockTree.hosts(root)) {
            if (host.adapterNames().contains(adapter)) {
                throw new IllegalArgumentException(
                        "%s already has an adapter \"%s\"; remove it first or choose another name"
                                .formatted(host.path(), adapter));
            }
        }
    }

    /** As {@link #of}, for an adapter that may take over another's name. */
    static InjectionPlan replacing(
            WeightSites sites,
            boolean mayFrameRoot,
            AdapterConfig config,
            String adapter,
            TargetMatch match) {
        requireOneMethod(sites.root(), config);
        InjectionPlan plan = new InjectionPlan(sites, mayFrameRoot, config, adapter, match);
        Block root = sites.root();
        List<String> paths = new ArrayList<>(plan.match.adapted());
        paths.addAll(match.saved());
        for (String path : paths) {
            boolean whole = match.saved().contains(path);
            if (whole && !plan.blocks.containsKey(path) && plan.sites.part(path) != null) {
                plan.checkPart(path);
                continue;
            }
            if (whole || plan.blocks.containsKey(path) || plan.sites.one(path) == null) {
                plan.check(path, plan.blocks.get(path), whole);
            }
        }
        if (config instanceof LoraConfig lora) {
            plan.parameters.require(lora, plan.match);
            plan.refuseTransposed();
        }
        plan.checkScripts();
        plan.context.trained().remember(root);
        for (Pair<String, Parameter> entry : root.getParameters()) {
            plan.trained.put(entry.getValue(), entry.getValue().requiresGradient());
        }
        return plan;
    }

    /** As PEFT, which refuses adapters of several methods on one model. */
    private static void requireOneMethod(Block root, AdapterConfig config) {
        for (AdapterHost host : BlockTree.hosts(root)) {
            String other = null;
            if (host instanceof PartHost part && !host.isBare()) {
                other = part.peftType();
            } else if (host instanceof AdaptedLayer layer
                    && host.adapterNames().stream().anyMatch(n -> layer.adapter(n).isPresent())) {
                other = "LORA";
            }
            if (other != null && !other.equals(config.peftType())) {
                throw new IllegalArgumentException(
                        ("the model has adapters of the method %s, on %s, and one of %s cannot be"
                                        + " added beside them; delete those first, or load the"
                                        + " model once more")
                                .formatted(other, host.path(), config.peftType()));
            }
        }
    }

    /** PEFT calls no parameter by its name beside layers that are fan_in_fan_out. */
    private void refuseTransposed() {
        for (String path : parameters.sites().isEmpty() ? List.<String>of() : match.adapted()) {
            Block block = blocks.get(path);
            Block base = block instanceof AdapterHost host ? host.base() : block;
            if (base instanceof TransposedLinear) {
                throw new IllegalArgumentException(
                        ("%s is stored [in, out], and PEFT has no configuration for such layers"
                                        + " beside target parameters; name its weight as one of"
                                        + " these, or give them an adapter of their own")
                                .formatted(path));
            }
        }
    }

    /** Refuses what cannot be done inside TorchScript, and tells which scripts stay as they are. */
    private void checkScripts() {
        Set<Block> entered = Collections.newSetFromMap(new IdentityHashMap<>());
        for (String path : match.adapted()) {
            WeightSites.Site site = sites.one(path);
            if (site != null && site.script() != null) {
                entered.add(site.owner());
            }
        }
        if (!entered.isEmpty() && config.bias() != Bias.NONE) {
            throw new IllegalArgumentException(
                    ("bias %s is not possible with layers inside a TorchScript module: their"
                                    + " biases are part of the script. Use bias NONE")
                            .formatted(config.bias()));
        }
        List<BlockTree.Node> others = new ArrayList<>(BlockTree.walk(root));
        others.removeIf(node -> entered.contains(node.block()));
        ScriptModules.note(others, context.coverage());
    }

    /** Checks that a module inside a TorchScript module can train whole. */
    private void checkPart(String path) {
        Block script = sites.scriptOf(path);
        List<String> inside = new ArrayList<>();
        boolean isAdapted = false;
        for (String adapted : match.adapted()) {
            WeightSites.Site site = sites.one(adapted);
            isAdapted |= site != null && site.owner() == script;
            if (adapted.equals(path) || adapted.startsWith(path + ".")) {
                inside.add(adapted);
            }
        }
        if (!inside.isEmpty()) {
            throw new IllegalArgumentException(
                    ("%s is to be trained whole, and to be adapted in %s; name it as"
                                    + " one of the two")
                            .formatted(path, inside));
        }
        if (!isAdapted) {
            throw new IllegalArgumentException(
                    ("%s is to be trained whole inside a TorchScript module of which no layer is"
                                    + " adapted; expected at least one target module in it")
                            .formatted(path));
        }
    }

    private void check(String path, @Nullable Block block, boolean whole) {
        if (block == null && whole && sites.isInScript(path)) {
            throw new IllegalArgumentException(
                    ("%s is inside a TorchScript module and has no parameters that could be"
                                    + " trained whole")
                            .formatted(path));
        }
        String refusal = sites.refusal(path);
        if (refusal != null && !whole) {
            throw new IllegalArgumentException(
                    "%s cannot be adapted: %s. Leave it out of the targets"
                            .formatted(path, refusal));
        }
        if (block == null) {
            throw new IllegalArgumentException(
                    "there is no module " + path + " in this tree; it was matched in another one");
        }
        for (Pair<String, Parameter> entry : block.getParameters()) {
            if (!entry.getValue().isInitialized()) {
                throw new IllegalStateException(
                        ("%s is not initialised: %s has no array. Load the model's parameters or"
                                        + " initialise its block before adapting it")
                                .formatted(path, entry.getKey()));
            }
        }
        if (whole) {
            ScriptModules.refuseWhole(path, block);
            refuseSubstituted(path, block);
        }
        if (whole
                && !(block instanceof SavedModule)
                && !isIdle(block)
                && !BlockTree.hosts(block).isEmpty()) {
            throw new IllegalArgumentException(
                    ("%s holds adapted layers %s, so it cannot also be trained whole; leave it"
                                    + " out of the modules to save, or eject the other adapters"
                                    + " first")
                            .formatted(
                                    path,
                                    BlockTree.hosts(block).stream()
                                            .map(AdapterHost::path)
                                            .toList()));
        }
        if (!whole && ScriptModules.isOne(block)) {
            throw new IllegalArgumentException(
                    ("%s is %s, whose layers cannot be adapted. Leave it out of the targets; an"
                                    + " adapter can train layers around it")
                            .formatted(path, ScriptModules.describe(block)));
        }
        if (!whole
                && config instanceof LoraConfig
                && !LoraLayers.canAdapt(block)
                && sites.one(path) == null) {
            throw new IllegalArgumentException(
                    ("%s is a %s, which LoRA cannot adapt; expected %s. Leave it out of the"
                                    + " targets, or train it whole with optModulesToSave")
                            .formatted(path, block.getClass().getSimpleName(), LoraLayers.KINDS));
        }
    }

    /** Refuses to train a module whole whose weights a frame around it substitutes. */
    private void refuseSubstituted(String path, Block block) {
        Set<Block> inside = Collections.newSetFromMap(new IdentityHashMap<>());
        BlockTree.walk(block).forEach(node -> inside.add(node.block()));
        List<String> held = new ArrayList<>();
        for (AdapterHost host : BlockTree.hosts(root)) {
            if (host instanceof SubstitutedWeight weight && inside.contains(weight.owner())) {
                held.add(host.path());
            }
        }
        if (!held.isEmpty()) {
            throw new IllegalArgumentException(
                    ("%s holds adapted weights %s, so it cannot also be trained whole; leave it"
                                    + " out of the modules to save, or eject the other adapters"
                                    + " first")
                            .formatted(path, held));
        }
    }

    /** Returns whether a block is a host without an adapter, such as a frozen norm. */
    private static boolean isIdle(Block block) {
        return isPlainHost(block) && ((BiasHost) block).adapterNames().isEmpty();
    }

    private static boolean isPlainHost(Block block) {
        return block instanceof BiasHost && !(block instanceof AdaptedLayer);
    }

    private void make(boolean drawn) {
        if (config instanceof LoraConfig lora) {
            swapLayers(lora);
            findLayers();
        }
        partSites.forEach(kind -> additions.addAll(kind.additions(context, swaps, drawn)));
        for (String path : match.saved()) {
            Block block = blocks.get(path);
            ScriptPart part = sites.part(path);
            if (block instanceof SavedModule module) {
                saved.add(module);
            } else if (block == null && part != null) {
                saved.add(substitutions.copies(path, part));
            } else if (block != null) {
                saved.add(whole(path, block));
            }
        }
    }

    /** Returns the modules that layers are to take the place of. */
    private List<String> targets() {
        List<String> paths = new ArrayList<>(match.adapted());
        parameters.sites().stream()
                .filter(ParameterSites.Site::ofLayer)
                .forEach(site -> paths.add(site.module()));
        return paths;
    }

    private void findLayers() {
        Set<AdaptedLayer> found = new LinkedHashSet<>();
        for (String path : match.adapted()) {
            Block block = blocks.get(path);
            WeightSites.Site site = sites.one(path);
            if (block instanceof AdaptedLayer layer) {
                found.add(layer);
            } else if (block != null && swaps.get(block) instanceof AdaptedLayer layer) {
                found.add(layer);
            } else if (site != null) {
                found.add(substitutions.host(site));
            }
        }
        for (ParameterSites.Site parameter : parameters.sites()) {
            AdaptedLayer layer = host(parameter);
            byParameter.put(layer, parameter);
            found.add(layer);
        }
        layers.addAll(found);
    }

    private AdaptedLayer host(ParameterSites.Site parameter) {
        Block block = blocks.get(parameter.module());
        if (parameter.ofLayer() && block instanceof AdaptedLayer layer) {
            return layer;
        }
        if (parameter.ofLayer() && swaps.get(block) instanceof AdaptedLayer layer) {
            return layer;
        }
        return substitutions.host(sites.of(parameter.path(), parameter.weight()));
    }

    /** Makes what stands for a module that trains whole, in its place if it can be there. */
    private SavedModule whole(String path, Block block) {
        Block base = isPlainHost(block) ? ((BiasHost) block).base() : block;
        SavedModule module = new SavedModule(path, base, context);
        if (!BlockTree.canReplace(root, block, module) && substitutions.canHold(path, block)) {
            if (block != base) {
                swaps.put(block, base);
            }
            return substitutions.whole(path, block, base);
        }
        swaps.put(block, module);
        return module;
    }

    /** Makes the layers that take others' places; the weights of the rest are substituted. */
    private void swapLayers(LoraConfig lora) {
        for (String path : targets()) {
            Block block = blocks.get(path);
            if (block != null && !(block instanceof AdaptedLayer)) {
                LoraLayers.wrap(path, block, AdapterSpec.of(lora, path), context)
                        .ifPresent(layer -> swaps.put(block, layer));
            }
        }
        if (BlockTree.canReplace(root, swaps)) {
            return;
        }
        for (String path : targets()) {
            Block block = blocks.get(path);
            Block layer = block == null ? null : swaps.get(block);
            WeightSites.Site site = sites.one(path);
            if (block != null
                    && layer != null
                    && site != null
                    && !BlockTree.canReplace(root, block, layer)
                    && substitutions.canHost(site)) {
                swaps.remove(block);
            }
        }
    }

    /**
     * Makes the hosts, puts them into the tree, and adds the adapter where no pass sees it yet. If
     * it throws, the tree is as it was.
     *
     * @param init makes the adapter's matrices
     */
    UnpublishedAdapter stage(AdapterInit init) {
        context.active().requireNoLooseLayer("an adapter is added");
        try (ActiveAdapters.Scope change = context.active().change()) {
            String key = context.active().names().stage(adapter);
            try {
                make(init == AdapterInit.DRAWN);
                if (config instanceof LoraConfig lora) {
                    addPairs(key, lora, init);
                }
                for (SavedModule module : saved) {
                    addCopies(key, module);
                }
                for (PartSites.Addition addition : additions) {
                    parts.add(addition.host());
                    addition.add().accept(key);
                }
                top = substitutions.carryOut(swaps);
                substitutions.install(key);
                BlockTree.replace(root, swaps);
                try {
                    BiasCopies.add(top, config.bias(), List.of(key), context);
                    BatchNorms.freeze(top, context);
                } catch (RuntimeException | OutOfMemoryError e) {
                    IdentityHashMap<Block, Block> inverse = new IdentityHashMap<>();
                    swaps.forEach((original, host) -> inverse.put(host, original));
                    BlockTree.replace(root, inverse);
                    throw e;
                }
                return new UnpublishedAdapter(this, key);
            } catch (RuntimeException | OutOfMemoryError e) {
                layers.forEach(host -> host.removeAdapter(key));
                saved.forEach(host -> host.removeAdapter(key));
                parts.forEach(host -> host.removeAdapter(key));
                BlockTree.hosts(root).forEach(host -> host.removeAdapter(key));
                substitutions.undo();
                context.active().names().discard(key);
                trained.forEach((parameter, trains) -> parameter.freeze(!trains));
                throw e;
            }
        }
    }

    private void addPairs(String key, LoraConfig lora, AdapterInit init) {
        if (init == AdapterInit.DRAWN) {
            refuseDropout(lora);
        }
        for (AdaptedLayer layer : layers) {
            AdapterInit own = isDouble(layer) ? inFloat64(init) : init;
            ParameterSites.Site parameter = byParameter.get(layer);
            AdapterSpec spec =
                    parameter == null
                            ? AdapterSpec.of(lora, layer.path())
                            : AdapterSpec.of(lora, parameter.path()).forParameter();
            layer.addAdapter(key, spec, own);
        }
    }

    /** Whether a script computes the layer's term in float64. */
    private static boolean isDouble(AdaptedLayer layer) {
        return layer instanceof SubstitutedWeight weight
                && TorchModule.isOne(weight.owner())
                && weight.weight().getDataType() == DataType.FLOAT64;
    }

    private static AdapterInit inFloat64(AdapterInit init) {
        return (path, spec, form, weight) -> {
            LoraAdapter.Pair pair = init.matrices(path, spec, form, weight);
            try (NDArray a = pair.a();
                    NDArray b = pair.b()) {
                return new LoraAdapter.Pair(
                        a.toType(DataType.FLOAT64, true), b.toType(DataType.FLOAT64, true));
            }
        };
    }

    /** PEFT refuses dropout for weights that it adapts without their layer, and so do we. */
    private void refuseDropout(LoraConfig lora) {
        List<String> paths =
                layers.stream()
                        .filter(SubstitutedWeight.class::isInstance)
                        .map(SubstitutedWeight.class::cast)
                        .filter(layer -> !layer.dropsInput())
                        .filter(layer -> layer.layout() != WeightForm.Layout.TABLE)
                        .map(AdaptedLayer::path)
                        .toList();
        if (lora.dropout() > 0 && !paths.isEmpty()) {
            throw new IllegalArgumentException(
                    ("dropout %s cannot be applied to %s: their weights are substituted, so that"
                                    + " LoRA sees no input to drop. Use dropout 0, or leave them"
                                    + " out of the targets")
                            .formatted(lora.dropout(), paths));
        }
    }

    /** Gives a module that trains whole its copies, under the dotted names of its parameters. */
    private static void addCopies(String key, SavedModule module) {
        // DJL's own joins of names cannot be split again, so parameters are known by identity
        IdentityHashMap<Parameter, String> names = new IdentityHashMap<>();
        BlockParameters.of(module.base()).forEach((name, parameter) -> names.put(parameter, name));
        module.addAdapter(key, (joined, parameter) -> names.getOrDefault(parameter, joined));
    }

    /**
     * Adds the adapter, activates it, and lets only it train. If it throws, the tree is as it was.
     */
    Injection carryOut() {
        Injection injection = stage(AdapterInit.DRAWN).publish();
        Lora.markOnlyLoraAsTrainable(top, config.bias());
        match.warnings().forEach(logger::warn);
        warnOfWideRanks(injection.layers());
        return injection;
    }

    /** Warns, in one line for all layers, of ranks above the smaller side of the matrix. */
    private void warnOfWideRanks(List<AdaptedLayer> adapted) {
        List<AdaptedLayer> wide =
                adapted.stream()
                        .filter(layer -> !byParameter.containsKey(layer))
                        .filter(layer -> rank(layer) > fullRank(layer))
                        .toList();
        if (!wide.isEmpty()) {
            AdaptedLayer first = wide.get(0);
            logger.warn(
                    "{} has rank {}, above its full rank of {}{}: the rest of the rank adds"
                            + " parameters, and nothing that a smaller rank could not learn",
                    first.path(),
                    rank(first),
                    fullRank(first),
                    wide.size() == 1 ? "" : " (" + wide.size() + " layers are alike)");
        }
    }

    private int rank(AdaptedLayer layer) {
        return layer.adapter(adapter).orElseThrow().spec().rank();
    }

    private static long fullRank(AdaptedLayer layer) {
        Shape shape = layer.weightShape();
        return Math.min(shape.get(0), shape.size() / Math.max(1, shape.get(0)));
    }
}
