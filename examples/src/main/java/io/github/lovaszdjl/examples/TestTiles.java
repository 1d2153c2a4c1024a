package io.github.lovaszdjl.examples;

import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** A few images of the test split with what each model predicts there. */
final class TestTiles {

    private static final int COUNT = 4;

    private final FolderSegmentationDataset data;
    private final List<Integer> chosen;
    private final List<String> names = new ArrayList<>();

    /** The predictions by chosen image and model. */
    private final List<List<int[][]>> predictions = new ArrayList<>();

    TestTiles(FolderSegmentationDataset data) throws IOException {
        this.data = data;
        List<int[][]> labels = new ArrayList<>();
        for (int i = 0; i < data.size(); i++) {
            labels.add(data.readLabels(i));
        }
        chosen = Montage.choose(labels, data.getClassNames().size(), ignoreLabel(), COUNT);
        chosen.forEach(i -> predictions.add(new ArrayList<>()));
    }

    /** Predicts with a trained model, seeing the images as any user's. */
    void predict(String name, ZooModel<Image, CategoryMask> model) throws IOException {
        names.add(name);
        try (Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
            for (int i = 0; i < chosen.size(); i++) {
                Image image = ImageFactory.getInstance().fromImage(data.readImage(chosen.get(i)));
                predictions.get(i).add(predictor.predict(image).getMask());
            }
        } catch (TranslateException e) {
            throw new IOException("prediction failed: " + e.getMessage(), e);
        }
    }

    void write(Path png) throws IOException {
        List<Montage.Row> rows = new ArrayList<>();
        for (int i = 0; i < chosen.size(); i++) {
            rows.add(
                    new Montage.Row(
                            data.readImage(chosen.get(i)),
                            data.readLabels(chosen.get(i)),
                            predictions.get(i)));
        }
        Montage.write(png, data.getClassNames(), names, rows, ignoreLabel());
    }

    private OptionalInt ignoreLabel() {
        return OptionalInt.of(data.getIgnoreLabel());
    }
}
