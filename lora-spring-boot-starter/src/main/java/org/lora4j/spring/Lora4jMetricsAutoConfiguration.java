/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Meters of the served models, where Micrometer is there. */
@AutoConfiguration(after = Lora4jAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
final class Lora4jMetricsAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "lora4jMeters")
    MeterBinder lora4jMeters(ServedModels models) {
        return new ModelMeters(models);
    }
}
