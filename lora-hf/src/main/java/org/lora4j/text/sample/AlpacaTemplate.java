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
    private AlpacaTemplate() {}

    /** The prompt of an instruction; an empty input is none. */
    static String prompt(String instruction, String input) {
        if (input.isEmpty()) {
            return "Below is an instruction that describes a task. Write a response that"
                    + " appropriately completes the request.\n\n### Instruction:\n"
                    + instruction
                    + "\n\n### Response:";
        }
        return ("Below is an instruction that describes a task, paired with an input that provides"
                        + " further context. Write a response that appropriately completes the"
                        + " request.\n\n"
                        + "### Instruction:\n"
                        + "%s\n\n"
                        + "### Input:\n"
                        + "%s\n\n"
                        + "### Response:")
                .formatted(instruction, input);
    }
}
