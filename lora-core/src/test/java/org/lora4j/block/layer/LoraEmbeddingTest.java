/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.modality.nlp.DefaultVocabulary;
import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Embedding;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.Gradients;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.LoraContext;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.block.weight.LookupTable;

final class LoraEmbeddingTest {
    private static final int ENTRIES = 5;
    private static final int SIZE = 4;
    private static final List<String> WORDS = List.of("a", "b", "c", "d", "e");
    private static final long[] IDS = {3, 0, 4, 3};

    private final NDManager manager = NDManager.newBaseManager();
    private final LoraContext context = LoraContext.of(new NdArrayKernels(), 7);
    private final double[][] table = NaiveLora.random(1, ENTRIES, SIZE);
    private final double[][] a = NaiveLora.random(2, 2, ENTRIES);
    private final double[][] b = NaiveLora.random(3, SIZE, 2);

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rowsOfBothTablesAreAdded(boolean own) {
        LowRankLayer layer = own ? ofOwnClass(-1) : ofWords();
        NDArray ids = manager.create(IDS);
        float[] plain = forward(layer, ids, false).toFloatArray();
        LoraAdapter adapter = layer.addAdapter("x", LinearFixture.spec(2, 7, 0.5));
        assertThat(adapter.a().getArray().getShape()).isEqualTo(new Shape(2, ENTRIES));
        assertThat(adapter.b().getArray().getShape()).isEqualTo(new Shape(SIZE, 2));
        context.active().setDefault(AdapterSelection.of("x"));
        assertThat(adapter.a().getArray().toFloatArray()).containsOnly(0);
        assertThat(adapter.b().getArray().abs().min().getFloat()).isPositive();
        assertThat(forward(layer, ids, false).toFloatArray()).isEqualTo(plain);
        LinearFixture.write(adapter.a(), a);
        LinearFixture.write(adapter.b(), b);
        double[][] delta = NaiveLora.transpose(NaiveLora.delta(a, b, 3.5));
        double[][] changed = NaiveLora.scaled(table, 1);
        NaiveLora.add(changed, delta, 1);
        double[][] expected = rows(changed);
        LinearFixture.assertClose(forward(layer, ids, false), expected);
        LinearFixture.assertClose(forward(layer, ids, true), expected); // ids are not dropped
        LinearFixture.assertClose(layer.delta(manager, "x"), delta);
        layer.merge();
        LinearFixture.assertClose(forward(layer, ids, false), expected);
        assertThat(layer.weight().toFloatArray()).isEqualTo(NaiveLora.flat(table));
        layer.unmerge();
        LinearFixture.assertClose(forward(layer.merged(), ids, false), expected);
        assertThat(layer.merged() instanceof Own).isEqualTo(own);
        assertThat(layer.tensors("x").keySet())
                .containsExactly("lora_embedding_A", "lora_embedding_B");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 3})
    void paddingIsAddedAndGetsNoGradient(long padding) {
        LowRankLayer layer = ofOwnClass(padding);
        LoraAdapter adapter = layer.addAdapter("x", LinearFixture.spec(2, 7, 0));
        context.active().setDefault(AdapterSelection.of("x"));
        LinearFixture.write(adapter.a(), a);
        LinearFixture.write(adapter.b(), b);
        NDArray ids = manager.create(IDS);
        double[][] changed = NaiveLora.scaled(table, 1);
        NaiveLora.add(changed, NaiveLora.transpose(NaiveLora.delta(a, b, 3.5)), 1);
        LinearFixture.assertClose(forward(layer, ids, true), rows(changed));
        double[][] dy = NaiveLora.random(8, IDS.length, SIZE);
        NDArray weights = manager.create(NaiveLora.flat(dy), new Shape(IDS.length, SIZE));
        Gradients.of(() -> forward(layer, ids, true), weights.duplicate());
        // dA[:, id] = s Σ Bᵀ dy over the places of the id
        double[][] expected = new double[2][ENTRIES];
        for (int i = 0; i < IDS.length; i++) {
            for (int r = 0; r < 2 && IDS[i] != padding; r++) {
                for (int c = 0; c < SIZE; c++) {
                    expected[r][(int) IDS[i]] += 3.5 * b[c][r] * dy[i][c];
                }
            }
        }
        LinearFixture.assertClose(adapter.a().getArray().getGradient(), expected);
    }

    @Test
    void aPaddingRowThatDoesNotExistIsRefused() {
        for (long padding : new long[] {-2, ENTRIES}) {
            assertThatThrownBy(() -> ofOwnClass(padding))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(
                            "padding index " + padding + " is no row of a table (5, 4)");
        }
    }

    @Test
    void aWordEmbeddingKeepsItsVocabulary() throws Exception {
        TrainableWordEmbedding base = words();
        LoraWordEmbedding layer = new LoraWordEmbedding("words", base, context);
        assertThat(LoraLayers.wrap("words", base, context).orElseThrow())
                .isInstanceOf(LoraWordEmbedding.class);
        assertThat(layer.embed("c")).isEqualTo(base.embed("c")).isNotEqualTo(layer.embed("d"));
        assertThat(layer.vocabularyContains("c")).isTrue();
        assertThat(layer.hasItem("c")).isEqualTo(base.hasItem("c"));
        assertThat(layer.describeInput().values()).containsExactly(new Shape(-1));
        assertThat(layer.preprocessWordToEmbed("d")).isEqualTo(base.preprocessWordToEmbed("d"));
        assertThat(layer.unembed(2)).isEqualTo(base.unembed(2)).isPresent();
        assertThat(layer.decode(layer.encode("b"))).isEqualTo("b");
        assertThat(layer.embed(manager, new String[] {"b", "e"}).toLongArray())
                .isEqualTo(base.embed(manager, new String[] {"b", "e"}).toLongArray());
        NDArray index = manager.create(2L);
        assertThat(layer.unembedWord(index)).isEqualTo(base.unembedWord(index));
        assertThat(layer.getOutputShapes(new Shape[] {new Shape(3, 2)}))
                .containsExactly(new Shape(3, 2, SIZE));
        assertThat(layer.getParameters().size()).isEqualTo(1);
    }

    @Test
    void aTableOfOnesOwnHasNoItems() {
        LoraEmbedding<?> layer = (LoraEmbedding<?>) ofOwnClass(-1);
        assertThatThrownBy(() -> layer.unembed(1))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("table looks ids up");
        assertThat(layer.kind()).isEqualTo("Embedding");
        assertThat(layer.weight().getName()).isNull(); // a name costs time in every call
    }

    @Test
    void aTableWithoutAnArrayIsRefused() {
        TrainableWordEmbedding empty =
                TrainableWordEmbedding.builder()
                        .setVocabulary(new DefaultVocabulary(WORDS))
                        .optNumEmbeddings(ENTRIES)
                        .setEmbeddingSize(SIZE)
                        .build();
        assertThatThrownBy(() -> new LoraWordEmbedding("words", empty, context))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("words is not initialised");
    }

    @Test
    void shapesAreKnownBeforeAnythingIsMade() {
        assertThat(LoraLayers.tensorShapes("t", words(), LinearFixture.spec(3, 1, 0)))
                .containsExactly(
                        Map.entry("lora_embedding_A", new Shape(3, ENTRIES)),
                        Map.entry("lora_embedding_B", new Shape(SIZE, 3)));
    }

    private LowRankLayer ofWords() {
        return new LoraEmbedding<>("table", words(), context);
    }

    private LowRankLayer ofOwnClass(long padding) {
        NDArray array = manager.create(NaiveLora.flat(table), new Shape(ENTRIES, SIZE));
        return new LoraEmbedding<String>("table", new Own(array.duplicate(), padding), context);
    }

    private TrainableWordEmbedding words() {
        TrainableWordEmbedding words =
                TrainableWordEmbedding.builder()
                        .setVocabulary(new DefaultVocabulary(WORDS))
                        .optNumEmbeddings(ENTRIES)
                        .setEmbeddingSize(SIZE)
                        .build();
        words.initialize(manager, DataType.FLOAT32, new Shape(1));
        LinearFixture.write(words.getDirectParameters().get("embedding"), table);
        return words;
    }

    private double[][] rows(double[][] of) {
        double[][] rows = new double[IDS.length][];
        for (int i = 0; i < IDS.length; i++) {
            rows[i] = of[(int) IDS[i]];
        }
        return rows;
    }

    private NDArray forward(Block block, NDArray ids, boolean training) {
        return block.forward(new ParameterStore(manager, false), new NDList(ids), training)
                .singletonOrThrow();
    }

    /** A model's own table. */
    private static final class Own extends AbstractBlock implements LookupTable {
        private final Parameter weight;
        private final long padding;

        Own(NDArray table, long padding) {
            this.padding = padding;
            weight = Parameter.builder().setName("rows").setType(Parameter.Type.WEIGHT).build();
            weight.setArray(table);
            addParameter(weight);
        }

        @Override
        public Parameter tableParameter() {
            return weight;
        }

        @Override
        public long paddingIndex() {
            return padding;
        }

        @Override
        public Own onTable(NDArray table) {
            return new Own(table, padding);
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            NDArray ids = inputs.head();
            NDArray rows = store.getValue(weight, ids.getDevice(), training);
            return Embedding.embedding(ids, rows, SparseFormat.DENSE);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return new Shape[] {inputShapes[0].add(weight.getArray().getShape().get(1))};
        }

        @Override
        public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
            // the array is given
        }
    }
}
