/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.train.checkpoint.OnDivergence;
import org.lora4j.train.checkpoint.Resume;
import org.lora4j.train.listener.JsonListener;
import org.lora4j.train.optimizer.Optimizer;
import org.lora4j.train.optimizer.OptimizerSettings;
import org.lora4j.train.optimizer.Sgd;

/** A training that diverges goes back to a checkpoint. */
class RollbackTest {
    @TempDir private Path folder = Path.of("");

    @Test
    void aDivergenceGoesBackPastADamagedCheckpoint() throws IOException {
        Path place = folder.resolve("damaged-in-between");
        List<Integer> told = new ArrayList<>();
        TrainingState.Hook waiting = ResumeTest.waiting(place);
        ResumeTest.Run run =
                ResumeTest.run(
                        c -> c.optOptimizer(Fragile::new),
                        place,
                        3,
                        b ->
                                b.optSaveEvery(2)
                                        .optKeepCheckpoints(0)
                                        .optOnDivergence(OnDivergence.ROLLBACK)
                                        .addListener(
                                                new TrainingListener() {
                                                    @Override
                                                    public void onResume(Resumed resumed) {
                                                        told.add(resumed.step());
                                                    }
                                                })
                                        .optHook(
                                                new TrainingState.Hook() {
                                                    @Override
                                                    public void onStep(TrainingState state) {
                                                        waiting.onStep(state);
                                                        if (state.steps() == 7 && told.isEmpty()) {
                                                            ResumeTest.damage(
                                                                    place.resolve("step-6"));
                                                        }
                                                    }
                                                }));
        assertThat(told).isNotEmpty();
        assertThat(told.get(0)).isEqualTo(4);
        assertThat(run.result().stopReason()).isEqualTo(StopReason.COMPLETED);
    }

    @Test
    void aTrainingThatDivergesGoesBackAndOnAtHalfTheRate() throws IOException {
        Path place = folder.resolve("diverging");
        List<TrainingListener.Resumed> told = new ArrayList<>();
        TrainingListener listener =
                new TrainingListener() {
                    @Override
                    public void onResume(Resumed resumed) {
                        told.add(resumed);
                    }
                };
        ResumeTest.Run run =
                ResumeTest.run(
                        c ->
                                c.optOptimizer(Fragile::new)
                                        .optSchedule(LearningRateSchedule.constant(WarmUp.none()))
                                        .optEvaluateEverySteps(5),
                        place,
                        3,
                        b ->
                                b.optSaveEvery(2)
                                        .optHook(ResumeTest.waiting(place))
                                        .optOnDivergence(OnDivergence.ROLLBACK)
                                        .addListener(listener));
        assertThat(told)
                .extracting(TrainingListener.Resumed::step, TrainingListener.Resumed::rollbacks)
                .containsExactly(tuple(6, 1), tuple(6, 2));
        assertThat(run.result().stopReason()).isEqualTo(StopReason.COMPLETED);
        assertThat(run.result().steps()).isEqualTo(ResumeTest.STEPS);
        assertThat(run.result().lossByStep()).hasSize(ResumeTest.STEPS).allMatch(Double::isFinite);
        List<String> rates =
                ResumeTest.table(place).stream()
                        .skip(1)
                        .map(line -> line.split(",", -1))
                        .filter(cells -> !cells[2].isEmpty())
                        .map(cells -> cells[0] + " " + cells[3])
                        .toList();
        assertThat(rates).hasSize(ResumeTest.STEPS).contains("6 0.05", "7 0.0125", "14 0.0125");
    }

    @Test
    void aTrainingThatDivergesAtOnceGoesBackToItsBeginning() {
        Path place = folder.resolve("at-once");
        ResumeTest.Run run =
                ResumeTest.run(
                        c -> c.optOptimizer(FragileAtOnce::new),
                        place,
                        3,
                        b -> b.optSaveEvery(1).optOnDivergence(OnDivergence.ROLLBACK));
        assertThat(run.result().stopReason()).isEqualTo(StopReason.COMPLETED);
        assertThatThrownBy(
                        () ->
                                ResumeTest.run(
                                        c -> c.optOptimizer(FragileAtOnce::new).optLearningRate(99),
                                        folder.resolve("hopeless"),
                                        3,
                                        b -> b.optOnDivergence(OnDivergence.ROLLBACK)))
                .isInstanceOf(TrainingDivergedException.class);
    }

    @Test
    void aTrainingThatDivergesBeforeItsFirstSaveGoesBackToItsBeginning() throws IOException {
        Path place = folder.resolve("early");
        ResumeTest.Run run =
                ResumeTest.run(
                        c -> c.optOptimizer(FragileAtOnce::new),
                        place,
                        3,
                        b -> b.optSaveEvery(1_000).optOnDivergence(OnDivergence.ROLLBACK));
        assertThat(run.result().stopReason()).isEqualTo(StopReason.COMPLETED);
        assertThat(run.result().lossByStep()).hasSize(ResumeTest.STEPS).allMatch(Double::isFinite);
    }

    @Test
    void tablesAndLogsAreWholeAfterGoingBackToTheBeginning() throws IOException {
        Path place = folder.resolve("beginning");
        Path log = folder.resolve("beginning.jsonl");
        UnaryOperator<LoraTrainer.Builder<PointBatch>> logged =
                b -> {
                    try {
                        return b.optOnDivergence(OnDivergence.ROLLBACK)
                                .optSaveEvery(1)
                                .optKeepCheckpoints(0)
                                .optHook(ResumeTest.waiting(place))
                                .addListener(JsonListener.reopen(log));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                };
        ResumeTest.run(c -> c, place, 3, logged);
        List<String> whole = ResumeTest.table(place);
        int lines = Files.readAllLines(log).size();
        for (String saved : ResumeTest.steps(place)) {
            if (!saved.equals("step-0")) {
                ResumeTest.delete(place.resolve(saved));
            }
        }
        ResumeTest.run(c -> c, place, 3, b -> logged.apply(b).optResume(Resume.auto()));
        assertThat(ResumeTest.table(place)).isEqualTo(whole);
        assertThat(Files.readAllLines(log)).hasSize(lines).first().asString().contains("start");
    }

    private static final class FragileAtOnce implements Optimizer {
        private final Fragile fragile;

        FragileAtOnce(OptimizerSettings settings, Map<String, NDArray> tensors, NDManager manager) {
            fragile = new Fragile(settings, tensors, manager);
        }

        @Override
        public void update(NDList gradients, int step, double rate) {
            fragile.update(gradients, step + 7, rate);
        }

        @Override
        public Map<String, NDArray> state() {
            return Map.of();
        }
    }

    /** An optimiser that breaks the tensors from step 7 on at rates above 0.02. */
    private static final class Fragile implements Optimizer {
        private final Optimizer sgd;

        Fragile(OptimizerSettings settings, Map<String, NDArray> tensors, NDManager manager) {
            sgd = new Sgd(settings, tensors, manager);
        }

        @Override
        public void update(NDList gradients, int step, double rate) {
            sgd.update(gradients, step, step >= 7 && rate > 0.02 ? 1e30 : rate);
        }

        @Override
        public Map<String, NDArray> state() {
            return sgd.state();
        }
    }
}
