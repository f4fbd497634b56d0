/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.pass.AdapterNames;
import org.lora4j.block.pass.Readers;

/** A pass keeps the adapters that it began with, and their owner waits for it. */
final class AdapterPassTest {
    private static final double[][] X = NaiveLora.random(3, 4, LinearFixture.IN);

    /** A layer with the adapters "a" and "b", what each of them gives, and the owner's names. */
    private static final class Layer implements AutoCloseable {
        final LinearFixture fixture = new LinearFixture(true);
        final ActiveAdapters active = fixture.context.active();
        final AdapterNames names = active.names();
        final NDArray x = fixture.input(X, 4, 3);
        final float[] a;
        final float[] b;

        Layer() {
            fixture.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            fixture.add("b", LinearFixture.spec(2, 7, 0), 30, 1);
            a = with("a");
            b = with("b");
            active.setDefault(AdapterSelection.of("a"));
            assertThat(a).isNotEqualTo(b);
        }

        float[] with(String name) {
            try (ActiveAdapters.Scope scope = active.use(AdapterSelection.of(name))) {
                return run();
            }
        }

        float[] run() {
            return fixture.forward(x).toFloatArray();
        }

        @Override
        public void close() {
            fixture.close();
        }
    }

    @Test
    void allLayersOfAPassUseTheSelectionOfItsBeginning() {
        try (Layer layer = new Layer()) {
            try (ActiveAdapters.Scope pass = layer.active.pass()) {
                assertThat(layer.run()).containsExactly(layer.a);
                layer.active.setDefault(AdapterSelection.of("b"));
                assertThat(layer.run()).containsExactly(layer.a);
                try (ActiveAdapters.Scope inner = layer.active.pass()) {
                    assertThat(layer.run()).containsExactly(layer.a);
                }
                try (ActiveAdapters.Scope other = layer.active.use(AdapterSelection.of("b"));
                        ActiveAdapters.Scope own = layer.active.pass()) {
                    assertThat(layer.run()).containsExactly(layer.b);
                }
                assertThat(layer.run()).containsExactly(layer.a);
                assertThat(layer.active.current()).isEqualTo(AdapterSelection.of("a"));
            }
            assertThat(layer.run()).containsExactly(layer.b);
            assertThat(layer.active.isInPass()).isFalse();
        }
    }

    @Test
    void aStagedAdapterIsSeenWhenItIsPublished() {
        try (Layer layer = new Layer()) {
            String key = layer.names.stage("a");
            LoraAdapter next = layer.fixture.layer.addAdapter(key, LinearFixture.spec(2, 7, 0));
            assertThat(next.name()).isEqualTo("a");
            LinearFixture.write(next.b(), NaiveLora.random(99, LinearFixture.OUT, 2));
            assertThat(layer.run()).containsExactly(layer.a);
            assertThat(layer.fixture.layer.adapterNames()).containsExactly("a", "b");
            try (ActiveAdapters.Scope pass = layer.active.pass()) {
                String before = layer.names.publish(key, null);
                assertThat(layer.run()).containsExactly(layer.a);
                assertThat(layer.fixture.layer.adapter("a")).containsSame(next);
                assertThat(before).isNotNull();
            }
            assertThat(layer.run()).isNotEqualTo(layer.a);
        }
    }

    @Test
    void theParametersOfBothAreListedUntilOneIsRemoved() {
        try (Layer layer = new Layer()) {
            int listed = layer.fixture.layer.getDirectParameters().size();
            String key = layer.names.stage("a");
            LoraAdapter next = layer.fixture.layer.addAdapter(key, LinearFixture.spec(2, 7, 0));
            assertThat(layer.fixture.layer.getDirectParameters().size()).isEqualTo(listed + 2);
            String before = layer.names.publish(key, null);
            layer.names.free(before, () -> layer.fixture.layer.removeAdapter(before));
            assertThat(layer.fixture.layer.getDirectParameters().size()).isEqualTo(listed);
            assertThat(layer.fixture.layer.getDirectParameters().get(next.b().getName()))
                    .isSameAs(next.b());
        }
    }

    @Test
    void whoFreesAnAdapterWaitsForThePassesThatUseIt() throws Exception {
        try (Layer layer = new Layer()) {
            AtomicInteger freed = new AtomicInteger();
            ActiveAdapters.Scope pass = layer.active.pass();
            List<String> keys = layer.names.withdraw(Set.of("a"));
            assertThat(layer.active.getDefault().isEmpty()).isTrue();
            CompletableFuture<Void> owner =
                    CompletableFuture.runAsync(
                            () -> layer.names.free(keys.get(0), freed::incrementAndGet));
            Thread.sleep(50);
            assertThat(owner).isNotDone();
            assertThat(freed).hasValue(0);
            assertThat(layer.run()).containsExactly(layer.a);
            pass.close();
            owner.get(10, TimeUnit.SECONDS);
            assertThat(freed).hasValue(1);
            // one that nobody reads is freed at once
            layer.names.free(layer.names.withdraw(Set.of("b")).get(0), freed::incrementAndGet);
            assertThat(freed).hasValue(2);
        }
    }

