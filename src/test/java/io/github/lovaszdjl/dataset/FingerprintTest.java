package io.github.lovaszdjl.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class FingerprintTest {

    @Test
    void isTheSizeAndTheBeginningOfTheSha256InEveryLocale() {
        Locale before = Locale.getDefault(Locale.Category.FORMAT);
        try {
            // Writes numbers with digits of its own.
            Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag("ar-EG-u-nu-arab"));
            // The first example of FIPS 180-2.
            assertEquals(
                    "3-ba7816bf8f01cfea",
                    Fingerprint.of("abc".getBytes(StandardCharsets.US_ASCII)).toString());
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, before);
        }
    }
}
