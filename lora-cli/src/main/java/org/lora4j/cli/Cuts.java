/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import org.lora4j.hf.TextDataset;

/** Reports labelled texts that are longer than a model reads. */
final class Cuts {
    private Cuts() {}

    /** Says how many texts were cut and at which length, or nothing where none was. */
    static void tell(TextDataset texts, String source, Console console) {
        if (texts.truncated() > 0) {
            console.say(
                    Words.format(
                            "%,d of %,d texts of %s are longer than %,d tokens and were cut there",
                            texts.truncated(), texts.size(), source, texts.longest()));
        }
    }
}
