/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Translates the option names of PEFT, TRL and transformers into those of the command line, and
 * their values where those differ. Hyphens and underscores are alike in every name.
 */
final class Synonyms {
    private static final Set<String> SWITCHED = Set.of("true", "false", "on", "off");

    /** The option that a name stands for, and how its value is translated. */
    private record Synonym(String option, Kind kind, UnaryOperator<String> value) {}

    private enum Kind {
        VALUE,
        /** Several values, separated by spaces there and by commas here. */
        LIST,
        /** True or false; true if there is no value. */
        SWITCH
    }

    private static final Map<String, Synonym> SYNONYMS = new HashMap<>();

    static {
        same("--model", "--model-name-or-path");
        same("--data", "--train-file");
        same("--validation", "--validation-file");
        same("--output", "--output-dir");
        same("--rank", "--lora-r", "--r");
        same("--alpha", "--lora-alpha");
        same("--dropout", "--lora-dropout");
        same("--bias", "--lora-bias");
        list("--target-modules", "--lora-target-modules");
        list("--modules-to-save", "--lora-modules-to-save");
        list("--trainable-token-indices", "--trainable-token-indices");
        list("--target-parameters", "--target-parameters");
        list("--invocation-tokens", "--alora-invocation-tokens");
        list("--target-modules-bd-a", "--target-modules-bd-a");
        list("--target-modules-bd-b", "--target-modules-bd-b");
        values("--task", Map.of("question_ans", "qa"), "--lora-task-type");
        values("--init", Map.of("true", "kaiming"), "--init-lora-weights");
        flag("--rslora", "true", "false", "--use-rslora");
        flag("--dora", "true", "false", "--use-dora");
        flag("--method", "lora", "full", "--use-peft");
        same("--batch-size", "--per-device-train-batch-size");
        same("--accumulate", "--gradient-accumulation-steps");
        same("--learning-rate", "--lr");
        same("--steps", "--max-steps");
        put("--epochs", Kind.VALUE, v -> v.replaceFirst("\\.0*$", ""), "--num-train-epochs");
        same("--warmup", "--warmup-ratio");
        same("--warmup-steps", "--warmup-steps");
        same("--clip", "--max-grad-norm");
        values("--schedule", Map.of("constant_with_warmup", "constant"), "--lr-scheduler-type");
        values(
                "--optimizer",
                Map.of("adamw_torch", "adamw", "adamw_torch_fused", "adamw"),
                "--optim");
        same("--max-length", "--max-seq-length");
        same("--evaluate-every", "--eval-steps");
        same("--patience", "--early-stopping-patience");
        put(
                "--best-metric",
                Kind.VALUE,
                v -> v.replaceFirst("^eval_", ""),
                "--metric-for-best-model");
        flag("--checkpoint-layers", "all", "none", "--gradient-checkpointing");
        flag("--keep", "best", "last", "--load-best-model-at-end");
        flag("--dtype", "bf16", "f32", "--bf16");
        values(
                "--dtype",
                Map.of("bfloat16", "bf16", "float32", "f32", "float16", "f16"),
                "--dtype",
                "--torch-dtype");
        flag("--nested-quant", "on", "off", "--use-bnb-nested-quant");
        values("--packing", Map.of("true", "on", "false", "off"), "--packing");
        flag("--loss-on", "completion", "all", "--completion-only-loss", "--assistant-only-loss");
    }

    private Synonyms() {}

    private static void put(
            String option, Kind kind, UnaryOperator<String> value, String... names) {
        for (String name : names) {
            SYNONYMS.put(name, new Synonym(option, kind, value));
        }
    }

    private static void same(String option, String... names) {
        put(option, Kind.VALUE, UnaryOperator.identity(), names);
    }

    private static void list(String option, String... names) {
        put(option, Kind.LIST, UnaryOperator.identity(), names);
    }

    private static void values(String option, Map<String, String> values, String... names) {
        UnaryOperator<String> translate =
                value -> values.getOrDefault(value.toLowerCase(Locale.ROOT), value);
        put(option, option.equals("--packing") ? Kind.SWITCH : Kind.VALUE, translate, names);
    }

    private static void flag(String option, String on, String off, String... names) {
        put(option, Kind.SWITCH, value -> value.equalsIgnoreCase("false") ? off : on, names);
    }

    /** Returns the arguments with the names of this command line. */
    static String[] translate(CommandLine root, String... arguments) {
        CommandLine command =
                arguments.length == 0 ? null : root.getSubcommands().get(arguments[0]);
        if (command == null) {
            return arguments;
        }
        Set<String> known = command.getCommandSpec().optionsMap().keySet();
        Deque<String> left = new ArrayDeque<>(Arrays.asList(arguments));
        List<String> translated = new ArrayList<>();
        Map<String, String> theirs = new LinkedHashMap<>();
        while (!left.isEmpty()) {
            String argument = left.remove();
            int sign = argument.indexOf('=');
            String given = sign < 0 ? argument : argument.substring(0, sign);
            String name = given.startsWith("--") ? given.replace('_', '-') : given;
            Synonym synonym = SYNONYMS.get(name);
            if (synonym == null || !known.contains(synonym.option())) {
                String own = known.contains(name) ? name : given;
                translated.add(own + argument.substring(given.length()));
                continue;
            }
            String value = sign < 0 ? value(synonym.kind(), left) : argument.substring(sign + 1);
            if (value == null) {
                translated.add(synonym.option()); // picocli says that its value is missing
            } else if (theirs.put(name, value) != null) {
                translated.add(given); // and that this is given twice
            }
        }
        settle(theirs);
        theirs.forEach(
                (name, value) -> {
                    Synonym synonym = Objects.requireNonNull(SYNONYMS.get(name));
                    translated.add(synonym.option() + "=" + synonym.value().apply(value));
                });
        return translated.toArray(String[]::new);
    }

    /** Removes the options that have no effect there because of others. */
    private static void settle(Map<String, String> theirs) {
        String steps = theirs.get("--max-steps");
        if (steps != null && steps.startsWith("-")) {
            theirs.remove("--max-steps");
        } else if (steps != null) {
            theirs.remove("--num-train-epochs");
        }
        if ("constant".equals(theirs.get("--lr-scheduler-type"))) { // which has no warm-up
            theirs.remove("--warmup-ratio");
            theirs.put("--warmup-steps", "0");
        }
        String warmUp = theirs.get("--warmup-steps");
        if (warmUp != null && warmUp.matches("0?\\.[0-9]+")) { // a share, since transformers 5
            theirs.remove("--warmup-steps");
            theirs.put("--warmup-ratio", warmUp);
        }
    }

    /** Takes an option's value from the remaining arguments; null if there is none. */
    private static @Nullable String value(Kind kind, Deque<String> left) {
        String next = left.peek();
        if (kind == Kind.SWITCH) {
            boolean isValue = next != null && SWITCHED.contains(next.toLowerCase(Locale.ROOT));
            return isValue ? left.remove() : "true";
        }
        if (next == null) {
            return null;
        }
        List<String> values = new ArrayList<>(List.of(left.remove()));
        while (kind == Kind.LIST && left.peek() != null && !left.peek().startsWith("--")) {
            values.add(left.remove());
        }
        return String.join(",", values);
    }
}
