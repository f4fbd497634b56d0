/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.RowEnds;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.TextFormat;
import org.lora4j.text.lines.Utf8Lines;

final class TextFileTest {
    private static final TextColumns COLUMNS = TextColumns.of("text", "label");

    private Path folder = Path.of("");

    @BeforeProperty
    void create() throws IOException {
        folder = Files.createTempDirectory("text-file");
    }

    @AfterProperty
    void delete() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    /** Some 20 blocks, in which a cell has line ends where the format allows it. */
    private Path large(TextFormat format) throws IOException {
        StringBuilder text = new StringBuilder("\uFEFF");
        String filler = "é ".repeat(700);
        text.append(
                switch (format) {
                    case TSV -> "text\tlabel\tother\n";
                    case CSV -> "text,label,\"the\nother\"\r\n";
                    case JSONL -> "";
                });
        for (int i = 0; i < 2500; i++) {
            String line =
                    switch (format) {
                        case TSV -> "a \"text %d\t%s\t%s\n";
                        case CSV -> "\"a \"\"text\n\n %d, so\",%s,%s\r\n";
                        case JSONL ->
                                "{\"text\": \"a text %d\", \"label\": \"%s\", \"other\": \"%s\"}\n";
                    };
            text.append(line.formatted(i, "label " + i % 3, filler + i));
            text.append(i % 100 == 7 ? "\n" : "");
        }
        return write("large." + format.name().toLowerCase(Locale.ROOT), text.toString());
    }

    @Example
    void theBlocksHaveTheRowsOfTheFile() throws IOException {
        for (TextFormat format : TextFormat.values()) {
            Path path = large(format);
            List<TextExample> all = TextFileReader.readAll(path, COLUMNS);
            TextFile file = TextFile.open(path, COLUMNS);
            assertThat(file.blocks()).as(format.toString()).isGreaterThan(16);
            assertThat(file.rows()).isEqualTo(all.size());
            assertThat(file.size()).isEqualTo(Files.size(path));
            assertThat(file.labels()).containsExactly("label 0", "label 1", "label 2");
            int[] every = IntStream.range(0, file.blocks()).toArray();
            assertThat(file.read(every)).isEqualTo(all);
            int[][] windows = file.windows(5, 1, true);
            assertThat(windows).hasNumberOfRows(2);
            for (int[] window : windows) {
                assertThat(window).isSorted();
                List<TextExample> found = file.read(window);
                assertThat(found).hasSize(file.rows(window));
                assertThat(Arrays.stream(file.positions(window)).mapToObj(all::get).toList())
                        .isEqualTo(found);
            }
        }
    }

