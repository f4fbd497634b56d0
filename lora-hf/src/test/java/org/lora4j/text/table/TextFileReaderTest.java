/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.TextFormat;
import org.lora4j.text.tokenizer.UnicodeText;

final class TextFileReaderTest {
    private static final TextColumns COLUMNS = TextColumns.of("text", "label");

    private Path folder = Path.of("");

    @BeforeProperty
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("text");
    }

    @AfterProperty
    void deleteFolder() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private Path write(String name, String content) throws IOException {
        return Files.write(folder.resolve(name), content.getBytes(UTF_8));
    }

    private ThrowingCallable reading(String name, String content) throws IOException {
        Path file = write(name, content);
        return () -> TextFileReader.readAll(file, COLUMNS);
    }

    @Example
    void tsvTakesQuotesAsLiteralText() throws IOException {
        Path file = write("a.tsv", "label\ttext\n1\t\"half a quote\n0\tit 's \"fine\" , no\n");
        assertThat(TextFileReader.readAll(file, COLUMNS))
                .containsExactly(
                        new TextExample(2, "\"half a quote", null, "1"),
                        new TextExample(3, "it 's \"fine\" , no", null, "0"));
    }

    @Example
    void aBlankLineOfAOneColumnFileIsAnEmptyText() throws IOException {
        TextColumns column = new TextColumns("text", null, null);
        for (String name : new String[] {"one.tsv", "one.csv"}) {
            Path file = write(name, "text\nfog\n\nthe tide\n\n");
            assertThat(TextFileReader.readAll(file, column))
                    .as(name)
                    .containsExactly(
                            new TextExample(2, "fog", null, null),
                            new TextExample(3, "", null, null),
                            new TextExample(4, "the tide", null, null),
                            new TextExample(5, "", null, null));
        }
        Path two = write("two.tsv", "text\tlabel\nfog\t1\n\nthe tide\t0\n");
        assertThat(TextFileReader.readAll(two, COLUMNS)).hasSize(2);
    }

    @Example
    void csvReadsQuotedCellsThatSpanLinesAndKeepsTheirLineNumbers() throws IOException {
        Path file =
                write(
                        "a.csv",
                        "text,other,label\r\n"
                                + "\"one\r\n"
                                + "two, \"\"three\"\"\",x,pos\r\n"
                                + "four,y,neg\r\n");
        assertThat(TextFileReader.readAll(file, COLUMNS))
                .containsExactly(
                        new TextExample(2, "one\r\ntwo, \"three\"", null, "pos"),
                        new TextExample(4, "four", null, "neg"));
    }

    @Example
    void jsonLinesTakeLabelsOfAnyPlainKind() throws IOException {
        Path file =
                write(
                        "a.jsonl",
                        """
                        {"text": "a\\tb", "label": "pos", "more": {"deep": [1, {"x": null}]}}
                        {"label": 1, "text": "é"}

                        {"text": "c", "label": 1.0}
                        {"text": "d", "label": -2.50}
                        {"text": "e", "label": true}
                        {"text": "f", "label": 0.0}
                        {"text": "g", "label": 1e300}
                        """);
        assertThat(TextFileReader.readAll(file, COLUMNS))
                .containsExactly(
                        new TextExample(1, "a\tb", null, "pos"),
                        new TextExample(2, "é", null, "1"),
                        new TextExample(4, "c", null, "1"),
                        new TextExample(5, "d", null, "-2.50"),
                        new TextExample(6, "e", null, "true"),
                        new TextExample(7, "f", null, "0"),
                        new TextExample(8, "g", null, "1e300"));
    }

    @Example
    void pairsAndUnlabelledRowsAreReadByColumnNames() throws IOException {
        Path file = write("a.tsv", "id\tpremise\thypothesis\n7\tp\th\n");
        TextColumns columns = new TextColumns("premise", "hypothesis", null);
        assertThat(TextFileReader.readAll(file, columns))
                .containsExactly(new TextExample(2, "p", "h", null));
    }

    @Example
    void theFormatMayBeNamedWhateverTheExtension() throws IOException {
        Path file = write("a.txt", "label\ttext\n1\tx\n");
        assertThat(TextFileReader.readAll(file, TextFormat.TSV, COLUMNS)).hasSize(1);
        assertThatThrownBy(() -> TextFileReader.readAll(file, COLUMNS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a.txt")
                .hasMessageContaining(".tsv, .csv or .jsonl");
    }

    @Example
    void aByteOrderMarkIsSkippedInEveryFormat() throws IOException {
        for (Path file :
                List.of(
                        write("b.tsv", "\uFEFFtext\tlabel\nx\t1\n"),
                        write("b.csv", "\uFEFFtext,label\nx,1\n"),
                        write("b.jsonl", "\uFEFF{\"text\": \"x\", \"label\": \"1\"}\n"))) {
            List<TextExample> rows = TextFileReader.readAll(file, COLUMNS);
            assertThat(rows).extracting(TextExample::text).containsExactly("x");
        }
    }

    @Example
    void aMissingColumnListsTheColumnsAndTheNearOne() throws IOException {
        assertThatThrownBy(reading("a.tsv", "label\ttext_a\n1\tx\n"))
                .isInstanceOf(TextFileException.class)
                .hasMessageContainingAll(
                        "a.tsv, line 1", "no column 'text'", "label, text_a", "mean 'text_a'");
        assertThatThrownBy(reading("a.jsonl", "{\"texts\": \"x\", \"label\": 1}\n"))
                .hasMessageContainingAll("a.jsonl, line 1", "no column 'text'", "mean 'texts'");
        assertThatThrownBy(reading("a.csv", "text;label\nx;1\n"))
                .hasMessageContainingAll("no column 'text'", "holds ';'");
        assertThatThrownBy(reading("a.tsv", "text,label\nx,1\n"))
                .hasMessageContainingAll("holds ','", "right one?");
        assertThatThrownBy(reading("a.tsv", "text\ttext\tlabel\nx\ty\t1\n"))
                .hasMessageContaining("column 'text' occurs twice");
    }

    @Example
    void emptyFilesAndHeadersWithoutRowsAreErrors() throws IOException {
        assertThatThrownBy(reading("a.tsv", "")).hasMessageContaining("a.tsv: the file is empty");
        assertThatThrownBy(reading("a.csv", "")).hasMessageContaining("a.csv: the file is empty");
        assertThatThrownBy(reading("a.jsonl", "")).hasMessageContaining("has no rows");
        assertThatThrownBy(reading("a.jsonl", "\n \n")).hasMessageContaining("has no rows");
        assertThatThrownBy(reading("a.tsv", "text\tlabel\n"))
                .hasMessageContaining("a header but no rows");
        assertThatThrownBy(reading("a.csv", "text,label\r\n\r\n"))
                .hasMessageContaining("a header but no rows");
        Path absent = folder.resolve("none.tsv");
        assertThatThrownBy(() -> TextFileReader.readAll(absent, COLUMNS))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("none.tsv");
        Path directory = folder;
        assertThatThrownBy(() -> TextFileReader.readAll(directory, TextFormat.TSV, COLUMNS))
                .hasMessageContaining("is a directory");
    }

    @Example
    void brokenRowsAreNamedByTheirLine() throws IOException {
        assertThatThrownBy(reading("a.tsv", "text\tlabel\nx\t1\nx\n"))
                .isInstanceOf(TextFileException.class)
                .extracting(e -> ((TextFileException) e).line())
                .isEqualTo(3);
        assertThatThrownBy(reading("a.tsv", "text\tlabel\nx\t1\nx\n"))
                .hasMessageContaining("line 3: expected 2 columns as in the header, found 1");
        assertThatThrownBy(reading("a.tsv", "text\tlabel\nx\t \n"))
                .hasMessageContaining("line 2: the label is empty");
        assertThatThrownBy(reading("a.csv", "text,label\n\"a\nb\",1\nx,1,2\n"))
                .hasMessageContaining("line 4: expected 2 columns");
        assertThatThrownBy(reading("a.csv", "text,label\nx,1\n\"open,1\n"))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("line 3: not a csv row");
        assertThatThrownBy(reading("a.csv", "text,label\n\"a\"b,1\n"))
                .hasMessageContaining("line 2: not a csv row");
        for (String line :
                List.of(
                        "{\"text\": \"x\", \"label\": ",
                        "{\"text\": \"x\" \"label\": 1}",
                        "{\"text\": \"x\", \"label\": NaN}",
                        "text",
                        "{'text': 'x', 'label': 1}")) {
            assertThatThrownBy(
                            reading("a.jsonl", "{\"text\": \"x\", \"label\": 1}\n" + line + "\n"))
                    .as(line)
                    .isInstanceOf(TextFileException.class)
                    .hasMessageContaining("a.jsonl, line 2: ");
        }
        assertThatThrownBy(reading("a.jsonl", "[1]\n")).hasMessageContaining("found an array");
        assertThatThrownBy(reading("a.jsonl", "{\"text\": 3, \"label\": 1}\n"))
                .hasMessageContaining("'text' is a number; expected a string");
        assertThatThrownBy(reading("a.jsonl", "{\"text\": \"x\", \"label\": null}\n"))
                .hasMessageContaining("'label' is null");
        assertThatThrownBy(reading("a.jsonl", "{\"text\": \"x\", \"label\": 1} {}\n"))
                .isInstanceOf(TextFileException.class);
        String deep = "[".repeat(100_000);
        assertThatThrownBy(reading("a.jsonl", "{\"deep\": " + deep + "\n"))
                .isInstanceOf(TextFileException.class);
    }

    @Example
    void aWholeNumberIsOneLabelInEveryFormat() throws IOException {
        List<String> expected = List.of("1", "1", "0", "-2", "0.5", "007", "1e300", "a");
        List<String> written = List.of("1", "1.0", "0.0", "-2e0", "0.5", "007", "1e300", "a");
        StringBuilder tsv = new StringBuilder("text\tlabel\n");
        StringBuilder csv = new StringBuilder("text,label\n");
        StringBuilder jsonl = new StringBuilder();
        for (String label : written) {
            tsv.append("x\t").append(label).append('\n');
            csv.append("x,").append(label).append('\n');
            boolean number = !label.equals("007") && !label.equals("a");
            String value = number ? label : '"' + label + '"';
            jsonl.append("{\"text\": \"x\", \"label\": ").append(value).append("}\n");
        }
        for (Path file :
                List.of(
                        write("l.tsv", tsv.toString()),
                        write("l.csv", csv.toString()),
                        write("l.jsonl", jsonl.toString()))) {
            assertThat(TextFileReader.readAll(file, COLUMNS))
                    .extracting(TextExample::label)
                    .as(file.toString())
                    .isEqualTo(expected);
        }
    }

    @Example
    void linesThatEndInCarriageReturnsAloneAreNamed() throws IOException {
        for (String name : List.of("r.tsv", "r.csv", "r.jsonl")) {
            String separator = name.equals("r.csv") ? "," : "\t";
            String json = "{\"text\": \"x\", \"label\": 1}\r".repeat(2);
            String rows = "text" + separator + "label\rx" + separator + "1\r";
            assertThatThrownBy(reading(name, name.equals("r.jsonl") ? json : rows))
                    .isInstanceOf(TextFileException.class)
                    .hasMessageContaining(name + ": its lines end with CR alone");
        }
    }

    @Example
    void bytesThatAreNotUtf8AreNamedByTheirLine() throws IOException {
        for (String name : List.of("a.tsv", "a.csv", "a.jsonl")) {
            String separator = name.equals("a.csv") ? "," : "\t";
            String rows = "text" + separator + "label\nx" + separator + "1\nna\u00efve" + separator;
            String json =
                    "{\"text\": \"x\", \"label\": 1}\n".repeat(2)
                            + "{\"text\": \"na\u00efve\", \"label\": 1}\n";
            String content = name.equals("a.jsonl") ? json : rows + "1\n";
            Path file = Files.write(folder.resolve(name), content.getBytes(ISO_8859_1));
            assertThatThrownBy(() -> TextFileReader.readAll(file, COLUMNS))
                    .isInstanceOf(TextFileException.class)
                    .hasMessageContaining(name + ", line 3: the bytes are not UTF-8");
        }
        Path wide = Files.write(folder.resolve("w.tsv"), "\uFEFFtext\t".getBytes(UTF_16LE));
        assertThatThrownBy(() -> TextFileReader.readAll(wide, COLUMNS))
                .hasMessageContaining("UTF-16");
    }

    @Example
    void columnsMustDiffer() {
        assertThatThrownBy(() -> TextColumns.of("a", "a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a' is asked for twice");
        assertThatThrownBy(() -> TextColumns.of(" ", "a"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 300)
    void whatJavaSplitsIntoLinesIsWhatIsRead(@ForAll List<String> texts) throws IOException {
        List<String> clean = new ArrayList<>();
        StringBuilder file = new StringBuilder("text\tlabel\n");
        for (String text : texts) {
            String one =
                    UnicodeText.wellFormed(text)
                            .replaceAll("[\t\n\r]", " ")
                            .repeat(1 + text.length() % 3);
            clean.add(one);
            file.append(one).append("\tx").append(clean.size() % 2 == 0 ? "\n" : "\r\n");
        }
        Path path = write("p.tsv", file.toString());
        if (clean.isEmpty()) {
            assertThatThrownBy(() -> TextFileReader.readAll(path, COLUMNS))
                    .isInstanceOf(TextFileException.class);
            return;
        }
        List<TextExample> rows = TextFileReader.readAll(path, COLUMNS);
        assertThat(rows).extracting(TextExample::text).isEqualTo(clean);
        assertThat(rows.get(rows.size() - 1).line()).isEqualTo(rows.size() + 1);
    }

    @Example
    void linesLongerThanTheReadBufferStayWhole() throws IOException {
        String longText = "é ".repeat(100_000);
        Path file = write("a.tsv", "text\tlabel\n" + longText + "\t1\nshort\t0");
        assertThat(TextFileReader.readAll(file, COLUMNS))
                .containsExactly(
                        new TextExample(2, longText, null, "1"),
                        new TextExample(3, "short", null, "0"));
    }
}
