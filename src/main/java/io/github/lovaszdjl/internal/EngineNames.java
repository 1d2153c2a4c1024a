package io.github.lovaszdjl.internal;

/** What DJL calls the engines that can train. */
public final class EngineNames {

    /** The only one that reads TorchScript, and the one whose initial weights all start from. */
    public static final String PYTORCH = "PyTorch";

    /** Lacks some operations, see {@link Operations}. */
    public static final String MXNET = "MXNet";

    private EngineNames() {}
}
