package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class NetworkCostTest {

    private static final int CLASSES = 5;

    /** Counted by hand: every value of a map is a sum over kernel and channels. */
    @Test
    void ofAUNetItIsThatOfItsConvolutions() {
        UNet net =
                UNet.builder()
                        .optInputChannels(3)
                        .setClasses(CLASSES)
                        .optBaseWidth(2)
                        .optDepth(1)
                        .build();
        long fine = 8 * 8;
        long coarse = 4 * 4;
        long down = fine * 9 * (3 * 2 + 2 * 2) + coarse * 9 * (2 * 4 + 4 * 4);
        long narrow = coarse * 4 * 2; // 1x1, before it is copied to the fine grid
        long up = narrow + fine * 9 * ((2 + 2) * 2 + 2 * 2) + fine * 2 * CLASSES;
        assertEquals(down + up, NetworkCost.of(net, new Shape(1, 3, 8, 8)).multiplyAdds());
    }

    /** By the layers of Xie et al. (2021), section 3, stage by stage. */
    @Test
    void ofATransformerItHasAttentionAndTheDecoderAsItIsComputed() {
        int[] width = {32, 64, 160, 256};
        int[] reduction = {8, 4, 2, 1};
        int size = 64;
        long sum = 0;
        long before = 3;
        for (int stage = 0; stage < 4; stage++) {
            long side = size >> stage + 2;
            long tokens = side * side;
            long w = width[stage];
            long keys = tokens / (reduction[stage] * reduction[stage]);
            sum += tokens * w * before * (stage == 0 ? 49 : 9);
            for (int layer = 0; layer < 2; layer++) {
                sum += 2 * tokens * w * w + 2 * keys * w * w; // queries, output; keys, values
                sum += stage < 3 ? keys * w * w * reduction[stage] * reduction[stage] : 0;
                sum += 2 * tokens * keys * w; // scores and means
                sum += 2 * tokens * w * 4 * w + tokens * 9 * 4 * w; // feed-forward
            }
            sum += tokens * w * 256 + 256 * (w + 1) * 256; // decoder
            before = w;
        }
        sum += (size / 4) * (size / 4) * 256L * CLASSES;
        EncoderDecoder net =
                EncoderDecoder.builder()
                        .setEncoder(EncoderName.MIT_B0)
                        .setDecoder(DecoderName.SEGFORMER)
                        .setClasses(CLASSES)
                        .build();
        NetworkCost cost = NetworkCost.of(net, new Shape(1, 3, size, size));
        assertEquals(sum, cost.multiplyAdds());
    }
}
