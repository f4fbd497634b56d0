/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.util.Objects;
import org.lora4j.spring.Lora4jProperties.Predictor;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Decides about {@link ConditionalOnPredictor}. */
final class OnPredictor extends SpringBootCondition {
    @Override
    public ConditionOutcome getMatchOutcome(
            ConditionContext context, AnnotatedTypeMetadata metadata) {
        PredictorKind kind =
                metadata.getAnnotations()
                        .get(ConditionalOnPredictor.class)
                        .getEnum("value", PredictorKind.class);
        String prefix = "lora4j." + kind.property();
        BindResult<Predictor> settings =
                Binder.get(Objects.requireNonNull(context.getEnvironment()))
                        .bind(prefix, Predictor.class);
        ConditionMessage.Builder message =
                ConditionMessage.forCondition(ConditionalOnPredictor.class);
        if (!settings.isBound()) {
            return ConditionOutcome.noMatch(message.didNotFind("a property of").items(prefix));
        }
        return settings.get().enabled()
                ? ConditionOutcome.match(message.found("a property of").items(prefix))
                : ConditionOutcome.noMatch(message.because(prefix + ".enabled is false"));
    }
}
