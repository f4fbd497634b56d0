/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScriptTest {
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

    interface Kinds {
        NDArray all(
                NDArray x, List<NDArray> xs, double f, long i, long[] ns, @Nullable NDArray maybe);

        NDList pair(NDArray x);

        long count(NDArray x);

        boolean isWide(NDArray x);
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
                            maybe: Optional[Tensor],
                        ) -> Tensor:
                            for y in xs:
                                x = x + y
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
        Kinds kinds = bind(KINDS, Kinds.class);
        NDArray x = manager.create(new float[] {1, 2, 3});
        NDArray two = manager.create(2f);
        NDArray y = kinds.all(x, List.of(two, two), 0.5, 7, new long[] {10, 20}, null);
        assertThat(y.toDoubleArray()).containsExactly(39.5, 40, 40.5);
        NDArray z = kinds.all(x, List.of(), 0.5, 7, new long[0], two);
        assertThat(z.toDoubleArray()).containsExactly(8, 9, 10);
        assertThat(z.getManager()).isSameAs(manager);
        assertThat(kinds.pair(x).get(1).toFloatArray()).containsExactly(-1, -2, -3);
        assertThat(kinds.count(x)).isEqualTo(3);
        assertThat(kinds.isWide(x)).isTrue();
        assertThat(kinds.toString()).contains("Script");
    }

    interface Wrong {
        NDArray absent(NDArray x);

        NDArray addNumber(NDArray x, double n);

        NDArray right(NDArray x);

        NDList resultOf(NDArray x);
    }

    @Test
    void everyMethodThatIsAbsentOrOfOtherTypesIsNamed() {
        String text =
                HEAD
                        + """

                            def add_number(self, x: Tensor, n: int) -> Tensor:
                                return x + n

                            def right(self, x: Tensor) -> Tensor:
                                return x

                            def result_of(self, x: Tensor) -> Tensor:
                                return x
                        """;
        assertThatThrownBy(() -> bind(text, Wrong.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("room.py does not define what Wrong calls")
                .hasMessageContaining("expected absent(Tensor) -> Tensor, found no absent")
                .hasMessageContaining(
                        "expected add_number(Tensor, float) -> Tensor, found add_number(Tensor,"
                                + " int) -> Tensor")
                .hasMessageContaining("expected result_of(Tensor) -> List[Tensor], found")
                .hasMessageNotContaining("right");
    }

    @Test
    void anAbsentFileIsNamed() {
        assertThatThrownBy(() -> ScriptSource.read("nothing.py"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("nothing.py");
    }

    interface Number {
        long number(NDArray x);
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
        Number number = bind(NEEDS, Number.class);
        assertThat(number.number(manager.ones(new Shape(1)))).isOne();
        Number plain = Script.bind(new ScriptSource("room.py", NEEDS), List.of(), Number.class);
        assertThat(plain.number(manager.ones(new Shape(1)))).isZero();
    }

    @Test
    void whatDoesNotCompileIsReportedAtEachCallWithTheLineOfTheFile() {
        String text =
                HEAD + "\n    def number(self, x: Tensor) -> int:\n        return torch.no(x)\n";
        Number number = bind(text, Number.class);
        NDArray x = manager.create(1f);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> number.number(x))
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

    private static <T> T bind(String text, Class<T> type) {
        ScriptSource source = new ScriptSource("room.py", text);
        return Script.bind(source, source.needs(), type);
    }
}
