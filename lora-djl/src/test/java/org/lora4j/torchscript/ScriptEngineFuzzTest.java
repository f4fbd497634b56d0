/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is accepted of mutated archives does not crash the JVM either: libtorch loads and runs it,
 * or says why not. Run with -Dlora4j.longTests=true.
 */
@EnabledIfSystemProperty(named = "lora4j.longTests", matches = "true")
final class ScriptEngineFuzzTest {
    private static final int MUTANTS = 10_000;

    @TempDir Path directory;

    @Test
    void theEngineLoadsWhatIsAcceptedOrSaysWhyNot() throws IOException {
        int ran = 0;
        for (int i = 0; i < MUTANTS; i++) {
            Random random = new Random(100_000 + i);
            ScriptGolden golden = ScriptFuzzTest.golden(i);
            Path mutant = directory.resolve("mutant.pt");
            Path rewritten = directory.resolve("rewritten.pt");
            ScriptFuzzTest.mutant(golden, random, mutant);
            if (!isAccepted(golden, mutant, rewritten)) {
                continue;
            }
            try (LoadedScript script = LoadedScript.load(rewritten)) {
                if (!golden.name().equals("scripted")) { // its loop may have no end
                    script.forward(golden.inputs(script.manager()));
                    ran++;
                }
            } catch (EngineException | IOException | IllegalArgumentException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        assertThat(ran).isGreaterThan(100);
    }

    private static boolean isAccepted(ScriptGolden golden, Path mutant, Path rewritten) {
        try (ScriptArchive archive = ScriptArchive.open(mutant)) {
            ScriptRewriter rewriter = new ScriptRewriter(archive);
            golden.targets().forEach(target -> rewriter.add(target.target()));
            rewriter.write(rewritten, AdapterValues.ZEROS);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }
}
