/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.lora4j.block.LoraContext;
import org.lora4j.block.pass.AdapterNames;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DetachedView;

/** The trained rows of one adapter, which stand for a table's own. */
final class TokenPart implements Part {
    /** PEFT's name of the rows below the module's path, where they are by themselves. */
    private static final String ALONE = "trainable_tokens_delta";

    /** PEFT's name of the rows below the module's path, beside low-rank pairs. */
    private static final String BESIDE = "token_adapter." + ALONE;

    private final String peftType;
    private final List<Integer> tokens;
    private final LoraContext context;
    private final Parameter rows;
    private final DetachedView view;
    private final NDArray ids;
    private final NDArray slots;
    private final long paddingPlace;

    private TokenPart(
            String peftType,
            List<Integer> tokens,
            LoraContext context,
            Parameter rows,
            NDArray ids,
            NDArray slots,
            long paddingPlace) {
        this.peftType = peftType;
        this.tokens = tokens;
        this.context = context;
        this.rows = rows;
        this.view = new DetachedView(rows);
        this.ids = ids;
        this.slots = slots;
        this.paddingPlace = paddingPlace;
    }

    /**
     * Copies rows of a table [entries, size], which train, in float32 where it has 16 bits.
     *
     * @param peftType the method of the adapter
     * @throws IllegalArgumentException if the table has no such row
     */
    static TokenPart of(
            String peftType,
            String path,
            String key,
            NDArray table,
            List<Integer> tokens,
            long paddingIndex,
            LoraContext context) {
        int entries = Math.toIntExact(table.getShape().get(0));
        List<Integer> beyond = tokens.stream().filter(token -> token >= entries).toList();
        if (!beyond.isEmpty()) {
            throw new IllegalArgumentException(
                    ("%s has %d rows, and the tokens %s are to be trained; expected ids below %2$d."
                                    + " Resize the model first where tokens are new")
                            .formatted(path, entries, beyond));
        }
        NDManager manager = table.getManager();
        long[] places = new long[entries];
        Arrays.fill(places, -1);
        for (int i = 0; i < tokens.size(); i++) {
            places[tokens.get(i)] = i;
        }
        NDArray ids = manager.create(tokens.stream().mapToLong(Integer::longValue).toArray());
        Parameter rows =
                BlockWeights.parameter(
                        suffix(peftType) + "@" + AdapterNames.nameOf(key),
                        Parameter.Type.WEIGHT,
                        context.kernels().rows(table, ids),
                        true);
        return new TokenPart(
                peftType,
                List.copyOf(tokens),
                context,
                rows,
                ids,
                manager.create(places),
                tokens.indexOf((int) paddingIndex));
    }

    /** Returns PEFT's name of the rows below the module's path. */
    static String suffix(String peftType) {
        return peftType.equals("LORA") ? BESIDE : ALONE;
    }

    String peftType() {
        return peftType;
    }

    List<Integer> tokens() {
        return tokens;
    }

    Parameter rows() {
        return rows;
    }

    /** Puts the rows of these tokens in the place of those that a table gave. */
    NDArray replaceRows(NDArray y, NDArray x, ParameterStore store, boolean training) {
        return context.kernels()
                .replaceRows(y, x, view.value(store, y.getDevice(), training), slots, paddingPlace);
    }

    /** Puts the products with these rows in the place of those with the rows of a table. */
    NDArray replaceColumns(NDArray y, NDArray x, ParameterStore store, boolean training) {
        return context.kernels()
                .replaceColumns(y, x, view.value(store, y.getDevice(), training), ids);
    }

    /** Returns a new array of a table's precision with these rows in it. */
    NDArray merged(NDArray table) {
        return context.kernels().withRows(table, view.get(), ids);
    }

    @Override
    public Map<String, Parameter> tensors() {
        return Map.of(suffix(peftType), rows);
    }

    @Override
    public String numbers() {
        return "tokens " + tokens;
    }

    @Override
    public void close() {
        view.close();
        rows.close();
        ids.close();
        slots.close();
    }

    /** Returns the shape of the rows of some tokens of a table. */
    static Shape shape(Shape table, List<Integer> tokens) {
        return new Shape(tokens.size(), table.get(1));
    }

    static boolean isNarrow(NDArray table) {
        return !BlockWeights.isKnown(table) || table.getDataType() == DataType.FLOAT16;
    }
}
