/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.util.Utils;
import org.jspecify.annotations.Nullable;

/**
 * DJL's PyTorch engine, started once the artifacts on the class path are known to fit together.
 *
 * <p>The library asks here and not {@link Engine#getEngine}, which downloads another JNI library
 * where the class path mixes versions. Where the program has started the engine itself, the check
 * comes with the library's first use of it. Thread-safe.
 */
public final class TorchEngine {
    private static volatile @Nullable Engine started;

    private TorchEngine() {}

    /**
     * Checks that arrays can be on a device.
     *
     * @throws IllegalStateException if this PyTorch has no CUDA, or the machine no such device
     */
    public static void requireDevice(Device device) {
        if (!device.isGpu()) {
            return;
        }
        Engine engine = get();
        if (!engine.hasCapability(StandardCapabilities.CUDA)) {
            throw new IllegalStateException(
                    ("this PyTorch, %s, has no CUDA; put lora-pytorch-cu121 in the place of"
                                    + " lora-pytorch-cpu on the class path")
                            .formatted(engine.getVersion()));
        }
        int found = engine.getGpuCount();
        if (device.getDeviceId() >= found) {
            String has = found == 0 ? "no CUDA device" : "cuda:0 to cuda:" + (found - 1);
            throw new IllegalStateException(
                    "this machine has %s; look at nvidia-smi".formatted(has));
        }
    }

    /**
     * Returns the engine; the first call checks the class path and starts it.
     *
     * @throws EngineException if pytorch-engine, pytorch-jni, libtorch and the other artifacts of
     *     DJL do not fit together, or are missing where DJL is offline, with the version and the
     *     jar of each; or with DJL's message if the engine does not start
     */
    public static Engine get() {
        Engine engine = started;
        if (engine == null) {
            EngineFit.check(Utils.isOfflineMode());
            engine = Engine.getEngine("PyTorch");
            started = engine;
        }
        return engine;
    }
}
