/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.SharedBase;
import org.lora4j.predict.TextClassifier;

/** The service of the how-to classifies, learns and serves tenants, for many at once. */
final class TopicServiceTest {
    private static final int CLIENTS = 64;
    private static final int REPLACEMENTS = 50;
    private static final String[] LABELS = {"warm", "cold", "deep"};
    private static final List<String> TEXTS =
            List.of("red sky is", "green grass the", "blue sea a", "green sky deep");

    @TempDir static Path folder;

    private static SharedBase shared;
    private static Path acme;
    private static TopicService service;

    /**
     * A request.
     *
     * @param text which text
     * @param before the version that served when it was sent
     * @param after the version that served when it was answered
     * @param page the answer
     * @param nanos how long it took
     */
    private record Answer(int text, int before, int after, String page, long nanos) {}

    @BeforeAll
    static void start() throws IOException {
        Path base = Bases.write(folder);
        shared = SharedBase.load(base, LoadOptions.defaults());
        Path first = Bases.adapter(shared, folder.resolve("first"), 1, 2, LABELS);
        acme = Bases.adapter(shared, folder.resolve("tenants/acme"), 2, 2, LABELS);
        service =
                TopicService.start(
                        folder,
                        "lora4j.model=" + base,
                        "lora4j.classifier.adapter=" + first,
                        "lora4j.classifier.tenants.directory=" + folder.resolve("tenants"));
    }

    @AfterAll
    static void stop() {
        service.close();
        shared.close();
    }

    private static ServedAdapter serving() {
        return service.served().adapter();
    }

    @Test
    void itClassifiesAndLearnsAndServesTenants() throws Exception {
        long predictions = service.served().predictions();
        String text = TEXTS.get(0);
        ServedAdapter before = serving();
        assertThat(service.ask("/topic", text)).isEqualTo(expected(before).get(0));
        assertThat(service.ask("/tenants/acme/topic", text)).isEqualTo(expected(acme).get(0));

        Bases.table(folder, 12, 1, LABELS);
        ServedAdapter learnt = service.learn();
        assertThat(learnt.version()).isEqualTo(before.version() + 1);
        assertThat(learnt.directory()).hasParent(folder.resolve("adapters"));
        assertThat(expected(learnt)).doesNotContainAnyElementsOf(expected(before));
        assertThat(service.ask("/topic", text)).isEqualTo(expected(learnt).get(0));
        assertThat(service.ask("/tenants/acme/topic", text)).isEqualTo(expected(acme).get(0));

        assertThat(service.ask("/actuator/health"))
                .contains("\"lora4j\"", "\"version\":" + learnt.version(), "UP");
        assertThat(service.ask("/actuator/metrics/lora4j.predictions"))
                .contains("\"statistic\":\"COUNT\",\"value\":%d.0".formatted(predictions + 4));
    }

    @Test
    @Tag("once-per-boot")
    void everyAnswerIsThatOfAnAdapterThatServedMeanwhile() throws Exception {
        Map<Integer, List<String>> expected = new HashMap<>();
        Queue<Answer> answers = new ConcurrentLinkedQueue<>();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            AtomicBoolean done = new AtomicBoolean();
            expected.put(serving().version(), expected(serving()));
            List<Future<?>> running = start(clients, request(answers, failures), done);
            for (int i = 2; i < REPLACEMENTS + 2; i++) {
                Bases.table(folder, 12, i, LABELS);
                ServedAdapter learnt = service.learn();
                expected.put(learnt.version(), expected(learnt));
            }
            done.set(true);
            for (Future<?> client : running) {
                client.get(60, TimeUnit.SECONDS);
            }
        } finally {
            clients.shutdownNow();
        }
        assertThat(failures).isEmpty();
        assertThat(expected.values()).doesNotHaveDuplicates().hasSize(REPLACEMENTS + 1);
        List<Answer> wrong = answers.stream().filter(each -> !isRight(each, expected)).toList();
        assertThat(wrong).isEmpty();
        assertThat(answers.stream().map(Answer::before).distinct())
                .as("requests ran beside most adapters")
                .hasSizeGreaterThan(REPLACEMENTS / 2);
        report(answers);
    }

    private static List<String> expected(ServedAdapter adapter) throws IOException {
        return expected(Objects.requireNonNull(adapter.directory()));
    }

    private static List<String> expected(Path adapter) throws IOException {
        try (LoraModel alone = shared.newModel(adapter)) {
            TextClassifier classifier = TextClassifier.of(alone);
            return TEXTS.stream().map(classifier::classify).map(TopicService::json).toList();
        }
    }

    private static Runnable request(Queue<Answer> answers, Queue<Throwable> failures) {
        AtomicInteger count = new AtomicInteger();
        return () -> {
            int text = count.getAndIncrement() % TEXTS.size();
            int before = serving().version();
            long begin = System.nanoTime();
            try {
                String page = service.ask("/topic", TEXTS.get(text));
                long nanos = System.nanoTime() - begin;
                answers.add(new Answer(text, before, serving().version(), page, nanos));
            } catch (Exception | Error e) {
                failures.add(e);
            }
        };
    }

    /** All clients send a request at once, wait for each other and a replacement, and go on. */
    private static List<Future<?>> start(
            ExecutorService clients, Runnable request, AtomicBoolean done) {
        AtomicBoolean last = new AtomicBoolean();
        AtomicInteger version = new AtomicInteger(serving().version());
        Runnable rest =
                () -> {
                    while (!done.get() && serving().version() == version.get()) {
                        LockSupport.parkNanos(1_000_000);
                    }
                    version.set(serving().version());
                    last.set(done.get());
                };
        CyclicBarrier round = new CyclicBarrier(CLIENTS, rest);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Callable<Void> client =
                    () -> {
                        while (!last.get()) {
                            request.run();
                            round.await();
                        }
                        return null;
                    };
            running.add(clients.submit(client));
        }
        return running;
    }

    /** Whether an answer is that of an adapter that served between its request and its end. */
    private static boolean isRight(Answer answer, Map<Integer, List<String>> expected) {
        // an adapter serves just before its version is told
        for (int version = answer.before(); version <= answer.after() + 1; version++) {
            List<String> all = expected.get(version);
            if (all != null && all.get(answer.text()).equals(answer.page())) {
                return true;
            }
        }
        return false;
    }

    private static void report(Queue<Answer> answers) {
        long[] nanos = answers.stream().mapToLong(Answer::nanos).sorted().toArray();
        System.out.printf(
                "%,d answers beside %d replacements, none wrong; p50 %.1f ms, p99 %.1f ms%n",
                nanos.length,
                REPLACEMENTS,
                nanos[nanos.length / 2] / 1e6,
                nanos[(int) (nanos.length * 0.99)] / 1e6);
        assertThat(Arrays.stream(nanos).sum()).isPositive();
    }
}
