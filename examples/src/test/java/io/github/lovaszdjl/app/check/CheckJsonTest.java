package io.github.lovaszdjl.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.gson.JsonObject;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckJsonTest {

    /** What stays NaN or infinite wherever a number can. */
    private static EngineCheck notFinite() {
        double nan = Double.NaN;
        double infinite = Double.POSITIVE_INFINITY;
        return new EngineCheck(
                "PyTorch",
                "gpu0",
                Map.of("engine", "PyTorch"),
                List.of(new LossFinding("l", "", 2, 1, nan, infinite, false, List.of("NaN"))),
                new StepComparison("the CPU's", nan, -infinite, nan, false),
                List.of(new LossTiming("l", "(1, 2)", nan, null, null, 3L, null)),
                Map.of("cross-entropy", nan),
                infinite,
                1.5,
                List.of(),
                List.of("wrong"));
    }

    @Test
    void numbersThatAreNotFiniteAreTextsAndComeBack() throws IOException {
        CheckPart part = new CheckPart(List.of(notFinite()), null);
        String json = CheckJson.write(part);
        try (JsonReader reader = new JsonReader(new StringReader(json))) {
            reader.setStrictness(Strictness.STRICT);
            reader.skipValue();
            assertEquals(JsonToken.END_DOCUMENT, reader.peek());
        }
        JsonObject finding =
                CheckJson.read(json, JsonObject.class)
                        .getAsJsonArray("checks")
                        .get(0)
                        .getAsJsonObject()
                        .getAsJsonArray("losses")
                        .get(0)
                        .getAsJsonObject();
        assertEquals("NaN", finding.get("value").getAsString());
        assertEquals("Infinity", finding.get("gradient").getAsString());
        assertEquals(part, CheckJson.read(json, CheckPart.class));
    }

    @Test
    void nothingWrittenIsNull() {
        assertNull(CheckJson.read("", CheckPart.class));
    }
}
