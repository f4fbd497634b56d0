/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.terminal;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Ends work in order when the process receives Ctrl-C or SIGTERM: asks the work to stop. A second
 * signal ends the process at once. Where signals cannot be handled, the process is kept alive until
 * the work has stopped.
 */
public final class Interruption implements AutoCloseable {
    private static final int SIGNALLED = 128;
    private static final List<String> SIGNALS = List.of("INT", "TERM");

    private static final AtomicInteger RECEIVED = new AtomicInteger();

    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook;
    private final Runnable cancel;
    private final Map<String, Object> before = new HashMap<>();

    private Interruption(Runnable cancel) {
        this.cancel = cancel;
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
        for (String signal : SIGNALS) {
            Object earlier = handle(signal, interruption.handler());
            if (earlier != null) {
                interruption.before.put(signal, earlier);
            }
        }
        return interruption;
    }

    /**
     * Returns the code of a process whose work ended with a code, perhaps since it got a signal.
     */
    public static int exitCode(int code) {
        int received = RECEIVED.get();
        return received == 0 || code != 0 ? code : SIGNALLED + received;
    }

    private Object handler() {
        Class<?> type = type("sun.misc.SignalHandler");
        return Proxy.newProxyInstance(
                Interruption.class.getClassLoader(),
                new Class<?>[] {type == null ? Runnable.class : type},
                (proxy, method, arguments) ->
                        switch (method.getName()) {
                            case "handle" -> {
                                signalled(arguments[0]);
                                yield null;
                            }
                            case "equals" -> proxy == arguments[0];
                            case "hashCode" -> System.identityHashCode(proxy);
                            default -> "a handler";
                        });
    }

    private void signalled(Object signal) throws ReflectiveOperationException {
        int number = (int) signal.getClass().getMethod("getNumber").invoke(signal);
        if (!RECEIVED.compareAndSet(0, number)) { // each signal has a thread of its own
            Runtime.getRuntime().halt(SIGNALLED + number);
        }
        cancel.run();
    }

    /**
     * Sets a handler of a signal, through reflection since not every Java platform has this.
     *
     * @return the handler before, or null where it cannot be set, as for a signal that the process
     *     was started to ignore
     */
    private static @Nullable Object handle(String name, Object handler) {
        Class<?> signal = type("sun.misc.Signal");
        Class<?> type = type("sun.misc.SignalHandler");
        if (signal == null || type == null) {
            return null;
        }
        try {
            Constructor<?> named = signal.getConstructor(String.class);
            Method handle = signal.getMethod("handle", signal, type);
            return handle.invoke(null, named.newInstance(name), handler);
        } catch (InvocationTargetException | IllegalAccessException | NoSuchMethodException e) {
            return null;
        } catch (InstantiationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable Class<?> type(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            return null;
        }
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
        before.forEach(Interruption::handle);
        finished.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending already, which this let it do
            return;
        }
    }
}
