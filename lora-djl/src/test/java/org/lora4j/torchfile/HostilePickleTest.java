/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stranger's file may try: each is refused in one line, soon, and without much memory. */
final class HostilePickleTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "os system",
                "posix system",
                "builtins eval",
                "subprocess Popen",
                "torch load",
                "torch.storage _load_from_bytes",
                "torch.hub load",
                "__builtin__ exec"
            })
    void aFunctionThatIsNotOnTheListIsRefusedByName(String global) throws IOException {
        String[] parts = global.split(" ", -1);
        String call = "c" + parts[0] + "\n" + parts[1] + "\n(X\u0004\0\0\0evil" + "tR.";
        refused(pickle(call), parts[0] + "." + parts[1]);
        // The same by the name on the stack, as protocol 4 has it.
        String stacked =
                "\u008c"
                        + (char) parts[0].length()
                        + parts[0]
                        + "\u008c"
                        + (char) parts[1].length()
                        + parts[1]
                        + "\u0093)R.";
        refused(pickle(stacked), parts[0] + "." + parts[1]);
    }

    @Test
    void aNameFromAFileCannotBreakTheLineOrFloodIt() throws IOException {
        refused(pickle("c" + "a\r\u0007b" + "\nx\n."), "a??b.x");
        refused(pickle("c" + "a".repeat(5000) + "\nx\n."), "more than 256 characters");
    }

    @Test
    void aDeepNestIsRefused() throws IOException {
        int levels = 200_000;
        refused(pickle("(".repeat(levels) + "."), "nests deeper than 100");
        refused(pickle(")" + "\u0085".repeat(levels) + "."), "nests deeper than 100");
        refused(pickle("]".repeat(levels) + "a".repeat(levels - 1) + "."), "nests deeper than 100");
        String dicts = "}" + "X\u0001\0\0\0k}".repeat(levels);
        refused(pickle(dicts + "s".repeat(levels) + "."), "nests deeper than 100");
    }

    @Test
    void aListThatHoldsItselfIsNoTrouble() throws IOException {
        refused(pickle("]q\0h\0a" + "h\0a".repeat(500) + "."), "deeper");
        // A dict that holds itself is walked once, and holds no tensor.
        Path file = zip(pickle("}q\0X\u0001\0\0\0ah\0s."));
        try (TorchFile open = TorchFile.open(file)) {
            assertThat(open.stateDicts()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X\u00ff\u00ff\u00ff\u00ff",
                "B\u00ff\u00ff\u00ff\u007f",
                "\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f",
                "\u008e\0\0\0\0\0\0\0\u0080",
                "\u008b\u00ff\u00ff\u00ff\u007f",
                "\u0095\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff"
            })
    void aHugeLengthIsRefusedBeforeMemoryIsAskedFor(String opcode) throws IOException {
        refused(pickle(opcode + "abc."), "asks for");
    }

    @Test
    void moreValuesThanAnyStateDictHasAreRefused() throws IOException {
        refused(pickle("(" + "N".repeat(3_000_000) + "t."), "values");
        refused(pickle("]q\0" + "h\0a".repeat(2_100_000) + "."), "");
    }

    @Test
    void aLongStringAsAKeyIsRefused() throws IOException {
        String key = "X\0\0\u0001\0" + "k".repeat(65536);
        refused(pickle("}" + key + "Ns."), "key");
    }

    @ParameterizedTest
    @CsvSource({
        "h\0, memo",
        "a, more values",
        "s, more values",
        "t, mark",
        "R, more values",
        "q\0, never made",
        "2, opcode",
        "i, opcode",
        "\u0092, opcode",
        "b, more values",
        "P, opcode",
    })
    void opcodesOutOfPlaceAreRefused(String code, String problem) throws IOException {
        refused(pickle(code + "."), problem);
    }

    @Test
    void protocolsBeyondTheListAreRefused() throws IOException {
        refused(new byte[] {(byte) 0x80, 5, 'N', '.'}, "protocol 5");
    }

    @ParameterizedTest
    @CsvSource({
        // key, elements, offset, sizes, strides
        "9, 6, 0, '2,3', '3,1', no data/9",
        "0, 7, 0, '2,3', '3,1', takes|take 28",
        "0, 6, 1, '2,3', '3,1', leaves its storage",
        "0, 6, 0, '2,4', '3,1', leaves its storage",
        "0, 6, 0, '9223372036854775807,4', '1,1', leaves its storage",
        "0, 6, 0, '1000000,1000000', '0,0', leaves its storage",
        "0, 6, 0, '2,3', '-3,1', negative",
        "0, 6, -1, '2,3', '3,1', negative",
        "0, -6, 0, '2,3', '3,1', negative",
        "0, 4611686018427387904, 0, '2,3', '3,1', ''",
        "0, 6, 0, '2,3', '1', 2 sizes and 1 strides",
    })
    void aTensorThatDoesNotFitItsStorageIsRefused(
            String key, long elements, long offset, String sizes, String strides, String problem)
            throws IOException {
        byte[] pickle =
                Pickles.tensor("FloatStorage", key, elements, offset, longs(sizes), longs(strides));
        refused(pickle, problem.substring(problem.indexOf('|') + 1));
    }

    @Test
    void aGoodTensorOfTheSameMakingIsRead() throws IOException {
        byte[] pickle =
                Pickles.tensor("FloatStorage", "0", 6, 0, new long[] {3, 2}, new long[] {1, 3});
        try (TorchFile file = TorchFile.open(zip(pickle))) {
            LazyTensor tensor = file.stateDicts().values().iterator().next().get("t");
            assertThat(tensor).isNotNull();
            assertThat(tensor.toFloats()).containsExactly(0, 3, 1, 4, 2, 5);
        }
    }

    @Test
    void aFileCutAnywhereIsRefusedOrWhole() throws IOException {
        for (String name : new String[] {"linear.pt", "linear-legacy.pt"}) {
            byte[] whole = Files.readAllBytes(TorchGoldens.path(name));
            Path cut = folder.resolve("cut.pt");
            for (int length = 0; length < whole.length; length += 7) {
                Files.write(cut, Arrays.copyOf(whole, length));
                assertThatThrownBy(() -> TorchFile.open(cut))
                        .as("%s cut to %d", name, length)
                        .isInstanceOf(InvalidTorchFileException.class)
                        .hasMessageStartingWith(cut + ": ")
                        .hasMessageNotContaining("\n");
            }
        }
    }

    @Test
    void bigEndianDataIsRefused() throws IOException {
        byte[] pickle = Pickles.tensor("FloatStorage", "0", 6, 0, new long[] {6}, new long[] {1});
        Path file = folder.resolve("big.pt");
        write(file, pickle, "big");
        refused(file, "little-endian");
    }

    @Test
    void aBombOfZerosIsRefusedByItsSize() throws IOException {
        long elements = (1L << 26) + (1L << 18);
        byte[] pickle =
                Pickles.tensor(
                        "FloatStorage", "0", elements, 0, new long[] {elements}, new long[] {1});
        Path file = folder.resolve("bomb.pt");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setLevel(Deflater.BEST_SPEED);
            zip.putNextEntry(new ZipEntry("a/data.pkl"));
            zip.write(pickle);
            zip.putNextEntry(new ZipEntry("a/data/0"));
            byte[] zeros = new byte[1 << 20];
            for (long left = elements * 4; left > 0; left -= zeros.length) {
                zip.write(zeros);
            }
            zip.closeEntry();
        }
        assertThat(Files.size(file)).isLessThan(1 << 22);
        refused(file, "compressed");
    }

    @Test
    void otherFilesAreToldApart() throws IOException {
        Path text = folder.resolve("text.pt");
        Files.writeString(text, "not a checkpoint");
        refused(text, "neither");
        Path program = folder.resolve("program.pt");
        try (OutputStream out = Files.newOutputStream(program);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (String name : new String[] {"m/data.pkl", "m/constants.pkl"}) {
                zip.putNextEntry(new ZipEntry(name));
                zip.closeEntry();
            }
        }
        refused(program, "TorchScript");
    }

    private void refused(byte[] pickle, String problem) throws IOException {
        refused(zip(pickle), problem);
    }

    private static void refused(Path file, String problem) {
        assertTimeoutPreemptively(
                SOON,
                () ->
                        assertThatThrownBy(() -> TorchFile.open(file).close())
                                .isInstanceOf(InvalidTorchFileException.class)
                                .hasMessageStartingWith(file + ": ")
                                .hasMessageContaining(problem)
                                .hasMessageNotContaining("\n")
                                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(600)));
    }

    private static byte[] pickle(String latin1) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x80, 4});
        out.writeBytes(latin1.getBytes(StandardCharsets.ISO_8859_1));
        return out.toByteArray();
    }

    private static long[] longs(String text) {
        return Arrays.stream(text.split(",", -1)).mapToLong(Long::parseLong).toArray();
    }

    private Path zip(byte[] pickle) throws IOException {
        Path file = folder.resolve("hostile.pt");
        write(file, pickle, "little");
        return file;
    }

    /** A zip as torch writes it, with six floats, 0 to 5, in storage 0. */
    private static void write(Path file, byte[] pickle, String order) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            store(zip, "a/data.pkl", pickle);
            store(zip, "a/byteorder", order.getBytes(StandardCharsets.US_ASCII));
            store(zip, "a/data/0", Pickles.floats(0, 1, 2, 3, 4, 5));
        }
    }

    private static void store(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    @Test
    void aNameThatIsNotUtf8IsRefused(@TempDir Path folder) throws IOException {
        byte[] bytes = Files.readAllBytes(TorchGoldens.path("views.pt"));
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        bytes[text.lastIndexOf("/data.pkl") - 1] = (byte) 0xFF;
        Path file = Files.write(folder.resolve("named.pt"), bytes);
        assertThatThrownBy(() -> TorchFile.open(file))
                .isInstanceOf(InvalidTorchFileException.class)
                .hasMessageContaining("zip");
    }
}
