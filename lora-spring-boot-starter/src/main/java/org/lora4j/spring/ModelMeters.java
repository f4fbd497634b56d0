/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.lora4j.tenant.TenantStats;

/** The meters of served models, each with the tag {@code model}. */
final class ModelMeters implements MeterBinder {
    private final ServedModels models;

    ModelMeters(ServedModels models) {
        this.models = models;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (ServedModel model : models.all()) {
            Tags tags = Tags.of("model", model.name());
            FunctionTimer.builder(
                            "lora4j.predictions",
                            model,
                            ServedModel::predictions,
                            ServedModel::predictionNanos,
                            TimeUnit.NANOSECONDS)
                    .description("Predictions made by ServedModel.predict and predictFor")
                    .tags(tags)
                    .register(registry);
            count(
                    registry,
                    tags,
                    model,
                    "lora4j.prediction.failures",
                    "Predictions that ended in an exception",
                    ServedModel::predictionFailures);
            Gauge.builder("lora4j.adapter.version", model, each -> each.adapter().version())
                    .description("Version of the adapter that serves")
                    .tags(tags)
                    .register(registry);
            count(
                    registry,
                    tags,
                    model,
                    "lora4j.replacement.failures",
                    "Adapters that could not be put in the place of the one that serves",
                    ServedModel::replacementFailures);
            if (model.hasTenants()) {
                bindTenants(registry, tags, model);
            }
        }
    }

    private static void bindTenants(MeterRegistry registry, Tags tags, ServedModel model) {
        gauge(
                registry,
                tags,
                model,
                "lora4j.tenants.resident",
                "Adapters of tenants in memory",
                TenantStats::resident);
        Gauge.builder(
                        "lora4j.tenants.resident.bytes",
                        model,
                        each -> each.tenants().stats().residentBytes())
                .description("Memory of the adapters of tenants")
                .baseUnit("bytes")
                .tags(tags)
                .register(registry);
        tenants(registry, tags, model, "hits", "found in memory", TenantStats::hits);
        tenants(registry, tags, model, "loads", "loaded", TenantStats::loads);
        tenants(registry, tags, model, "failures", "not loaded", TenantStats::failures);
        tenants(registry, tags, model, "evictions", "driven out", TenantStats::evictions);
    }

    private static void gauge(
            MeterRegistry registry,
            Tags tags,
            ServedModel model,
            String name,
            String description,
            ToDoubleFunction<TenantStats> value) {
        Gauge.builder(name, model, each -> value.applyAsDouble(each.tenants().stats()))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private static void tenants(
            MeterRegistry registry,
            Tags tags,
            ServedModel model,
            String name,
            String what,
            ToDoubleFunction<TenantStats> value) {
        count(
                registry,
                tags,
                model,
                "lora4j.tenants." + name,
                "Adapters of tenants that were " + what,
                each -> value.applyAsDouble(each.tenants().stats()));
    }

    private static void count(
            MeterRegistry registry,
            Tags tags,
            ServedModel model,
            String name,
            String description,
            ToDoubleFunction<ServedModel> value) {
        FunctionCounter.builder(name, model, value)
                .description(description)
                .tags(tags)
                .register(registry);
    }
}
