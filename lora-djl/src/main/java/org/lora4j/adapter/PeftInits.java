/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lora4j.core.Init;

/** What PEFT calls the beginnings of A and B: init_lora_weights. */
final class PeftInits {
    private static final String PISSA = "pissa";
    private static final String OLORA = "olora";
    private static final String ORTHOGONAL = "orthogonal";

    /** In other cases PEFT begins alike and trains B too, as what is plain here. */
    private static final String MICA = "mica";

    /** PEFT's zero iterations are not the exact decomposition, which is 0 here. */
    private static final Pattern ITERATED = Pattern.compile("pissa_niter_([1-9][0-9]{0,5})");

    /** Begins with gradients, which files do not have: PEFT reads A and B as plain ones. */
    static final String LORA_GA = "lora_ga";

    private PeftInits() {}

    /** Returns whether A and B begin as a part of W0, as here. */
    static boolean isPartOfWeight(String name) {
        return name.equals(PISSA)
                || ITERATED.matcher(name).matches()
                || name.toLowerCase(Locale.ROOT).equals(OLORA);
    }

    static Init init(String name) {
        if (isPartOfWeight(name)) {
            return name.startsWith(PISSA) ? Init.PISSA : Init.OLORA;
        }
        if (name.equals(ORTHOGONAL)) {
            return Init.ORTHOGONAL;
        }
        if (name.equals(MICA)) {
            return Init.MICA;
        }
        return name.toLowerCase(Locale.ROOT).equals("gaussian")
                ? Init.GAUSSIAN
                : Init.KAIMING_UNIFORM;
    }

    static int iterations(String name) {
        Matcher iterated = ITERATED.matcher(name);
        return iterated.matches() ? Integer.parseInt(iterated.group(1)) : 0;
    }

    static JsonElement json(Init init, int iterations) {
        return switch (init) {
            case GAUSSIAN -> new JsonPrimitive("gaussian");
            case KAIMING_UNIFORM -> new JsonPrimitive(true);
            case PISSA ->
                    new JsonPrimitive(iterations == 0 ? PISSA : PISSA + "_niter_" + iterations);
            case OLORA -> new JsonPrimitive(OLORA);
            case ORTHOGONAL -> new JsonPrimitive(ORTHOGONAL);
            case MICA -> new JsonPrimitive(MICA);
        };
    }
}
