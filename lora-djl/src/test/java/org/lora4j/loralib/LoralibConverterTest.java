/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.torch.engine.TorchEngine;

/** What loralib itself adds to each base weight, against the adapters made of its checkpoints. */
final class LoralibConverterTest {
    private static final double ALPHA = 16;
    private static final double TOLERANCE = 1e-6;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear",
                "linear-legacy",
                "views",
                "views-legacy",
                "shared",
                "shared-legacy",
                "protocol4",
                "parameters",
                "double",
                "half",
                "bfloat16",
                "head",
                "nested"
            })
    void linearLayersKeepTheirDeltas(String name) throws IOException {
        ConversionResult result = LoralibConverter.convert(request(name).build());
        assertDeltas(name, result, 1);
        assertThat(result.modules()).allMatch(m -> m.type() == LayerType.LINEAR).hasSize(4);
    }

    @Test
    void weightsThatAreNotNumbersAreRefusedByTheirName() throws IOException {
        Path broken = folder.resolve("broken.pt");
        try (NDManager manager = TorchEngine.get().newBaseManager()) {
            NDArray a = manager.create(new float[] {1, Float.NaN, 3}, new Shape(1, 3));
            NDArray b = manager.create(new float[] {1, 2}, new Shape(2, 1));
            a.setName("q.lora_A");
            b.setName("q.lora_B");
            LoraStateDictFile.writeTorch(broken, new NDList(a, b));
        }
        Path output = folder.resolve("broken");
        assertThatThrownBy(
                        () ->
                                LoralibConverter.convert(
                                        ConversionRequest.builder()
                                                .setCheckpoint(broken)
                                                .setOutput(output)
                                                .setAlpha(1)
                                                .build()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("broken.pt", "q.lora_A.weight has NaN");
        assertThat(output).doesNotExist();
    }

    @Test
    void alphaScalesTheDelta() throws IOException {
        LoralibConverter.convert(request("linear").setAlpha(8).build());
        assertDeltas("linear", null, 0.5);
        assertThatThrownBy(() -> assertDeltas("linear", null, 1))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void ranksThatDifferBecomePatternsAndEachModuleIsNamed() throws IOException {
        LoralibConverter.convert(request("linear").build());
        LoraConfig config = config();
        assertThat(config.rank()).isEqualTo(2);
        assertThat(config.alpha()).isEqualTo(16);
        assertThat(config.rankPattern())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("encoder.layer.0.query", 3, "encoder.layer.1.query", 3));
        assertThat(config.alphaPattern()).isEmpty();
        assertThat(config.targets().names())
                .containsExactly(
                        "encoder.layer.0.query",
                        "encoder.layer.0.value",
                        "encoder.layer.1.query",
                        "encoder.layer.1.value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"merged", "merged-transposed"})
    void mergedLayersBecomeBlocksOfOnePlainLayer(String name) throws IOException {
        ConversionResult result =
                LoralibConverter.convert(
                        request(name)
                                .optFanInFanOut(name.contains("transposed"))
                                .optEnableLora("c_attn", List.of(true, false, true))
                                .optEnableLora("c_one", List.of(false, true, false))
                                .optEnableLora("c_all", List.of(true, true))
                                .build());
        assertDeltas(name, result, 1);
        assertThat(result.modules().get(1))
                .isEqualTo(
                        new ConversionResult.Module("h.0.c_attn", LayerType.MERGED_LINEAR, 4, 32));
    }

    @ParameterizedTest
    @ValueSource(strings = {"merged-full", "merged-transposed-full"})
    void theBaseWeightTellsAPatternThatEnablesAll(String name) throws IOException {
        ConversionResult result =
                LoralibConverter.convert(
                        request(name)
                                .optFanInFanOut(name.contains("transposed"))
                                .optEnableLora("c_attn", List.of(true, false, true))
                                .optEnableLora("c_one", List.of(false, true, false))
                                .optModulesToSave(List.of())
                                .optBias(Bias.NONE)
                                .build());
        assertDeltas(name, result, 1);
        assertThat(result.bias()).isEqualTo(Bias.NONE);
        assertThat(result.dropped()).isEqualTo(16);
    }

    @Test
    void whatAFileLeavesOpenIsAskedForByTheOptionsName() {
        assertThatThrownBy(
                        () -> LoralibConverter.convert(request("merged-transposed-full").build()))
                .isInstanceOfSatisfying(
                        UndecidedCheckpointException.class,
                        e ->
                                assertThat(e.questions())
                                        .extracting(UndecidedCheckpointException.Question::option)
                                        .contains("--fan-in-fan-out", "--modules-to-save"));
        assertThatThrownBy(
                        () ->
                                LoralibConverter.convert(
                                        request("merged-transposed-full")
                                                .optFanInFanOut(true)
                                                .build()))
                .hasMessageContaining("--enable-lora true,false,true")
                .hasMessageContaining("h.0.c_attn, h.1.c_attn: a MergedLinear with 2 enabled")
                .hasMessageContaining("of 3 slices");
        assertThatThrownBy(() -> LoralibConverter.convert(request("merged").build()))
                .hasMessageContaining("--enable-lora");
        assertThatThrownBy(
                        () ->
                                LoralibConverter.convert(
                                        request("merged")
                                                .optEnableLora(List.of(true, true, true))
                                                .build()))
                .hasMessageContaining("[true, true, true] does not fit");
        assertThatThrownBy(() -> ConversionRequest.builder().build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () ->
                                ConversionRequest.builder()
                                        .setCheckpoint(Checkpoints.golden("linear.pt"))
                                        .setOutput(folder)
                                        .build())
                .hasMessageContaining("alpha is required");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void anEmbeddingIsKnownByItsBaseWeightOrByWhatIsSaid() throws IOException {
        assertThatThrownBy(() -> LoralibConverter.convert(request("embedding").build()))
                .isInstanceOf(UndecidedCheckpointException.class)
                .hasMessageContaining("--layer-type embed=linear or =embedding");
        ConversionResult result =
                LoralibConverter.convert(
                        request("embedding").optLayerType("embed", LayerType.EMBEDDING).build());
        assertDeltas("embedding", result, 1);
        ConversionResult full =
                LoralibConverter.convert(
                        request("embedding-full")
                                .optModulesToSave(List.of())
                                .optBias(Bias.LORA_ONLY)
                                .build());
        assertDeltas("embedding-full", full, 1);
        assertThat(full.modules().get(0).type()).isEqualTo(LayerType.EMBEDDING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"conv", "conv-full"})
    void convolutionsInLoralibsFormAreRefusedByName(String name) {
        ConversionRequest.Builder request =
                request(name).optModulesToSave(List.of()).optBias(Bias.NONE);
        if (name.equals("conv")) {
            assertThatThrownBy(() -> LoralibConverter.convert(request.build()))
                    .hasMessageContaining("it may be a convolution");
            request.optLayerType("conv", LayerType.CONV);
        }
        assertThatThrownBy(() -> LoralibConverter.convert(request.build()))
                .isInstanceOf(UndecidedCheckpointException.class)
                .hasMessageContaining("conv: a convolution in loralib's form");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void aTrainedHeadIsSavedWhole() throws IOException {
        ConversionResult result = LoralibConverter.convert(request("head").build());
        assertThat(result.modulesToSave()).containsExactly("classifier");
        assertThat(config().modulesToSave()).containsExactly("classifier");
        assertThat(result.bias()).isEqualTo(Bias.NONE);
        assertTrained("head");
    }

    @Test
    void aWholeModelIsHeldAgainstItsBase() throws IOException {
        assertThatThrownBy(() -> LoralibConverter.convert(request("full").build()))
                .isInstanceOf(UndecidedCheckpointException.class)
                .hasMessageContaining("--model DIR");
        ConversionResult result =
                LoralibConverter.convert(request("full").optModel(base("model")).build());
        assertDeltas("full", result, 1);
        assertTrained("full");
        assertThat(result.modulesToSave()).containsExactly("classifier");
        assertThat(result.warnings()).isEmpty();
        assertThat(config().targets().names())
                .as("endings that select these alone")
                .containsExactly("query", "value");
        ConversionResult same =
                LoralibConverter.convert(request("full").optModel(base("model-trained")).build());
        assertThat(same.modulesToSave()).as("nothing differs from that base").isEmpty();
    }

    @Test
    void aHeadCanBeNamedInsteadOfCompared() throws IOException {
        LoralibConverter.convert(
                request("full").optModulesToSave(List.of("classifier")).optBias(Bias.NONE).build());
        assertTrained("full");
        assertThatThrownBy(
                        () ->
                                LoralibConverter.convert(
                                        request("full")
                                                .optModulesToSave(List.of("pooler"))
                                                .optBias(Bias.NONE)
                                                .build()))
                .hasMessageContaining("pooler");
    }

    @Test
    void biasesTravelUnderPeftsNames() throws IOException {
        ConversionResult own = LoralibConverter.convert(request("bias-only").build());
        assertThat(own.bias()).isEqualTo(Bias.LORA_ONLY);
        assertThat(names()).contains("encoder.layer.1.value.base_layer.bias");
        assertThat(names()).filteredOn(n -> n.endsWith("bias")).hasSize(4);
        ConversionResult all = LoralibConverter.convert(request("bias-all").build());
        assertThat(all.bias()).isEqualTo(Bias.ALL);
        assertThat(all.modulesToSave()).isEmpty();
        assertThat(names())
                .contains(
                        "encoder.layer.0.query.base_layer.bias",
                        "encoder.layer.0.key.bias",
                        "encoder.layer.0.norm.bias",
                        "classifier.dense.bias");
    }

    @Test
    void namesAreMappedOntoTheBaseModels() throws IOException {
        ConversionResult kept = LoralibConverter.convert(request("parallel").build());
        assertThat(kept.warnings()).singleElement().asString().contains("DistributedDataParallel");
        ConversionResult mapped =
                LoralibConverter.convert(request("parallel").optModel(base("model")).build());
        assertThat(mapped.modules().get(0).path()).isEqualTo("encoder.layer.0.query");
        assertThat(mapped.warnings()).singleElement().asString().contains("'module.");
        assertDeltas("parallel", mapped, 1);
    }

    @Test
    void aModuleThatTheBaseModelLacksIsNamedWithNearOnes() throws IOException {
        Path other = folder.resolve("other");
        Files.createDirectories(other);
        Files.copy(Checkpoints.golden("embedding.safetensors"), other.resolve("model.safetensors"));
        assertThatThrownBy(
                        () -> LoralibConverter.convert(request("linear").optModel(other).build()))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("4 tensors do not fit")
                .hasMessageContaining("encoder.layer.0.query.lora_A");
    }

    @Test
    void theDirectoryIsTheSameEachTime() throws IOException {
        LoralibConverter.convert(request("head").optBaseModelName("org/base").build());
        byte[] config = Files.readAllBytes(out().resolve("adapter_config.json"));
        byte[] weights = Files.readAllBytes(out().resolve(PeftAdapter.WEIGHTS_FILE));
        LoralibConverter.convert(request("head").optBaseModelName("org/base").build());
        assertThat(out().resolve("adapter_config.json")).hasBinaryContent(config);
        assertThat(out().resolve(PeftAdapter.WEIGHTS_FILE)).hasBinaryContent(weights);
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(PeftAdapter.read(out(), manager).config().baseModelNameOrPath())
                    .isEqualTo("org/base");
        }
    }

    private ConversionRequest.Builder request(String name) {
        return ConversionRequest.builder()
                .setCheckpoint(Checkpoints.golden(name + ".pt"))
                .setOutput(out())
                .setAlpha(ALPHA);
    }

    private Path out() {
        return folder.resolve("out");
    }

    private Path base(String name) throws IOException {
        Path directory = folder.resolve(name);
        Files.createDirectories(directory);
        Files.copy(
                Checkpoints.golden(name + ".safetensors"), directory.resolve("model.safetensors"));
        return directory;
    }

    private LoraConfig config() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            return PeftAdapter.read(out(), manager).config().lora();
        }
    }

    private List<String> names() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            return List.copyOf(PeftAdapter.read(out(), manager).tensors().keySet());
        }
    }

    /** alpha / rank · B·A of the directory, in double precision, is what loralib added. */
    private void assertDeltas(String name, @Nullable ConversionResult result, double factor)
            throws IOException {
        int compared = 0;
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile expected =
                        SafeTensorsFile.open(Checkpoints.golden(name + ".safetensors"))) {
            PeftAdapter adapter = PeftAdapter.read(out(), manager);
            LoraConfig config = adapter.config().lora();
            for (String key : expected.names()) {
                if (!key.startsWith("delta.")) {
                    continue;
                }
                String path = key.substring("delta.".length());
                boolean embedding = adapter.tensors().containsKey(path + ".lora_embedding_A");
                NDArray a =
                        tensor(
                                adapter,
                                path + (embedding ? ".lora_embedding_A" : ".lora_A.weight"));
                NDArray b =
                        tensor(
                                adapter,
                                path + (embedding ? ".lora_embedding_B" : ".lora_B.weight"));
                double[] delta = Checkpoints.product(b, a, config.scalingFor(path), embedding);
                float[] wanted = expected.read(manager, key).toFloatArray();
                assertThat(delta).as(path).hasSize(wanted.length);
                for (int i = 0; i < wanted.length; i++) {
                    double tolerance = TOLERANCE * Math.max(1, Math.abs(wanted[i]));
                    assertThat(delta[i])
                            .as("%s %d", path, i)
                            .isCloseTo(wanted[i] * factor, within(tolerance));
                }
                compared++;
            }
            assertThat(adapter.tensors().keySet())
                    .filteredOn(n -> n.contains("lora_"))
                    .hasSize(2 * compared);
        }
        assertThat(compared).isPositive();
        if (result != null) {
            assertThat(result.modules()).hasSize(compared);
        }
    }

    private void assertTrained(String name) throws IOException {
        int compared = 0;
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile expected =
                        SafeTensorsFile.open(Checkpoints.golden(name + ".safetensors"))) {
            PeftAdapter adapter = PeftAdapter.read(out(), manager);
            for (String key : expected.names()) {
                if (key.startsWith("trained.")) {
                    assertThat(tensor(adapter, key.substring("trained.".length())))
                            .isEqualTo(expected.read(manager, key));
                    compared++;
                }
            }
        }
        assertThat(compared).isEqualTo(4);
    }

    private static NDArray tensor(PeftAdapter adapter, String name) {
        return Objects.requireNonNull(adapter.tensors().get(name), name);
    }
}
