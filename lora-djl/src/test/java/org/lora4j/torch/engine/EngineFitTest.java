/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.engine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.util.Platform;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Class paths of properties files alone, read as DJL reads them. */
class EngineFitTest {
    private static final String CACHE = "ENGINE_CACHE_DIR";
    private static final String TORCH = "2.7.1-20250812";

    @TempDir private Path folder;
    private final List<URL> classPath = new ArrayList<>();
    private final String classifier = Platform.detectPlatform("pytorch").getClassifier();
    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    @BeforeEach
    void emptyCache() {
        System.setProperty(CACHE, folder.resolve("cache").toString());
    }

    @AfterEach
    void restore() {
        System.clearProperty(CACHE);
        System.clearProperty("PYTORCH_LIBRARY_PATH");
        Thread.currentThread().setContextClassLoader(before);
    }

    @Test
    void aSetOfOneVersionFits() throws IOException {
        djl("0.36.0", "0.36.0", "0.36.0");
        jni("2.7.1-0.36.0");
        libtorch("cpu", TORCH, classifier);
        assertThatCode(() -> check(true)).doesNotThrowAnyException();
    }

    @Test
    void theOlderSetFits() throws IOException {
        djl("0.29.0", "0.29.0", "0.29.0");
        jni("2.3.1-0.29.0");
        libtorch("cpu", "2.3.1", classifier);
        assertThatCode(() -> check(true)).doesNotThrowAnyException();
    }

    @Test
    void aJniOfAnotherVersionIsRefusedByNameOfflineAndOnline() throws IOException {
        djl("0.36.0", "0.36.0", "0.36.0");
        jni("2.7.1-0.35.1");
        libtorch("cpu", TORCH, classifier);
        for (boolean offline : new boolean[] {true, false}) {
            assertThatThrownBy(() -> check(offline))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContainingAll(
                            "pytorch-engine 0.36.0 (" + folder.resolve("engine") + ")",
                            "libtorch 2.7.1-20250812 (" + folder.resolve("cpu-" + classifier) + ")",
                            "needs pytorch-jni 2.7.1-0.36.0",
                            "pytorch-jni 2.7.1-0.35.1 (" + folder.resolve("jni") + ")",
                            "lora-bom");
        }
    }

    @Test
    void aLibtorchOfAnotherVersionIsRefused() throws IOException {
        djl("0.36.0", "0.36.0", "0.36.0");
        jni("2.7.1-0.36.0");
        libtorch("cpu", "2.3.1", classifier);
        assertThatThrownBy(() -> check(true))
                .hasMessageContainingAll("libtorch 2.3.1", "needs pytorch-jni 2.3.1-0.36.0");
    }

    @Test
    void theFirstOfTwoOnTheClassPathCounts() throws IOException {
        jni("2.7.1-0.34.0");
        djl("0.36.0", "0.36.0", "0.36.0");
        write("second", "jnilib/pytorch.properties", "jni_version=2.7.1-0.36.0");
        libtorch("cpu", TORCH, classifier);
        assertThatThrownBy(() -> check(true)).hasMessageContaining("pytorch-jni 2.7.1-0.34.0");
    }

    @Test
    void anEngineOrTokenizersAheadOfTheApiAreRefused() throws IOException {
        djl("0.35.1", "0.36.0", "0.36.0");
        jni("2.7.1-0.36.0");
        libtorch("cpu", TORCH, classifier);
        assertThatThrownBy(() -> check(true))
                .hasMessageContainingAll(
                        "pytorch-engine 0.36.0 (" + folder.resolve("engine"),
                        "tokenizers 0.36.0 (" + folder.resolve("tokenizers"),
                        "needs a newer DJL than api 0.35.1 (" + folder.resolve("api") + ")");
    }

    @Test
    void whatIsOlderThanTheCompiledSurfaceIsRefused() throws IOException {
        djl("0.36.0", "0.36.0", "0.26.0");
        jni("2.7.1-0.36.0");
        libtorch("cpu", TORCH, classifier);
        assertThatThrownBy(() -> check(true))
                .hasMessageContainingAll("tokenizers 0.26.0", "older than 0.29.0");
    }

