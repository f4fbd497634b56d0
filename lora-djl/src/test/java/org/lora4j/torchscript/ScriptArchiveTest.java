/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchscript.archive.ScriptRecords;
import org.lora4j.torchscript.archive.ScriptRecordsWriter;
import org.lora4j.torchscript.pickle.ScriptPickler;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptUnpickler;
import org.lora4j.torchscript.pickle.ScriptValue.Dict;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;
import org.lora4j.torchscript.pickle.ScriptValue.Text;

/** Archives of torch.jit.save, listed without running them. */
final class ScriptArchiveTest {
    @TempDir Path directory;

    static List<ScriptGolden> cases() {
        return ScriptGolden.all();
    }

    private static Map<String, ScriptParameter> parameters(ScriptArchive archive) {
        Map<String, ScriptParameter> parameters = new LinkedHashMap<>();
        for (ScriptModule module : archive.modules()) {
            for (ScriptParameter parameter : module.parameters()) {
                String path = module.path();
                parameters.put(
                        path.isEmpty() ? parameter.name() : path + "." + parameter.name(),
                        parameter);
            }
        }
        return parameters;
    }

    @Test
    void modulesHaveThePathsClassesAndTensorsOfTheModel() throws IOException {
        try (ScriptArchive archive = ScriptArchive.open(ScriptGolden.of("linear").archive())) {
            assertThat(archive.modules())
                    .extracting(ScriptModule::path)
                    .containsExactly("", "a", "b");
            assertThat(archive.modules())
                    .extracting(ScriptModule::originalName)
                    .containsExactly("Two", "Linear", "Linear");
            ScriptParameter weight = archive.modules().get(1).parameters().get(0);
            assertThat(weight.name()).isEqualTo("weight");
            assertThat(weight.shape()).isEqualTo(new Shape(7, 5));
            assertThat(weight.dtype()).isEqualTo(TensorDtype.F64);
            assertThat(weight.trainable()).isTrue();
            assertThat(archive.modules().get(1).parameters().get(1).reason())
                    .contains("1 dimensions");
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyTargetIsListedWithItsModeAndForm(ScriptGolden golden) throws IOException {
        try (ScriptArchive archive = ScriptArchive.open(golden.archive())) {
            Map<String, ScriptParameter> parameters = parameters(archive);
            for (ScriptGolden.Target target : golden.targets()) {
                if (golden.isRefused()) {
                    ScriptParameter parameter = parameters.get(target.target().path());
                    if (parameter != null) {
                        assertThat(parameter.adaptable()).isEmpty();
                        assertThat(parameter.reason()).contains(golden.refusal());
                    }
                    continue;
                }
                ScriptParameter parameter = parameters.get(target.target().path());
                assertThat(parameter).as(target.target().path()).isNotNull();
                assertThat(parameter.adaptable())
                        .as("%s: %s", target.target().path(), parameter.reason())
                        .isPresent();
                ScriptParameter.Adaptation adaptation = parameter.adaptable().orElseThrow();
                assertThat(adaptation.mode().name())
                        .as("%s: %s", target.target().path(), parameter.reason())
                        .isEqualToIgnoringCase(target.mode());
                assertThat(adaptation.form().name())
                        .as(target.target().path())
                        .isEqualToIgnoringCase(target.form());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aFileWithItsPicklesEncodedAfreshIsTheSameModel(ScriptGolden golden) throws IOException {
        Path copy = directory.resolve("copy.pt");
        try (ScriptRecords records = ScriptRecords.open(golden.archive());
                OutputStream out = Files.newOutputStream(copy)) {
            ScriptRecordsWriter writer = new ScriptRecordsWriter(out, records.folder());
            for (String name : records.names()) {
                if (name.equals("data.pkl") || name.equals("constants.pkl")) {
                    byte[] pickle = records.read(name, 1 << 20);
                    writer.add(name, ScriptPickler.write(ScriptUnpickler.read(pickle)));
                } else {
                    writer.copy(records, name);
                }
            }
            writer.finish();
        }
        try (ScriptArchive original = ScriptArchive.open(golden.archive());
                ScriptArchive encoded = ScriptArchive.open(copy)) {
            assertThat(encoded.modules()).isEqualTo(original.modules());
            for (Map.Entry<String, ScriptParameter> entry : parameters(original).entrySet()) {
                if (entry.getValue().dtype() != null) {
                    LazyTensor tensor = encoded.tensor(entry.getKey());
                    assertThat(tensor.sameValues(original.tensor(entry.getKey()))).isTrue();
                }
            }
        }
        try (LoadedScript original = LoadedScript.load(golden.archive());
                LoadedScript encoded = LoadedScript.load(copy)) {
            NDList inputs = golden.inputs(original.manager());
            if (!golden.name().equals("dropout-training")) {
                NDArray expected = original.forward(inputs);
                assertThat(encoded.forward(inputs).toByteBuffer())
                        .isEqualTo(expected.toByteBuffer());
                Doubles.assertClose(expected, golden.tensor(original.manager(), "out"), 1e-12);
            }
        }
    }

    @Test
    void aMethodOfSomethingUnknownCountsAsThatOfEveryModule() throws IOException {
        Path file =
                new EditedArchive(ScriptGolden.of("linear").archive())
                        .text(
                                "code/__torch__.py",
                                text ->
                                        text.replace(
                                                "    b = self.b\n",
                                                "    y = (xs[0]).other(x, )\n    b = self.b\n"))
                        .text(
                                "code/__torch__/torch/nn/modules/linear.py",
                                text ->
                                        text
                                                + "  def other(self: X,\n"
                                                + "    x: Tensor) -> Tensor:\n"
                                                + "    return torch.sum(self.weight)\n")
                        .write(directory.resolve("unknown.pt"));
        try (ScriptArchive archive = ScriptArchive.open(file)) {
            assertThat(parameters(archive).get("a.weight").reason())
                    .isEqualTo("it is used by torch.sum");
            assertThat(parameters(archive).get("b.weight").reason()).isEmpty();
        }
    }

    @Test
    void deflatedArchivesAreReadAndWrittenStored() throws IOException {
        ScriptGolden golden = ScriptGolden.of("linear");
        Path deflated = directory.resolve("deflated.pt");
        try (ScriptRecords records = ScriptRecords.open(golden.archive());
                ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(deflated))) {
            for (String name : records.names()) {
                zip.putNextEntry(new ZipEntry("model/" + name));
                zip.write(records.read(name, 1 << 20));
            }
        }
        Path copy = directory.resolve("stored.pt");
        try (ScriptArchive archive = ScriptArchive.open(deflated);
                ScriptArchive original = ScriptArchive.open(golden.archive())) {
            assertThat(archive.modules()).isEqualTo(original.modules());
            new ScriptRewriter(archive)
                    .add(golden.targets().get(0).target())
                    .write(copy, AdapterValues.ZEROS);
        }
        try (LoadedScript script = LoadedScript.load(copy)) {
            Doubles.assertClose(
                    script.forward(golden.inputs(script.manager())),
                    golden.tensor(script.manager(), "out"),
                    1e-12);
        }
    }

    /** Run with -Dlora4j.largeTests=true: 9 GB of disk, and no more heap than other tests. */
    @Test
    @EnabledIfSystemProperty(named = "lora4j.largeTests", matches = "true")
    void archivesOverFourGigabytesAreStreamed() throws IOException {
        long rows = 560_000_000;
        Path file = directory.resolve("large.pt");
        ScriptGolden golden = ScriptGolden.of("linear-float");
        try (ScriptRecords records = ScriptRecords.open(golden.archive());
                OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            ScriptRecordsWriter writer = new ScriptRecordsWriter(out, "large");
            for (String name : records.names()) {
                if (name.equals("data.pkl")) {
                    Instance root = (Instance) ScriptUnpickler.read(records.read(name, 1 << 20));
                    Instance b = (Instance) ((Dict) root.state()).get("b");
                    ((Dict) b.state())
                            .put(
                                    new Text("weight"),
                                    ScriptTensor.contiguous(
                                            "2", TensorDtype.F32, new Shape(rows, 2), true));
                    writer.add(name, ScriptPickler.write(root));
                } else if (name.equals("data/2")) {
                    ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
                    writer.add(
                            name,
                            rows * 8,
                            sink -> {
                                for (long left = rows * 8; left > 0; left -= zeros.limit()) {
                                    zeros.clear().limit((int) Math.min(left, zeros.capacity()));
                                    sink.write(zeros.duplicate());
                                }
                            });
                } else {
                    writer.copy(records, name);
                }
            }
            writer.finish();
        }
        Path rewritten = directory.resolve("rewritten.pt");
        try (ScriptArchive archive = ScriptArchive.open(file)) {
            assertThat(parameters(archive).get("b.weight").shape()).isEqualTo(new Shape(rows, 2));
            new ScriptRewriter(archive)
                    .add(golden.targets().get(0).target())
                    .write(rewritten, AdapterValues.ZEROS);
        }
        assertThat(Files.size(rewritten)).isGreaterThan(1L << 32);
        try (ScriptArchive archive = ScriptArchive.open(rewritten)) {
            assertThat(archive.adapters()).hasSize(1);
            assertThat(archive.tensor("a.lora_A").toFloats()).containsOnly(0f);
        }
    }
}
