/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Structure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.core.LoraConfig;
import org.lora4j.torch.TorchThreads;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;

/**
 * Steps of a training, or cycles that load, train and close, alone in a JVM. Prints what the C heap
 * holds after each tenth of them, once Java's garbage, which owns buffers there, was collected;
 * then a fifth as many again follow that each keep an array, with two more readings.
 */
final class FlatHeapRun {
    private static final int STEPS_OF_A_CYCLE = 2;
    private static final List<CausalBatch> BATCHES =
            DecoderGolden.batches(
                    DecoderGolden.expected("llama"), new int[][] {{0, 1, 2, 3}, {1, 3}, {2}});

    private final NDManager keeper;
    private final int count;
    private final int leak;
    private final List<NDArray> kept = new ArrayList<>();
    private int passed;

    private FlatHeapRun(NDManager keeper, int count, int leak) {
        this.keeper = keeper;
        this.count = count;
        this.leak = leak;
    }

    /** Arguments: a folder, "steps" or "cycles", how many, how many bytes each may then leak. */
    public static void main(String[] args) throws IOException {
        TorchThreads.set(1);
        int count = Integer.parseInt(args[2]);
        int total = count + count / 5;
        Path directory = DecoderGolden.model(Path.of(args[0]), "llama");
        try (NDManager keeper = NDManager.newBaseManager("PyTorch")) {
            FlatHeapRun run = new FlatHeapRun(keeper, count, Integer.parseInt(args[3]));
            if (args[1].equals("steps")) {
                train(directory, total, run::passed);
            } else {
                for (int i = 0; i < total; i++) {
                    train(directory, STEPS_OF_A_CYCLE, () -> {});
                    run.passed();
                }
            }
        }
    }

    private void passed() {
        if (passed++ >= count) {
            kept.add(keeper.zeros(new Shape(leak / Float.BYTES)));
        }
        if (passed % (count / 10) == 0) {
            System.out.println("held " + lowest());
        }
    }

    private static void train(Path directory, int steps, Runnable after) throws IOException {
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            LoraConfig config =
                    LoraConfig.builder()
                            .setRank(4)
                            .setAlpha(9)
                            .optDropout(0.1)
                            .optTargetModules("q_proj", "down_proj", "lm_head")
                            .build();
            model.addAdapter("default", config);
            LoraTrainer.builder(model)
                    .setDataset(StepGradients.fixed(BATCHES))
                    .optSteps(steps)
                    .addListener(
                            new TrainingListener() {
                                @Override
                                public void onStep(StepInfo step) {
                                    after.run();
                                }
                            })
                    .build()
                    .fit();
        }
    }

    /** The lowest of three readings: the JVM's own threads allocate there for moments. */
    private static long lowest() {
        long lowest = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            try {
                Thread.sleep(20); // for the threads that free what garbage owned
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            lowest = Math.min(lowest, held());
        }
        return lowest;
    }

    /** The bytes allocated on the C heap and not freed, by glibc's {@code mallinfo2}. */
    private static long held() {
        Info info =
                (Info)
                        NativeLibrary.getInstance("c")
                                .getFunction("mallinfo2")
                                .invoke(Info.class, new Object[0]);
        return info.uordblks + info.hblkhd;
    }

    /** C's {@code struct mallinfo2}. */
    @Structure.FieldOrder({
        "arena", "ordblks", "smblks", "hblks", "hblkhd",
        "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"
    })
    public static final class Info extends Structure implements Structure.ByValue {
        public long arena;
        public long ordblks;
        public long smblks;
        public long hblks;
        public long hblkhd;
        public long usmblks;
        public long fsmblks;
        public long uordblks;
        public long fordblks;
        public long keepcost;
    }
}
