/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.torchscript.archive.InvalidScriptException;
import org.lora4j.torchscript.archive.ScriptRecordsWriter;

/** Each fault of an archive is one exception that says the file, what was expected and found. */
final class HostileArchiveTest {
    private static final String LINEAR = "code/__torch__/torch/nn/modules/linear.py";

    @TempDir Path directory;
    private Path file;
    private EditedArchive archive;

    @BeforeEach
    void read() throws IOException {
        file = directory.resolve("model.pt");
        archive = new EditedArchive(ScriptGolden.of("linear").archive());
    }

    private void refused(String... parts) throws IOException {
        archive.write(file);
        refusedFile(parts);
    }

    private void refusedFile(String... parts) {
        assertThatThrownBy(() -> ScriptArchive.open(file).close())
                .isInstanceOf(InvalidScriptException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageNotContaining("\n")
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> ScriptArchive.open(file)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void whatIsNoZipIsRefused() throws IOException {
        Files.writeString(file, "a text that is long enough");
        refusedFile("expected a TorchScript archive", "torch.jit");
    }

    @Test
    void aZipThatIsCutOffIsRefused() throws IOException {
        archive.write(file);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        refusedFile("cut off");
    }

    @Test
    void bytesInAnotherOrderAreRefused() throws IOException {
        archive.put("byteorder", "big".getBytes(StandardCharsets.US_ASCII));
        refused("byteorder", "expected little-endian data, found 'big'");
    }

    @Test
    void manyMethodsTakeTimeInProportion() throws IOException {
        StringBuilder more = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            more.append("  def m").append(i).append("(self) -> int:\n    return 1\n");
        }
        String record =
                archive.names().stream()
                        .filter(name -> name.endsWith("__torch__.py"))
                        .findFirst()
                        .orElseThrow();
        archive.text(record, text -> text + more).write(file);
        // a few seconds; 46 where each method was looked for among all
        assertTimeout(
                Duration.ofSeconds(20),
                () -> {
                    try (ScriptArchive open = ScriptArchive.open(file)) {
                        assertThat(open.modules()).isNotEmpty();
                    }
                });
    }

    @Test
    void aFileOfTorchSaveIsNamed() throws IOException {
        archive.remove("constants.pkl");
        refused("torch.save", "torch.jit.trace");
    }

    @Test
    void entriesInAnotherFolderAreRefused() throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("model/data.pkl"));
            zip.putNextEntry(new ZipEntry("other/data/0"));
        }
        refusedFile("in the folder 'model'", "other/data/0");
    }

    @Test
    void entriesThatLeaveTheFolderAreRefused() throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("model/../../etc/passwd"));
        }
        refusedFile("plain names");
    }

    @Test
    void anEntryThatIsThereTwiceIsRefused() throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            ScriptRecordsWriter writer = new ScriptRecordsWriter(out, "model");
            writer.add("data.pkl", new byte[3]);
            writer.add("data.pkl", new byte[4]);
            writer.finish();
        }
        refusedFile("data.pkl", "found two");
    }

    @Test
    void aRecordShorterThanItsStorageIsRefused() throws IOException {
        archive.put("data/0", new byte[16]);
        refused("data/0", "expected 280 bytes", "found 16");
    }

    @Test
    void aMissingOrBrokenVersionIsRefused() throws IOException {
        archive.put("version", "three".getBytes(StandardCharsets.UTF_8));
        refused("version", "found 'three'");
        archive.remove("version");
        refused("expected a record .data/version");
    }

    @Test
    void aMissingStorageIsRefused() throws IOException {
        archive.remove("data/2");
        refused("expected a record data/2");
    }

    @Test
    void aTensorOutsideItsStorageIsRefused() throws IOException {
        // The size of the storage: 35 elements, BININT1.
        archive.replace("data.pkl", "cpuq\nK#", "cpuq\nK\u0003");
        refused("data.pkl", "leaves its storage", "3 elements");
    }

    @Test
    void opcodesThatLibtorchDoesNotWriteAreRefused() throws IOException {
        byte[] pickle = archive.get("data.pkl").clone();
        pickle[pickle.length - 1] = '0';
        archive.put("data.pkl", pickle);
        refused("data.pkl", "opcode 0x30");
    }

    @Test
    void otherProtocolsAreRefused() throws IOException {
        byte[] pickle = archive.get("data.pkl").clone();
        pickle[1] = 4;
        archive.put("data.pkl", pickle);
        refused("data.pkl", "protocol 2", "protocol 4");
    }

    @Test
    void namesOfOtherModulesAreRefusedAndNothingIsRun() throws IOException {
        pickle("\u0080\u0002cos\nsystem\nX\u0002\u0000\u0000\u0000ls\u0085R.");
        refused("data.pkl", "os.system", "nothing was run");
    }

    private void pickle(String program) {
        archive.put("data.pkl", program.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void valuesThatNestTooDeeplyAreRefused() throws IOException {
        pickle("\u0080\u0002)" + "\u0085".repeat(100_000) + ".");
        refused("nests deeper");
    }

    @Test
    void aListCannotHoldItself() throws IOException {
        pickle("\u0080\u0002]q\u0000h\u0000a.");
        refused("no new list");
    }

    @Test
    void aPickleWithoutAModuleIsRefused() throws IOException {
        pickle("\u0080\u0002K\u0001.");
        refused("expected a module");
    }

    @Test
    void modulesInModulesThatMultiplyAreRefused() throws IOException {
        archive.put(
                "code/__torch__.py",
                bytes("class Node(Module):\n  __parameters__ = []\n  __buffers__ = []\n"));
        String tree = "c__torch__\nNode\n)\u0081}bq\u0000";
        for (char i = 1; i < 60; i++) {
            tree =
                    "c__torch__\nNode\n)\u0081}(X\u0001\u0000\u0000\u0000a%sX\u0001\u0000\u0000\u0000bh%subq%s"
                            .formatted(tree, (char) (i - 1), i);
        }
        pickle("\u0080\u0002" + tree + ".");
        refused("modules, found more");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void aClassWithoutCodeIsRefused() throws IOException {
        archive.remove(LINEAR);
        refused("expected the code of __torch__.torch.nn.modules.linear.Linear", "'a'");
    }

    @Test
    void anAttributeThatIsDeclaredAndNotThereIsRefused() throws IOException {
        archive.text(
                LINEAR, text -> text.replace("  bias : Tensor\n", "  bias : Tensor\n  b : int\n"));
        refused("expected an attribute b in 'a'");
    }

    @Test
    void bracketsThatDoNotMatchAreRefused() throws IOException {
        archive.text(LINEAR, text -> text.replace("weight, bias)", "weight, bias]"));
        refused(LINEAR, "line 12", "matching brackets");
    }

    @Test
    void deflatedEntriesThatWouldFillTheDiskAreRefused() throws IOException {
        // The directory says 3 GB of a deflated entry.
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("model/data.pkl"));
            zip.write(new byte[100]);
        }
        byte[] bytes = out.toByteArray();
        int entry = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PK\u0001\u0002");
        bytes[entry + 24 + 3] = (byte) 0xb2;
        Files.write(file, bytes);
        refusedFile("data.pkl", "uncompressed");
    }
}
