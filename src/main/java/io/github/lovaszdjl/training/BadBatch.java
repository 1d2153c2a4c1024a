package io.github.lovaszdjl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.dataset.Batch;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A batch that a training stopped at.
 *
 * @param epoch the epoch, from 1
 * @param number the batch in the epoch, from 1
 * @param images the image files, or the names of the samples, in the order of the batch
 * @param losses the losses by name, the whole first
 */
record BadBatch(int epoch, int number, List<String> images, Map<String, Float> losses) {

    /**
     * Saves data and labels as NPZ, for NumPy and {@link NDList#decode}, and beside it what is
     * known of the batch as JSON.
     *
     * @return the file of the arrays
     */
    Path save(Batch batch, Path folder) throws IOException {
        String name = "nan-batch-epoch" + epoch + "-batch" + number;
        NDArray data = batch.getData().singletonOrThrow();
        // Of a teacher at a temperature there is an array more.
        NDArray labels = batch.getLabels().head();
        data.setName("data");
        labels.setName("labels");
        byte[] arrays = new NDList(data, labels).encode(NDList.Encoding.NPZ);
        Path file = folder.resolve(name + ".npz");
        WholeFile.write(file, out -> out.write(arrays));
        String json = new GsonBuilder().setPrettyPrinting().create().toJson(toJson()) + "\n";
        WholeFile.write(
                folder.resolve(name + ".json"),
                out -> out.write(json.getBytes(StandardCharsets.UTF_8)));
        return file;
    }

    private JsonObject toJson() {
        JsonObject values = new JsonObject();
        // As text: JSON has no NaN.
        losses.forEach((name, value) -> values.addProperty(name, value.toString()));
        JsonArray files = new JsonArray();
        images.forEach(files::add);
        JsonObject json = new JsonObject();
        json.addProperty("epoch", epoch);
        json.addProperty("batch", number);
        json.add("losses", values);
        json.add("images", files);
        return json;
    }
}
