/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.util.List;
import org.lora4j.text.token.TagScheme;
import picocli.CommandLine.Option;

/** How texts with labelled spans are learnt. */
public final class TokenOptions {
    /** The options that only these texts have. */
    public static final List<String> NAMES = List.of("--scheme");

    /** The schemes of tags. */
    private enum Scheme {
        bio,
        bilou
    }

    @Option(
            names = "--scheme",
            paramLabel = "bio|bilou",
            description =
                    "For token-cls: how labelled spans become tags of words. Tags of a file, and"
                            + " those of a model, say their scheme themselves.")
    private Scheme scheme = Scheme.bio;

    /** Returns the scheme in which spans are written as tags. */
    public TagScheme scheme() {
        return scheme == Scheme.bilou ? TagScheme.BILOU : TagScheme.BIO;
    }
}
