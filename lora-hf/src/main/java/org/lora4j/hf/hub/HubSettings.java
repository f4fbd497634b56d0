/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where models come from and where they are cached; with the names and defaults of huggingface_hub.
 *
 * @param endpoint the hub, http or https, without a slash at the end
 * @param cache the cache directory, which holds models--org--name; it need not exist
 * @param token the access token, or null for none; sent to the endpoint's own host only
 * @param offline whether the network is not used
 * @param proxies the proxies of requests
 */
public record HubSettings(
        URI endpoint, Path cache, @Nullable String token, boolean offline, HubProxies proxies) {
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

    /**
     * Checks the endpoint and the token.
     *
     * @throws IllegalArgumentException if the endpoint is no http or https address, or the token
     *     has characters that no header may carry
     */
    public HubSettings {
        boolean web = Set.of("http", "https").contains(HubHttp.scheme(endpoint));
        if (!web || endpoint.getHost() == null) {
            throw new IllegalArgumentException(
                    "HF_ENDPOINT %s: expected an address such as https://huggingface.co"
                            .formatted(endpoint));
        }
        if (token != null && !token.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException(
                    "the access token has spaces or characters beyond ASCII; check HF_TOKEN");
        }
    }

    /**
     * Settings with the proxies of Java's own settings.
     *
     * @param endpoint the hub, http or https, without a slash at the end
     * @param cache the cache directory; it need not exist
     * @param token the access token, or null for none
     * @param offline whether the network is not used
     * @throws IllegalArgumentException as the other constructor
     */
    public HubSettings(URI endpoint, Path cache, @Nullable String token, boolean offline) {
        this(endpoint, cache, token, offline, HubProxies.ofJava());
    }

    /**
     * Reads HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HF_TOKEN, HF_TOKEN_PATH,
     * HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE, the token file of
     * HF_HOME, and the proxies as {@link HubProxies#fromEnvironment} does.
     *
     * @param environment variables by name, such as {@code System.getenv()}
     * @return the settings
     * @throws IllegalArgumentException if a value is not usable
     * @throws IOException if the token file is there but cannot be read
     */
    public static HubSettings fromEnvironment(Map<String, String> environment) throws IOException {
        Path home = home(environment);
        Path caches = path(value(environment, "XDG_CACHE_HOME"), home, home.resolve(".cache"));
        Path hf = path(value(environment, "HF_HOME"), home, caches.resolve("huggingface"));
        String cache = first(environment, "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE");
        Path tokenFile = path(value(environment, "HF_TOKEN_PATH"), home, hf.resolve("token"));
        return new HubSettings(
                endpoint(value(environment, "HF_ENDPOINT")),
                path(cache, home, hf.resolve("hub")),
                token(environment, tokenFile),
                isTrue(first(environment, "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")),
                HubProxies.fromEnvironment(environment));
    }

    private static Path home(Map<String, String> environment) {
        String home = first(environment, "HOME", "USERPROFILE");
        return Path.of(home == null ? System.getProperty("user.home", ".") : home);
    }

    private static Path path(@Nullable String value, Path home, Path otherwise) {
        if (value == null) {
            return otherwise;
        }
        if (value.equals("~")) {
            return home;
        }
        return value.startsWith("~/") ? home.resolve(value.substring(2)) : Path.of(value);
    }

    private static URI endpoint(@Nullable String value) {
        String address = value == null ? "https://huggingface.co" : value;
        try {
            return new URI(address.replaceAll("/+$", ""));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("HF_ENDPOINT " + address + ": no address", e);
        }
    }

    private static @Nullable String token(Map<String, String> environment, Path file)
            throws IOException {
        String token = first(environment, "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN");
        if (token != null
                || isTrue(value(environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN"))
                || !Files.isRegularFile(file)) {
            return token;
        }
        String stored = Files.readString(file).strip();
        return stored.isEmpty() ? null : stored;
    }

    private static @Nullable String first(
            Map<String, String> environment, String name, String otherwise) {
        String value = value(environment, name);
        return value == null ? value(environment, otherwise) : value;
    }

    /** Returns a variable's value, or null if it is unset or blank. */
    private static @Nullable String value(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    private static boolean isTrue(@Nullable String value) {
        return value != null && TRUE.contains(value.toUpperCase(Locale.ROOT));
    }

    /** Returns the settings without the token. */
    @Override
    public String toString() {
        return "HubSettings[endpoint=%s, cache=%s, token=%s, offline=%s, proxies=%s]"
                .formatted(endpoint, cache, token == null ? "none" : "hidden", offline, proxies);
    }
}
