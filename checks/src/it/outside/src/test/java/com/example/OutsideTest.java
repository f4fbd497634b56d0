package com.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lora4j.core.Bias;
import org.lora4j.core.TargetModules;

/** Uses what a user's pom.xml brings: lora-hf and an engine set, nothing else. */
final class OutsideTest {
    @Test
    void theEngineOfTheSetRuns() {
        assertEquals("2.7.1", Engine.getEngine("PyTorch").getVersion());
        try (NDManager manager = NDManager.newBaseManager();
                NDArray row = manager.create(new float[] {1, 2, 3})) {
            assertArrayEquals(new float[] {2, 4, 6}, row.mul(2).toFloatArray());
        }
    }

    @Test
    void lora4jIsOnTheClassPath() {
        TargetModules targets = new TargetModules(TargetModules.Kind.NAMES, List.of("query", "value"));
        assertEquals(List.of("query", "value"), targets.names());
        assertEquals(3, Bias.values().length);
    }
}
