/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to the hub. Redirects are followed by hand, to http and https only and never from
 * https down to http; the token goes to the endpoint's own scheme, host and port alone. Requests
 * are repeated after failures of the network and for overloaded servers. Safe for concurrent use.
 */
final class HubHttp {
    private static final int MAX_REDIRECTS = 10;
    private static final int ATTEMPTS = 4;
    private static final int PROXY_AUTHENTICATION = 407;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> BUSY = Set.of(429, 500, 502, 503, 504);

    /**
     * How long to wait.
     *
     * @param connect for a connection
     * @param answer for headers, and for each piece of a body
     * @param pause before the first repetition; doubled each time
     */
    record Waits(Duration connect, Duration answer, Duration pause) {
        static final Waits STANDARD =
                new Waits(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMillis(500));
    }

    private final HttpClient client;
    private final URI endpoint;
    private final @Nullable String token;
    private final HubProxies proxies;
    private final Waits waits;

    HubHttp(HubSettings settings, Waits waits) {
        this.endpoint = settings.endpoint();
        this.token = settings.token();
        this.proxies = settings.proxies();
        this.waits = waits;
        this.client =
                HttpClient.newBuilder()
                        .connectTimeout(waits.connect())
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .proxy(proxies.selector())
                        .build();
    }

    /**
     * Sends a GET and follows every redirect; the caller closes the body.
     *
     * @throws NetworkException if no answer came, after repetitions
     */
    HttpResponse<ResponseBody> get(URI address, Map<String, String> headers) throws IOException {
        return send("GET", address, headers, true);
    }

    /**
     * Sends a HEAD and follows redirects on the endpoint only, and only up to the answer that
     * describes the file: what the store behind it says is not the hub's word.
     *
     * @throws NetworkException if no answer came, after repetitions
     */
    HttpResponse<ResponseBody> head(URI address) throws IOException {
        HttpResponse<ResponseBody> response = send("HEAD", address, Map.of(), false);
        response.body().close();
        return response;
    }

    /** Waits before repetition number {@code repetition}, counted from 1. */
    void pause(int repetition) throws InterruptedIOException {
        sleep(waits.pause().toMillis() << Math.min(repetition - 1, 6));
    }

    static void sleep(long millis) throws InterruptedIOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** Returns an exception for the interruption of this thread, which stays interrupted. */
    static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("the download was interrupted");
    }

    private HttpResponse<ResponseBody> send(
            String method, URI address, Map<String, String> headers, boolean leave)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<ResponseBody> response = follow(method, address, headers, leave);
                if (!BUSY.contains(response.statusCode()) || attempt == ATTEMPTS) {
                    return response;
                }
                response.body().close();
            } catch (NetworkException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
            pause(attempt);
        }
    }

    private HttpResponse<ResponseBody> follow(
            String method, URI start, Map<String, String> headers, boolean leave)
            throws IOException {
        URI address = start;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpResponse<ResponseBody> response = once(method, address, headers);
            if (!REDIRECTS.contains(response.statusCode())) {
                return response;
            }
            URI next = target(address, response.headers().firstValue("Location").orElse(""));
            if (!leave && (describes(response) || !isEndpoint(next))) {
                return response;
            }
            response.body().close();
            address = next;
        }
        throw new HubException(start + ": more than " + MAX_REDIRECTS + " redirects");
    }

    private static boolean describes(HttpResponse<?> response) {
        return response.headers().firstValue("X-Linked-Etag").isPresent();
    }

    private HttpResponse<ResponseBody> once(String method, URI address, Map<String, String> headers)
            throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .timeout(waits.answer())
                        .header("User-Agent", "lora4j")
                        .header("Accept-Encoding", "identity");
        headers.forEach(request::header);
        if (token != null && isEndpoint(address)) {
            request.header("Authorization", "Bearer " + token);
        }
        Optional<URI> proxy = proxies.ofEnvironment(address);
        // Java's client sends this header to the proxy alone
        proxy.map(HubProxies::authorization)
                .ifPresent(value -> request.header("Proxy-Authorization", value));
        try {
            HttpResponse<ResponseBody> response =
                    client.send(request.build(), info -> new ResponseBody(waits.answer()));
            if (response.statusCode() == PROXY_AUTHENTICATION) {
                // an answer that no tunnel brought has no body
                Optional.ofNullable(response.body()).ifPresent(ResponseBody::close);
                throw new HubException(refusedByProxy(address, proxy));
            }
            return response;
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (HubException e) {
            throw e;
        } catch (IOException e) {
            String detail = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            String way = proxy.map(p -> " through the proxy " + HubProxies.place(p)).orElse("");
            throw new NetworkException(
                    address.getHost() + " does not answer" + way + ": " + detail, e);
        }
    }

    private static String refusedByProxy(URI address, Optional<URI> proxy) {
        return ("the proxy %s asks for a user and a password before it goes to %s; expected"
                        + " HTTPS_PROXY=http://user:password@host:port, and for an https hub"
                        + " -Djdk.http.auth.tunneling.disabledSchemes= among the options of java,"
                        + " without which Java sends no password before a tunnel stands")
                .formatted(proxy.map(HubProxies::place).orElse(""), address.getHost());
    }

    private static URI target(URI from, String location) throws HubException {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new HubException(from + " redirects to no address: '" + location + "'", e);
        }
        String scheme = scheme(to);
        boolean web =
                scheme.equals("https") || (scheme.equals("http") && scheme(from).equals("http"));
        if (location.isEmpty() || !web || to.getHost() == null) {
            throw new HubException(from + " redirects to '" + location + "', which is refused");
        }
        return to;
    }

    private boolean isEndpoint(URI address) {
        return scheme(address).equals(scheme(endpoint))
                && address.getHost().equalsIgnoreCase(endpoint.getHost())
                && port(address) == port(endpoint);
    }

    static String scheme(URI address) {
        return String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    }

    /** Returns the port of an http or https address, also where it names none. */
    static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return scheme(address).equals("https") ? 443 : 80;
    }
}
