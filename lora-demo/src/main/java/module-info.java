/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** The demonstration of the command line: an embedded model that learns to read addresses. */
module org.lora4j.demo {
    requires static transitive org.jspecify;
    requires ai.djl.api;
    requires com.google.gson;
    requires org.lora4j.hf;

    exports org.lora4j.demo;
    exports org.lora4j.demo.address;
}