    @Test
    void withoutAnEngineTheSetsAreNamed() {
        assertThatThrownBy(() -> check(true))
                .isInstanceOf(EngineException.class)
                .hasMessageContainingAll(
                        "pytorch-engine is not on the class path", "lora-pytorch-cpu");
    }

    @Test
    void nativesOfOtherSystemsAloneAreRefusedOffline() throws IOException {
        djl("0.36.0", "0.36.0", "0.36.0");
        jni("2.7.1-0.36.0");
        libtorch("cpu", TORCH, "solaris-sparc");
        assertThatThrownBy(() -> check(true))
                .hasMessageContainingAll(
                        "no libtorch for " + classifier,
                        "pytorch-native-cpu solaris-sparc (" + folder.resolve("cpu-solaris-sparc"),
                        "DJL is offline");
        assertThatCode(() -> check(false)).doesNotThrowAnyException();
    }

    @Test
    void nativesThatWereDownloadedBeforeAreUsedOffline() throws IOException {
        djl("0.36.0", "0.36.0", "0.36.0");
        Path cached = folder.resolve("cache/pytorch/2.7.1-cu128-" + classifier);
        assertThatThrownBy(() -> check(true)).hasMessageContaining("no libtorch");
        touch(cached.resolve(System.mapLibraryName("torch")));
        assertThatThrownBy(() -> check(true))
                .hasMessageContainingAll("needs pytorch-jni 2.7.1-0.36.0", "there is none");
        touch(cached.resolve("0.36.0-" + System.mapLibraryName("djl_torch")));
        assertThatCode(() -> check(true)).doesNotThrowAnyException();
    }

    @Test
    void nativesThatTheUserNamesAreNotQuestioned() throws IOException {
        djl("0.36.0", "0.36.0", "0.36.0");
        jni("2.7.1-0.35.1");
        System.setProperty("PYTORCH_LIBRARY_PATH", folder.toString());
        assertThatCode(() -> check(true)).doesNotThrowAnyException();
    }

    @Test
    void aJniWithoutALibraryForTheMachineIsRefused() throws IOException {
        djl("0.36.0", "0.36.0", "0.36.0");
        write("jni", "jnilib/pytorch.properties", "jni_version=2.7.1-0.36.0");
        libtorch("cpu", TORCH, classifier);
        assertThatThrownBy(() -> check(true))
                .hasMessageContainingAll("pytorch-jni 2.7.1-0.36.0", "no library", classifier);
    }

    private void check(boolean offline) throws IOException {
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        try (URLClassLoader loader = new URLClassLoader(classPath.toArray(new URL[0]), platform)) {
            Thread.currentThread().setContextClassLoader(loader);
            EngineFit.check(offline);
        }
    }

    private void djl(String api, String engine, String tokenizers) throws IOException {
        write("api", "ai/djl/engine/api.properties", "djl_version=" + api);
        String torch = engine.equals("0.29.0") ? "2.3.1" : "2.7.1";
        String versions = "djl_version=" + engine + "\npytorch_version=" + torch;
        write("engine", "pytorch-engine.properties", versions);
        write("tokenizers", "native/lib/tokenizers.properties", "version=0.21.0-" + tokenizers);
    }

    private void jni(String version) throws IOException {
        write("jni", "jnilib/pytorch.properties", "jni_version=" + version);
        String library = System.mapLibraryName("djl_torch");
        touch(folder.resolve("jni/jnilib/" + classifier + "/cpu/" + library));
    }

    private void libtorch(String flavor, String version, String system) throws IOException {
        write(
                flavor + "-" + system,
                "native/lib/pytorch.properties",
                "version=" + version + "\nflavor=" + flavor + "\nclassifier=" + system);
    }

    private void write(String artifact, String name, String text) throws IOException {
        Path root = folder.resolve(artifact);
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        classPath.add(root.toUri().toURL());
    }

    private static void touch(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "");
    }
}