    @Test
    void whatIsPinnedGoesOnAndIsFreedWhenItEnds() {
        try (Layer layer = new Layer()) {
            AtomicInteger freed = new AtomicInteger();
            HeldAdapters held = layer.active.hold();
            String key = layer.names.withdraw(Set.of("a")).get(0);
            layer.names.free(key, freed::incrementAndGet); // does not wait for what is not running
            assertThat(freed).hasValue(0);
            try (ActiveAdapters.Scope part = held.pass()) {
                assertThat(layer.run()).containsExactly(layer.a);
            }
            assertThat(freed).hasValue(0);
            held.close();
            held.close();
            assertThat(freed).hasValue(1);
            assertThatIllegalStateException().isThrownBy(held::pass);
            assertThatIllegalStateException()
                    .isThrownBy(() -> layer.active.hold(AdapterSelection.of("a")))
                    .withMessageContaining("[a]");
        }
    }

    @Test
    void aFailingPassLeavesNothingBehind() {
        try (Layer layer = new Layer()) {
            assertThatIllegalStateException()
                    .isThrownBy(
                            () -> {
                                try (ActiveAdapters.Scope pass = layer.active.pass()) {
                                    // a scope that nobody closes
                                    layer.active.use(AdapterSelection.of("b"));
                                    throw new IllegalStateException("in the middle");
                                }
                            })
                    .withMessage("in the middle");
            assertThat(layer.active.isInPass()).isFalse();
            assertThat(layer.run()).containsExactly(layer.a);
            AtomicInteger freed = new AtomicInteger();
            layer.names.free(layer.names.withdraw(Set.of("a")).get(0), freed::incrementAndGet);
            assertThat(freed).hasValue(1);
        }
    }

    @Test
    void aClosedTreeRefusesAndFreesAfterTheLastPass() throws Exception {
        try (Layer layer = new Layer()) {
            AtomicInteger freed = new AtomicInteger();
            ActiveAdapters.Scope pass = layer.active.pass();
            CompletableFuture<Void> owner =
                    CompletableFuture.runAsync(
                            () -> layer.active.close("it is closed", freed::incrementAndGet));
            Thread.sleep(50);
            assertThat(owner).isNotDone();
            assertThatIllegalStateException().isThrownBy(layer::run).withMessage("it is closed");
            assertThat(freed).hasValue(0);
            pass.close();
            owner.get(10, TimeUnit.SECONDS);
            assertThat(freed).hasValue(1);
            assertThatIllegalStateException()
                    .isThrownBy(layer.active::pass)
                    .withMessage("it is closed");
        }
    }

    @Test
    void aTreeThatIsClosedWhileItIsRebuiltStaysClosed() {
        try (Layer layer = new Layer()) {
            AtomicInteger freed = new AtomicInteger();
            try (ActiveAdapters.Scope alone = layer.active.exclusively("it is being rebuilt")) {
                assertThatIllegalStateException()
                        .isThrownBy(layer::run)
                        .withMessage("it is being rebuilt");
                layer.active.close("it is closed", freed::incrementAndGet);
            }
            assertThat(freed).hasValue(1);
            assertThatIllegalStateException().isThrownBy(layer::run).withMessage("it is closed");
        }
        try (Layer layer = new Layer()) {
            layer.active.exclusively("it is being rebuilt").close();
            assertThat(layer.run()).containsExactly(layer.a);
        }
    }

    @Test
    void aTrainingIsNotSteeredAndOwnsWhatItTrains() throws Exception {
        try (Layer layer = new Layer()) {
            layer.active.setDefault(AdapterSelection.of("b")); // some other thread's choice
            try (ActiveAdapters.Scope training = layer.active.train(Set.of("a"))) {
                assertThat(layer.run()).containsExactly(layer.a);
                layer.active.setDefault(AdapterSelection.none());
                assertThat(layer.run()).containsExactly(layer.a);
                assertThat(layer.active.inTraining()).containsExactly("a");
                CompletableFuture<Void> other =
                        CompletableFuture.runAsync(
                                () ->
                                        assertThatIllegalStateException()
                                                .isThrownBy(() -> layer.active.train(Set.of("a")))
                                                .withMessageContaining("being trained"));
                other.get(10, TimeUnit.SECONDS);
            }
            assertThat(layer.active.inTraining()).isEmpty();
            assertThat(layer.active.isInPass()).isFalse();
        }
    }

    @Test
    void theDefaultIsNotChangedUnderALayerThatIsInNoPass() throws Exception {
        try (Layer layer = new Layer()) {
            try (LayerPass running = layer.active.layer()) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> layer.active.setDefault(AdapterSelection.of("b")))
                        .withMessageContaining("ActiveAdapters.pass()");
            }
            layer.active.setDefault(AdapterSelection.of("b"));
            try (ActiveAdapters.Scope scope = layer.active.use(AdapterSelection.of("a"));
                    LayerPass running = layer.active.layer()) {
                layer.active.setDefault(AdapterSelection.of("a"));
            }
        }
    }

    @Test
    void readersAreCountedWhateverComesBetween() throws Exception {
        Readers readers = new Readers();
        AtomicInteger freed = new AtomicInteger();
        List<Thread> threads = new java.util.ArrayList<>();
        AtomicInteger entered = new AtomicInteger();
        for (int i = 0; i < 4; i++) {
            Thread thread =
                    new Thread(
                            () -> {
                                while (readers.enter()) {
                                    assertThat(freed).hasValue(0);
                                    entered.incrementAndGet();
                                    readers.leave();
                                }
                            });
            thread.start();
            threads.add(thread);
        }
        Thread.sleep(50);
        readers.retire(freed::incrementAndGet);
        readers.awaitNone();
        assertThat(freed).hasValue(1);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(entered.get()).isPositive();
        assertThat(freed).hasValue(1);
    }
}
