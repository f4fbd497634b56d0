/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.engine;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
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
