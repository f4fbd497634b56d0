/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

/**
 * How a few rows of which nothing is recorded are multiplied with a matrix, as each step of a
 * generation does: by oneDNN where the loaded libtorch has it and the processor can.
 *
 * <p>ATen gives such products to general kernels. In 16 bits these copy the matrix before they use
 * it, and in float32 MKL has none for processors that are not Intel's; oneDNN's inner product takes
 * a half to three quarters of their time. It has no gradient, so training never sees it.
 */
enum RowProducts {
    /** oneDNN in float32 and bfloat16. */
    ONE_DNN("[6, 15]"),

    /** oneDNN in float32, where the processor has no products of 16 bits. */
    ONE_DNN_FLOAT32("[6]"),

    /** As any product, where libtorch was built without oneDNN. */
    PLAIN("annotate(List[int], [])");

    /** The most rows for which oneDNN is asked; with many, the general kernels are as fast. */
    private static final int ROWS = 16;

    private static final String ONE_DNN_CALL =
            "ops.mkldnn._linear_pointwise(x, w, b, \"none\", annotate(List[Optional[number]], []),"
                    + " \"\")";

    /** Rows x [.., in], w [out, in], b [out], of one dtype; a probe has float32. */
    private static final String SOURCE =
            """
              def product(self: __torch__.Ops, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
                few = torch.le(torch.numel(x), torch.mul(%d, torch.size(x, -1)))
                rows = False
                if few:
                  if torch.__not__(torch.is_grad_enabled()):
                    rows = (self).row_operands(x, w, )
                if rows:
                  y = (self).row_product(x, w, b, )
                else:
                  y = torch.linear(x, w, b)
                return y
              def row_dtypes(self: __torch__.Ops) -> List[int]:
                return %s
              def row_operands(self: __torch__.Ops, x: Tensor, w: Tensor) -> bool:
                known = torch.__contains__((self).row_dtypes(), ops.prim.dtype(x))
                host = torch.__not__(ops.prim.is_cuda(x))
                return torch.__and__(torch.__and__(known, host), torch.is_contiguous(w))
              def row_product(self: __torch__.Ops, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
                return %s
              def row_probe(self: __torch__.Ops, x: Tensor, w: Tensor) -> Tensor:
                out = annotate(List[Tensor], [])
                dtypes = (self).row_dtypes()
                for i in range(torch.len(dtypes)):
                  d = dtypes[i]
                  y = (self).row_product(torch.to(x, d), torch.to(w, d), None, )
                  _0 = torch.append(out, torch.to(y, 6))
                return torch.cat(out)
            """;

    /** The dtypes that oneDNN takes here, as TorchScript writes them. */
    private final String types;

    RowProducts(String types) {
        this.types = types;
    }

    /** Returns the declarations. */
    String source() {
        return SOURCE.formatted(
                ROWS, types, this == PLAIN ? "torch.linear(x, w, b)" : ONE_DNN_CALL);
    }
}
