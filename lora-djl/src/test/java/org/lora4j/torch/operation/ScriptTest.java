/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScriptTest {
    private static final List<String> ROOMS =
            List.of(
                    "DENSE",
                    "PACKED",
                    "ATTENTION",
                    "ROWS",
                    "LOSSES",
                    "AUTOGRAD",
                    "OPTIMIZERS",
                    "CONVOLUTION",
                    "PARTS",
                    "DISENTANGLED",
                    "EMBEDDINGS",
                    "ATTENTION_PARTS");

    private static final String HEAD =
            """
            from torch import Tensor


            class Room(Module):
                training: bool
            """;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private static final String KINDS =
            HEAD
                    + """

                        def all(
                            self,
                            x: Tensor,
                            xs: List[Tensor],
                            f: float,
                            i: int,
                            ns: List[int],
                            whole: bool,
                            maybe: Optional[Tensor],
                        ) -> Tensor:
                            for y in xs:
                                x = x + y
                            if not whole:
                                x = x * 0 - 7
                            if maybe is not None:
                                x = x * maybe
                            return (x * f + i + sum(ns)).to(torch.float64)

                        def pair(self, x: Tensor) -> List[Tensor]:
                            return [x, -x]

                        def count(self, x: Tensor) -> int:
                            return x.numel()

                        def is_wide(self, x: Tensor) -> bool:
                            return x.numel() > 2
                    """;

    @Test
    void everyKindOfArgumentAndResultPasses() {
        Script kinds = new Script(new ScriptSource("room.py", KINDS));
        NDArray x = manager.create(new float[] {1, 2, 3});
        NDArray two = manager.create(2f);
        long[] ns = {10, 20};
        NDArray y = kinds.array("all", x, List.of(two, two), 0.5, 7, ns, true, null);
        assertThat(y.toDoubleArray()).containsExactly(39.5, 40, 40.5);
        NDArray z = kinds.array("all", x, List.of(), 0.5, 7L, new long[0], false, two);
        assertThat(z.toDoubleArray()).containsExactly(0, 0, 0);
        assertThat(z.getManager()).isSameAs(manager);
        assertThat(kinds.list("pair", x).get(1).toFloatArray()).containsExactly(-1, -2, -3);
        assertThat(kinds.integer("count", x)).isEqualTo(3);
    }

    @Test
    void aCallThatDoesNotFitTheFileFailsByName() {
        Script kinds = new Script(new ScriptSource("room.py", KINDS));
        NDArray x = manager.create(new float[] {1, 2, 3});
        assertThatThrownBy(() -> kinds.array("absent", x))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("absent");
        assertThatThrownBy(() -> kinds.integer("count", 2))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("count")
                .hasMessageContaining("Tensor");
        assertThatThrownBy(() -> kinds.array("count", x, "no tensor"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("String");
    }

    /** Names pass as text, so nothing but this finds one that is misspelt before it is called. */
    @Test
    void javaCallsWhatTheFilesDefineAndAllOfIt() throws IOException {
        StringBuilder calls = new StringBuilder();
        Path sources = Path.of("src/main/java/org/lora4j/torch");
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                calls.append(Files.readString(file));
            }
        }
        Map<String, String> texts = new HashMap<>();
        for (String room : ROOMS) {
            texts.put(room, resource(room.toLowerCase(Locale.ROOT) + ".py"));
        }
        Pattern call = Pattern.compile("Script\\.(\\w+)\\s*\\.\\w+\\(\\s*\"(\\w+)\"");
        assertThat(call.matcher(calls).results().toList())
                .hasSizeGreaterThan(50)
                .allSatisfy(
                        found ->
                                assertThat(texts.get(found.group(1)))
                                        .contains("    def " + found.group(2) + "("));
        texts.forEach(
                (room, text) ->
                        assertThat(Pattern.compile("    def (\\w+)\\(").matcher(text).results())
                                .map(method -> method.group(1))
                                .allMatch(
                                        name ->
                                                calls.indexOf('"' + name + '"') >= 0
                                                        || text.contains("self." + name + "(")));
    }

    private static String resource(String file) throws IOException {
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void anAbsentFileIsNamed() {
        assertThatThrownBy(() -> ScriptSource.read("nothing.py"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("nothing.py");
    }

    private static final String NEEDS =
            HEAD
                    + """

                        # needs the newest
                        def number(self, x: Tensor) -> int:
                            return torch.an_operation_of_tomorrow(x)

                        # needs the processor
                        def number(self, x: Tensor) -> int:
                            return 2

                        # above it
                        # needs something old
                        def number(self, x: Tensor) -> int:
                            return 1

                        def number(self, x: Tensor) -> int:
                            return 0

                        def works(self) -> bool:
                            return self.number(torch.ones([1])) != 2
                    """;

    @Test
    void theFirstDefinitionThatCompilesAndWorksCounts() {
        Script number = new Script(new ScriptSource("room.py", NEEDS));
        assertThat(number.integer("number", manager.ones(new Shape(1)))).isOne();
        Script plain = new Script(new ScriptSource("room.py", NEEDS), List.of());
        assertThat(plain.integer("number", manager.ones(new Shape(1)))).isZero();
    }

    @Test
    void whatDoesNotCompileIsReportedAtEachCallWithTheLineOfTheFile() {
        String text =
                HEAD + "\n    def number(self, x: Tensor) -> int:\n        return torch.no(x)\n";
        Script number = new Script(new ScriptSource("room.py", text));
        NDArray x = manager.create(1f);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> number.integer("number", x))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("room.py\", line 8")
                    .hasMessageContaining("torch.no(x)");
        }
    }

    @Test
    void aTextForLibtorchKeepsItsLines() {
        ScriptSource source = new ScriptSource("room.py", NEEDS);
        List<String> before = NEEDS.lines().toList();
        List<String> after = source.with(List.of("something old")).lines().toList();
        assertThat(after).hasSameSizeAs(before);
        assertThat(after.indexOf("        return 1")).isEqualTo(before.indexOf("        return 1"));
        assertThat(after).doesNotContain("        return 0", "        return 2");
    }
}
