/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.qwen;

import java.io.IOException;
import org.lora4j.hf.decoder.SlidingWindows;
import org.lora4j.hf.model.ModelConfig;

/** Qwen's sliding windows: where use_sliding_window says so, from max_window_layers upwards. */
final class QwenWindows {
    private QwenWindows() {}

    static int of(ModelConfig config, int layer) throws IOException {
        int window =
                config.flag("use_sliding_window", false) ? SlidingWindows.size(config, 4096) : 0;
        boolean otherwise = window > 0 && layer >= config.integer("max_window_layers", 28);
        return SlidingWindows.of(config, layer, window, otherwise);
    }
}
