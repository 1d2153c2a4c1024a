package io.github.lovaszdjl.app.check;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;

/** Checks in JSON. A number that JSON lacks is a text there: "NaN", "Infinity", "-Infinity". */
public final class CheckJson {

    private static final TypeAdapter<Double> DOUBLES =
            new TypeAdapter<>() {
                @Override
                public void write(JsonWriter out, Double value) throws IOException {
                    if (value == null || Double.isFinite(value)) {
                        out.value(value);
                    } else {
                        out.value(value.toString());
                    }
                }

                @Override
                public Double read(JsonReader in) throws IOException {
                    if (in.peek() == JsonToken.NULL) {
                        in.nextNull();
                        return null;
                    }
                    // A number as well as a text.
                    return Double.valueOf(in.nextString());
                }
            };

    private static final Gson GSON =
            new GsonBuilder()
                    .setPrettyPrinting()
                    .disableHtmlEscaping()
                    .registerTypeAdapter(double.class, DOUBLES)
                    .registerTypeAdapter(Double.class, DOUBLES)
                    .create();

    private CheckJson() {}

    /** Returns the JSON of checks or of a part of them. */
    public static String write(Object checks) {
        return GSON.toJson(checks);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @return the checks, null of an empty text
     * @throws com.google.gson.JsonParseException if it is no such JSON
     */
    public static <T> T read(String json, Class<T> type) {
        return GSON.fromJson(json, type);
    }
}
