/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
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
        if (threads < 0) {
            throw new IllegalArgumentException(
                    "--threads is %d; expected 1 or more, or 0 for all processors"
                            .formatted(threads));
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
        int index = matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1));
        Engine engine = TorchEngine.get();
        if (!engine.hasCapability(StandardCapabilities.CUDA)) {
            throw new IOException(
                    ("--device %s: this PyTorch, %s, has no CUDA; put lora-pytorch-cu121 in the"
                                    + " place of lora-pytorch-cpu on the class path")
                            .formatted(device, engine.getVersion()));
        }
        int found = engine.getGpuCount();
        if (index >= found) {
            String has = found == 0 ? "no CUDA device" : "cuda:0 to cuda:" + (found - 1);
            throw new IOException(
                    "--device %s: this machine has %s; look at nvidia-smi".formatted(device, has));
        }
        return Device.gpu(index);
    }
}
