/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.util.List;
import org.lora4j.cli.address.Address;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoraModel;

/** What a model writes after some addresses, the likeliest token each time. */
final class AddressReader {
    private static final GenerationConfig CONFIG =
            GenerationConfig.builder().optMaxNewTokens(110).optTemperature(0).build();

    private final TextGenerator generator;

    AddressReader(LoraModel model) {
        generator = TextGenerator.of(model);
    }

    /** Returns the answers to a few addresses. */
    List<String> read(List<Address> addresses) {
        List<String> prompts =
                addresses.stream().map(a -> AddressPrompts.prompt(a.text())).toList();
        return generator.generate(prompts, CONFIG).stream().map(Generation::text).toList();
    }
}
