/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.Set;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/** The names of A and B in a rewritten archive. */
final class AdapterNames {
    private AdapterNames() {}

    static String a(String parameter) {
        return prefix(parameter) + "lora_A";
    }

    static String b(String parameter) {
        return prefix(parameter) + "lora_B";
    }

    private static String prefix(String parameter) {
        return parameter.equals("weight") ? "" : parameter + "_";
    }

    /** Whether a program has A or B of some adapter. */
    static boolean areIn(Program program) {
        for (Instance module : program.modules().values()) {
            if (Program.attributes(module).entrySet().stream()
                    .anyMatch(
                            entry ->
                                    entry.getValue() instanceof ScriptTensor
                                            && entry.getKey().matches("(.*_)?lora_[AB]"))) {
                return true;
            }
        }
        return false;
    }

    /** The first number that is greater than every storage's key. */
    static long firstFreeKey(Set<String> records) {
        long key = 0;
        for (String record : records) {
            if (record.matches("data/[0-9]{1,15}")) {
                key = Math.max(key, Long.parseLong(record.substring("data/".length())) + 1);
            }
        }
        return key;
    }
}
