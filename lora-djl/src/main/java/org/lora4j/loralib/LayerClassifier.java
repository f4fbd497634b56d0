/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which of loralib's layers two matrices are from. The base weight's shape decides where it
 * is known; what it leaves open is asked for by the option's name.
 */
final class LayerClassifier {
    private static final String PATTERN = "--enable-lora";
    private static final String ORIENTATION = "--fan-in-fan-out";
    private static final String TYPE = "--layer-type";

    /**
     * Names under which A and B may be an embedding's: then a file without base weights is asked.
     */
    private static final Pattern EMBEDDING_LIKE =
            Pattern.compile(".*emb.*|wte|wpe|shared|tokens?|.*_tokens?");

    private static final Pattern CONV_LIKE = Pattern.compile("conv\\d*|.*_conv\\d*|.*conv[123]d");

    /** What was decided of one module. */
    record Layer(LayerType type, List<Boolean> enable) {
        static final Layer LINEAR = new Layer(LayerType.LINEAR, List.of());
        static final Layer EMBEDDING = new Layer(LayerType.EMBEDDING, List.of());
    }

    private final ConversionRequest request;
    private final UndecidedCheckpointException.Collector questions;
    private final String path;
    private final LoraPair pair;
    private final @Nullable Shape weight;
    private final boolean hasBias;

    /**
     * @param path the module's path as the user knows it
     * @param weight the base weight's shape, or null
     * @param hasBias whether the module is known to have a bias, as no embedding has
     */
    LayerClassifier(
            ConversionRequest request,
            UndecidedCheckpointException.Collector questions,
            String path,
            LoraPair pair,
            @Nullable Shape weight,
            boolean hasBias) {
        this.request = request;
        this.questions = questions;
        this.path = path;
        this.pair = pair;
        this.weight = weight;
        this.hasBias = hasBias;
    }

    /** The layer, or null where a question was asked. */
    @Nullable Layer classify() {
        LayerType declared = ConversionRequest.lookUp(request.layerTypes(), path);
        if (declared == LayerType.CONV || (weight != null && weight.dimension() > 2)) {
            return refuseConv();
        }
        if (weight != null && weight.dimension() != 2) {
            return misfit();
        }
        long rank = pair.b(1);
        long groups = pair.a(0) / rank;
        if (pair.a(0) % rank != 0 || pair.b(0) % groups != 0) {
            return misfit();
        }
        if (groups > 1 || declared == LayerType.MERGED_LINEAR) {
            return merged(groups);
        }
        return single(declared);
    }

    private @Nullable Layer merged(long groups) {
        long slice = pair.b(0) / groups;
        List<Boolean> pattern = ConversionRequest.lookUp(request.enableLora(), path);
        long slices = 0;
        if (weight != null) {
            boolean plain = weight.get(1) == pair.a(1) && weight.get(0) % slice == 0;
            boolean transposed = weight.get(0) == pair.a(1) && weight.get(1) % slice == 0;
            if (!plain && !transposed) {
                return misfit();
            }
            if (!plain && !request.fanInFanOut()) {
                return askOrientation();
            }
            boolean useTransposed = transposed && (!plain || request.fanInFanOut());
            slices = weight.get(useTransposed ? 1 : 0) / slice;
            if (slices == groups) {
                return new Layer(LayerType.MERGED_LINEAR, Collections.nCopies((int) groups, true));
            }
            if (slices < groups) {
                return misfit();
            }
            if (pattern != null && pattern.size() != slices) {
                return askPattern(groups, slices, pattern);
            }
        }
        if (pattern == null || Collections.frequency(pattern, true) != groups) {
            return askPattern(groups, slices, pattern);
        }
        return new Layer(LayerType.MERGED_LINEAR, pattern);
    }

