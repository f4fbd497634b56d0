/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.torch.AttentionShape;
import org.lora4j.torch.DisentangledAttention;
import org.lora4j.torch.GroupedAttention;
import org.lora4j.torch.Sequences;

/** Attentions of drawn shapes, for {@link SegmentsTest}. */
final class AttentionCases {
    private AttentionCases() {}

    static Forward causal(Draw d) {
        int groups = d.number(1, 3);
        int heads = groups * d.number(1, 3);
        int size = d.number(2, 6);
        int count = d.random.nextInt(3) == 0 ? d.number(8, 10) : d.number(1, 4);
        int[] longest = {12, 150, 560};
        int most = longest[d.random.nextInt(3)];
        long[] lengths = new long[count];
        Arrays.setAll(lengths, i -> d.number(1, most));
        if (d.random.nextBoolean()) {
            Arrays.fill(lengths, lengths[0]);
        }
        long rows = Arrays.stream(lengths).sum();
        int q = d.input(rows, (long) heads * size);
        int k = d.input(rows, (long) groups * size);
        int v = d.input(rows, (long) groups * size);
        int window = d.random.nextBoolean() ? 0 : d.number(1, 20);
        double cap = d.random.nextBoolean() ? 0 : 2;
        AttentionShape shape = new AttentionShape(heads, groups, 0.4, window, cap);
        NDArray each = d.manager.create(lengths);
        long cells = heads * Arrays.stream(lengths).map(t -> t * t).sum();
        boolean drops = d.random.nextBoolean();
        NDArray kept = d.kept(cells);
        return (scope, list) ->
                new NDList(
                        drops
                                ? Sequences.causalAttention(
                                        list.get(q),
                                        list.get(k),
                                        list.get(v),
                                        each,
                                        shape,
                                        kept,
                                        0.3)
                                : Sequences.causalAttention(
                                        list.get(q), list.get(k), list.get(v), each, shape));
    }

    static Forward grouped(Draw d) {
        int heads = d.number(1, 3);
        int size = d.number(2, 6);
        int[] texts = {d.number(1, 3), d.number(1, 3)};
        int[] longest = {d.random.nextInt(3) == 0 ? 530 : d.number(2, 7), d.number(2, 7)};
        List<Long> places = new ArrayList<>();
        NDList masks = new NDList();
        NDList kepts = new NDList();
        boolean first = d.random.nextBoolean();
        long base = 0;
        for (int group = 0; group < 2; group++) {
            float[] mask = new float[texts[group] * longest[group]];
            for (int text = 0; text < texts[group]; text++) {
                int length = d.number(1, longest[group]);
                for (int i = 0; i < longest[group]; i++) {
                    if (i < length) {
                        places.add(base + text * longest[group] + i);
                    } else {
                        mask[text * longest[group] + i] = -Float.MAX_VALUE;
                    }
                }
            }
            base += (long) texts[group] * longest[group];
            masks.add(d.manager.create(mask, new Shape(texts[group], 1, 1, longest[group])));
            kepts.add(d.kept(texts[group], heads, first ? 1 : longest[group], longest[group]));
        }
        long rows = places.size();
        int q = d.input(first ? texts[0] + texts[1] : rows, (long) heads * size);
        int k = d.input(rows, (long) heads * size);
        int v = d.input(rows, (long) heads * size);
        NDArray place = d.manager.create(places.stream().mapToLong(i -> i).toArray());
        boolean drops = d.random.nextBoolean();
        boolean bias = d.random.nextBoolean();
        int widest = Math.max(longest[0], longest[1]);
        NDArray biases = d.array(d.random.nextBoolean() ? 1 : heads, widest, widest);
        return (scope, list) ->
                new NDList(
                        drops
                                ? GroupedAttention.of(
                                        list.get(q),
                                        list.get(k),
                                        list.get(v),
                                        heads,
                                        place,
                                        masks,
                                        new GroupedAttention.Changes(
                                                bias ? biases : null, kepts, 0.3))
                                : GroupedAttention.of(
                                        list.get(q),
                                        list.get(k),
                                        list.get(v),
                                        heads,
                                        place,
                                        masks,
                                        new GroupedAttention.Changes(
                                                bias ? biases : null, List.of(), 0)));
    }

