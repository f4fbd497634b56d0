/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.lora4j.train.checkpoint.SavedCheckpoint;
import org.lora4j.train.event.StepEvent;
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

    /** Tells of a step, the Flight Recorder first: its event ends here. */
    void step(StepInfo step, StepEvent event) {
        record(event, step);
        active.removeIf(listener -> !notify(listener, l -> l.onStep(step)));
    }

    private static void record(StepEvent event, StepInfo taken) {
        if (event.shouldCommit()) {
            event.step = taken.step();
            event.epoch = taken.epoch();
            event.loss = taken.loss();
            event.learningRate = taken.learningRate();
            event.gradientNorm = taken.gradientNorm();
            event.examples = taken.examples();
            event.tokens = taken.tokens();
            event.commit();
        }
    }

    void validation(ValidationInfo validation) {
        active.removeIf(listener -> !notify(listener, l -> l.onValidation(validation)));
    }

    void checkpoint(SavedCheckpoint checkpoint) {
        active.removeIf(listener -> !notify(listener, l -> l.onCheckpoint(checkpoint)));
    }

    /** Returns the marks of the listeners that have any, by the listeners' names. */
    Map<String, String> marks() {
        Map<String, String> marks = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            String name = name(i);
            if (active.contains(all.get(i))) {
                notify(
                        all.get(i),
                        listener -> {
                            if (!listener.mark().isEmpty()) {
                                marks.put(name, listener.mark());
                            }
                        });
            }
        }
        return marks;
    }

    /** Returns a listener's class, and a number among those of the class. */
    private String name(int index) {
        Class<?> type = all.get(index).getClass();
        long before = all.subList(0, index).stream().filter(l -> l.getClass() == type).count();
        return type.getName() + " " + before;
    }

    /**
     * Tells of a training that goes on.
     *
     * @param marks as {@link #marks} gave them
     */
    void resume(int step, Map<String, String> marks, int rollbacks) {
        for (int i = 0; i < all.size(); i++) {
            TrainingListener listener = all.get(i);
            TrainingListener.Resumed resumed =
                    new TrainingListener.Resumed(step, marks.getOrDefault(name(i), ""), rollbacks);
            if (active.contains(listener) && !notify(listener, l -> l.onResume(resumed))) {
                active.remove(listener);
            }
        }
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
