package io.github.lovaszdjl.dataset;

/** The values of an {@link Augmentation}; everything is off at first. */
abstract sealed class AugmentationOptions permits Augmentation.Builder {

    private boolean horizontalFlip;
    private boolean verticalFlip;
    private boolean quarterTurns;
    private double minScale = 1;
    private double maxScale = 1;
    private double rotation;
    private double elasticAlpha;
    private double elasticSigma = 4;
    private boolean randomCrop;
    private float brightness;
    private float contrast;
    private float saturation;
    private float hue;
    private double minBlur;
    private double maxBlur;
    private float noise;
    private int cutoutHoles;
    private int cutoutSize = 32;

    abstract Augmentation.Builder self();

    /** Returns the augmentation of these values. */
    Augmentation augmentation() {
        return new Augmentation(
                horizontalFlip,
                verticalFlip,
                quarterTurns,
                minScale,
                maxScale,
                rotation,
                elasticAlpha,
                elasticSigma,
                randomCrop,
                brightness,
                contrast,
                saturation,
                hue,
                minBlur,
                maxBlur,
                noise,
                cutoutHoles,
                cutoutSize);
    }

    /**
     * Sets whether every second sample, on average, is mirrored left to right.
     *
     * @param on whether to mirror; off by default
     * @return this builder
     */
    public Augmentation.Builder optHorizontalFlip(boolean on) {
        horizontalFlip = on;
        return self();
    }

    /**
     * Sets whether every second sample, on average, is turned upside down. It suits pictures taken
     * from above.
     *
     * @param on whether to mirror; off by default
     * @return this builder
     */
    public Augmentation.Builder optVerticalFlip(boolean on) {
        verticalFlip = on;
        return self();
    }

    /**
     * Sets whether samples are turned by 0, 90, 180 or 270 degrees, each equally often. It suits
     * pictures without an upper side, from above or through a microscope. Pixels are moved, not
     * interpolated. A data set without a size of its own for samples shows as much of a turned
     * image as its upright size has room for.
     *
     * @param on whether to turn; off by default
     * @return this builder
     */
    public Augmentation.Builder optQuarterTurns(boolean on) {
        quarterTurns = on;
        return self();
    }

    /**
     * Sets the range of the scale, drawn evenly between its ends. The sample keeps its size: 2
     * shows a quarter of what 1 shows, 0.5 shows the image in a quarter of the sample and padding
     * around it.
     *
     * @param min the smallest factor, above 0; 1 by default
     * @param max the largest factor, {@code min} to 10; 1 by default
     * @return this builder
     */
    public Augmentation.Builder optScale(double min, double max) {
        minScale = min;
        maxScale = max;
        return self();
    }

    /**
     * Sets how far samples are rotated about their centres, drawn evenly between both ends. What
     * the image does not reach is padding.
     *
     * @param degrees the largest angle to either side, 0 to 180; 0 by default
     * @return this builder
     */
    public Augmentation.Builder optRotation(double degrees) {
        rotation = degrees;
        return self();
    }

    /**
     * Sets the elastic deformation of Simard, Steinkraus and Platt, <em>Best practices for
     * convolutional neural networks applied to visual document analysis</em>, ICDAR 2003, <a
     * href="https://doi.org/10.1109/ICDAR.2003.1227801">doi:10.1109/ICDAR.2003.1227801</a>, section
     * 2: every pixel of a sample is moved along each axis by {@code alpha} times a field of numbers
     * drawn evenly from −1 to 1, convolved with a Gaussian of standard deviation {@code sigma},
     * which is cut at 3 sigma. As in most implementations the field is not brought to a norm of 1.
     * A pixel moves by {@code 0.16 alpha / sigma} in root mean square: the paper's 34 and 4, for
     * digits of 29 × 29 pixels, are 1.4 pixels.
     *
     * @param alpha the amplitude in pixels, 0 to 10000; 0, no deformation, by default
     * @param sigma the smoothness in pixels, 1 to 100; 4 by default
     * @return this builder
     */
    public Augmentation.Builder optElastic(double alpha, double sigma) {
        elasticAlpha = alpha;
        elasticSigma = sigma;
        return self();
    }

