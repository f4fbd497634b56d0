/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.lora4j.core.LoraConfig;

/** Whatever the text, parsing gives a configuration or an IOException that names the file. */
final class AdapterFuzzTest {
    private static final Path HERE = Path.of("adapter_config.json");

    @Property(tries = 500)
    void randomTextNeverGivesAnythingButAnIoException(@ForAll String text) throws IOException {
        parseAndWrite("{\"peft_type\":\"LORA\"," + text);
        parseAndWrite(text);
    }

    @Property(tries = 1000)
    void mutatedFilesNeverGiveAnythingButAnIoException(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int mutations)
            throws IOException {
        byte[] bytes = Files.readAllBytes(AdapterGoldens.path("patterns/adapter_config.json"));
        byte[] likely = "0123456789-[]{},:\"eE.\\nulltrue".getBytes(StandardCharsets.US_ASCII);
        Random random = new Random(seed);
        for (int i = 0; i < mutations; i++) {
            bytes[random.nextInt(bytes.length)] = likely[random.nextInt(likely.length)];
        }
        parseAndWrite(new String(bytes, StandardCharsets.US_ASCII));
    }

    private static void parseAndWrite(String text) throws IOException {
        try {
            PeftConfigFile file = PeftConfigFile.parse(text, HERE);
            String written = file.toJson();
            LoraConfig again = PeftConfigFile.parse(written, HERE).lora();
            assertThat(again).isEqualTo(file.lora());
            assertThat(PeftConfigFile.parse(written, HERE).toJson()).isEqualTo(written);
        } catch (InvalidAdapterException | UnsupportedAdapterException e) {
            assertThat(e.getMessage()).contains(HERE.toString());
        }
    }
}
