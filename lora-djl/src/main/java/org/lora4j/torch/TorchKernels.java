/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.Compression;
import org.lora4j.block.kernels.ConvolutionGeometry;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.RowTerm;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.core.DeltaDtype;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.torch.tape.UnrecordedException;

/**
 * The arithmetic of the LoRA blocks by libtorch: one native call each, any float dtype.
 * Thread-safe.
 */
public final class TorchKernels implements LoraKernels {
    private static final long FEW_ROWS = 16;
    private static final LoraKernels OVERWRITING = new TorchKernels(true);

    private final boolean overwrites;

    /** Creates kernels that leave their arguments as they are. */
    public TorchKernels() {
        this(false);
    }

    private TorchKernels(boolean overwrites) {
        this.overwrites = overwrites;
    }

    @Override
    public LoraKernels overwriting() {
        return OVERWRITING;
    }

    @Override
    public NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return Products.linear(x, weight, bias);
    }

    @Override
    public NDArray addLowRank(NDArray y, NDArray x, LowRankTerm term) {
        GradientTape tape = GradientTape.current();
        if (tape != null) {
            return TapedProducts.lowRank(tape, y, x, term, overwrites);
        }
        NDArray diagonal = term.diagonal();
        if (diagonal != null) {
            try (NDArray columns = scaleFeatures(term.b(), diagonal)) {
                return addLowRank(y, x, term.withB(columns));
            }
        }
        String operation = overwrites ? "add_low_rank_into" : "add_low_rank";
        if (isNarrowStep(x)) {
            operation = overwrites ? "add_low_rank_float32_into" : "add_low_rank_float32";
        } else if (term.dtype() == DeltaDtype.FLOAT32) {
            operation = "add_low_rank_float32";
        }
        return Script.DENSE.array(operation, y, x, term.a(), term.b(), term.scaling());
    }

    @Override
    public NDArray addCompressed(NDArray y, NDArray x, LowRankTerm term) {
        Compression compression = term.compression();
        if (compression == null) {
            return addLowRank(y, x, term);
        }
        if (GradientTape.current() != null) {
            throw new UnrecordedException("VeLoRA's gradient of A is not that of its product");
        }
        if (compression.isOfPass()) {
            try (NDArray mean = Script.DENSE.array("mean_group", x, compression.groups())) {
                copyInto(compression.direction(), mean);
            }
            compression.made();
        }
        return Script.DENSE.array(
                "add_compressed",
                y,
                x,
                term.a(),
                term.b(),
                compression.direction(),
                term.scaling(),
                compression.groups(),
                compression.scale(),
                term.dtype() == DeltaDtype.FLOAT32);
    }

    @Override
    public NDList routes(
            NDList a, NDList b, NDList generalA, NDList generalB, NDArray start, int iterations) {
        return Script.DENSE.list("routes", a, b, generalA, generalB, start, iterations);
    }

    @Override
    public NDArray addRouted(
            NDArray y, NDArray x, NDList routes, double[] scalings, int k, double temperature) {
        return Script.DENSE.array("add_routed", y, x, routes, scalings, k, temperature);
    }

    @Override
    public NDArray addLowRank(NDArray y, NDArray x, List<RowTerm> terms) {
        GradientTape tape = GradientTape.current();
        if (tape != null) {
            return TapedRows.lowRank(tape, y, x, terms, overwrites);
        }
        boolean wide = isNarrowStep(x);
        int count = terms.size();
        NDList matrices = new NDList(2 * count);
        double[] scalings = new double[count];
        long[] rows = new long[3 * count];
        for (int i = 0; i < count; i++) {
            RowTerm each = terms.get(i);
            LowRankTerm term = each.term();
            matrices.add(term.a());
            matrices.add(term.b());
            scalings[i] = term.scaling();
            rows[3 * i] = each.from();
            rows[3 * i + 1] = each.to();
            rows[3 * i + 2] = wide || term.dtype() == DeltaDtype.FLOAT32 ? 1 : 0;
        }
        NDArray into = overwrites ? y : Torch.copy(y);
        return Script.DENSE.array("add_low_rank_rows", into, x, matrices, scalings, rows);
    }

    @Override
    public NDArray rows(NDArray x, long from, long to) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.ROWS.array("span", x, from, to)
                : TapedRows.span(tape, x, from, to);
    }

    @Override
    public NDArray joined(NDList parts) {
        GradientTape tape = GradientTape.current();
        return tape == null ? Script.ROWS.array("join", parts) : TapedRows.join(tape, parts);
    }

    /**
     * A few rows of 16 bits of which nothing is recorded, as in generation. In float32, the dtype
     * of A and B, their product is nearer and takes a third of the time of casting A and B and of
     * two small products in 16 bits.
     */
    private static boolean isNarrowStep(NDArray x) {
        DataType type = x.getDataType();
        if (type == DataType.FLOAT32 || type == DataType.FLOAT64) {
            return false;
        }
        Shape shape = x.getShape();
        return shape.size() <= FEW_ROWS * shape.get(shape.dimension() - 1) && !GradMode.isOn();
    }

    @Override
    public NDArray addEmbedding(NDArray y, NDArray ids, LowRankTerm term, long paddingIndex) {
        boolean wide = term.dtype() == DeltaDtype.FLOAT32;
        return Script.DENSE.array(
                wide ? "add_embedding_float32" : "add_embedding",
                y,
                ids,
                term.a(),
                term.b(),
                term.scaling(),
                paddingIndex);
    }

    @Override
    public NDArray scaleFeatures(NDArray x, NDArray vector) {
        GradientTape tape = GradientTape.current();
        return tape == null || vector.getShape().dimension() > 2
                ? Script.DENSE.array("scale_features", x, vector)
                : TapedElements.scaleFeatures(tape, x, vector);
    }

    @Override
    public NDArray scaleWeight(NDArray weight, NDArray vector, boolean columns) {
        return Script.DENSE.array("scale_weight", weight, vector, columns);
    }

    @Override
    public NDArray rows(NDArray table, NDArray ids) {
        return Script.ROWS.array("table_rows", table, ids);
    }

    @Override
    public NDArray replaceRows(
            NDArray y, NDArray ids, NDArray rows, NDArray slots, long paddingPlace) {
        return Script.ROWS.array("replace_rows", y, ids, rows, slots, paddingPlace);
    }

    @Override
    public NDArray replaceColumns(NDArray y, NDArray x, NDArray rows, NDArray columns) {
        return Script.ROWS.array("replace_columns", y, x, rows, columns);
    }

    @Override
    public NDArray realIds(NDArray ids) {
        return Script.ROWS.array("real_ids", ids);
    }

    @Override
    public NDArray virtualRows(NDArray y, NDArray ids, NDArray vectors, double scale) {
        return Script.ROWS.array("virtual_rows", y, ids, vectors, scale);
    }

    @Override
    public NDArray encodePrompt(List<NDArray> tensors, int lstmLayers) {
        return Script.ROWS.array("encode_prompt", tensors, lstmLayers);
    }

    @Override
    public NDArray encodePrompt(
            List<NDArray> tensors, int lstmLayers, List<NDArray> masks, double p) {
        return Script.ROWS.array("encode_prompt_dropped", tensors, lstmLayers, masks, 1 / (1 - p));
    }

    @Override
    public NDArray withRows(NDArray table, NDArray rows, NDArray ids) {
        return Script.ROWS.array("with_rows", table, rows, ids);
    }

    @Override
    public NDArray addConvolution(
            NDArray y, NDArray x, LowRankTerm term, ConvolutionGeometry geometry) {
        long[] down = integers(geometry.withGroups(1));
        long[] up = integers(geometry.point(geometry.groups()));
        boolean wide = term.dtype() == DeltaDtype.FLOAT32;
        return Script.CONVOLUTION.array(
                "add_convolution", y, x, term.a(), term.b(), term.scaling(), down, up, wide);
    }

    @Override
    public NDArray addWeightConvolution(
            NDArray y, NDArray x, LowRankTerm term, Shape weight, ConvolutionGeometry geometry) {
        boolean wide = term.dtype() == DeltaDtype.FLOAT32;
        return Script.CONVOLUTION.array(
                "add_weight_convolution",
                y,
                x,
                term.a(),
                term.b(),
                term.scaling(),
                integers(geometry),
                weight.getShape(),
                wide);
    }

    /** Stride, padding and dilation, each with as many numbers as dimensions, and the groups. */
    private static long[] integers(ConvolutionGeometry geometry) {
        LongStream lists =
                Stream.of(geometry.stride(), geometry.padding(), geometry.dilation())
                        .flatMapToLong(shape -> Arrays.stream(shape.getShape()));
        return LongStream.concat(lists, LongStream.of(geometry.groups())).toArray();
    }

    @Override
    public NDArray delta(NDArray a, NDArray b, double scaling) {
        return Script.DENSE.array("delta", a, b, scaling);
    }

    @Override
    public long version(NDArray a, NDArray b) {
        return Script.DENSE.integer("versions", a, b);
    }

    @Override
    public boolean tellsVersions() {
        return true;
    }

    @Override
    public NDArray norms(NDArray weight, LowRankTerm term, boolean outputsLast) {
        if (weight instanceof PackedWeight packed) {
            try (NDArray dense = Packing.unpack(packed, term.a())) {
                NDArray norms = norms(dense, term, outputsLast);
                norms.attach(weight.getManager());
                return norms;
            }
        }
        return Script.DENSE.array("norms", weight, term.a(), term.b(), term.scaling(), outputsLast);
    }

    @Override
    public NDList principal(
            NDArray weight,
            int rank,
            double scaling,
            boolean outputsLast,
            @Nullable NDArray start,
            int iterations) {
        return Script.DENSE.list(
                "principal", weight, rank, scaling, outputsLast, start, iterations);
    }

    @Override
    public NDList orthogonal(NDArray weight, int rank) {
        return Script.DENSE.list("orthogonal", weight, rank);
    }

    @Override
    public NDArray minor(NDArray weight, int rank, boolean outputsLast) {
        return Script.DENSE.array("minor", weight, rank, outputsLast);
    }

    @Override
    public NDList smallest(NDArray weight, int rank, double scaling) {
        return Script.DENSE.list("smallest", weight, rank, scaling);
    }

    @Override
    public NDArray rescale(NDArray y, NDArray magnitudes, NDArray norms, @Nullable NDArray bias) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("rescale", y, magnitudes, norms, bias)
                : TapedProducts.rescale(tape, y, magnitudes, norms, bias);
    }

    @Override
    public NDArray addDifference(NDArray y, NDArray x, NDArray z) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("add_difference", y, x, z)
                : TapedElements.addDifference(tape, y, x, z);
    }

    @Override
    public NDArray merge(NDArray weight, NDArray delta) {
        return Script.DENSE.array("merge", weight, delta);
    }

    @Override
    public NDArray changeWeight(NDArray w, LowRankTerm term, boolean transposed) {
        return Script.DENSE.array(
                "change_weight", w, term.a(), term.b(), term.scaling(), transposed);
    }

    @Override
    public NDArray addBias(NDArray y, NDArray bias, double scaling, boolean channels) {
        GradientTape tape = GradientTape.current();
        return tape == null || channels
                ? Script.DENSE.array("add_bias", y, bias, scaling, channels)
                : TapedElements.addBias(tape, y, bias, scaling);
    }

    @Override
    public NDArray changeExperts(NDArray w, LowRankTerm term, boolean transposed) {
        return Script.DENSE.array(
                "change_experts", w, term.a(), term.b(), term.scaling(), transposed);
    }

    @Override
    public boolean isFinite(NDArray array) {
        return Finite.all(array);
    }

    @Override
    public NDArray dropout(NDArray x, NDArray kept, double p) {
        return Dropout.of(x, kept, p);
    }

    @Override
    public void copyInto(NDArray into, NDArray x) {
        Torch.copyInto(into, x);
    }
}
