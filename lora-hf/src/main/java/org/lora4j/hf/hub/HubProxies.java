/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The proxy of each request to the hub.
 *
 * <p>Java's own settings come first: {@code http.proxyHost}, {@code https.proxyHost} with their
 * ports and {@code http.nonProxyHosts}, or what {@link ProxySelector#setDefault} was given. Where
 * they name no proxy, the environment's variables are read as Python's huggingface_hub reads them:
 * {@code HTTP_PROXY}, {@code HTTPS_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY}, in lower case
 * first.
 *
 * <p>A proxy of the environment is {@code http://host:port}, {@code http://user:password@host:port}
 * or {@code host:port}; the port is 80 by default. User and password are percent-encoded and sent
 * as basic authentication. Immutable.
 */
public final class HubProxies {
    private static final HubProxies OF_JAVA = new HubProxies(Map.of(), NoProxy.parse(""));

    /** The proxies by the scheme of the request: http, https or all. */
    private final Map<String, String> proxies;

    private final NoProxy exceptions;

    private HubProxies(Map<String, String> proxies, NoProxy exceptions) {
        this.proxies = Map.copyOf(proxies);
        this.exceptions = exceptions;
    }

    /** Returns Java's own settings alone. */
    public static HubProxies ofJava() {
        return OF_JAVA;
    }

    /**
     * Returns Java's own settings, then those of the environment. What the variables hold is
     * checked when a request needs it.
     *
     * @param environment variables by name, such as {@code System.getenv()}
     */
    public static HubProxies fromEnvironment(Map<String, String> environment) {
        Map<String, String> proxies = new HashMap<>();
        for (String scheme : List.of("http", "https", "all")) {
            String proxy = value(environment, scheme + "_proxy");
            if (!proxy.isEmpty()) {
                proxies.put(scheme, proxy);
            }
        }
        return new HubProxies(proxies, NoProxy.parse(value(environment, "no_proxy")));
    }

    private static String value(Map<String, String> environment, String name) {
        String lower = environment.get(name);
        String value = lower == null ? environment.get(name.toUpperCase(Locale.ROOT)) : lower;
        return value == null ? "" : value.strip();
    }

    /**
     * Returns the environment's proxy for an address, if Java's settings name none.
     *
     * @throws HubException if the variable holds no address of an HTTP proxy
     */
    Optional<URI> ofEnvironment(URI address) throws HubException {
        String scheme = HubHttp.scheme(address);
        String variable = proxies.containsKey(scheme) ? scheme : "all";
        String proxy = proxies.get(variable);
        if (proxy == null || exceptions.covers(address) || isJavas(scheme, address)) {
            return Optional.empty();
        }
        return Optional.of(parse(variable.toUpperCase(Locale.ROOT) + "_PROXY", proxy));
    }

    private static boolean isJavas(String scheme, URI address) {
        ProxySelector javas = ProxySelector.getDefault();
        return System.getProperty(scheme + ".proxyHost") != null
                || (javas != null
                        && javas.select(address).stream()
                                .anyMatch(proxy -> proxy.type() != Proxy.Type.DIRECT));
    }

    private static URI parse(String variable, String text) throws HubException {
        try {
            URI proxy = new URI(text.contains("://") ? text : "http://" + text);
            if ("http".equalsIgnoreCase(proxy.getScheme()) && proxy.getHost() != null) {
                return proxy;
            }
        } catch (URISyntaxException e) {
            // told below, without the password that the exception's text repeats
        }
        throw new HubException(
                ("%s is '%s'; expected an HTTP proxy such as http://host:3128 or"
                     + " http://user:password@host:3128 (SOCKS proxies and TLS to the proxy are not"
                     + " supported; NO_PROXY names hosts that need none)")
                        .formatted(variable, text.replaceFirst("//[^/]*@", "//...@")));
    }

    /**
     * Returns the value of Proxy-Authorization for a proxy, or null if it names no user.
     *
     * @param proxy as {@link #ofEnvironment} returns it
     */
    static @Nullable String authorization(URI proxy) {
        String user = proxy.getRawUserInfo();
        if (user == null) {
            return null;
        }
        // a plus is a plus in an address, and a space in a form
        String decoded = URLDecoder.decode(user.replace("+", "%2B"), StandardCharsets.UTF_8);
        String pair = decoded.contains(":") ? decoded : decoded + ":";
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns these proxies in the form that Java's HTTP client needs. */
    ProxySelector selector() {
        return new Selector();
    }

    /** Returns the host and port of a proxy, without its password. */
    static String place(URI proxy) {
        return proxy.getHost() + ":" + HubHttp.port(proxy);
    }

    /** Returns the variables that are set, without their values. */
    @Override
    public String toString() {
        return proxies.isEmpty() ? "of Java" : "of Java, then " + proxies.keySet();
    }

    private final class Selector extends ProxySelector {
        @Override
        public List<Proxy> select(URI address) {
            try {
                Optional<URI> proxy = ofEnvironment(address);
                if (proxy.isPresent()) {
                    String host = proxy.get().getHost();
                    int port = HubHttp.port(proxy.get());
                    return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(host, port)));
                }
            } catch (HubException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
            ProxySelector javas = ProxySelector.getDefault();
            return javas == null ? List.of(Proxy.NO_PROXY) : javas.select(address);
        }

        @Override
        public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
            ProxySelector javas = ProxySelector.getDefault();
            if (javas != null) {
                javas.connectFailed(address, proxy, failure);
            }
        }
    }
}
