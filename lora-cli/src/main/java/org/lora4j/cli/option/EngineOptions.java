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

/** What PyTorch runs on. */
public final class EngineOptions {
    private static final Pattern CUDA = Pattern.compile("cuda(?::([0-9]{1,3}))?");

    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "Threads of PyTorch's operations; 0 is one for each processor. Results repeat"
                            + " bit for bit with the same number.")
    private int threads = 0;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description = "cpu, or cuda:0 and so on.")
    private String device = "cpu";

    /** Checks what can be told before the engine starts. */
    public void check() {
        if (threads < 0) {
            throw new IllegalArgumentException(
                    "--threads is " + threads + "; expected 1 or more, or 0 for all processors");
        }
        if (!device.equals("cpu") && !CUDA.matcher(device).matches()) {
            throw new IllegalArgumentException(
                    "--device is '" + device + "'; expected cpu, or cuda:0 and so on");
        }
    }

    /** Starts the engine and returns the device. */
    public Device start() throws IOException {
        return start(Runtime.getRuntime().availableProcessors());
    }

    /** Starts the engine with another number of threads where none was asked for. */
    public Device start(int threadsByDefault) throws IOException {
        TorchThreads.set(threads == 0 ? threadsByDefault : threads);
        Matcher matcher = CUDA.matcher(device);
        if (!matcher.matches()) {
            return Device.cpu();
        }
        int index = matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1));
        Engine engine = TorchEngine.get();
        if (!engine.hasCapability(StandardCapabilities.CUDA)) {
            throw new IOException(
                    "--device "
                            + device
                            + ": this PyTorch, "
                            + engine.getVersion()
                            + ", has no CUDA; put lora-pytorch-cu121 in the place of"
                            + " lora-pytorch-cpu on the class path");
        }
        int found = engine.getGpuCount();
        if (index >= found) {
            throw new IOException(
                    "--device "
                            + device
                            + ": this machine has "
                            + (found == 0 ? "no CUDA device" : "cuda:0 to cuda:" + (found - 1))
                            + "; look at nvidia-smi");
        }
        return Device.gpu(index);
    }
}
