/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Hugging Face models in Java: loaded, adapted, trained, evaluated, merged, and made to generate.
 *
 * <p>Begin with {@link org.lora4j.hf.LoraModel}. To add a model family, see {@link
 * org.lora4j.hf.model.DecoderFamily} and {@link org.lora4j.hf.decoder.DecoderParts}.
 */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module org.lora4j.hf {
    requires static com.google.errorprone.annotations;
    requires static transitive org.jspecify;
    requires transitive ai.djl.api;
    requires transitive org.lora4j.djl;
    requires ai.djl.tokenizers;
    requires com.github.benmanes.caffeine;
    requires com.google.gson;
    requires java.net.http;
    requires org.apache.commons.csv;
    requires org.lora4j.jinja;
    requires org.slf4j;

    exports org.lora4j.embed;
    exports org.lora4j.generate;
    exports org.lora4j.hf;
    exports org.lora4j.hf.data;
    exports org.lora4j.hf.decoder;
    exports org.lora4j.hf.embed;
    exports org.lora4j.hf.encoder;
    exports org.lora4j.hf.estimate;
    exports org.lora4j.hf.family;
    exports org.lora4j.hf.hub;
    exports org.lora4j.hf.merge;
    exports org.lora4j.hf.model;
    exports org.lora4j.hf.nn;
    exports org.lora4j.hf.preference;
    exports org.lora4j.hf.rotary;
    exports org.lora4j.hf.script;
    exports org.lora4j.hf.span;
    exports org.lora4j.hf.stream;
    exports org.lora4j.tenant;
    exports org.lora4j.hf.token;
    exports org.lora4j.predict;
    exports org.lora4j.hf.deberta to
            org.lora4j.export;
    exports org.lora4j.hf.modernbert to
            org.lora4j.export;
    exports org.lora4j.hf.mpnet to
            org.lora4j.export;
    exports org.lora4j.text;
    exports org.lora4j.text.batch;
    exports org.lora4j.text.chat;
    exports org.lora4j.text.lines;
    exports org.lora4j.text.question;
    exports org.lora4j.text.sample;
    exports org.lora4j.text.table;
    exports org.lora4j.text.token;

    uses org.lora4j.hf.model.ModelFamily;
}
