/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.tenant;

import java.io.IOException;
import java.nio.file.Path;

/** Says where a tenant's adapter lies. May be asked by several threads at once. */
@FunctionalInterface
public interface AdapterDirectories {
    /**
     * Returns the PEFT directory of a tenant's adapter. An implementation that forms a path of a
     * name from outside must see to it that it stays where it should.
     *
     * @param tenant the tenant
     * @throws IllegalArgumentException if it cannot be a tenant's name
     * @throws IOException if the directory cannot be found or fetched
     */
    Path of(String tenant) throws IOException;
}
