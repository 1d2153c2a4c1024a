package io.github.lovaszdjl.dataset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import java.util.Arrays;

/**
 * Stacks arrays whose last two axes, height and width, may differ: each is padded at the bottom and
 * on the right to the largest of the batch.
 */
final class PaddingBatchifier implements Batchifier {

    private static final long serialVersionUID = 1L;

    private final float padding;

    PaddingBatchifier(float padding) {
        this.padding = padding;
    }

    @Override
    public NDList batchify(NDList[] inputs) {
        NDList[] padded = new NDList[inputs.length];
        Arrays.setAll(padded, i -> new NDList(inputs[i]));
        NDList made = new NDList();
        for (int k = 0; k < inputs[0].size(); k++) {
            long height = 0;
            long width = 0;
            for (NDList input : inputs) {
                Shape shape = input.get(k).getShape();
                int axes = shape.dimension();
                height = Math.max(height, axes < 2 ? 0 : shape.get(axes - 2));
                width = Math.max(width, axes < 2 ? 0 : shape.get(axes - 1));
            }
            for (NDList input : padded) {
                NDArray array = input.get(k);
                NDArray larger = pad(array, height, width);
                if (larger != array) {
                    input.set(k, larger);
                    made.add(larger);
                }
            }
        }
        NDList batch = STACK.batchify(padded);
        made.close();
        return batch;
    }

    private NDArray pad(NDArray array, long height, long width) {
        Shape shape = array.getShape();
        int axes = shape.dimension();
        if (axes < 2 || (shape.get(axes - 2) == height && shape.get(axes - 1) == width)) {
            return array;
        }
        long[] size = shape.getShape().clone();
        size[axes - 2] = height;
        size[axes - 1] = width;
        NDArray padded = array.getManager().full(new Shape(size), padding, array.getDataType());
        padded.set(new NDIndex("..., :{}, :{}", shape.get(axes - 2), shape.get(axes - 1)), array);
        padded.setName(array.getName());
        return padded;
    }

    @Override
    public NDList[] unbatchify(NDList inputs) {
        return STACK.unbatchify(inputs);
    }

    @Override
    public NDList[] split(NDList list, int numOfSlices, boolean evenSplit) {
        return STACK.split(list, numOfSlices, evenSplit);
    }
}
