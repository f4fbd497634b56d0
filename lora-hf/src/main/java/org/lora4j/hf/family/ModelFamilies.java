/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lora4j.hf.bert.BertFamily;
import org.lora4j.hf.deberta.DebertaFamily;
import org.lora4j.hf.distilbert.DistilBertFamily;
import org.lora4j.hf.gemma.Gemma2Family;
import org.lora4j.hf.gpt2.Gpt2Family;
import org.lora4j.hf.llama.LlamaFamily;
import org.lora4j.hf.mistral.MistralFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.modernbert.ModernBertFamily;
import org.lora4j.hf.mpnet.MpnetFamily;
import org.lora4j.hf.phi.Phi3Family;
import org.lora4j.hf.qwen.Qwen2Family;
import org.lora4j.hf.qwen.Qwen3Family;
import org.lora4j.hf.roberta.RobertaFamily;

/**
 * The families of models that can be loaded: those of this library, and those that users add.
 *
 * <p>A jar adds families through {@link ServiceLoader}: it names them in {@code
 * META-INF/services/org.lora4j.hf.model.ModelFamily} and lies beside this library, with the same
 * class loader or one above it. A program adds one with {@link #register}. Either way a family is
 * for a model_type that this library does not know; a model_type of two families is refused.
 *
 * <p>Safe for use by any number of threads. What is registered stays for the life of the process.
 */
public final class ModelFamilies {
    private static final Map<String, ModelFamily> OURS =
            Stream.concat(
                            Stream.of(
                                    new BertFamily(),
                                    new DistilBertFamily(),
                                    new MpnetFamily(),
                                    new ModernBertFamily(),
                                    new DebertaFamily(),
                                    new LlamaFamily(),
                                    new MistralFamily(),
                                    new Qwen2Family(),
                                    new Qwen3Family(),
                                    new Gemma2Family(),
                                    new Phi3Family(),
                                    new Gpt2Family()),
                            RobertaFamily.all().stream())
                    .collect(toUnmodifiableMap(ModelFamilies::typeOf, Function.identity()));

    private static final Map<String, ModelFamily> REGISTERED = new ConcurrentHashMap<>();

    private ModelFamilies() {}

    /**
     * Adds a family for all models that are loaded from now on. To add the same object again does
     * nothing.
     *
     * @param family the family
     * @throws IllegalArgumentException if another family has its model_type
     */
    public static void register(ModelFamily family) {
        String type = typeOf(family);
        ModelFamily other = OURS.get(type);
        if (other == null) {
            other = REGISTERED.putIfAbsent(type, family);
        }
        if (other != null && other != family) {
            throw new IllegalArgumentException(
                    ("model_type \"%s\" of %s is that of %s already;"
                                    + " expected a model_type of its own")
                            .formatted(type, nameOf(family), nameOf(other)));
        }
    }

    /**
     * Finds the family of a configuration.
     *
     * @param config config.json
     * @throws IOException if no family has its model_type, or two have
     */
    public static ModelFamily of(ModelConfig config) throws IOException {
        String type = config.modelType();
        ModelFamily ours = OURS.get(type);
        if (ours != null) {
            return ours;
        }
        List<ModelFamily> others = inJars(type);
        ModelFamily registered = REGISTERED.get(type);
        if (registered != null
                && others.stream().noneMatch(o -> o.getClass() == registered.getClass())) {
            others.add(registered);
        }
        if (others.isEmpty()) {
            List<String> known =
                    Stream.concat(OURS.keySet().stream(), REGISTERED.keySet().stream())
                            .sorted()
                            .toList();
            throw new IOException(
                    "model_type \"%s\" is not supported; expected one of %s"
                            .formatted(type, known));
        }
        if (others.size() > 1) {
            throw new IOException(
                    "model_type \"%s\" is that of several families: %s; expected one of them"
                            .formatted(type, others.stream().map(ModelFamilies::nameOf).toList()));
        }
        return others.get(0);
    }

    /**
     * Finds a family by its model_type, among those of this library and those that a program added.
     *
     * @param type the model_type
     */
    public static Optional<ModelFamily> find(String type) {
        ModelFamily ours = OURS.get(type);
        return Optional.ofNullable(ours == null ? REGISTERED.get(type) : ours);
    }

    /** Looked for each time, so that nothing is kept of a jar that could not be read. */
    private static List<ModelFamily> inJars(String type) throws IOException {
        List<ModelFamily> found = new ArrayList<>();
        try {
            ClassLoader loader = ModelFamilies.class.getClassLoader();
            for (ModelFamily family : ServiceLoader.load(ModelFamily.class, loader)) {
                if (typeOf(family).equals(type)) {
                    found.add(family);
                }
            }
        } catch (ServiceConfigurationError e) {
            throw new IOException("a model family on the class path: " + e.getMessage(), e);
        }
        return found;
    }

    private static String typeOf(ModelFamily family) {
        return family.names().modelType();
    }

    private static String nameOf(ModelFamily family) {
        return family.getClass().getName();
    }
}
