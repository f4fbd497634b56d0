/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.lora4j.core.Bias;
import org.lora4j.core.Init;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.hf.preference.PreferenceLoss;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.sample.SampleFormat;
import org.lora4j.torch.TensorDtype;
import org.lora4j.train.OptimizerKind;
import org.lora4j.train.checkpoint.OnDivergence;
import org.lora4j.train.metric.Metric;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/**
 * Converts options to the library's enums and metrics: in any case, with hyphens or underscores,
 * and by any unambiguous beginning of a name, such as {@code kaiming} for {@link
 * Init#KAIMING_UNIFORM}.
 */
public final class Choices {
    private static final List<Class<? extends Enum<?>>> TYPES =
            List.of(
                    Bias.class,
                    Init.class,
                    LossOn.class,
                    LoraVariant.Velora.Direction.class,
                    MethodKind.class,
                    MethodOptions.PromptInit.class,
                    SoftPromptConfig.Network.class,
                    OnBadLine.class,
                    OnDivergence.class,
                    OptimizerKind.class,
                    SampleFormat.class,
                    TaskKind.class,
                    EmbeddingOptions.Loss.class,
                    EmbeddingOptions.Distance.class,
                    PreferenceLoss.Kind.class,
                    TensorDtype.class);

    /** The scores of tasks that have their own; higher is better. */
    private static final List<String> SCORES = List.of("f1", "precision", "recall", "exact_match");

    private Choices() {}

    /** Registers the converters with a command and its subcommands. */
    public static void register(CommandLine command) {
        TYPES.forEach(type -> register(command, type));
        command.registerConverter(
                Beginning.class, text -> Beginning.parse(text, init -> parse(Init.values(), init)));
        List<Metric> all = new ArrayList<>(Metric.known());
        SCORES.forEach(name -> all.add(Metric.ofScore(name, true)));
        Metric[] metrics = all.toArray(Metric[]::new);
        command.registerConverter(Metric.class, text -> parse(metrics, text));
    }

    private static <E> void register(CommandLine command, Class<E> type) {
        command.registerConverter(type, text -> parse(type.getEnumConstants(), text));
    }

    private static <E> E parse(E[] constants, String text) {
        String wanted = text.toLowerCase(Locale.ROOT).replace('_', '-');
        List<E> found =
                Arrays.stream(constants).filter(each -> name(each).startsWith(wanted)).toList();
        for (E each : found) {
            if (found.size() == 1 || name(each).equals(wanted)) {
                return each;
            }
        }
        List<String> names = Arrays.stream(constants).map(Choices::name).toList();
        throw new TypeConversionException(
                "'%s' is not one of %s".formatted(text, String.join(", ", names)));
    }

    private static String name(Object constant) {
        return constant.toString().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
