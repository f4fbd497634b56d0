/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.Device;

/**
 * Where and how a model is loaded.
 *
 * @param device where the weights are
 * @param seed the seed of layers that the checkpoint does not have
 * @param nameOrPath what saved adapters name as their base, or empty for the directory as given
 */
public record LoadOptions(Device device, long seed, String nameOrPath) {
    /** Returns the CPU and seed 0. */
    public static LoadOptions defaults() {
        return new LoadOptions(Device.cpu(), 0, "");
    }

    /**
     * Returns these options with another device.
     *
     * @param value where the weights are
     */
    public LoadOptions withDevice(Device value) {
        return new LoadOptions(value, seed, nameOrPath);
    }

    /**
     * Returns these options with another seed.
     *
     * @param value the seed of layers that the checkpoint does not have
     */
    public LoadOptions withSeed(long value) {
        return new LoadOptions(device, value, nameOrPath);
    }

    /**
     * Returns these options with another name of the base.
     *
     * @param value such as a hub id
     */
    public LoadOptions withNameOrPath(String value) {
        return new LoadOptions(device, seed, value);
    }
}
