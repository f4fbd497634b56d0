/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;

/** As {@link MemoryRun}, for texts: batches that end one by one, and some that are given up. */
final class GenerationMemoryRun {
    private GenerationMemoryRun() {}

    /** Arguments: a folder, the text of the first and of the second reading, whether to leak. */
    public static void main(String[] args) throws IOException {
        int first = Integer.parseInt(args[1]);
        int last = Integer.parseInt(args[2]);
        boolean leak = Boolean.parseBoolean(args[3]);
        GenerationConfig config = GenerationConfig.builder().optMaxNewTokens(20).build();
        Random random = new Random(3);
        try (LoraModel model =
                LoraModel.load(
                        DecoderGolden.model(Path.of(args[0]), "gemma2"),
                        DecoderGolden.file("gemma2-adapter"),
                        LoadOptions.defaults())) {
            TextGenerator generator = TextGenerator.of(model);
            for (int text = 1; text <= last; text++) {
                List<int[]> prompts = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    prompts.add(random.ints(3 + random.nextInt(12), 3, 41).toArray());
                }
                if (text % 3 == 0) {
                    try (Stream<String> stream = generator.stream(prompts.get(0), config)) {
                        stream.limit(3).forEach(piece -> {});
                    }
                } else {
                    generator.generateIds(prompts, config);
                }
                if (leak) {
                    model.manager().ones(new Shape(8, 20, 24));
                }
                if (text == first || text == last) {
                    System.out.printf("resident %d%n", MemoryRun.residentBytes());
                }
            }
        }
    }
}
