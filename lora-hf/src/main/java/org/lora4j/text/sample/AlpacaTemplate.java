/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

/**
 * The prompt of Stanford Alpaca (https://github.com/tatsu-lab/stanford_alpaca, train.py): the
 * response follows the last colon directly.
 */
final class AlpacaTemplate {
    private static final String INSTRUCTION =
            """
            Below is an instruction that describes a task. Write a response that appropriately \
            completes the request.

            ### Instruction:
            %s

            ### Response:\
            """;
    private static final String INSTRUCTION_WITH_INPUT =
            """
            Below is an instruction that describes a task, paired with an input that provides \
            further context. Write a response that appropriately completes the request.

            ### Instruction:
            %s

            ### Input:
            %s

            ### Response:\
            """;

    private AlpacaTemplate() {}

    /** The prompt of an instruction; an empty input is none. */
    static String prompt(String instruction, String input) {
        return input.isEmpty()
                ? INSTRUCTION.formatted(instruction)
                : INSTRUCTION_WITH_INPUT.formatted(instruction, input);
    }
}
