/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.onnx;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.lora4j.torch.TensorDtype;

/**
 * Where the weights of a model lie in an ONNX file. They are found by their bytes: those of W or of
 * its transpose, in the precisions that the file has. Names decide where several weights have the
 * same bytes, such as biases that are all zero.
 */
final class WeightPlaces {
    /** A tensor, and how the weight lies in it. */
    record Place(FileTensor tensor, WeightForm form) {}

    private static final WeightForm OWN = new WeightForm(TensorDtype.F32, false);

    private final Map<String, String> digests = new LinkedHashMap<>();
    private final Map<String, List<Place>> places = new HashMap<>();
    private final Map<FileTensor, Set<String>> owners = new HashMap<>();

    private WeightPlaces() {}

    /**
     * Finds the weights of a model.
     *
     * @param weights its weights by path
     * @param file the file
     */
    static WeightPlaces find(Map<String, NDArray> weights, OnnxFile file) throws IOException {
        WeightPlaces found = new WeightPlaces();
        Map<List<Object>, List<FileTensor>> byKind = new HashMap<>();
        for (FileTensor tensor : file.tensors()) {
            List<Object> kind = List.of(tensor.dtype(), tensor.shape());
            byKind.computeIfAbsent(kind, absent -> new ArrayList<>()).add(tensor);
        }
        Map<FileTensor, String> contents = new HashMap<>();
        for (Map.Entry<String, NDArray> weight : weights.entrySet()) {
            NDArray array = weight.getValue();
            found.digests.put(weight.getKey(), TensorDigest.of(array, OWN));
            for (WeightForm form : forms(array)) {
                List<Object> kind = List.of(form.dtype(), shape(array, form));
                List<FileTensor> alike = byKind.get(kind);
                if (alike == null) {
                    continue;
                }
                String digest = TensorDigest.of(array, form);
                for (FileTensor tensor : alike) {
                    String content = contents.get(tensor);
                    if (content == null) {
                        content = TensorDigest.of(tensor);
                        contents.put(tensor, content);
                    }
                    if (content.equals(digest)) {
                        found.add(weight.getKey(), new Place(tensor, form));
                    }
                }
            }
        }
        return found;
    }

    private static List<WeightForm> forms(NDArray array) {
        List<WeightForm> forms = new ArrayList<>();
        for (TensorDtype dtype : List.of(TensorDtype.F32, TensorDtype.F16, TensorDtype.BF16)) {
            forms.add(new WeightForm(dtype, false));
            if (array.getShape().dimension() == 2) {
                forms.add(new WeightForm(dtype, true));
            }
        }
        return forms;
    }

    private static List<Long> shape(NDArray array, WeightForm form) {
        List<Long> shape = new ArrayList<>();
        for (long size : array.getShape().getShape()) {
            shape.add(size);
        }
        if (form.transposed()) {
            Collections.reverse(shape);
        }
        return shape;
    }

    private void add(String path, Place place) {
        places.computeIfAbsent(path, absent -> new ArrayList<>()).add(place);
        owners.computeIfAbsent(place.tensor(), absent -> new TreeSet<>()).add(path);
    }

    /** Returns the weights of another state of the model that differ from those that were found. */
    Map<String, NDArray> changed(Map<String, NDArray> merged) throws IOException {
        Map<String, NDArray> changed = new LinkedHashMap<>();
        for (Map.Entry<String, NDArray> weight : merged.entrySet()) {
            NDArray array = weight.getValue();
            if (!TensorDigest.of(array, OWN).equals(digests.get(weight.getKey()))) {
                changed.put(weight.getKey(), array);
            }
        }
        return changed;
    }

    /**
     * Decides where changed weights go.
     *
     * @param changed the weights that differ
     * @return the weight of each place
     * @throws IOException if one is nowhere, or in a place that is another's too; all are named
     */
    Map<Place, String> assign(Map<String, NDArray> changed, OnnxFile file) throws IOException {
        Map<Place, String> assigned = new LinkedHashMap<>();
        Map<String, String> problems = new LinkedHashMap<>();
        Map<String, String> after = new HashMap<>();
        for (String path : changed.keySet()) {
            after.put(path, TensorDigest.of(changed.get(path), OWN));
        }
        for (String path : changed.keySet()) {
            List<Place> all = places.getOrDefault(path, List.of());
            if (all.isEmpty()) {
                problems.put(path, "is not in it");
                continue;
            }
            Set<FileTensor> tensors = new HashSet<>();
            all.forEach(place -> tensors.add(place.tensor()));
            if (tensors.size() < all.size()) {
                problems.put(path, "equals its own transpose");
                continue;
            }
            Set<String> equals = new TreeSet<>();
            all.forEach(place -> equals.addAll(owners.getOrDefault(place.tensor(), Set.of())));
            boolean alike =
                    equals.stream()
                            .allMatch(
                                    other ->
                                            changed.containsKey(other)
                                                    && Objects.equals(
                                                            after.get(other), after.get(path)));
            if (alike) { // one weight under several names, or weights that stay equal
                all.forEach(place -> assigned.putIfAbsent(place, path));
                continue;
            }
            List<Place> own =
                    equals.size() == 1
                            ? all
                            : all.stream().filter(p -> isNamed(p.tensor(), path, equals)).toList();
            boolean others =
                    equals.stream()
                            .allMatch(
                                    other ->
                                            other.equals(path)
                                                    || all.stream()
                                                            .anyMatch(
                                                                    p ->
                                                                            isNamed(
                                                                                    p.tensor(),
                                                                                    other,
                                                                                    equals)));
            if (own.isEmpty() || !others) {
                equals.remove(path);
                problems.put(
                        path,
                        "has the same numbers as "
                                + equals
                                + ", and names do not tell which is which");
                continue;
            }
            own.forEach(place -> assigned.put(place, path));
        }
        if (!problems.isEmpty()) {
            throw refused(file, changed.size(), problems);
        }
        return assigned;
    }

    /** Whether a tensor has the name of one weight, and of no other with the same numbers. */
    private static boolean isNamed(FileTensor tensor, String path, Set<String> equals) {
        return isNamed(tensor.name(), path)
                && equals.stream()
                        .noneMatch(other -> !other.equals(path) && isNamed(tensor.name(), other));
    }

    private static boolean isNamed(String name, String path) {
        return name.equals(path) || path.endsWith("." + name) || name.endsWith("." + path);
    }

    private static IOException refused(OnnxFile file, int changed, Map<String, String> problems) {
        StringBuilder text = new StringBuilder();
        text.append(
                "%s: %,d of %,d weights that the adapter changes have no place of their own in it;"
                        .formatted(file.path(), problems.size(), changed));
        text.append(
                " expected the ONNX file of this very base and task, as exported: not one that an"
                        + " optimiser joined weights in, and with the same head.");
        int shown = 0;
        for (Map.Entry<String, String> problem : problems.entrySet()) {
            if (shown++ == 20) {
                text.append("\n  and %,d more".formatted(problems.size() - 20));
                break;
            }
            text.append("\n  ").append(problem.getKey()).append(' ').append(problem.getValue());
        }
        return new IOException(text.toString());
    }
}
