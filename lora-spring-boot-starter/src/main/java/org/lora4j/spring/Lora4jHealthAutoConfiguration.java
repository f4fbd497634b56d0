/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Health of the served models, where Spring Boot's is there: it moved between 3 and 4. */
@AutoConfiguration(after = Lora4jAutoConfiguration.class)
@ConditionalOnProperty(name = "management.health.lora4j.enabled", matchIfMissing = true)
final class Lora4jHealthAutoConfiguration {
    /** Of Spring Boot 3. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
    static final class Boot3 {
        @Bean
        @ConditionalOnMissingBean(name = "lora4jHealthIndicator")
        Boot3Health lora4jHealthIndicator(ServedModels models) {
            return new Boot3Health(models);
        }
    }

    /** Of Spring Boot 4. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
    static final class Boot4 {
        @Bean
        @ConditionalOnMissingBean(name = "lora4jHealthIndicator")
        Boot4Health lora4jHealthIndicator(ServedModels models) {
            return new Boot4Health(models);
        }
    }
}
