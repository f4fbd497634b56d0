/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.merge;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchscript.pickle.ScriptTensor;

/**
 * A storage in which one tensor is W + ΔW and all else is as it was. It is streamed: each element
 * is found in the tensor by the tensor's offset and strides. The sums of half types are formed in
 * float32 and rounded once. Not thread-safe.
 */
public final class MergedStorage implements TensorData {
    private static final int BLOCK_ELEMENTS = 1 << 13;

    private final TensorData storage;
    private final ScriptTensor tensor;
    private final TensorDtype dtype;
    private final List<LowRankDelta> deltas;

    /** The dimensions from the largest stride to the smallest; those of length 1 are left out. */
    private final int[] order;

    private final long rowLength;
    private final boolean rowByRow;

    /**
     * Creates the data of a merged storage.
     *
     * @param storage the storage as it was
     * @param tensor the tensor in it, whose dtype is a float's
     * @param deltas what is added to the tensor
     */
    public MergedStorage(TensorData storage, ScriptTensor tensor, List<LowRankDelta> deltas) {
        this.storage = storage;
        this.tensor = tensor;
        this.dtype = tensor.dtype().orElseThrow();
        this.deltas = List.copyOf(deltas);
        this.order = order(tensor);
        this.rowLength = tensor.shape().size() / tensor.shape().get(0);
        this.rowByRow =
                rowLength <= Integer.MAX_VALUE / Double.BYTES
                        && (order.length == 0 || order[0] == 0);
    }

    private static int[] order(ScriptTensor tensor) {
        Shape shape = tensor.shape();
        return IntStream.range(0, shape.dimension())
                .filter(i -> shape.get(i) > 1)
                .boxed()
                .sorted(Comparator.comparingLong(i -> -tensor.strides().get(i)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * Whether no two elements of a tensor have one place, and a place tells its element.
     *
     * @param tensor the tensor
     */
    public static boolean canMerge(ScriptTensor tensor) {
        long inner = 0;
        int[] order = order(tensor);
        for (int i = order.length - 1; i >= 0; i--) {
            long stride = tensor.strides().get(order[i]);
            if (stride <= inner) {
                return false;
            }
            inner += (tensor.shape().get(order[i]) - 1) * stride;
        }
        return Arrays.stream(tensor.shape().getShape()).allMatch(n -> n <= Integer.MAX_VALUE);
    }

    @Override
    public void writeTo(ByteSink out) throws IOException {
        Elements elements = new Elements(out);
        storage.writeTo(elements);
        elements.flush();
    }

    /** Changes elements as they pass. */
    private final class Elements implements ByteSink {
        private final ByteSink out;
        private final int elementBytes = tensor.storage().elementBytes();
        private final ByteBuffer block =
                ByteBuffer.allocate(BLOCK_ELEMENTS * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        private double[] row = new double[0];
        private long rowAt = -1;
        private long next;

        Elements(ByteSink out) {
            this.out = out;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                int room = BLOCK_ELEMENTS * elementBytes - block.position();
                int part = Math.min(room, bytes.remaining());
                block.put(bytes.duplicate().limit(bytes.position() + part));
                bytes.position(bytes.position() + part);
                if (part == room) {
                    flush();
                }
            }
        }

        void flush() throws IOException {
            int count = block.position() / elementBytes;
            for (int i = 0; i < count; i++, next++) {
                change(i * elementBytes);
            }
            out.write(block.flip());
            block.clear();
        }

        private void change(int at) {
            long rest = next - tensor.offset();
            if (rest < 0) {
                return;
            }
            long[] index = new long[tensor.shape().dimension()];
            for (int dimension : order) {
                long stride = tensor.strides().get(dimension);
                index[dimension] = rest / stride;
                if (index[dimension] >= tensor.shape().get(dimension)) {
                    return;
                }
                rest %= stride;
            }
            if (rest == 0) {
                long place = 0;
                for (int i = 1; i < index.length; i++) {
                    place = place * tensor.shape().get(i) + index[i];
                }
                add(at, delta(index[0], place));
            }
        }

        private double delta(long rowIndex, long place) {
            if (!rowByRow) {
                double sum = 0;
                for (LowRankDelta delta : deltas) {
                    sum += delta.at((int) rowIndex, (int) place);
                }
                return sum;
            }
            if (rowAt != rowIndex) {
                rowAt = rowIndex;
                row = new double[(int) rowLength];
                for (LowRankDelta delta : deltas) {
                    delta.addRow((int) rowIndex, row);
                }
            }
            return row[(int) place];
        }

        private void add(int at, double delta) {
            switch (dtype) {
                case F64 -> block.putDouble(at, block.getDouble(at) + delta);
                case F32 -> block.putFloat(at, (float) (block.getFloat(at) + delta));
                case F16 -> {
                    float sum = HalfPrecision.fromHalf(block.getShort(at)) + (float) delta;
                    block.putShort(at, HalfPrecision.toHalf(sum));
                }
                case BF16 -> {
                    float sum = HalfPrecision.fromBfloat16(block.getShort(at)) + (float) delta;
                    block.putShort(at, HalfPrecision.toBfloat16(sum));
                }
                default -> throw new IllegalStateException(dtype + " is no float");
            }
        }
    }
}
