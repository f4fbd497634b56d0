/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import com.google.gson.Gson;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A hub of one model on the loopback interface. Weights come from a second server, the store, by a
 * redirect, as on the real hub; what went wrong can be chosen.
 */
final class FakeHub implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** A request as it came in. */
    record Request(
            String server,
            String method,
            String path,
            String range,
            String token,
            String proxyUser) {}

    final Map<String, byte[]> files = new LinkedHashMap<>();
    final List<Request> requests = new CopyOnWriteArrayList<>();
    final AtomicInteger cuts = new AtomicInteger();
    final AtomicInteger busy = new AtomicInteger();
    volatile int cutAt = Integer.MAX_VALUE;
    volatile boolean stalls;
    volatile boolean ranges = true;
    volatile @Nullable String wrongEtagOf;
    volatile @Nullable String redirectTo;
    volatile int refuse;
    volatile String errorCode = "";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer hub = server("hub", this::answer);
    private final HttpServer store = server("store", this::send);

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private HttpServer server(String name, Handler handler) {
        try {
            HttpServer server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext(
                    "/",
                    exchange -> {
                        requests.add(
                                new Request(
                                        name,
                                        exchange.getRequestMethod(),
                                        exchange.getRequestURI().getRawPath(),
                                        header(exchange, "Range"),
                                        header(exchange, "Authorization"),
                                        header(exchange, "Proxy-Authorization")));
                        try (exchange) {
                            handler.handle(exchange);
                        }
                    });
            server.start();
            return server;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String header(HttpExchange exchange, String name) {
        String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    URI store() {
        return URI.create("http://127.0.0.1:" + store.getAddress().getPort());
    }

    void put(String name, String content) {
        files.put(name, content.getBytes(StandardCharsets.UTF_8));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        if (refuse != 0) {
            exchange.getResponseHeaders().set("X-Error-Code", errorCode);
            exchange.getResponseHeaders().set("X-Error-Message", "said by the hub");
            exchange.sendResponseHeaders(refuse, -1);
        } else if (busy.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            exchange.sendResponseHeaders(503, -1);
        } else if (path.startsWith("/api/models/org/tiny/revision/")) {
            respond(exchange, listing());
        } else if (path.startsWith("/org/tiny/resolve/" + COMMIT + "/")) {
            resolve(exchange, path.substring(path.indexOf(COMMIT) + COMMIT.length() + 1));
        } else if (path.startsWith("/lfs/") && files.get(path.substring(5)) != null) {
            exchange.getResponseHeaders().set("ETag", "\"of-the-store\"");
            respond(exchange, Objects.requireNonNull(files.get(path.substring(5))));
        } else {
            exchange.getResponseHeaders().set("X-Error-Code", "RepoNotFound");
            exchange.sendResponseHeaders(404, -1);
        }
    }

    private byte[] listing() {
        List<Map<String, String>> siblings =
                files.keySet().stream().map(name -> Map.of("rfilename", name)).toList();
        Map<String, Object> answer = Map.of("sha", COMMIT, "siblings", siblings);
        return new Gson().toJson(answer).getBytes(StandardCharsets.UTF_8);
    }

    private void resolve(HttpExchange exchange, String name) throws IOException {
        byte[] content = files.get(name);
        if (content == null) {
            exchange.getResponseHeaders().set("X-Error-Code", "EntryNotFound");
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
        if (name.endsWith(".safetensors")) {
            String etag = name.equals(wrongEtagOf) ? "0".repeat(64) : sha256(content);
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + etag + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", "" + content.length);
            String to = redirectTo == null ? store() + "/" + name + "?signed=1" : redirectTo;
            exchange.getResponseHeaders().set("Location", to);
            exchange.sendResponseHeaders(302, -1);
            return;
        }
        String etag = name.equals(wrongEtagOf) ? "0".repeat(40) : gitHash(content);
        exchange.getResponseHeaders().set("ETag", "W/\"" + etag + "\"");
        respond(exchange, content);
    }

    private static void respond(HttpExchange exchange, byte[] content) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", "" + content.length);
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content);
    }

    /**
     * The store: honours Range, and cuts (or, if it stalls, goes silent) after cutAt bytes while
     * cuts last.
     */
    private void send(HttpExchange exchange) throws IOException {
        byte[] content = files.get(exchange.getRequestURI().getPath().substring(1));
        if (content == null) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        String range = header(exchange, "Range");
        int start = 0;
        int status = 200;
        if (ranges && !range.isEmpty()) {
            start = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            status = 206;
            String span = "bytes " + start + "-" + (content.length - 1) + "/" + content.length;
            exchange.getResponseHeaders().set("Content-Range", span);
        }
        exchange.sendResponseHeaders(status, content.length - start);
        byte[] rest = Arrays.copyOfRange(content, start, content.length);
        OutputStream out = exchange.getResponseBody();
        if (rest.length > cutAt && cuts.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            out.write(rest, 0, cutAt);
            out.flush();
            if (stalls) {
                waitForTheReaderToGiveUp();
            }
            throw new IOException("cut");
        }
        out.write(rest);
    }

    private static void waitForTheReaderToGiveUp() {
        try {
            Thread.sleep(2000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    long requestsFor(String server, String method) {
        return requests.stream()
                .filter(r -> r.server().equals(server) && r.method().equals(method))
                .count();
    }

    static String sha256(byte[] content) {
        return hex("SHA-256", content);
    }

    static String gitHash(byte[] content) {
        byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(head, head.length + content.length);
        System.arraycopy(content, 0, all, head.length, content.length);
        return hex("SHA-1", all);
    }

    private static String hex(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        store.stop(0);
        threads.shutdownNow();
    }
}