    private @Nullable Layer single(@Nullable LayerType declared) {
        long in = pair.a(1);
        long out = pair.b(0);
        List<Boolean> pattern = ConversionRequest.lookUp(request.enableLora(), path);
        if (weight == null) {
            if (declared != null) {
                return declared == LayerType.EMBEDDING ? Layer.EMBEDDING : Layer.LINEAR;
            }
            if (pattern != null
                    && pattern.size() > 1
                    && Collections.frequency(pattern, true) == 1) {
                return new Layer(LayerType.MERGED_LINEAR, pattern);
            }
            return byName();
        }
        boolean plain = weight.get(0) == out && weight.get(1) == in;
        boolean transposed = weight.get(0) == in && weight.get(1) == out;
        if (plain && transposed) {
            return declared == LayerType.EMBEDDING ? Layer.EMBEDDING : Layer.LINEAR;
        }
        if (plain) {
            return declared == LayerType.EMBEDDING ? misfit() : Layer.LINEAR;
        }
        if (transposed) {
            return transposed(declared);
        }
        boolean slices = weight.get(1) == in && weight.get(0) % out == 0;
        boolean transposedSlices = weight.get(0) == in && weight.get(1) % out == 0;
        return slices || transposedSlices ? merged(1) : misfit();
    }

    /** A weight of (in, out): a transposed layer, or an embedding's table. */
    private @Nullable Layer transposed(@Nullable LayerType declared) {
        if (declared == LayerType.EMBEDDING
                || (declared == null && !hasBias && !request.fanInFanOut())) {
            return Layer.EMBEDDING;
        }
        if (!request.fanInFanOut()) {
            return askOrientation();
        }
        if (declared == null && !hasBias) {
            return askType(
                    "its weight " + weight + " is an embedding's table or a transposed layer's");
        }
        return Layer.LINEAR;
    }

    private @Nullable Layer byName() {
        String name = path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        boolean embedding = EMBEDDING_LIKE.matcher(name).matches();
        boolean conv = CONV_LIKE.matcher(name).matches();
        if (embedding || conv) {
            return askType(
                    "by its name it may be %s, and A %s, B %s fit a linear layer too"
                            .formatted(
                                    conv ? "a convolution" : "an embedding",
                                    pair.a().shape(),
                                    pair.b().shape()));
        }
        return Layer.LINEAR;
    }

    private @Nullable Layer askType(String why) {
        String name = path.substring(path.lastIndexOf('.') + 1);
        return ask(
                TYPE,
                "%s; give --model DIR, or %s %s=linear or =embedding or =conv"
                        .formatted(why, TYPE, name));
    }

    private @Nullable Layer askOrientation() {
        return ask(ORIENTATION, "the base weight is (in, out): give " + ORIENTATION);
    }

    private @Nullable Layer askPattern(long groups, long slices, @Nullable List<Boolean> given) {
        String size = slices == 0 ? "" : " of " + slices + " slices";
        return ask(
                PATTERN,
                "a MergedLinear with %d enabled slice%s%s: give its pattern%s, such as %s %s"
                        .formatted(
                                groups,
                                groups == 1 ? "" : "s",
                                given == null
                                        ? ""
                                        : ", which the pattern " + given + " does not fit",
                                size,
                                PATTERN,
                                example(groups, slices)));
    }

    private static String example(long groups, long slices) {
        long count = slices == 0 ? Math.max(3, groups) : slices;
        return LongStream.range(0, Math.min(count, 16))
                .mapToObj(i -> i < groups - 1 || i == count - 1 ? "true" : "false")
                .collect(Collectors.joining(","));
    }

    private @Nullable Layer refuseConv() {
        return ask(
                "",
                "a convolution in loralib's form, whose product is read as (out, in/groups, k, k)"
                    + " and has a rank up to r*k*k; PEFT's form (A k by k, B 1 by 1) cannot hold"
                    + " it, so this file has no PEFT directory");
    }

    private @Nullable Layer misfit() {
        String why =
                weight == null
                        ? "fit none of loralib's layers"
                        : "do not fit the base weight " + weight;
        return ask("", "A %s and B %s %s".formatted(pair.a().shape(), pair.b().shape(), why));
    }

    private @Nullable Layer ask(String option, String text) {
        questions.ask(option, path, text);
        return null;
    }
}
