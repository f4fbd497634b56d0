/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.script;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.core.ModulePath;
import org.lora4j.torch.TorchModule;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchscript.ScriptArchive;
import org.lora4j.torchscript.ScriptModule;
import org.lora4j.torchscript.ScriptParameter;

/**
 * The modules inside a TorchScript module, and which of their weights can be adapted.
 *
 * <p>A layer with one such weight is named by its module path, as PEFT names it. A layer with
 * several, such as an LSTM, or with children has one path for each weight: the module path, a dot,
 * and the weight's name.
 */
public final class ScriptSites {
    private final Block block;
    private final ScriptSource source;
    private final List<Module> modules = new ArrayList<>();
    private String objection = "";
    private final Map<String, ScriptPart> parts = new LinkedHashMap<>();
    private final Map<String, Parameter> trainable = new LinkedHashMap<>();

    /**
     * A module inside the script.
     *
     * @param path its path, empty for the root
     * @param pathInScript its path with what the model was wrapped in
     * @param type its class, such as "Linear"
     * @param isLeaf whether it has no modules of its own
     * @param sites its weights that can be adapted
     * @param refusal why there are none, or an empty text
     */
    public record Module(
            String path,
            String pathInScript,
            String type,
            boolean isLeaf,
            List<ScriptSite> sites,
            String refusal) {
        /** Copies the list. */
        public Module {
            sites = List.copyOf(sites);
        }

        /** Returns whether it is a linear layer, for "all-linear". */
        public boolean isLinear() {
            return sites.size() == 1 && isLeaf && sites.get(0).isLinear();
        }
    }

    private ScriptSites(Block block, ScriptSource source) {
        this.block = block;
        this.source = source;
    }

    /**
     * Finds them.
     *
     * @param block a block that is a TorchScript module
     * @throws UncheckedIOException if the module cannot be written as an archive or its code is not
     *     understood; the message says what
     */
    public static ScriptSites of(Block block) {
        ScriptSites found = new ScriptSites(block, new ScriptSource(block));
        try {
            found.list(found.source.archive());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private void list(ScriptArchive archive) throws IOException {
        List<ScriptModule> all = archive.modules();
        String wrapper = ScriptWrapper.of(all);
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        block.getParameters().forEach(each -> parameters.put(each.getKey(), each.getValue()));
        Set<String> parents = new HashSet<>(Set.of(""));
        all.forEach(module -> parents.add(ModulePath.parent(module.path())));
        for (ScriptModule module : all) {
            String path = ScriptWrapper.strip(module.path(), wrapper);
            boolean isLeaf = !parents.contains(module.path());
            List<ScriptParameter> own =
                    module.parameters().stream().filter(p -> p.adaptable().isPresent()).toList();
            for (ScriptParameter parameter : module.parameters()) {
                String full = ModulePath.join(module.path(), parameter.name());
                if (parameter.trainable() && parameters.containsKey(full)) {
                    trainable.put(full, parameters.get(full));
                }
            }
            List<ScriptSite> sites = new ArrayList<>();
            for (ScriptParameter parameter : own) {
                Parameter weight = parameters.get(ModulePath.join(module.path(), parameter.name()));
                sites.add(
                        new ScriptSite(
                                own.size() == 1 && isLeaf
                                        ? path
                                        : ModulePath.join(path, parameter.name()),
                                module.path(),
                                parameter.name(),
                                module.originalName(),
                                weight == null ? constant(archive, module, parameter) : weight,
                                parameter.adaptable().orElseThrow().mode(),
                                parameter.adaptable().orElseThrow().form()));
            }
            modules.add(
                    new Module(
                            path,
                            module.path(),
                            module.originalName(),
                            isLeaf,
                            sites,
                            sites.isEmpty() ? reason(module) : ""));
        }
        if (modules.stream().allMatch(module -> module.sites().isEmpty())) {
            objection = archive.objection().orElseGet(() -> firstReason(all));
        }
    }

    private static String firstReason(List<ScriptModule> modules) {
        for (ScriptModule module : modules) {
            for (ScriptParameter parameter : module.parameters()) {
                if (parameter.shape().dimension() > 1 && !parameter.reason().isEmpty()) {
                    return ModulePath.join(module.path(), parameter.name())
                            + ": "
                            + parameter.reason();
                }
            }
        }
        return "it has no matrices";
    }

    private static String reason(ScriptModule module) {
        return module.parameters().stream()
                .filter(parameter -> !parameter.reason().isEmpty())
                .map(parameter -> parameter.name() + ": " + parameter.reason())
                .findFirst()
                .orElse("a " + module.originalName() + " without weights of its own");
    }

    /** A weight that is no parameter of the module, such as a constant of a frozen model. */
    private Parameter constant(ScriptArchive archive, ScriptModule module, ScriptParameter tensor)
            throws IOException {
        LazyTensor stored = archive.tensor(ModulePath.join(module.path(), tensor.name()));
        NDManager manager = TorchModule.managerOf(block);
        NDArray array = stored.readAs(manager, stored.dtype());
        return Parameter.builder()
                .setName(tensor.name())
                .setType(Parameter.Type.WEIGHT)
                .optArray(array)
                .optRequiresGrad(false)
                .build();
    }

    /** Returns the block that is the module. */
    public Block block() {
        return block;
    }

    /** Returns why none of the weights can be adapted; empty if some can. */
    public String objection() {
        return objection;
    }

    /** Returns the modules, parents before children. */
    public List<Module> modules() {
        return modules;
    }

    /**
     * Returns a module as a block of parameters that an adapter can train copies of.
     *
     * @param path the module's path
     * @return always the same block; null if there is no such module, or it has no parameters
     */
    public @Nullable ScriptPart part(String path) {
        for (Module module : modules) {
            if (module.path().equals(path) && !path.isEmpty()) {
                ScriptPart part = parts.computeIfAbsent(path, p -> part(module));
                return part.getDirectParameters().isEmpty() ? null : part;
            }
        }
        return null;
    }

    private ScriptPart part(Module module) {
        String prefix = module.pathInScript() + ".";
        Map<String, Parameter> own = new LinkedHashMap<>();
        trainable.forEach(
                (full, parameter) -> {
                    if (full.startsWith(prefix)) {
                        own.put(full.substring(prefix.length()), parameter);
                    }
                });
        return new ScriptPart(module.pathInScript(), own);
    }

    /** Returns the module, to be given adapters. */
    public AdaptedScript adapted(LoraContext context) {
        return new AdaptedScript(this, source, context);
    }
}
