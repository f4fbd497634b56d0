/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lora4j.block.StepContext;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.torch.TorchKernels;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.joint.BatchJoin;

/** How the batches of several trainings become one. */
final class BatchJoins {
    private BatchJoins() {}

    /** Returns the join of a kind of batch. */
    static <B extends TrainingBatch> BatchJoin<B> of(Class<B> kind, ModelRoot root) {
        BatchJoin<?> found = null;
        if (kind == CausalBatch.class) {
            found = new OfSequences();
        } else if (kind == TextBatch.class && root instanceof SequenceClassifier classifier) {
            found = new OfTexts(classifier);
        }
        if (found == null) {
            throw new IllegalStateException(
                    "batches of %s cannot be those of several adapters at once; expected %s or %s"
                            .formatted(
                                    kind.getSimpleName(),
                                    CausalBatch.class.getSimpleName(),
                                    TextBatch.class.getSimpleName()));
        }
        @SuppressWarnings("unchecked") // each is of the class that was just compared
        BatchJoin<B> typed = (BatchJoin<B>) found;
        return typed;
    }

    private static long[] longs(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }

    /** Packed sequences, one batch after another. */
    private static final class OfSequences implements BatchJoin<CausalBatch> {
        @Override
        public CausalBatch joined(List<CausalBatch> batches) {
            List<PackedTokens> parts = batches.stream().map(CausalBatch::packed).toList();
            return new CausalBatch(
                    new PackedTokens(
                            parts.stream().flatMapToLong(p -> Arrays.stream(p.ids())).toArray(),
                            parts.stream().flatMapToLong(p -> Arrays.stream(p.labels())).toArray(),
                            parts.stream().flatMapToInt(p -> Arrays.stream(p.lengths())).toArray(),
                            parts.stream()
                                    .flatMapToInt(p -> Arrays.stream(p.indices()))
                                    .toArray()));
        }

        @Override
        public int texts(CausalBatch batch) {
            return batch.packed().segments();
        }

        @Override
        public Layout layout(CausalBatch joined) {
            int[] lengths = joined.packed().lengths();
            return new Layout(IntStream.range(0, lengths.length).toArray(), longs(lengths));
        }

        @Override
        public NDList part(
                NDManager scope,
                NDList hidden,
                List<CausalBatch> batches,
                int index,
                StepContext steps) {
            long from = 0;
            for (CausalBatch before : batches.subList(0, index)) {
                from += before.packed().tokens();
            }
            PackedTokens own = batches.get(index).packed();
            steps.rows(longs(own.indices()), own.lengths());
            NDArray rows = new TorchKernels().rows(hidden.get(0), from, from + own.tokens());
            return new NDList(rows);
        }
    }

    /** Padded texts, laid out together by their lengths. */
    private record OfTexts(SequenceClassifier classifier) implements BatchJoin<TextBatch> {
        @Override
        public TextBatch joined(List<TextBatch> batches) {
            List<PaddedBatch> parts = batches.stream().map(TextBatch::texts).toList();
            int rows = parts.stream().mapToInt(PaddedBatch::rows).sum();
            int columns = parts.stream().mapToInt(PaddedBatch::columns).max().orElseThrow();
            int size = Math.multiplyExact(rows, columns);
            long[] ids = new long[size];
            long[] types = new long[size];
            long[] mask = new long[size];
            int row = 0;
            for (PaddedBatch part : parts) {
                for (int i = 0; i < part.rows(); i++, row++) {
                    int from = i * part.columns();
                    int to = row * columns;
                    System.arraycopy(part.ids(), from, ids, to, part.columns());
                    System.arraycopy(part.typeIds(), from, types, to, part.columns());
                    System.arraycopy(part.attentionMask(), from, mask, to, part.columns());
                    // the rest is as the batch pads: its own last padding, never read
                }
            }
            int[] indices = parts.stream().flatMapToInt(p -> Arrays.stream(p.indices())).toArray();
            int[] lengths = parts.stream().flatMapToInt(p -> Arrays.stream(p.lengths())).toArray();
            PaddedBatch all = new PaddedBatch(rows, columns, indices, lengths, ids, types, mask);
            return new TextBatch(all, new float[0]);
        }

        @Override
        public int texts(TextBatch batch) {
            return batch.texts().rows();
        }

        @Override
        public Layout layout(TextBatch joined) {
            PaddedBatch texts = joined.texts();
            TokenLayout layout =
                    classifier.layout(texts.ids(), texts.attentionMask(), texts.rows());
            return new Layout(layout.order(), longs(layout.lengths()));
        }

        @Override
        public NDList part(
                NDManager scope,
                NDList hidden,
                List<TextBatch> batches,
                int index,
                StepContext steps) {
            long from = 0;
            for (TextBatch before : batches.subList(0, index)) {
                from += before.texts().rows();
            }
            PaddedBatch own = batches.get(index).texts();
            steps.rows(longs(own.indices()));
            NDArray inOrder = new TokenRows(hidden).inOrderOfTexts(classifier.read(hidden));
            NDArray rows = new TorchKernels().rows(inOrder, from, from + own.rows());
            NDArray places = scope.create(IntStream.range(0, own.rows()).asLongStream().toArray());
            return new NDList(rows, places, places, scope.create(new long[1]));
        }
    }
}
