/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The adapters of many tenants on one model: loaded when they are first asked for, kept within a
 * limit, and deleted when nobody uses them.
 *
 * <p>Begin with {@link org.lora4j.tenant.TenantAdapters}.
 */
@NullMarked
package org.lora4j.tenant;

import org.jspecify.annotations.NullMarked;
