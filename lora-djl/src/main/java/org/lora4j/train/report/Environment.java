/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.report;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.torch.engine.TorchEngine;

/** What a training runs on: the versions of the library, of Java, DJL and PyTorch. */
public final class Environment {
    private Environment() {}

    /**
     * Returns the versions and the system by name.
     *
     * @return names and values, such as "java" and "17.0.19"
     */
    public static Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        String own = Environment.class.getPackage().getImplementationVersion();
        values.put("lora4j", own == null ? "not packaged" : own);
        values.put("java", System.getProperty("java.version", ""));
        values.put("pytorch", TorchEngine.get().getVersion());
        values.put("os", System.getProperty("os.name", ""));
        values.put("os_arch", System.getProperty("os.arch", ""));
        values.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        return values;
    }
}
