/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;

/** The health of served models for Spring Boot 3. */
final class Boot3Health implements HealthIndicator {
    private final ServedModels models;

    Boot3Health(ServedModels models) {
        this.models = models;
    }

    @Override
    public Health health() {
        ModelHealth now = ModelHealth.of(models);
        Health.Builder health =
                switch (now.state()) {
                    case UP -> Health.up();
                    case WAITING -> Health.outOfService();
                    case CLOSED -> Health.down();
                };
        return health.withDetails(now.details()).build();
    }
}
