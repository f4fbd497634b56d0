/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Models for other programs: ONNX for ONNX Runtime, GGUF for llama.cpp and Ollama.
 *
 * <p>Begin with {@link org.lora4j.export.OnnxExport}.
 */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module org.lora4j.export {
    requires static transitive org.jspecify;
    requires ai.djl.api;
    requires com.google.gson;
    requires transitive org.lora4j.hf;

    exports org.lora4j.export;
    exports org.lora4j.export.gguf;
}