    /**
     * Sets whether a sample that is smaller than its (scaled) image is cut from a random place and
     * one that is larger has its image at a random place, instead of the centre.
     *
     * @param on whether places are random; off by default
     * @return this builder
     */
    public Augmentation.Builder optRandomCrop(boolean on) {
        randomCrop = on;
        return self();
    }

    /**
     * Sets how much brightness may change: all samples of an image are shifted by one amount
     * between {@code −amplitude} and {@code amplitude}, where 1 is the way from black to white.
     *
     * @param amplitude the largest shift, 0 to 1; 0 by default
     * @return this builder
     */
    public Augmentation.Builder optBrightness(float amplitude) {
        brightness = amplitude;
        return self();
    }

    /**
     * Sets how much contrast may change: the distance of all samples of an image from mid-grey is
     * multiplied by one factor between {@code 1 − amplitude} and {@code 1 + amplitude}.
     *
     * @param amplitude the largest change, 0 to 1; 0 by default
     * @return this builder
     */
    public Augmentation.Builder optContrast(float amplitude) {
        contrast = amplitude;
        return self();
    }

    /**
     * Sets how much the saturation of RGB images may change: the distance of a pixel from the grey
     * of its luminance, 0.299 R + 0.587 G + 0.114 B, is multiplied by one factor between {@code 1 −
     * amplitude} and {@code 1 + amplitude}, as torchvision's {@code adjust_saturation} does.
     *
     * @param amplitude the largest change, 0 to 1; 0 by default
     * @return this builder
     */
    public Augmentation.Builder optSaturation(float amplitude) {
        saturation = amplitude;
        return self();
    }

    /**
     * Sets how much the hue of RGB images may change: the hue of HSV is shifted by one amount
     * between {@code −amplitude} and {@code amplitude}, where 1 is once around the circle and 1/3
     * takes red to green. Saturation and value of HSV stay, as in torchvision's {@code adjust_hue};
     * luminance does not.
     *
     * @param amplitude the largest shift, 0 to 0.5; 0 by default
     * @return this builder
     */
    public Augmentation.Builder optHue(float amplitude) {
        hue = amplitude;
        return self();
    }

    /**
     * Sets the range of the standard deviation of a Gaussian blur, in pixels of the sample, drawn
     * evenly between its ends. The kernel is cut at 3 standard deviations. At the border of the
     * sample and of the image the weights that are left are scaled to a sum of 1.
     *
     * @param min the smallest standard deviation, at least 0; 0 by default
     * @param max the largest one, {@code min} to 20; 0, no blur, by default
     * @return this builder
     */
    public Augmentation.Builder optBlur(double min, double max) {
        minBlur = min;
        maxBlur = max;
        return self();
    }

    /**
     * Sets how much Gaussian noise is added, independent in every channel of every pixel. Its
     * standard deviation is drawn evenly for each sample.
     *
     * @param amplitude the largest standard deviation, 0 to 1, in the units of brightness; 0 by
     *     default
     * @return this builder
     */
    public Augmentation.Builder optNoise(float amplitude) {
        noise = amplitude;
        return self();
    }

    /**
     * Sets how much is cut out (DeVries and Taylor, <em>Improved regularization of convolutional
     * neural networks with cutout</em>, 2017, <a
     * href="https://arxiv.org/abs/1708.04552">arXiv:1708.04552</a>, section 3): squares whose
     * centres lie anywhere in the sample, so that they may lie partly outside. In them the image is
     * 0 after normalisation, which is the mean, and the label is the ignore label.
     *
     * @param holes the number of squares, 0 to 100; 0 by default
     * @param size the side of each in pixels, 1 to 65536; 32 by default
     * @return this builder
     */
    public Augmentation.Builder optCutout(int holes, int size) {
        cutoutHoles = holes;
        cutoutSize = size;
        return self();
    }
}
