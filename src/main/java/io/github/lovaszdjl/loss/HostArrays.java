package io.github.lovaszdjl.loss;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.github.lovaszdjl.internal.Operations;
import java.lang.ref.Reference;
import java.nio.FloatBuffer;

/**
 * Arrays in the memory of the host, read and written in place, through the buffer of {@link
 * NDArray#toByteBuffer(boolean)}.
 */
final class HostArrays {

    private HostArrays() {}

    /**
     * Tells whether predictions are computed on the host: all on the CPU that are not FLOAT64, as
     * many as a buffer holds.
     */
    static boolean serve(NDArray predictions) {
        return predictions.getDataType() != DataType.FLOAT64
                && predictions.getDevice().equals(Device.cpu())
                && predictions.size() <= Integer.MAX_VALUE / Float.BYTES;
    }

    /** Returns the values of an array, without a copy where the engine can. */
    static FloatBuffer read(NDArray array) {
        return array.toByteBuffer(true).asFloatBuffer();
    }

    /**
     * Hands values back to the array they were read from, if the engine had copied them; PyTorch
     * does not, for arrays that are contiguous, as those made here are; MXNet always does.
     */
    static void write(NDArray array, FloatBuffer values) {
        if (!values.isDirect() || Operations.copiesToBuffers(array)) {
            array.set(values);
            // Of a direct buffer, DJL gives MXNet nothing but the address.
            Reference.reachabilityFence(values);
        }
    }
}