    /** Any rows, cut wherever they may be cut, are the same rows. */
    @Property(tries = 500)
    void commaSeparatedRowsAreCutOnlyBetweenRows(
            @ForAll @Size(max = 12)
                    List<@Chars({'"', ',', '\n', ' ', 'é', 'x'}) @StringLength(max = 6) String>
                            cells)
            throws IOException {
        StringBuilder text = new StringBuilder(cells.size() % 2 == 0 ? "" : "\uFEFF");
        text.append("\"text\",label\n");
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            boolean plain = cell.indexOf(',') < 0 && cell.indexOf('\n') < 0;
            text.append(
                    plain && !cell.startsWith("\"")
                            ? cell
                            : "\"" + cell.replace("\"", "\"\"") + "\"" + " ".repeat(i % 2));
            text.append(",l").append(i % 3 == 0 ? "\r\n" : "\n").append(i % 4 == 0 ? "\n" : "");
        }
        Path path = write("p.csv", text.toString());
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        RowEnds ends = RowEnds.of(TextFormat.CSV);
        List<TextExample> found = new ArrayList<>();
        Header header = null;
        int from = 0;
        int lines = 0;
        int linesBefore = 0;
        for (int i = 0; i < bytes.length; i++) {
            lines += bytes[i] == '\n' ? 1 : 0;
            if (ends.ends(bytes[i])) {
                byte[] part = Arrays.copyOfRange(bytes, from, i + 1);
                header = readPart(path, part, linesBefore, header, found);
                from = i + 1;
                linesBefore = lines;
            }
        }
        assertThat(from).isEqualTo(bytes.length);
        List<TextExample> all = new ArrayList<>();
        readPart(path, bytes, 0, null, all);
        assertThat(found).isEqualTo(all).hasSize(cells.size());
        assertThat(found).extracting(TextExample::text).isEqualTo(cells);
    }

    private static @Nullable Header readPart(
            Path path,
            byte[] bytes,
            int linesBefore,
            @Nullable Header header,
            List<TextExample> rows)
            throws IOException {
        Utf8Lines lines = new Utf8Lines(path, new ByteArrayInputStream(bytes), linesBefore);
        try (TextFileReader reader =
                TextFileReader.part(path, lines, TextFormat.CSV, COLUMNS, header)) {
            for (TextExample row = reader.next(); row != null; row = reader.next()) {
                rows.add(row);
            }
            return reader.header();
        }
    }

    private static String refusal(ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).as("a refusal").isNotNull();
        return thrown.getMessage();
    }

    private void assertRefusedAlike(Path file) {
        assertThat(refusal(() -> TextFile.open(file, COLUMNS)))
                .isEqualTo(refusal(() -> TextFileReader.readAll(file, COLUMNS)));
    }

    @Example
    void whatIsWrongWithAFileIsToldAsInMemory() throws IOException {
        assertRefusedAlike(write("a.tsv", ""));
        assertRefusedAlike(write("a.csv", ""));
        assertRefusedAlike(write("a.jsonl", "\n \n"));
        assertRefusedAlike(write("b.tsv", "text\tlabel\n"));
        assertRefusedAlike(write("b.csv", "text,labels\nx,1\n"));
        assertRefusedAlike(write("c.csv", "text,label\nx,1\n\"open,1\n"));
        assertRefusedAlike(folder.resolve("absent.tsv"));
        assertRefusedAlike(write("a.txt", "text\tlabel\n"));
        for (TextFormat format : TextFormat.values()) {
            Path file = large(format);
            byte[] sound = Files.readAllBytes(file);
            for (byte[] bad :
                    new byte[][] {
                        "one cell\n".getBytes(StandardCharsets.UTF_8),
                        "\"a\"b,c,d\te\n".getBytes(StandardCharsets.UTF_8),
                        {'x', '\t', (byte) 0xFF, ',', '\n'}
                    }) {
                byte[] broken = Arrays.copyOf(sound, sound.length + bad.length);
                System.arraycopy(bad, 0, broken, sound.length, bad.length);
                Files.write(file, broken);
                assertRefusedAlike(file);
                assertThat(refusal(() -> TextFile.open(file, COLUMNS)))
                        .contains("large.", ", line ");
            }
        }
    }

    @Example
    void aQuoteThatIsNotClosedDoesNotFillTheHeap() throws IOException {
        Path file = folder.resolve("open.csv");
        byte[] line = "x".repeat(1023).concat("\n").getBytes(StandardCharsets.UTF_8);
        try (var out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write("text,label\nx,1\n\"open,1\n".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 66_000; i++) {
                out.write(line);
            }
        }
        assertThatThrownBy(() -> TextFile.open(file, COLUMNS))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("open.csv, line 3: ")
                .hasMessageContaining("the quote of a cell");
    }

    @Example
    void labelsAreJudgedAsInMemory() throws IOException {
        Path file = write("a.tsv", "text\tlabel\na\t1\nb\t2.5\nc\t1\nd\tpoor\ne\tpoor\nf\tnoise\n");
        List<TextExample> rows = TextFileReader.readAll(file, COLUMNS);
        TextFile streamed = TextFile.open(file, COLUMNS);
        assertThat(streamed.labels()).isEqualTo(LabelSet.labelsOf(rows));
        LabelSet known = LabelSet.of(List.of("1", "2.5", "pool"));
        assertThat(refusal(() -> streamed.requireLabels(known)))
                .isEqualTo(refusal(() -> known.indices(rows, file.toString())))
                .contains("line 5: ", "'poor'", "'pool'");
        assertThat(refusal(streamed::requireNumbers))
                .isEqualTo(refusal(() -> RegressionTargets.parse(rows, file.toString())))
                .contains("line 5: ");
        streamed.requireLabels(LabelSet.of(List.of("1", "2.5", "noise", "poor")));
        TextFile.open(write("n.tsv", "text\tlabel\na\t1\nb\t-2.5e3\n"), COLUMNS).requireNumbers();
        TextFile unlabelled = TextFile.open(file, new TextColumns("text", null, null));
        assertThatThrownBy(unlabelled::labels).hasMessageContaining("without a label column");
    }

    @Example
    void labelsWithoutEndAreNotKept() throws IOException {
        StringBuilder text = new StringBuilder("text\tlabel\n");
        for (int i = 0; i <= LabelSurvey.MOST_LABELS; i++) {
            text.append("x\t").append(i).append("\n");
        }
        TextFile file = TextFile.open(write("many.tsv", text.toString()), COLUMNS);
        assertThat(file.rows()).isEqualTo(LabelSurvey.MOST_LABELS + 1);
        assertThatThrownBy(file::labels)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("many.tsv: column 'label' has more than 131072 different");
        file.requireNumbers();
    }

    @Example
    void aFileThatWasChangedIsTold() throws IOException {
        Path path = write("a.tsv", "text\tlabel\na\t1\n");
        TextFile file = TextFile.open(path, COLUMNS);
        Files.writeString(path, "text\tlabel\na\t1\nb\t1\n");
        assertThatThrownBy(() -> file.read(new int[] {0}))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("a.tsv: the file was changed");
    }
}
