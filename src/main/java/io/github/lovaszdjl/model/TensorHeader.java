package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.lovaszdjl.internal.Names;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a {@link TensorFile}: an object with an entry for each tensor, {@code "name":
 * {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}, and perhaps {@code "__metadata__"}
 * with texts. Nothing else is taken; spaces may follow.
 *
 * @param tensors the tensors by name
 * @param metadata the texts by name
 */
record TensorHeader(Map<String, Line> tensors, Map<String, String> metadata) {

    static final String METADATA = "__metadata__";
    static final String TYPE = "dtype";
    static final String SHAPE = "shape";
    static final String OFFSETS = "data_offsets";

    /** Axes of a tensor; PyTorch has no more. */
    private static final int MAX_AXES = 64;

    /** An entry; the places of its bytes are counted from the end of the header. */
    record Line(String type, long[] shape, long begin, long end) {}

    /** Parses a header. */
    static TensorHeader parse(byte[] header) throws MalformedModelException {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header)).toString();
            JsonReader json = new JsonReader(new StringReader(text));
            json.setStrictness(Strictness.STRICT);
            return parse(json);
        } catch (CharacterCodingException e) {
            throw new MalformedModelException("header: expected JSON in UTF-8", e);
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw new MalformedModelException("header: expected JSON: " + reason(e), e);
        }
    }

    /** Gson begins with a class now and then, goes on after a line, and quotes what it read. */
    private static String reason(Exception e) {
        String message = String.valueOf(e.getMessage()).replaceFirst("^[\\w.$]*Exception: ", "");
        return Names.shortened(message.lines().findFirst().orElse(""), 120);
    }

    private static TensorHeader parse(JsonReader json) throws IOException, MalformedModelException {
        Map<String, Line> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        boolean hasMetadata = false;
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            boolean twice = name.equals(METADATA) ? hasMetadata : tensors.containsKey(name);
            if (twice) {
                throw new MalformedModelException(
                        "header: expected every tensor once, got "
                                + Names.shortened(name)
                                + " twice");
            }
            if (name.equals(METADATA)) {
                hasMetadata = true;
                readTexts(json, metadata);
            } else {
                tensors.put(name, readLine(json, Names.shortened(name)));
            }
        }
        json.endObject();
        if (json.peek() != JsonToken.END_DOCUMENT) {
            throw new MalformedModelException("header: expected one object, got more");
        }
        return new TensorHeader(tensors, metadata);
    }

    private static void readTexts(JsonReader json, Map<String, String> texts) throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            texts.put(json.nextName(), json.nextString());
        }
        json.endObject();
    }

    private static Line readLine(JsonReader json, String name)
            throws IOException, MalformedModelException {
        String type = null;
        long[] shape = null;
        long[] offsets = null;
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            switch (key) {
                case TYPE -> type = json.nextString();
                case SHAPE -> shape = readNumbers(json, name);
                case OFFSETS -> offsets = readNumbers(json, name);
                default ->
                        throw new MalformedModelException(
                                name + ": " + Names.unknown(key, List.of(TYPE, SHAPE, OFFSETS)));
            }
        }
        json.endObject();
        if (type == null || shape == null || offsets == null || offsets.length != 2) {
            throw new MalformedModelException(
                    name + ": expected dtype, shape and two data_offsets, got others");
        }
        return new Line(type, shape, offsets[0], offsets[1]);
    }

    private static long[] readNumbers(JsonReader json, String name)
            throws IOException, MalformedModelException {
        List<Long> numbers = new ArrayList<>();
        json.beginArray();
        while (json.hasNext()) {
            long number = json.nextLong();
            if (number < 0 || numbers.size() == MAX_AXES) {
                throw new MalformedModelException(
                        String.format(
                                "%s: expected at most %d numbers from 0 on, got %s",
                                name, MAX_AXES, number < 0 ? number : "more"));
            }
            numbers.add(number);
        }
        json.endArray();
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }
}
