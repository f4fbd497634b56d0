/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.engine;

import ai.djl.util.ClassLoaderUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The artifacts of DJL that the class path has, by the version that each of them states in a
 * properties file. Where an artifact is there twice, DJL reads the first one.
 *
 * @param api ai.djl:api
 * @param engine ai.djl.pytorch:pytorch-engine; its version is DJL's
 * @param tokenizers ai.djl.huggingface:tokenizers; its version is DJL's
 * @param jni ai.djl.pytorch:pytorch-jni; its version is libtorch's and DJL's, as in 2.7.1-0.36.0
 * @param natives every ai.djl.pytorch:pytorch-native-*, in the order of the class path
 */
record EngineParts(
        @Nullable Part api,
        @Nullable Part engine,
        @Nullable Part tokenizers,
        @Nullable Part jni,
        List<Native> natives) {
    /**
     * One artifact.
     *
     * @param name its artifactId
     * @param version the version that it states
     * @param place its jar or directory
     */
    record Part(String name, String version, String place) {
        @Override
        public String toString() {
            return name + " " + version + " (" + place + ")";
        }
    }

    /**
     * An artifact with libtorch's libraries.
     *
     * @param version libtorch's, with the date of its packaging, as in 2.7.1-20250812
     * @param flavor cpu, or a version of CUDA such as cu121
     * @param classifier operating system and processor, as in linux-x86_64
     * @param place its jar or directory
     */
    record Native(String version, String flavor, String classifier, String place) {
        @Override
        public String toString() {
            return "pytorch-native-" + flavor + " " + classifier + " (" + place + ")";
        }
    }

    /** Reads the properties files by the class loader that DJL uses. */
    static EngineParts onClassPath() {
        return new EngineParts(
                part("api", "ai/djl/engine/api.properties", "djl_version"),
                part("pytorch-engine", "pytorch-engine.properties", "djl_version"),
                readTokenizers(),
                part("pytorch-jni", "jnilib/pytorch.properties", "jni_version"),
                readNatives());
    }

    private static @Nullable Part readTokenizers() {
        // as in 0.21.0-0.36.0, where the first is the version of the Rust library
        Part part = part("tokenizers", "native/lib/tokenizers.properties", "version");
        return part == null
                ? null
                : new Part(part.name(), part.version().replaceFirst("^[0-9.]+-", ""), part.place());
    }

    private static @Nullable Part part(String name, String resource, String key) {
        for (URL url : urls(resource)) {
            String version = properties(url).getProperty(key);
            return version == null ? null : new Part(name, version, place(url, resource));
        }
        return null;
    }

    private static List<Native> readNatives() {
        String resource = "native/lib/pytorch.properties";
        List<Native> natives = new ArrayList<>();
        for (URL url : urls(resource)) {
            Properties properties = properties(url);
            natives.add(
                    new Native(
                            properties.getProperty("version", ""),
                            properties.getProperty("flavor", ""),
                            properties.getProperty("classifier", ""),
                            place(url, resource)));
        }
        return List.copyOf(natives);
    }

    /** Whether the class path has a resource. */
    static boolean isThere(String resource) {
        return !urls(resource).isEmpty();
    }

    private static List<URL> urls(String resource) {
        try {
            return Collections.list(ClassLoaderUtils.getResources(resource));
        } catch (IOException e) {
            throw new UncheckedIOException("looking for " + resource + " on the class path", e);
        }
    }

    private static Properties properties(URL url) {
        Properties properties = new Properties();
        try (InputStream in = url.openStream()) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(url + " cannot be read", e);
        }
        return properties;
    }

    /** The jar or directory of a resource, without the schemes of its address. */
    private static String place(URL url, String resource) {
        String address = url.toString();
        String place = address.substring(0, address.length() - resource.length());
        return place.replaceFirst("^(?:jar:)?(?:nested:|file:)?", "").replaceFirst("!?/$", "");
    }
}
