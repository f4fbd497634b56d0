/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.tie;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import java.util.List;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.WordTableOwner;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.part.TrainedTokens;

/**
 * Ties an adapter's tensors of a vocabulary projection to those of the word table, on whose array
 * the projection is: PEFT's ensure_weight_tying.
 *
 * <p>Copies of the two are one array, with one gradient. Of pairs, A [r, in] of the projection is
 * the memory of B [in, r] of the table, and B that of its A; as in PEFT, whose parameters are two
 * over one memory, each of them has a gradient and optimiser state of its own. Follows
 * peft/tuners/lora/model.py, and update in peft/utils/other.py.
 */
public final class TiedTables {
    private TiedTables() {}

    /**
     * Ties what one adapter has; nothing where the model has no such projection or the adapter has
     * not both.
     *
     * @param root the model
     * @param hosts the blocks that carry the adapter
     * @param key the adapter's name, or key if it is not published yet
     * @throws IllegalArgumentException if the two have other shapes, such as other ranks
     */
    public static void tie(Block root, List<AdapterHost> hosts, String key) {
        if (!(root instanceof WordTableOwner owner)) {
            return;
        }
        String path = owner.wordTablePath();
        AdapterHost table =
                hosts.stream().filter(host -> host.path().equals(path)).findFirst().orElse(null);
        if (table == null) {
            return;
        }
        for (AdapterHost host : hosts) {
            if (host != table && host.base() instanceof Linear && isOn(host.base(), table.base())) {
                if (host instanceof SavedModule head && table instanceof SavedModule words) {
                    head.tie(key, words);
                } else if (host instanceof AdaptedLayer head
                        && table instanceof AdaptedLayer words) {
                    tie(key, head, words);
                }
            }
        }
    }

    private static boolean isOn(Block projection, Block table) {
        Parameter own = TrainedTokens.rowsOf(projection);
        Parameter rows = TrainedTokens.rowsOf(table);
        return own != null && rows != null && own.getArray() == rows.getArray();
    }

    private static void tie(String key, AdaptedLayer head, AdaptedLayer words) {
        LoraAdapter source = words.adapter(key).orElseThrow();
        AdapterSpec spec = head.adapter(key).orElseThrow().spec();
        if (spec.rank() != source.spec().rank() || spec.init().isPartOfWeight()) {
            throw new IllegalArgumentException(
                    ("%s is tied to %s, and has the rank %d and %s, and the other the rank %d;"
                                    + " expected one rank, and no beginning in the weight")
                            .formatted(
                                    head.path(),
                                    words.path(),
                                    spec.rank(),
                                    spec.init(),
                                    source.spec().rank()));
        }
        head.removeAdapter(key);
        head.addAdapter(
                key,
                spec,
                (path, numbers, form, weight) ->
                        new LoraAdapter.Pair(turned(source.b()), turned(source.a())));
    }

    /** The same memory, transposed. */
    private static NDArray turned(Parameter matrix) {
        NDArray array = matrix.getArray();
        try (NDArray plain = array.stopGradient()) {
            NDArray view = plain.transpose();
            view.attach(array.getManager());
            return view;
        }
    }
}