    static Forward disentangled(Draw d) {
        int heads = d.number(1, 3);
        int size = d.number(2, 5);
        long width = (long) heads * size;
        int[] texts = {d.number(1, 3), d.number(1, 2)};
        int[] longest = {d.number(2, 9), d.number(1, 6)};
        boolean pads = d.random.nextBoolean();
        boolean first = d.random.nextBoolean();
        List<Long> places = new ArrayList<>();
        NDList masks = new NDList();
        List<NDArray> kepts = new ArrayList<>();
        boolean drops = d.random.nextBoolean();
        long base = 0;
        for (int group = 0; group < (pads ? 2 : 1); group++) {
            float[] mask = new float[texts[group] * longest[group]];
            for (int text = 0; text < texts[group]; text++) {
                int length = pads ? d.number(1, longest[group]) : longest[group];
                for (int i = 0; i < longest[group]; i++) {
                    if (i < length) {
                        places.add(base + text * longest[group] + i);
                    } else {
                        mask[text * longest[group] + i] = -Float.MAX_VALUE;
                    }
                }
            }
            base += (long) texts[group] * longest[group];
            masks.add(d.manager.create(mask, new Shape(texts[group], 1, 1, longest[group])));
            if (drops) {
                kepts.add(d.kept(texts[group], heads, first ? 1 : longest[group], longest[group]));
            }
        }
        int count = pads ? texts[0] + texts[1] : texts[0];
        int span = d.number(2, 6);
        int buckets = d.random.nextBoolean() ? span / 2 * 2 : -1;
        int widest = pads ? Math.max(longest[0], longest[1]) : longest[0];
        NDList positions = DisentangledAttention.positions(masks.get(0), widest, span, buckets, 20);
        long rows = positions.get(1).size();
        int q = d.input(first ? count : places.size(), width);
        int k = d.input(places.size(), width);
        int v = d.input(places.size(), width);
        int pk = d.random.nextInt(4) > 0 ? d.input(rows, width) : -1;
        int pq = d.random.nextInt(4) > 0 ? d.input(rows, width) : -1;
        NDArray place = d.manager.create(places.stream().mapToLong(i -> i).toArray());
        return (scope, in) ->
                new NDList(
                        DisentangledAttention.of(
                                in.get(q),
                                in.get(k),
                                in.get(v),
                                new DisentangledAttention.Relative(
                                        pk < 0 ? null : in.get(pk),
                                        pq < 0 ? null : in.get(pq),
                                        positions.get(0)),
                                heads,
                                0.4,
                                pads
                                        ? new DisentangledAttention.Texts(count, place, masks)
                                        : new DisentangledAttention.Texts(
                                                count, null, new NDList()),
                                kepts,
                                0.3));
    }

    static Forward alike(Draw d) {
        int heads = d.number(1, 3);
        int size = d.number(2, 6);
        int texts = d.number(1, 3);
        int length = d.random.nextInt(3) == 0 ? 520 : d.number(1, 7);
        boolean first = d.random.nextBoolean();
        int q = d.input(first ? texts : (long) texts * length, (long) heads * size);
        int k = d.input((long) texts * length, (long) heads * size);
        int v = d.input((long) texts * length, (long) heads * size);
        NDArray kept = d.kept(texts, heads, first ? 1 : length, length);
        boolean drops = d.random.nextBoolean();
        return (scope, list) ->
                new NDList(
                        drops
                                ? GroupedAttention.alike(
                                        list.get(q),
                                        list.get(k),
                                        list.get(v),
                                        heads,
                                        texts,
                                        kept,
                                        0.3)
                                : GroupedAttention.alike(
                                        list.get(q), list.get(k), list.get(v), heads, texts));
    }
}
