/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.block.AdapterHost;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.torch.Torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts an adapter's files into a block tree: all of the tensors fit, or the tree is as it was. */
final class AdapterLoader {
    private static final Logger logger = LoggerFactory.getLogger(AdapterLoader.class);

    private AdapterLoader() {}

    static Injection load(Block root, String name, Path directory) throws IOException {
        try (NDManager scope = NDManager.newBaseManager()) {
            PeftAdapter adapter = PeftAdapter.read(directory, scope);
            LoraConfig config = adapter.config().lora();
            TargetMatch match = TargetMatcher.of(config).matchForLoading(Lora.candidates(root));
            match.warnings().forEach(warning -> logger.warn("{}: {}", directory, warning));
            Injection injection = Lora.inject(root, config, name, match);
            try {
                copy(injection, adapter, directory);
                return injection;
            } catch (IOException | RuntimeException e) {
                injection.hosts().forEach(host -> host.removeAdapter(name));
                throw e;
            }
        }
    }

    private static void copy(Injection injection, PeftAdapter adapter, Path directory)
            throws IOException {
        Map<String, NDArray> given = new LinkedHashMap<>(adapter.tensors());
        Map<Parameter, NDArray> plan = new LinkedHashMap<>();
        AdapterMismatchException.Builder mismatches = AdapterMismatchException.builder();
        for (AdapterHost host : injection.hosts()) {
            host.tensors(injection.adapter())
                    .forEach(
                            (suffix, parameter) -> {
                                String tensor = host.path() + "." + suffix;
                                NDArray array = given.remove(tensor);
                                if (array == null) {
                                    mismatches.addMissing(tensor, parameter.getShape());
                                } else if (!array.getShape().equals(parameter.getShape())) {
                                    mismatches.addShape(
                                            tensor, parameter.getShape(), array.getShape());
                                } else {
                                    plan.put(parameter, array);
                                }
                            });
        }
        given.forEach(
                (tensor, array) ->
                        mismatches.addUnexpected(
                                tensor,
                                array.getShape(),
                                "the base model has no such module, or the configuration does not"
                                        + " select it"));
        mismatches.throwIfAny(directory);
        plan.forEach((parameter, array) -> Torch.copyInto(parameter.getArray(), array));
    }
}
