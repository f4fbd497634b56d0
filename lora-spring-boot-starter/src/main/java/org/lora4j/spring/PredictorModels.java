/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.SharedBase;
import org.lora4j.hf.Task;
import org.lora4j.hf.hub.DownloadListener;
import org.lora4j.hf.hub.Hub;
import org.lora4j.hf.hub.HubSettings;
import org.lora4j.hf.model.Quantization;
import org.lora4j.spring.Lora4jProperties.Predictor;
import org.lora4j.spring.Lora4jProperties.Tenants;
import org.lora4j.tenant.TenantAdapters;
import org.lora4j.torch.TorchThreads;
import org.lora4j.torch.engine.TorchEngine;

/** Loads what the properties name. */
final class PredictorModels {
    private static final Pattern DEVICE = Pattern.compile("cpu|cuda(?::([0-9]{1,3}))?");

    private PredictorModels() {}

    /** Loads the base that predictors share. */
    static SharedBase base(Lora4jProperties properties, String model) throws IOException {
        return SharedBase.load(directory("lora4j.model", model), options(properties));
    }

    /** Loads the model of a predictor, on the common base or on one of its own. */
    static ServedModel served(
            PredictorKind kind,
            Predictor settings,
            Lora4jProperties properties,
            @Nullable SharedBase base)
            throws IOException {
        kind.check(settings);
        LoraModel model;
        try {
            model = load(kind, settings, properties, base);
        } catch (IOException | IllegalArgumentException e) {
            String labels =
                    kind.hasLabels() && settings.adapter() == null && settings.labels().isEmpty()
                            ? "; lora4j.%s.labels names the labels".formatted(kind.property())
                            : "";
            throw new IOException(
                    "lora4j.%s: %s%s".formatted(kind.property(), e.getMessage(), labels), e);
        }
        try {
            Path adapter = settings.adapter();
            if (adapter != null) {
                kind.check(adapter, Task.of(model.config().directory(), adapter));
            }
            Tenants tenants = settings.tenants();
            return ServedModel.of(
                    kind.property(),
                    model,
                    adapter,
                    tenants == null
                            ? null
                            : TenantAdapters.builder(
                                            model, Objects.requireNonNull(tenants.directory()))
                                    .optMaxAdapters(tenants.maxAdapters())
                                    .build());
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static LoraModel load(
            PredictorKind kind,
            Predictor settings,
            Lora4jProperties properties,
            @Nullable SharedBase base)
            throws IOException {
        Path adapter = settings.adapter();
        String own = settings.model();
        if (own != null) {
            Path directory = directory("lora4j." + kind.property() + ".model", own);
            LoadOptions options = options(properties).withNewHead(settings.newHead());
            return adapter == null
                    ? LoraModel.load(directory, kind.task(settings), options)
                    : LoraModel.load(directory, adapter, options);
        }
        if (base == null) {
            throw new IllegalStateException(
                    "lora4j.%s has no model; expected lora4j.model, or lora4j.%s.model for one of its own"
                            .formatted(kind.property(), kind.property()));
        }
        return adapter == null ? base.newModel(kind.task(settings)) : base.newModel(adapter);
    }

    /** Finds a model, by its directory or its name on the hub. */
    private static Path directory(String property, String model) throws IOException {
        if (Path.of(model).isAbsolute() && !Files.isDirectory(Path.of(model))) {
            throw new IllegalStateException(
                    "%s is %s, which is no directory; expected one with a model, or a name on the hub"
                            .formatted(property, model));
        }
        try {
            return new Hub(HubSettings.fromEnvironment(System.getenv()))
                    .resolve(model, DownloadListener.NONE);
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException(property + ": " + e.getMessage(), e);
        }
    }

    private static LoadOptions options(Lora4jProperties properties) {
        Integer threads = properties.threads();
        if (threads != null) {
            if (threads < 1 || threads > TorchThreads.most()) {
                throw new IllegalStateException(
                        "lora4j.threads is %d; expected 1 to %d"
                                .formatted(threads, TorchThreads.most()));
            }
            TorchThreads.set(threads);
        }
        Device device = device(properties.device());
        try {
            TorchEngine.requireDevice(device);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "lora4j.device is %s: %s".formatted(properties.device(), e.getMessage()), e);
        }
        return LoadOptions.defaults()
                .withDevice(device)
                .withDtype(properties.dtype())
                .withSeed(properties.seed())
                .withQuantization(quantization(properties.quantization()));
    }

    private static @Nullable Quantization quantization(Lora4jProperties.@Nullable Bits bits) {
        if (bits == null) {
            return null;
        }
        return switch (bits) {
            case NF4 -> Quantization.nf4();
            case INT8 -> Quantization.int8();
        };
    }

    private static Device device(String name) {
        Matcher matcher = DEVICE.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalStateException(
                    "lora4j.device is \"%s\"; expected cpu, or cuda:0 and so on".formatted(name));
        }
        String index = matcher.group(1);
        return name.equals("cpu")
                ? Device.cpu()
                : Device.gpu(index == null ? 0 : Integer.parseInt(index));
    }
}
