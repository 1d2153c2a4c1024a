package io.github.lovaszdjl.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.ZooModel;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Saves segmentation models together with all that is needed to use them, and loads them again.
 *
 * <p>A saved model is a folder with a {@code .params} file and a {@code serving.properties}, both
 * in DJL's own formats: the latter holds the {@link ModelDescription} and names the parameter file
 * and the classes that DJL needs. Plain DJL loads the folder too:
 *
 * <pre>{@code
 * Criteria.builder()
 *         .setTypes(Image.class, CategoryMask.class)
 *         .optModelPath(folder)
 *         .optTranslatorFactory(new SegmentationTranslatorFactory())
 *         .build()
 *         .loadModel();
 * }</pre>
 *
 * <p>(DJL 0.35 looks the translator factory of an image model up before it reads {@code
 * serving.properties}, hence the line that names it. For {@code Input} and {@code Output}, the
 * types of DJL Serving, it finds the factory by itself.)
 *
 * <p>A TorchScript module ({@link #loadTorchScript}) is saved as such, in a {@code .pt} file in
 * place of the {@code .params} file, and PyTorch can read it.
 *
 * <p>Several models need several folders.
 */
public final class SegmentationModels {

    private SegmentationModels() {}

    /**
     * Saves a model.
     *
     * <p>Either the whole model is saved or, if this throws, the folder still holds the model it
     * held before: parameters go to a file of a new name, and then a new {@code
     * serving.properties}, which names that file, replaces the old one in one step. Other files of
     * the folder are left alone.
     *
     * @param model a model with an initialised {@link UNet}, a TorchScript module or an initialised
     *     block of one's own, see {@link BlockNetwork}; takes over the description as properties
     * @param description what the model is; must fit its network
     * @param folder the folder to write to; made if it does not exist
     * @throws IOException if a file cannot be written
     * @throws IllegalArgumentException if the network is not the one described or not initialised
     */
    public static void save(Model model, ModelDescription description, Path folder)
            throws IOException {
        new ModelSaver(model, description, folder).save();
    }

    /**
     * Loads a saved model. Its translator is made by the class that the line {@code
     * translatorFactory} of its {@code serving.properties} names, as DJL's own loader does.
     *
     * @param folder the folder it was saved to
     * @return the model on the default device with its translator: {@code
     *     load(folder).newPredictor()} is ready for images of any size
     * @throws IOException if the folder or a file of it is missing or cannot be read
     * @throws MalformedModelException if a file does not hold what it should; the message names the
     *     file and what is wrong with it
     */
    public static ZooModel<Image, CategoryMask> load(Path folder)
            throws IOException, MalformedModelException {
        return load(folder, null);
    }

    /**
     * Loads a saved model to a device. A U-Net runs on DJL's default engine, whichever it was
     * trained on; a TorchScript module on PyTorch.
     *
     * @param folder the folder it was saved to
     * @param device the device, or null for the default one
     * @return the model with its translator
     * @throws IOException as {@link #load(Path)}
     * @throws MalformedModelException as {@link #load(Path)}
     */
    public static ZooModel<Image, CategoryMask> load(Path folder, Device device)
            throws IOException, MalformedModelException {
        return ModelLoader.load(folder, device);
    }

    /**
     * Loads a TorchScript module, a network that PyTorch has written with {@code torch.jit.save},
     * to train it on. All its parameters are trained: whether one was frozen in PyTorch ({@code
     * requires_grad}) is lost when DJL loads the file.
     *
     * @param file the module; it must take images (N, input channels, H, W) and give logits (N,
     *     classes, H, W), or (N, 1, H, W) to tell two classes apart
     * @param device the device to load it to, or null for the default one
     * @return the model, with the module as its block
     * @throws IOException if the file is missing or cannot be read
     * @throws MalformedModelException if the file is no TorchScript module, or nothing of it can be
     *     trained: it has no parameters, or is frozen ({@code torch.jit.freeze}), which turns them
     *     into constants
     */
    public static Model loadTorchScript(Path file, Device device)
            throws IOException, MalformedModelException {
        return ModuleFormat.INSTANCE.newModel(file, device);
    }
}
