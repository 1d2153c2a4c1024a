package io.github.lovaszdjl.app.run;

import ai.djl.MalformedModelException;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import io.github.lovaszdjl.app.options.TileOptions;
import io.github.lovaszdjl.app.picture.Montage;
import io.github.lovaszdjl.dataset.FolderSegmentationDataset;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.translator.TiledPredictor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** A few images of the test split with what each model predicts there. */
public final class TestTiles {

    private static final int COUNT = 4;

    private final FolderSegmentationDataset data;
    private final TileOptions.Tiles tiles;
    private final List<Integer> chosen;
    private final List<String> names = new ArrayList<>();

    /** The predictions by chosen image and model. */
    private final List<List<int[][]>> predictions = new ArrayList<>();

    public TestTiles(FolderSegmentationDataset data, TileOptions.Tiles tiles) throws IOException {
        this.data = data;
        this.tiles = tiles;
        data.prepare();
        chosen = Montage.choose(data.countPixels(), data.getClassNames().size(), COUNT);
        chosen.forEach(i -> predictions.add(new ArrayList<>()));
    }

    /** Predicts with a trained model, seeing the images as any user's. */
    public void predict(String name, ZooModel<Image, CategoryMask> model) throws IOException {
        names.add(name);
        TiledPredictor predictor;
        try {
            predictor =
                    TiledPredictor.builder()
                            .setModel(model)
                            .setDescription(ModelDescription.from(model.getProperties()))
                            .optTileSize(tiles.height(), tiles.width())
                            .optOverlap(tiles.overlap())
                            .optTestTimeAugmentation(tiles.augmentation())
                            .build();
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
        for (int i = 0; i < chosen.size(); i++) {
            Image image = ImageFactory.getInstance().fromImage(data.readImage(chosen.get(i)));
            predictions.get(i).add(predictor.predict(image).getMask());
        }
    }

    public void write(Path png) throws IOException {
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
