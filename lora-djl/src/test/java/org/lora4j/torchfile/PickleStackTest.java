/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class PickleStackTest {
    private final PickleStack<String> stack = new PickleStack<>(5, 3, String::length);

    @Test
    void valuesBelowAMarkCannotBeTaken() throws PickleException {
        stack.push("a");
        stack.mark();
        assertThat(stack.top()).isNull();
        assertThatThrownBy(() -> stack.take(1))
                .isInstanceOf(PickleException.class)
                .hasMessageContaining("takes more values than it made");
        stack.push("b");
        stack.push("c");
        assertThat(stack.takeToMark()).containsExactly("b", "c");
        assertThat(stack.result()).isEqualTo("a");
        assertThatThrownBy(stack::takeToMark).hasMessageContaining("a mark that it never set");
    }

    @Test
    void valuesLevelsAndMarksAreBounded() throws PickleException {
        assertThatThrownBy(() -> stack.push("four"))
                .hasMessageContaining("nests deeper than 3 levels");
        stack.mark();
        stack.mark();
        stack.mark();
        assertThatThrownBy(stack::mark).hasMessageContaining("nests deeper than 3 levels");
        stack.push("b");
        stack.remember(7, "b");
        stack.recall(7);
        stack.recall(7);
        stack.recall(7);
        assertThatThrownBy(() -> stack.recall(7)).hasMessageContaining("more than 5 values");
    }

    @Test
    void oneValueIsLeftAtTheEnd() throws PickleException {
        assertThatThrownBy(stack::result).hasMessageContaining("stops with 0 values");
        assertThatThrownBy(() -> stack.recall(1)).hasMessageContaining("memo 1");
        stack.push("a");
        stack.mark();
        assertThatThrownBy(stack::result).hasMessageContaining("instead of one");
    }
}
