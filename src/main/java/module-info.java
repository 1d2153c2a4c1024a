/** Semantic segmentation training for DJL. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.github.lovaszdjl {
    requires transitive ai.djl.api;
    requires transitive ai.djl.basicdataset;
    requires transitive java.desktop;
    requires com.google.gson;
    requires java.net.http;
    requires org.apache.commons.compress;

    exports io.github.lovaszdjl.dataset;
    exports io.github.lovaszdjl.evaluator;
    exports io.github.lovaszdjl.loss;
    exports io.github.lovaszdjl.model;
    exports io.github.lovaszdjl.tracking;
    exports io.github.lovaszdjl.training;
    exports io.github.lovaszdjl.translator;
}
