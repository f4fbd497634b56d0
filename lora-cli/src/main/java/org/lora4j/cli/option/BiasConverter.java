/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.Locale;
import org.lora4j.core.Bias;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a bias mode by PEFT's name; a hyphen may stand for the underscore. */
public final class BiasConverter implements ITypeConverter<Bias> {
    @Override
    public Bias convert(String value) {
        for (Bias mode : Bias.values()) {
            if (mode.name().toLowerCase(Locale.ROOT).equals(value.replace('-', '_'))) {
                return mode;
            }
        }
        throw new TypeConversionException(
                "'" + value + "' is no bias mode; expected none, all or lora_only");
    }
}
