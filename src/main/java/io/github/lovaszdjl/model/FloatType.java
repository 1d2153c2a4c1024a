package io.github.lovaszdjl.model;

import java.nio.ByteBuffer;

/** The floating-point types of a {@link TensorFile}, read as {@code float}. */
enum FloatType {
    F64(Double.BYTES) {
        @Override
        float read(ByteBuffer bytes) {
            return (float) bytes.getDouble();
        }
    },
    F32(Float.BYTES) {
        @Override
        float read(ByteBuffer bytes) {
            return bytes.getFloat();
        }
    },
    F16(Short.BYTES) {
        @Override
        float read(ByteBuffer bytes) {
            return half(bytes.getShort());
        }
    },
    /** The upper half of a {@code float}. */
    BF16(Short.BYTES) {
        @Override
        float read(ByteBuffer bytes) {
            return Float.intBitsToFloat(bytes.getShort() << 16);
        }
    };

    private final int size;

    FloatType(int size) {
        this.size = size;
    }

    /** Returns the type of a name, or null. */
    static FloatType of(String name) {
        for (FloatType type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** Returns the bytes of a value. */
    int size() {
        return size;
    }

    /** Reads the next value. */
    abstract float read(ByteBuffer bytes);

    /** IEEE 754 binary16; Java has it from version 20 on. */
    private static float half(short bits) {
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        float size =
                switch (exponent) {
                    case 0 -> fraction * 0x1p-24f;
                    case 0x1f -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
                    default -> Math.scalb((float) (fraction | 0x400), exponent - 25);
                };
        return bits < 0 ? -size : size;
    }
}
