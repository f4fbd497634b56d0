/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.util.HashMap;
import java.util.Map;
import org.lora4j.files.Excerpt;
import org.lora4j.torch.TensorDtype;

/** The globals that a file may name. Every other one is refused: a pickle can name any function. */
final class PickleGlobals {
    private static final Map<String, PickleValue> ALLOWED = new HashMap<>();

    static {
        ALLOWED.put("collections.OrderedDict", PickleValue.Function.ORDERED_DICT);
        ALLOWED.put("torch._utils._rebuild_tensor", PickleValue.Function.REBUILD_TENSOR);
        ALLOWED.put("torch._utils._rebuild_tensor_v2", PickleValue.Function.REBUILD_TENSOR);
        ALLOWED.put("torch._utils._rebuild_tensor_v3", PickleValue.Function.REBUILD_TENSOR_V3);
        ALLOWED.put("torch._utils._rebuild_parameter", PickleValue.Function.REBUILD_PARAMETER);
        ALLOWED.put("torch.Size", PickleValue.Function.SIZE);
        ALLOWED.put("torch.device", PickleValue.Function.OPAQUE);
        ALLOWED.put("builtins.set", PickleValue.Function.OPAQUE);
        ALLOWED.put("__builtin__.set", PickleValue.Function.OPAQUE);
        ALLOWED.put("_codecs.encode", PickleValue.Function.OPAQUE);
        ALLOWED.put("torch.storage.UntypedStorage", new PickleValue.StorageClass(null));
        ALLOWED.put("torch.UntypedStorage", new PickleValue.StorageClass(null));
        StorageTypes.all()
                .forEach(
                        (dtype, storage) -> {
                            PickleValue type = new PickleValue.StorageClass(dtype);
                            ALLOWED.put("torch." + storage, type);
                            ALLOWED.put("torch.cuda." + storage, type);
                        });
        type(TensorDtype.F64, "float64", "double");
        type(TensorDtype.F32, "float32", "float");
        type(TensorDtype.F16, "float16", "half");
        type(TensorDtype.BF16, "bfloat16");
        type(TensorDtype.I64, "int64", "long");
        type(TensorDtype.I32, "int32", "int");
        type(TensorDtype.I16, "int16", "short");
        type(TensorDtype.I8, "int8");
        type(TensorDtype.U8, "uint8");
        type(TensorDtype.BOOL, "bool");
        type(TensorDtype.C64, "complex64");
        type(TensorDtype.U16, "uint16");
        type(TensorDtype.U32, "uint32");
        type(TensorDtype.U64, "uint64");
        type(TensorDtype.F8_E4M3, "float8_e4m3fn");
        type(TensorDtype.F8_E5M2, "float8_e5m2");
    }

    private PickleGlobals() {}

    private static void type(TensorDtype dtype, String... names) {
        for (String name : names) {
            ALLOWED.put("torch." + name, new PickleValue.ElementType(dtype));
        }
    }

    static PickleValue find(String module, String name) throws PickleException {
        PickleValue found = ALLOWED.get(module + "." + name);
        if (found == null) {
            throw new PickleException(
                    "the pickle names %s, which is neither a tensor nor a plain container; nothing"
                        + " was run. Save tensors alone: torch.save(lora.lora_state_dict(model),"
                        + " file)",
                    Excerpt.of(module + "." + name));
        }
        return found;
    }
}
