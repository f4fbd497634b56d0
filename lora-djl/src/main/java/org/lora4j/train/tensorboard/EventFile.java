/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.tensorboard;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.zip.CRC32C;
import org.lora4j.files.AppendedFile;

/**
 * A file of events that TensorBoard reads. Each event is one record: the length as 8 bytes, its
 * masked CRC-32C, the message, and the message's masked CRC-32C, all little-endian, as TensorFlow's
 * TFRecord files have them. The messages are those of TensorBoard's event.proto and summary.proto.
 * Not thread-safe.
 */
public final class EventFile implements AutoCloseable {
    private static final String VERSION = "brain.Event:2";
    private static final int CRC_ROTATION = 15;
    private static final int CRC_DELTA = 0xa282ead8;
    private static final AtomicInteger FILES = new AtomicInteger();

    // Fields of Event.
    private static final int WALL_TIME = 1;
    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int SESSION_LOG = 7;

    // SessionLog: its status, and what marks a start.
    private static final int STATUS = 1;
    private static final int START = 1;

    // Summary and its Value.
    private static final int VALUE = 1;
    private static final int TAG = 1;
    private static final int SIMPLE_VALUE = 2;
    private static final int TENSOR = 8;
    private static final int METADATA = 9;

    // TensorProto, and the kind of tensor that is a text.
    private static final int DTYPE = 1;
    private static final int TENSOR_SHAPE = 2;
    private static final int STRING_VALUE = 8;
    private static final int DT_STRING = 7;

    // SummaryMetadata and its PluginData.
    private static final int PLUGIN_DATA = 1;
    private static final int PLUGIN_NAME = 1;

    private final AppendedFile file;
    private final DoubleSupplier seconds;

    private EventFile(AppendedFile file, DoubleSupplier seconds) {
        this.file = file;
        this.seconds = seconds;
    }

    /**
     * Creates a file of its own in a directory, which is created too.
     *
     * @param directory a run's directory; TensorBoard shows all files in it as one run
     * @return the file, with its first record
     * @throws IOException if it cannot be written
     */
    public static EventFile create(Path directory) throws IOException {
        return create(directory, () -> System.currentTimeMillis() / 1e3);
    }

    /** Creates a file with a clock that counts the seconds since 1970. */
    static EventFile create(Path directory, DoubleSupplier seconds) throws IOException {
        Files.createDirectories(directory);
        String name =
                "events.out.tfevents.%010d.%s.%d.%d"
                        .formatted(
                                (long) seconds.getAsDouble(),
                                host(),
                                ProcessHandle.current().pid(),
                                FILES.getAndIncrement());
        EventFile events = new EventFile(AppendedFile.create(directory.resolve(name)), seconds);
        events.write(events.event().text(FILE_VERSION, VERSION));
        return events;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9.-]", "_");
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private ProtoMessage event() {
        return new ProtoMessage().float64(WALL_TIME, seconds.getAsDouble());
    }

    /**
     * Says that steps begin anew: TensorBoard drops what earlier files of the run have for this
     * step and those after it.
     *
     * @param step the first step that follows
     */
    public void restart(long step) {
        ProtoMessage log = new ProtoMessage().integer(STATUS, START);
        write(event().integer(STEP, step).message(SESSION_LOG, log));
    }

    /**
     * Writes numbers.
     *
     * @param step the step that they belong to
     * @param values numbers by tag, such as {@code train/loss}; those that are not finite too
     */
    public void scalars(long step, Map<String, Double> values) {
        ProtoMessage summary = new ProtoMessage();
        values.forEach(
                (tag, value) ->
                        summary.message(
                                VALUE,
                                new ProtoMessage()
                                        .text(TAG, tag)
                                        .float32(SIMPLE_VALUE, value.floatValue())));
        write(event().integer(STEP, step).message(SUMMARY, summary));
    }

    /**
     * Writes a text.
     *
     * @param step the step that it belongs to
     * @param tag its name
     * @param markdown the text, shown as Markdown
     */
    public void text(long step, String tag, String markdown) {
        ProtoMessage tensor =
                new ProtoMessage()
                        .integer(DTYPE, DT_STRING)
                        .message(TENSOR_SHAPE, new ProtoMessage())
                        .text(STRING_VALUE, markdown);
        ProtoMessage plugin = new ProtoMessage().text(PLUGIN_NAME, "text");
        ProtoMessage value =
                new ProtoMessage()
                        .text(TAG, tag)
                        .message(TENSOR, tensor)
                        .message(METADATA, new ProtoMessage().message(PLUGIN_DATA, plugin));
        write(
                event().integer(STEP, step)
                        .message(SUMMARY, new ProtoMessage().message(VALUE, value)));
    }

    private void write(ProtoMessage event) {
        byte[] data = event.toBytes();
        ByteBuffer record =
                ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(data.length);
        record.putInt(maskedCrc(record.array(), Long.BYTES));
        record.put(data);
        record.putInt(maskedCrc(data, data.length));
        file.write(record.array());
    }

    private static int maskedCrc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return Integer.rotateRight((int) crc.getValue(), CRC_ROTATION) + CRC_DELTA;
    }

    /**
     * Returns where the file is.
     *
     * @return its path
     */
    public Path path() {
        return file.path();
    }

    /** Closes the file; once more does nothing. */
    @Override
    public void close() {
        file.close();
    }
}
