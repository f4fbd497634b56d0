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

/** Notifies listeners; a listener's exception is logged and never stops training. */
final class Listeners {
    private static final Logger LOGGER = LoggerFactory.getLogger(Listeners.class);

    private final List<TrainingListener> all;
    private final List<TrainingListener> active;

    Listeners(List<TrainingListener> listeners) {
        all = List.copyOf(listeners);
        active = new ArrayList<>(listeners);
    }

    void start(TrainingStart start) {
        active.removeIf(listener -> !notify(listener, l -> l.onStart(start)));
    }

    void step(StepInfo step) {
        active.removeIf(listener -> !notify(listener, l -> l.onStep(step)));
    }

    void validation(ValidationInfo validation) {
        active.removeIf(listener -> !notify(listener, l -> l.onValidation(validation)));
    }

    void end(LoraTrainingResult result) {
        all.forEach(listener -> notify(listener, l -> l.onEnd(result)));
    }

    void failure(Throwable failure) {
        all.forEach(listener -> notify(listener, l -> l.onFailure(failure)));
    }

    private static boolean notify(TrainingListener listener, Consumer<TrainingListener> event) {
        try {
            event.accept(listener);
            return true;
        } catch (RuntimeException e) {
            LOGGER.warn(
                    "listener {} failed; it is notified only of the end of this training",
                    listener.getClass().getName(),
                    e);
            return false;
        }
    }
}
