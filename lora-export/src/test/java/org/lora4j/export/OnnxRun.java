/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** An ONNX file in ONNX Runtime. */
final class OnnxRun implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    OnnxRun(Path file) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = environment.createSession(file.toString(), options);
        }
    }

    Set<String> inputs() {
        return session.getInputNames();
    }

    Set<String> outputs() {
        return session.getOutputNames();
    }

    /** Runs rows of ids, padded to the longest with a mask of zeros, and returns an output. */
    float[] run(String output, int[][] ids, int[][] types, int pad) throws OrtException {
        int length = 0;
        for (int[] row : ids) {
            length = Math.max(length, row.length);
        }
        long[][] padded = new long[ids.length][length];
        long[][] mask = new long[ids.length][length];
        long[][] kinds = new long[ids.length][length];
        for (int i = 0; i < ids.length; i++) {
            for (int j = 0; j < length; j++) {
                boolean token = j < ids[i].length;
                padded[i][j] = token ? ids[i][j] : pad;
                mask[i][j] = token ? 1 : 0;
                kinds[i][j] = token && types.length > 0 ? types[i][j] : 0;
            }
        }
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        inputs.put("input_ids", OnnxTensor.createTensor(environment, padded));
        inputs.put("attention_mask", OnnxTensor.createTensor(environment, mask));
        if (inputs().contains("token_type_ids")) {
            inputs.put("token_type_ids", OnnxTensor.createTensor(environment, kinds));
        }
        try (OrtSession.Result result = session.run(inputs, Set.of(output))) {
            FloatBuffer floats = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] values = new float[floats.remaining()];
            floats.get(values);
            return values;
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
