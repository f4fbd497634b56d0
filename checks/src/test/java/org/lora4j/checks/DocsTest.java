/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * README and docs say what the code does: their Java is compiled, their options and files exist.
 */
final class DocsTest {
    private static final Pattern REGION =
            Pattern.compile("// snippet: (\\S+)\\n(.*?)\\n\\s*// end\\b", Pattern.DOTALL);

    @Test
    void everyJavaBlockStandsInACompiledSource() {
        Map<String, String> snippets = snippets();
        List<String> strangers = new ArrayList<>();
        for (Markdown page : pages()) {
            for (Markdown.Block block : page.blocks()) {
                if (block.language().equals("java")
                        && snippets.values().stream()
                                .noneMatch(s -> s.contains(squeezed(block.content())))) {
                    strangers.add(page.name() + ":\n" + block.content());
                }
            }
        }
        assertThat(strangers)
                .as(
                        "put the code into a test of lora-examples between '// snippet: name' and"
                                + " '// end'; known: %s",
                        snippets.keySet())
                .isEmpty();
    }

    @Test
    void everyOptionInACommandExists() throws IOException, InterruptedException {
        Map<String, String> help = new LinkedHashMap<>();
        List<String> unknown = new ArrayList<>();
        assumeTrue(
                Files.exists(
                        House.root().resolve("lora-cli/src/main/java/org/lora4j/cli/Main.java")),
                "there is no command line yet");
        for (Markdown page : pages()) {
            for (Markdown.Command command : page.commands()) {
                if (!help.containsKey(command.name())) {
                    help.put(command.name(), help(command.name()));
                }
                for (String option : command.options()) {
                    if (!Pattern.compile(Pattern.quote(option) + "(?![a-z-])")
                            .matcher(help.getOrDefault(command.name(), ""))
                            .find()) {
                        unknown.add(page.name() + ": " + command.name() + " " + option);
                    }
                }
            }
        }
        assertThat(help).as("the pages show commands").isNotEmpty();
        assertThat(unknown).isEmpty();
    }

    @Test
    void everyRelativeLinkPointsToAFile() {
        List<String> dead = new ArrayList<>();
        int links = 0;
        for (Markdown page : pages()) {
            Path folder = House.root().resolve(page.name()).resolveSibling("");
            for (String link : page.relativeLinks()) {
                links++;
                if (!Files.exists(folder.resolve(link))) {
                    dead.add(page.name() + " -> " + link);
                }
            }
        }
        assertThat(links).isPositive();
        assertThat(dead).isEmpty();
    }

    @Test
    void pagesAreReadAsTheyAreWritten() {
        Markdown page =
                new Markdown(
                        "a.md",
                        """
                        See [that](b.md#part), [site](https://example.org/x.md).
                        ```java
                        int x = lora4j(1); // [no](link.md)
                        ```
                        ```
                        ./lora4j train --model DIR \\
                            --rank 8 [--json]   # --not-an-option
                        ./lora4j merge --output o
                        ```
                        """);
        assertThat(page.blocks()).extracting(Markdown.Block::language).containsExactly("java", "");
        assertThat(page.relativeLinks()).containsExactly("b.md");
        assertThat(page.commands())
                .containsExactly(
                        new Markdown.Command("train", List.of("--model", "--rank", "--json")),
                        new Markdown.Command("merge", List.of("--output")));
    }

    /** The regions of the sources that the build compiles as tests of the examples. */
    private static Map<String, String> snippets() {
        Map<String, String> found = new LinkedHashMap<>();
        List<Path> folders =
                List.of(
                        Path.of("lora-examples/src/main/java"),
                        Path.of("lora-examples/src/test/java"),
                        Path.of("lora-spring-boot-starter/src/test/java"),
                        Path.of("checks/src/test/java")); // with others' libraries
        for (Path folder : folders) {
            for (Path file : House.files(House.root().resolve(folder), ".java")) {
                Matcher region = REGION.matcher(House.read(file).replace("\r\n", "\n"));
                while (region.find()) {
                    String name = file.getFileName() + "#" + region.group(1);
                    assertThat(found.put(name, squeezed(region.group(2))))
                            .as("twice: %s", name)
                            .isNull();
                }
            }
        }
        return found;
    }

    /** Code without its white space, so that line breaks and indents do not count. */
    private static String squeezed(String code) {
        return code.replaceAll("\\s+", "");
    }

    private static List<Markdown> pages() {
        Path root = House.root();
        Stream<Path> top =
                Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md").map(root::resolve);
        return Stream.concat(top, House.files(root.resolve("docs"), ".md").stream())
                .map(file -> new Markdown(root.relativize(file).toString(), House.read(file)))
                .toList();
    }

    /** What a subcommand says about itself, asked as a user asks. */
    private static String help(String command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                "org.lora4j.cli.Main",
                                command,
                                "--help")
                        .redirectErrorStream(true)
                        .start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("lora4j %s --help says: %s", command, text).isZero();
        return text;
    }
}
