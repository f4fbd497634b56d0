/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import ai.djl.ndarray.NDManager;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model's use of a base's weights. It ends when the model is closed. If the model becomes
 * unreachable without being closed, it ends with a warning that shows where the model was loaded,
 * since the garbage collector does not free native memory.
 */
public final class WeightsUse {
    private static final Logger logger = LoggerFactory.getLogger(WeightsUse.class);
    private static final Cleaner CLEANER = Cleaner.create();

    private final BaseUserCount base;
    private final Ending ending;
    private final Cleaner.Cleanable cleanable;

    /**
     * Takes over a use that was begun.
     *
     * @param base the weights
     * @param own who owns what the model has beside the base's weights, or null for nothing; closed
     *     when the use ends
     * @param runner an object that every block of the model refers to, and this object does not
     * @param model the model's name, for the warning
     */
    public WeightsUse(BaseUserCount base, @Nullable NDManager own, Object runner, String model) {
        this.base = base;
        this.ending = new Ending(base, own, model);
        this.cleanable = CLEANER.register(runner, ending);
    }

    public BaseUserCount base() {
        return base;
    }

    /** Ends the use of a model that is being closed. */
    void end() {
        ending.closed = true;
        cleanable.clean();
    }

    /** Ends the use, once. */
    private static final class Ending implements Runnable {
        private final BaseUserCount base;
        private final @Nullable NDManager own;
        private final String model;
        private final Throwable loaded;
        private volatile boolean closed;

        Ending(BaseUserCount base, @Nullable NDManager own, String model) {
            this.base = base;
            this.own = own;
            this.model = model;
            this.loaded = new Throwable("it was loaded here, by " + Thread.currentThread());
        }

        @Override
        public void run() {
            if (!closed) {
                logger.warn(
                        "the model {} was never closed, and its memory is freed now that nothing"
                                + " refers to it any more; close a model with try-with-resources",
                        model,
                        loaded);
            }
            if (own != null) {
                own.close();
            }
            base.end();
        }
    }
}
