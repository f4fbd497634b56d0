/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners, and keeps what they throw away from the training. */
final class Listeners {
    private static final Logger LOGGER = LoggerFactory.getLogger(Listeners.class);

    private final List<TrainingListener> all;
    private final List<TrainingListener> hearing;

    Listeners(List<TrainingListener> listeners) {
        all = List.copyOf(listeners);
        hearing = new ArrayList<>(listeners);
    }

    void start(TrainingStart start) {
        hearing.removeIf(listener -> !tell(listener, l -> l.onStart(start)));
    }

    void step(StepInfo step) {
        hearing.removeIf(listener -> !tell(listener, l -> l.onStep(step)));
    }

    void validation(ValidationInfo validation) {
        hearing.removeIf(listener -> !tell(listener, l -> l.onValidation(validation)));
    }

    void end(LoraTrainingResult result) {
        all.forEach(listener -> tell(listener, l -> l.onEnd(result)));
    }

    void failure(Throwable failure) {
        all.forEach(listener -> tell(listener, l -> l.onFailure(failure)));
    }

    private static boolean tell(TrainingListener listener, Consumer<TrainingListener> event) {
        try {
            event.accept(listener);
            return true;
        } catch (RuntimeException e) {
            LOGGER.warn(
                    "listener {} failed; it hears no more of this training but its end",
                    listener.getClass().getName(),
                    e);
            return false;
        }
    }
}
