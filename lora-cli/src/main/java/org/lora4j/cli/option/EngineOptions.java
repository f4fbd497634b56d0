/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import ai.djl.Device;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lora4j.torch.TorchThreads;
import org.lora4j.torch.engine.TorchEngine;
import picocli.CommandLine.Option;

/** The threads and the device of PyTorch. */
public final class EngineOptions {
    private static final Pattern DEVICE = Pattern.compile("cpu|cuda(?::([0-9]{1,3}))?");

    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "Threads of PyTorch's operations; 0 is one for each processor. Results repeat"
                            + " bit for bit with the same number.")
    private int threads = 0;

    @Option(names = "--device", paramLabel = "DEVICE", description = "cpu, or cuda:0 and so on.")
    private String device = "cpu";

    /** Checks what can be checked before the engine starts. */
    public void check() {
        if (threads < 0 || threads > TorchThreads.most()) {
            throw new IllegalArgumentException(
                    "--threads is %d; expected 1 to %d, or 0 for all processors"
                            .formatted(threads, TorchThreads.most()));
        }
        if (!DEVICE.matcher(device).matches()) {
            throw new IllegalArgumentException(
                    "--device is '%s'; expected cpu, or cuda:0 and so on".formatted(device));
        }
    }

    /** Starts the engine and returns the device. */
    public Device start() throws IOException {
        TorchThreads.set(threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
        Matcher matcher = DEVICE.matcher(device);
        if (device.equals("cpu") || !matcher.matches()) {
            return Device.cpu();
        }
        Device asked =
                Device.gpu(matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1)));
        try {
            TorchEngine.requireDevice(asked);
        } catch (IllegalStateException e) {
            throw new IOException("--device " + device + ": " + e.getMessage(), e);
        }
        return asked;
    }
}
