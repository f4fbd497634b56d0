/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.ScriptArchive;
import org.lora4j.torchscript.ScriptModule;
import org.lora4j.torchscript.ScriptParameter;

/**
 * What a script's modules tell of the model that it was made from.
 *
 * @param inputs what it takes
 * @param family the name that transformers has for the model's package, such as bert; empty for
 *     other models
 * @param words rows of its table of tokens; the largest int if there is none to be seen
 * @param width columns of that table; 0 if there is none
 * @param types rows of its table of token types; 0 if there is none
 * @param positions the longest text that its table of positions allows; the largest int if there is
 *     none
 * @param tables the paths of its tables
 * @param linears the linear layers
 * @param adaptable how many weights can be adapted
 * @param numbers how many numbers its tensors have
 */
record ScriptFacts(
        List<ScriptInput> inputs,
        String family,
        int words,
        int width,
        int types,
        int positions,
        List<String> tables,
        List<LinearLayer> linears,
        int adaptable,
        long numbers) {
    private static final String TRANSFORMERS = "__torch__.transformers.models.";

    /** Families whose first position is that after the padding token's id, 1. */
    private static final Set<String> AFTER_PADDING =
            Set.of("roberta", "xlm_roberta", "camembert", "mpnet");

    /**
     * A linear layer.
     *
     * @param path its path in the script
     * @param outputs rows of its weight
     * @param trainable whether the weight is a parameter
     */
    record LinearLayer(String path, long outputs, boolean trainable) {}

    /** Returns the last linear layer that has some number of outputs and can train, or null. */
    @Nullable LinearLayer lastLinear(int outputs) {
        return linears.stream()
                .filter(layer -> layer.trainable() && layer.outputs() == outputs)
                .reduce((first, second) -> second)
                .orElse(null);
    }

    static ScriptFacts of(ScriptArchive archive) throws IOException {
        return new Survey(archive).facts();
    }

    /** Looks through the modules of a script. */
    private static final class Survey {
        private final ScriptArchive archive;
        private Shape words = new Shape(0, 0);
        private boolean named;
        private int types;
        private int positions;

        Survey(ScriptArchive archive) {
            this.archive = archive;
        }

        ScriptFacts facts() throws IOException {
            List<ScriptInput> inputs = ScriptInput.of(archive.inputs(), archive.path());
            List<ScriptModule> modules = archive.modules();
            String family =
                    modules.stream()
                            .map(ScriptModule::type)
                            .filter(type -> type.startsWith(TRANSFORMERS))
                            .map(type -> type.substring(TRANSFORMERS.length()))
                            .map(rest -> rest.substring(0, Math.max(0, rest.indexOf('.'))))
                            .findFirst()
                            .orElse("");
            List<ScriptModule> embeddings =
                    modules.stream().filter(m -> m.originalName().equals("Embedding")).toList();
            embeddings.forEach(this::table);
            List<String> tables = embeddings.stream().map(ScriptModule::path).toList();
            boolean seen = words.get(0) > 0;
            int first = AFTER_PADDING.contains(family) ? 2 : 0;
            List<LinearLayer> linears =
                    modules.stream().filter(Survey::isLinear).map(Survey::layer).toList();
            List<ScriptParameter> all =
                    modules.stream().flatMap(module -> module.parameters().stream()).toList();
            return new ScriptFacts(
                    inputs,
                    family,
                    seen ? clamp(words.get(0)) : Integer.MAX_VALUE,
                    seen ? clamp(words.get(1)) : 0,
                    types,
                    positions > 0 ? Math.max(1, positions - first) : Integer.MAX_VALUE,
                    tables,
                    linears,
                    (int) all.stream().filter(p -> p.adaptable().isPresent()).count(),
                    all.stream().mapToLong(p -> p.shape().size()).sum());
        }

        /** The table of tokens is that which is called so, else the largest. */
        private void table(ScriptModule module) {
            Shape shape =
                    module.parameters().stream()
                            .filter(p -> p.name().equals("weight"))
                            .map(ScriptParameter::shape)
                            .filter(s -> s.dimension() == 2)
                            .findFirst()
                            .orElse(words);
            String name =
                    module.path()
                            .substring(module.path().lastIndexOf('.') + 1)
                            .toLowerCase(Locale.ROOT);
            if (name.contains("position") || name.equals("wpe")) {
                positions = clamp(shape.get(0));
            } else if (name.contains("type")) {
                types = clamp(shape.get(0));
            } else if (name.contains("word") || name.contains("tok") || name.equals("wte")) {
                words = shape;
                named = true;
            } else if (!named && shape.get(0) > words.get(0)) {
                words = shape;
            }
        }

        private static boolean isLinear(ScriptModule module) {
            return !module.path().isEmpty() && module.originalName().equals("Linear");
        }

        private static LinearLayer layer(ScriptModule module) {
            return module.parameters().stream()
                    .filter(p -> p.name().equals("weight") && p.shape().dimension() == 2)
                    .map(p -> new LinearLayer(module.path(), p.shape().get(0), p.trainable()))
                    .findFirst()
                    .orElse(new LinearLayer(module.path(), 0, false));
        }

        private static int clamp(long size) {
            return (int) Math.min(Integer.MAX_VALUE, size);
        }
    }
}
