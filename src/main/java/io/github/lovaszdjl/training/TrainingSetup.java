package io.github.lovaszdjl.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import io.github.lovaszdjl.dataset.SegmentationDataset;
import io.github.lovaszdjl.model.Decision;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationNetwork;
import io.github.lovaszdjl.translator.TestTimeAugmentation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What a {@link SegmentationTraining} was built with, see there.
 *
 * @param devices those to train on; none for the default one
 * @param settings those of the user, which a resumed training must share
 */
record TrainingSetup(
        String name,
        TrainingPlan plan,
        Loss loss,
        SegmentationDataset training,
        SegmentationDataset validation,
        Optional<SegmentationDataset> test,
        SegmentationNetwork network,
        Optional<InitialValues> initialValues,
        Optional<Path> teacher,
        Optional<Loss> distillLoss,
        Optional<Path> checkpoint,
        Optional<BestModel> bestModel,
        Optional<Path> badBatches,
        Tiles tiles,
        List<Device> devices,
        Decision decision,
        TrainingProgress progress,
        List<TrainingCallback> callbacks,
        Optional<Rounds> rounds,
        BooleanSupplier stop,
        boolean allowMissingClasses,
        Map<String, String> settings) {

    /**
     * How images are validated.
     *
     * @param height the largest height that is seen whole, in pixels
     * @param width the largest width
     * @param overlap the overlap of tiles, in pixels
     * @param augmentation the views of each image or tile
     */
    record Tiles(int height, int width, int overlap, TestTimeAugmentation augmentation) {}

    TrainingSetup {
        Objects.requireNonNull(plan, "plan: expected a plan, got null");
        Objects.requireNonNull(loss, "loss: expected a loss, got null");
        Objects.requireNonNull(training, "trainingSet: expected a data set, got null");
        Objects.requireNonNull(validation, "validationSet: expected a data set, got null");
        callbacks = List.copyOf(callbacks);
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /** Returns the data sets by what they are used for. */
    Map<String, SegmentationDataset> dataSets() {
        Map<String, SegmentationDataset> sets = new LinkedHashMap<>();
        sets.put("training", training);
        sets.put("validation", validation);
        test.ifPresent(data -> sets.put("test", data));
        return sets;
    }

    /** Returns how many updates an epoch has at most. */
    int countUpdates() {
        int parts = rounds.map(r -> r.executor().parts()).orElse(1);
        return plan.updates().updatesOf(RoundPlan.countUpdates(training.countBatches(), parts));
    }

    /** Returns the device of the model, or null for the default one. */
    Device firstDevice() {
        return devices.isEmpty() ? null : devices.get(0);
    }

    /** Returns how many channels images have. */
    int inputChannels() {
        return training.getNormalization().channels();
    }

    /** Returns the shape of a training sample, (channels, H, W). */
    Shape imageShape() {
        return new Shape(inputChannels(), plan.cropHeight(), plan.cropWidth());
    }

    /** Returns the shape of the images in a batch, (N, channels, H, W). */
    Shape batchShape(long images) {
        return new Shape(images, inputChannels(), plan.cropHeight(), plan.cropWidth());
    }

    /** Returns what the model is, to save it with. */
    ModelDescription description() {
        return new ModelDescription(
                training.getClassNames(),
                network,
                plan.cropHeight(),
                plan.cropWidth(),
                training.getNormalization(),
                decision);
    }

    /** Makes a model of the network, see {@link SegmentationNetwork#newModel}. */
    Model newModel() throws IOException {
        try {
            return network.newModel(name, firstDevice(), description());
        } catch (MalformedModelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Returns what validates a model of this training. */
    SegmentationEvaluation newEvaluation(Model model) {
        return SegmentationEvaluation.builder()
                .setModel(model)
                .optDescription(description())
                .optTileSize(tiles.height(), tiles.width())
                .optOverlap(tiles.overlap())
                .optTestTimeAugmentation(tiles.augmentation())
                .build();
    }

    /** Returns what the files of a checkpoint are compared with, prepared. */
    DataFiles dataFiles() {
        return DataFiles.of(dataSets());
    }
}
