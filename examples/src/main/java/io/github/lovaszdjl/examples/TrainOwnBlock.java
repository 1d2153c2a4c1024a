package io.github.lovaszdjl.examples;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import io.github.lovaszdjl.loss.LovaszSoftmaxLoss;
import io.github.lovaszdjl.model.ModelDescription;
import io.github.lovaszdjl.model.SegmentationModels;
import io.github.lovaszdjl.training.EpochReport;
import io.github.lovaszdjl.training.SegmentationTraining;
import io.github.lovaszdjl.training.TrainingPlan;
import io.github.lovaszdjl.training.TrainingResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Trains a network of your own: any DJL block that turns images (N, 3, H, W) into logits (N,
 * classes, H, W). A saved model names the factory that makes the block, so that it is loaded as any
 * other. Takes the folder of the data, the folder to save the best model to and the number of
 * epochs; prints the validation mean IoU of each epoch, and the class in the middle of an image.
 */
public final class TrainOwnBlock {

    private static final int IGNORED = 255;

    private TrainOwnBlock() {}

    /** Makes 3×3 convolutions without pooling, each of which sees twice as far as the last. */
    public static final class DilatedConvolutions implements BlockFactory {

        private static final long serialVersionUID = 1L;

        @Override
        public Block newBlock(Model model, Path folder, Map<String, ?> arguments)
                throws IOException {
            SequentialBlock block = new SequentialBlock();
            for (int dilation = 1; dilation <= 16; dilation *= 2) {
                block.add(convolution(16, 3, dilation))
                        .add(BatchNorm.builder().build())
                        .add(Activation.reluBlock());
            }
            try {
                // What a saved model says of itself, and a new one will: here, of its classes.
                return block.add(convolution(ModelDescription.from(arguments).channels(), 1, 1));
            } catch (MalformedModelException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        private static Conv2d convolution(int filters, int size, int dilation) {
            return Conv2d.builder()
                    .setFilters(filters)
                    .setKernelShape(new Shape(size, size))
                    .optDilation(new Shape(dilation, dilation))
                    .optPadding(new Shape(size / 2 * dilation, size / 2 * dilation))
                    .build();
        }
    }

    public static void main(String... args)
            throws IOException, MalformedModelException, TranslateException {
        Path data = Path.of(args.length > 0 ? args[0] : "datasets/earth");
        Path best = Path.of(args.length > 1 ? args[1] : "runs/own-block");
        int epochs = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        TrainingPlan plan = TrainingPlan.builder().optEpochs(epochs).build();
        for (EpochReport epoch : train(plan, data, best)) {
            System.out.printf("mean IoU %.3f%n", epoch.validation().meanIou());
        }
        Path image = Path.of("datasets/earth/test/images/y0256_x0768.jpg");
        try (ZooModel<Image, CategoryMask> model = SegmentationModels.load(best);
                Predictor<Image, CategoryMask> predictor = model.newPredictor()) {
            CategoryMask labels = predictor.predict(ImageFactory.getInstance().fromFile(image));
            int[][] mask = labels.getMask();
            int middle = mask[mask.length / 2][mask[0].length / 2];
            System.out.println("in the middle: " + labels.getClasses().get(middle));
        }
    }

    static List<EpochReport> train(TrainingPlan plan, Path data, Path best) throws IOException {
        SegmentationTraining training =
                SegmentationTraining.builder()
                        .setPlan(plan)
                        .setLoss(LovaszSoftmaxLoss.builder().optIgnoreLabel(IGNORED).build())
                        .setTrainingSet(plan.trainingSet(data, OptionalInt.of(IGNORED)))
                        .setValidationSet(plan.evaluationSet(data, "val", OptionalInt.of(IGNORED)))
                        .optNetwork(DilatedConvolutions.class)
                        .optBestModel(best)
                        .build();
        try (TrainingResult result = training.run()) {
            return result.epochs();
        }
    }
}
