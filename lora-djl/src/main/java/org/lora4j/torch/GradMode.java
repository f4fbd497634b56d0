/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.pytorch.jni.JniUtils;

/**
 * A scope in which the current thread records gradients, or does not.
 *
 * <p>libtorch's switch is per thread: the thread that started the engine begins with it off, every
 * other thread with it on. Closing the scope restores what was there. Close it on the thread that
 * opened it.
 */
public final class GradMode implements AutoCloseable {
    private final boolean before;

    private GradMode(boolean enabled) {
        before = JniUtils.isGradMode();
        JniUtils.setGradMode(enabled);
    }

    /** Opens a scope that records gradients. */
    public static GradMode on() {
        return new GradMode(true);
    }

    /** Opens a scope that records none. */
    public static GradMode off() {
        return new GradMode(false);
    }

    /** Says whether the current thread records gradients. */
    public static boolean isOn() {
        return JniUtils.isGradMode();
    }

    @Override
    public void close() {
        JniUtils.setGradMode(before);
    }
}
