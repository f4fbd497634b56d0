/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Renders the chat templates of Hugging Face models as transformers does: {@link
 * org.lora4j.jinja.Template} parses one and renders it.
 */
module org.lora4j.jinja {
    requires static transitive org.jspecify;

    exports org.lora4j.jinja;
}
