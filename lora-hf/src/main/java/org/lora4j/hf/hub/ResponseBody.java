/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.Closeable;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a response, read chunk by chunk with a limit on the wait for each; Java's own stream
 * would wait forever for a silent server. For one reader; closing it ends the transfer.
 */
final class ResponseBody implements HttpResponse.BodySubscriber<ResponseBody>, Closeable {
    /** What the transfer reports: a chunk, its end, or its failure. */
    private record Event(@Nullable ByteBuffer chunk, @Nullable Throwable failure) {}

    private final Duration patience;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final AtomicReference<Flow.@Nullable Subscription> transfer = new AtomicReference<>();

    ResponseBody(Duration patience) {
        this.patience = patience;
    }

    /**
     * Returns the next bytes, or null at the end.
     *
     * @throws NetworkException if the transfer broke off or nothing came in time
     */
    byte @Nullable [] next() throws NetworkException, InterruptedIOException {
        Event event;
        try {
            event = events.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            close();
            throw HubHttp.interrupted();
        }
        if (event == null) {
            close();
            throw new NetworkException("no data for " + patience.toSeconds() + " s");
        }
        if (event.failure() != null) {
            throw new NetworkException("the connection broke off", event.failure());
        }
        if (event.chunk() == null) {
            return null;
        }
        Flow.Subscription running = transfer.get();
        if (running != null) {
            running.request(1);
        }
        return event.chunk().array();
    }

    @Override
    public CompletionStage<ResponseBody> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        transfer.set(subscription);
        subscription.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> chunk) {
        ByteBuffer bytes = ByteBuffer.allocate(chunk.stream().mapToInt(Buffer::remaining).sum());
        chunk.forEach(bytes::put);
        events.add(new Event(bytes, null));
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Event(null, failure));
    }

    @Override
    public void onComplete() {
        events.add(new Event(null, null));
    }

    @Override
    public void close() {
        Flow.Subscription running = transfer.get();
        if (running != null) {
            running.cancel();
        }
    }
}
