/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Asks the hub for a model's commit and files, and for a file's checksum and size. */
final class HubApi {
    private static final Gson GSON = new Gson();
    private static final int MAX_ANSWER_BYTES = 32 << 20;

    private final HubHttp http;
    private final HubSettings settings;

    HubApi(HubHttp http, HubSettings settings) {
        this.http = http;
        this.settings = settings;
    }

    /**
     * What a revision is at this moment.
     *
     * @param commit its commit
     * @param files the names of its files, not yet checked
     */
    record Listing(String commit, Set<String> files) {}

    Listing list(ModelId id) throws IOException {
        URI address =
                address("/api/models/" + id.repository() + "/revision/" + encode(id.revision()));
        HttpResponse<ResponseBody> response = http.get(address, Map.of());
        try (ResponseBody body = response.body()) {
            requireSuccess(id, "", response);
            Description answer = GSON.fromJson(text(body, address), Description.class);
            if (answer == null || answer.sha() == null || answer.siblings() == null) {
                throw noHub(address, null);
            }
            if (!ModelId.isCommit(answer.sha())) {
                throw new HubException(address + ": '" + answer.sha() + "' is no commit");
            }
            Set<String> files = new TreeSet<>();
            for (Sibling sibling : answer.siblings()) {
                if (sibling != null && sibling.rfilename() != null) {
                    files.add(sibling.rfilename());
                }
            }
            return new Listing(answer.sha(), files);
        } catch (JsonParseException e) {
            throw noHub(address, e);
        }
    }

    /** The members of the hub's JSON for a model that are read. */
    private record Description(@Nullable String sha, @Nullable List<@Nullable Sibling> siblings) {}

    private record Sibling(@Nullable String rfilename) {}

    private static HubException noHub(URI address, @Nullable Throwable cause) {
        return new HubException(
                address
                        + ": the answer is not a hub's description of a model; is HF_ENDPOINT a"
                        + " Hugging Face hub?",
                cause);
    }

    RemoteFile describe(ModelId id, String commit, String name) throws IOException {
        RemoteFile.checkedName(name);
        String path = encode(name).replace("%2F", "/");
        URI address = address("/" + id.repository() + "/resolve/" + commit + "/" + path);
        HttpResponse<ResponseBody> response = http.head(address);
        int status = response.statusCode();
        if (status / 100 != 3) {
            requireSuccess(id, name, response);
        }
        HttpHeaders headers = response.headers();
        String etag =
                headers.firstValue("X-Linked-Etag")
                        .orElseGet(() -> headers.firstValue("ETag").orElse(""));
        long linked = size(headers, "X-Linked-Size");
        // The length of a redirect's own body says nothing of the file.
        long plain = status == 200 ? size(headers, "Content-Length") : -1;
        return new RemoteFile(
                name, RemoteFile.checkedEtag(name, etag), linked >= 0 ? linked : plain, address);
    }

    /** Throws an exception that says what an answer other than 2xx means to the user. */
    void requireSuccess(ModelId id, String file, HttpResponse<?> response) throws HubException {
        int status = response.statusCode();
        if (status / 100 == 2) {
            return;
        }
        String code = response.headers().firstValue("X-Error-Code").orElse("");
        String page = settings.endpoint() + "/" + id.repository();
        String what = file.isEmpty() ? "model " + id : file + " of model " + id;
        String meaning;
        if (code.equals("GatedRepo") || status == 403) {
            meaning =
                    ("access is restricted; accept the terms at %s with your account, and set"
                                    + " HF_TOKEN to a token of that account that may read it")
                            .formatted(page);
        } else if (status == 401) {
            meaning =
                    (settings.token() == null
                                    ? "there is no such model, or it is private or gated; check the"
                                            + " name at %s, and set HF_TOKEN if it needs a login"
                                    : "the token is not accepted for it; check the name at %s and"
                                            + " HF_TOKEN")
                            .formatted(page);
        } else if (code.equals("RevisionNotFound")) {
            meaning = "there is no revision '" + id.revision() + "'; see " + page;
        } else if (status == 404) {
            meaning =
                    "there is no such %s; check the name at %s"
                            .formatted(file.isEmpty() ? "model" : "file", page);
        } else {
            meaning = "the hub failed; try again later";
        }
        throw new HubException(
                "%s: %s (HTTP %d%s)".formatted(what, meaning, status, said(response.headers())));
    }

    private static String said(HttpHeaders headers) {
        String message = headers.firstValue("X-Error-Message").orElse("");
        String plain = message.replaceAll("[^\\x20-\\x7e]", " ").strip();
        return plain.isEmpty() ? "" : ": " + plain.substring(0, Math.min(200, plain.length()));
    }

    /** Returns the size that a header gives, or -1. */
    private static long size(HttpHeaders headers, String name) {
        try {
            return Math.max(-1, headers.firstValueAsLong(name).orElse(-1));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static String text(ResponseBody body, URI address) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] chunk = body.next(); chunk != null; chunk = body.next()) {
            bytes.writeBytes(chunk);
            if (bytes.size() > MAX_ANSWER_BYTES) {
                throw new HubException(
                        "%s: the answer is longer than %d MiB"
                                .formatted(address, MAX_ANSWER_BYTES >> 20));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private URI address(String path) {
        return URI.create(settings.endpoint() + path);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
