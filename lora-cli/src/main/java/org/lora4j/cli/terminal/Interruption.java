/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.terminal;

import java.util.concurrent.CountDownLatch;

/**
 * Ends work in order when the process receives Ctrl-C or SIGTERM: asks the work to stop, and keeps
 * the process alive until it has.
 */
public final class Interruption implements AutoCloseable {
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook;

    private Interruption(Runnable cancel) {
        hook =
                new Thread(
                        () -> {
                            cancel.run();
                            awaitFinished();
                        },
                        "lora4j-interruption");
    }

    public static Interruption of(Runnable cancel) {
        Interruption interruption = new Interruption(cancel);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    private void awaitFinished() {
        try {
            finished.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets the process end, since the work is done. */
    @Override
    public void close() {
        finished.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending already, which this let it do
            return;
        }
    }
}
