/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.engine;

import ai.djl.engine.EngineException;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import java.io.IOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.engine.EngineParts.Part;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks, before the engine starts, that DJL's artifacts on the class path fit together.
 *
 * <p>Where the JNI library is of another version, DJL downloads one; an artifact that was compiled
 * against a newer API fails with a NoSuchMethodError later on. Both come from builds in which
 * several libraries bring DJL. Natives that the user chose by PYTORCH_LIBRARY_PATH, PYTORCH_VERSION
 * or PYTORCH_FLAVOR, or that lie in DJL's cache, are not checked, and natives that are absent may
 * be downloaded by DJL unless it is offline.
 */
final class EngineFit {
    private static final Logger logger = LoggerFactory.getLogger(EngineFit.class);

    /** The version that this library is compiled against. */
    private static final String OLDEST = "0.29.0";

    private static final String JNI_LIBRARY = System.mapLibraryName("djl_torch");

    private static final String MEND =
            "; import org.lora4j:lora-bom (or lora-bom-cu121 for CUDA 12.1) before other BOMs, or"
                    + " give all ai.djl artifacts the versions of one engine set; mvn"
                    + " dependency:tree '-Dincludes=ai.djl*' tells where they come from";

    private final EngineParts parts;
    private final boolean offline;
    private final List<String> problems = new ArrayList<>();

    private EngineFit(EngineParts parts, boolean offline) {
        this.parts = parts;
        this.offline = offline;
    }

    /**
     * Checks what the class path has.
     *
     * @param offline whether DJL may not download what is absent
     * @throws EngineException if the engine is absent or the artifacts do not fit; names each of
     *     them with its version and its jar
     */
    static void check(boolean offline) {
        EngineFit fit = new EngineFit(EngineParts.onClassPath(), offline);
        fit.checkJava();
        fit.checkNatives();
        if (!fit.problems.isEmpty()) {
            throw new EngineException(
                    "the artifacts of DJL on the class path do not fit: "
                            + String.join("; ", fit.problems)
                            + MEND);
        }
    }

    private void checkJava() {
        Part engine = parts.engine();
        Part api = parts.api();
        if (engine == null || api == null) {
            throw new EngineException(
                    "ai.djl.pytorch:pytorch-engine is not on the class path; add one engine set:"
                            + " org.lora4j:lora-pytorch-cpu or org.lora4j:lora-pytorch-cu121, of"
                            + " type pom");
        }
        for (Part part :
                Stream.of(api, engine, parts.tokenizers()).filter(Objects::nonNull).toList()) {
            if (compare(part, OLDEST) < 0) {
                problems.add(
                        part + " is older than " + OLDEST + ", the oldest that lora4j runs on");
            } else if (compare(part, api.version()) > 0) {
                problems.add(part + " needs a newer DJL than " + api);
            } else if (compare(part, api.version()) < 0) {
                logger.warn("{} is older than {}; give them one version", part, api);
            }
        }
    }

    private static int compare(Part part, String version) {
        try {
            return Version.parse(part.version()).compareTo(Version.parse(version));
        } catch (IllegalArgumentException e) {
            return 0; // a build of the user's own, such as main-SNAPSHOT
        }
    }

    private void checkNatives() {
        Part engine = Objects.requireNonNull(parts.engine());
        if (Stream.of("PYTORCH_LIBRARY_PATH", "PYTORCH_VERSION", "PYTORCH_FLAVOR")
                .anyMatch(EngineFit::isSet)) {
            return;
        }
        Platform platform = Platform.detectPlatform("pytorch");
        if (platform.isPlaceholder() && !isInCache(platform) && offline) {
            String found = parts.natives().isEmpty() ? "" : " and finds " + parts.natives();
            problems.add(
                    ("no libtorch for %s is on the class path, where %s looks for"
                                    + " pytorch-native-cpu %s%s, and DJL is offline")
                            .formatted(
                                    platform.getClassifier(),
                                    engine,
                                    platform.getVersion(),
                                    found));
        } else {
            checkJni(engine, platform);
        }
    }

    private void checkJni(Part engine, Platform platform) {
        if (isJniInCache(engine, platform)) {
            return;
        }
        String wanted = platform.getVersion().replaceFirst("-.*", "") + "-" + engine.version();
        Part jni = parts.jni();
        if (jni == null) {
            if (offline) {
                problems.add(engine + " needs pytorch-jni " + wanted + ", and there is none");
            }
        } else if (!jni.version().startsWith(wanted)) {
            problems.add(
                    "%s on libtorch %s needs pytorch-jni %s, but the class path has %s"
                            .formatted(engine, libtorch(platform), wanted, jni));
        } else if (!platform.isPlaceholder() && !hasLibrary(platform)) {
            problems.add(
                    "%s has no library for libtorch %s of %s"
                            .formatted(jni, libtorch(platform), platform.getClassifier()));
        }
    }

    private String libtorch(Platform platform) {
        return parts.natives().stream()
                .filter(found -> found.version().equals(platform.getVersion()))
                .filter(found -> found.flavor().equals(platform.getFlavor()))
                .filter(found -> found.classifier().equals(platform.getClassifier()))
                .map(found -> found.version() + " (" + found.place() + ")")
                .findFirst()
                .orElse(platform.getVersion());
    }

    private static boolean hasLibrary(Platform platform) {
        return EngineParts.isThere(
                "jnilib/%s/%s/%s"
                        .formatted(platform.getClassifier(), platform.getFlavor(), JNI_LIBRARY));
    }

    private static boolean isSet(String name) {
        String value = Utils.getEnvOrSystemProperty(name);
        return value != null && !value.isEmpty();
    }

    /** Whether DJL finds a JNI library in its cache, before it looks at the class path. */
    private static boolean isJniInCache(Part engine, Platform platform) {
        return cached(platform).stream()
                .flatMap(
                        directory ->
                                Stream.of(JNI_LIBRARY, engine.version() + "-" + JNI_LIBRARY)
                                        .map(directory::resolve))
                .anyMatch(Files::exists);
    }

    private static boolean isInCache(Platform platform) {
        String library = System.mapLibraryName("torch");
        return cached(platform).stream()
                .anyMatch(directory -> Files.exists(directory.resolve(library)));
    }

    /** DJL's directories of a libtorch; of any flavor where DJL would download one. */
    private static List<Path> cached(Platform platform) {
        Path cache = Utils.getEngineCacheDir("pytorch");
        String start = platform.getVersion() + "-";
        String end = "-" + platform.getClassifier();
        if (!platform.isPlaceholder()) {
            return List.of(cache.resolve(start + platform.getFlavor() + end));
        }
        try (Stream<Path> directories = Files.list(cache)) {
            return directories
                    .filter(path -> isBetween(path.getFileName(), start, end))
                    .collect(Collectors.toList());
        } catch (IOException e) {
            return List.of();
        }
    }

    private static boolean isBetween(@Nullable Path name, String start, String end) {
        String text = String.valueOf(name);
        return text.startsWith(start) && text.endsWith(end);
    }
}
