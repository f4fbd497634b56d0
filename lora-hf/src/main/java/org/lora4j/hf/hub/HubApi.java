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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the hub says of a model: its commit and files, and of a file: checksum and size. */
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
     * A revision at this moment.
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

    /** The hub's JSON for a model, as far as it matters here. */
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
        URI address =
                address(
                        "/"
                                + id.repository()
                                + "/resolve/"
                                + commit
                                + "/"
                                + encode(name).replace("%2F", "/"));
        HttpResponse<ResponseBody> response = http.head(address);
        int status = response.statusCode();
        if (status / 100 != 3) {
            requireSuccess(id, name, response);
        }
        HttpHeaders headers = response.headers();
        String etag =
                headers.firstValue("X-Linked-Etag")
                        .orElseGet(() -> headers.firstValue("ETag").orElse(""));
        OptionalLong linked = size(headers, "X-Linked-Size");
        // The length of a redirect's own body says nothing of the file.
        OptionalLong plain = status == 200 ? size(headers, "Content-Length") : OptionalLong.empty();
        long size = linked.isPresent() ? linked.getAsLong() : plain.orElse(-1);
        return new RemoteFile(name, RemoteFile.checkedEtag(name, etag), size, address);
    }

    /** Says what an answer other than 2xx means to the user. */
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
                    "access is restricted; accept the terms at "
                            + page
                            + " with your account, and set HF_TOKEN to a token of that account"
                            + " that may read it";
        } else if (status == 401) {
            meaning =
                    settings.token() == null
                            ? "there is no such model, or it is private or gated; check the name"
                                    + " at "
                                    + page
                                    + ", and set HF_TOKEN if it needs a login"
                            : "the token is not accepted for it; check the name at "
                                    + page
                                    + " and HF_TOKEN";
        } else if (code.equals("RevisionNotFound")) {
            meaning = "there is no revision '" + id.revision() + "'; see " + page;
        } else if (status == 404) {
            meaning =
                    (file.isEmpty() ? "there is no such model" : "there is no such file")
                            + "; check the name at "
                            + page;
        } else {
            meaning = "the hub failed; try again later";
        }
        throw new HubException(
                what + ": " + meaning + " (HTTP " + status + said(response.headers()) + ")");
    }

    private static String said(HttpHeaders headers) {
        String message = headers.firstValue("X-Error-Message").orElse("");
        String plain = message.replaceAll("[^\\x20-\\x7e]", " ").strip();
        return plain.isEmpty() ? "" : ": " + plain.substring(0, Math.min(200, plain.length()));
    }

    private static OptionalLong size(HttpHeaders headers, String name) {
        try {
            OptionalLong value = headers.firstValueAsLong(name);
            return value.isPresent() && value.getAsLong() >= 0 ? value : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static String text(ResponseBody body, URI address) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (List<ByteBuffer> chunk = body.next(); chunk != null; chunk = body.next()) {
            for (ByteBuffer piece : chunk) {
                byte[] copy = new byte[piece.remaining()];
                piece.get(copy);
                bytes.write(copy, 0, copy.length);
            }
            if (bytes.size() > MAX_ANSWER_BYTES) {
                throw new HubException(
                        address
                                + ": the answer is longer than "
                                + (MAX_ANSWER_BYTES >> 20)
                                + " MiB");
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
