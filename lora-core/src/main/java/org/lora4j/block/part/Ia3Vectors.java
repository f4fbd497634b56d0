/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.lora4j.block.copy.AdapterStream;
import org.lora4j.block.pass.SelectedAdapters;

/** The vectors of (IA)³ on one layer of any kind. */
record Ia3Vectors(Parts<Ia3Part> parts) {
    /** Adds a vector under a name. */
    interface Addition {
        void add(String name, boolean feedforward);
    }

    /** Returns an array times the selected vectors on the input or the output, or itself. */
    NDArray rescaled(
            SelectedAdapters selected,
            NDArray x,
            boolean input,
            ParameterStore store,
            boolean training) {
        NDArray product = x;
        for (int i = 0; i < selected.size(); i++) {
            Ia3Part part = parts.get(selected, i);
            if (part != null && part.feedforward == input) {
                requireWhole(selected, i);
                NDArray vector = part.view.value(store, x.getDevice(), training);
                NDArray next = parts.context().kernels().scaleFeatures(product, vector);
                if (product != x) {
                    product.close();
                }
                product = next;
            }
        }
        return product;
    }

    void requireWhole(SelectedAdapters selected, int index) {
        Parts.requireWhole(
                selected, index, parts.path() + ": ", "of (IA)³, whose vectors have no weight");
    }

    void save(DataOutputStream os) throws IOException {
        AdapterStream.begin(os, parts.base(), parts.names().size());
        for (String name : parts.names()) {
            Ia3Part part = parts.require(name);
            os.writeUTF(name);
            os.writeBoolean(part.feedforward);
            part.vector.save(os);
        }
    }

    void load(PartHost host, NDManager manager, DataInputStream is, Addition addition)
            throws IOException, MalformedModelException {
        int count = AdapterStream.begin(is, manager, host);
        for (int i = 0; i < count; i++) {
            String name = is.readUTF();
            boolean feedforward = is.readBoolean();
            Ia3Part part = parts.get(name);
            if (part == null) {
                addition.add(name, feedforward);
                part = parts.require(name);
            }
            AdapterStream.readInto(is, manager, part.vector, parts.path());
        }
    }
}
