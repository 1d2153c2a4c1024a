package io.github.lovaszdjl.app.picture;

import io.github.lovaszdjl.training.LearningRateTest;
import io.github.lovaszdjl.training.LearningRateTest.Point;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A picture of a test of learning rates: the losses, smoothed ones too, over the rates. */
public final class RateCurve {

    private static final int WIDTH = 800;
    private static final int HEIGHT = 450;

    private RateCurve() {}

    /**
     * Writes the picture.
     *
     * @param png the file
     * @param test the test
     * @throws IOException if it cannot be written
     */
    public static void write(Path png, LearningRateTest test) throws IOException {
        double[] rates = test.points().stream().mapToDouble(Point::learningRate).toArray();
        double[] losses = test.points().stream().mapToDouble(Point::loss).toArray();
        double[] smoothed = test.points().stream().mapToDouble(Point::smoothed).toArray();
        XYChart chart =
                new XYChartBuilder()
                        .width(WIDTH)
                        .height(HEIGHT)
                        .xAxisTitle("learning rate")
                        .yAxisTitle("loss")
                        .build();
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler()
                .setChartBackgroundColor(Color.WHITE)
                .setChartFontColor(Pictures.INK)
                .setPlotBorderVisible(false);
        chart.getStyler().setAxisTitleFont(Pictures.SMALL).setAxisTickLabelsFont(Pictures.SMALL);
        chart.getStyler().setLegendFont(Pictures.SMALL);
        if (rates.length > 0) {
            line(chart, "loss", rates, losses, Color.LIGHT_GRAY);
            line(chart, "smoothed loss", rates, smoothed, Curves.COLORS.get(0));
        }
        test.suggestion()
                .ifPresent(
                        rate -> {
                            int i = 0;
                            while (rates[i] != rate) {
                                i++;
                            }
                            XYSeries steepest =
                                    line(
                                            chart,
                                            "steepest, at " + (float) rate,
                                            new double[] {rate},
                                            new double[] {smoothed[i]},
                                            Curves.COLORS.get(1));
                            steepest.setMarker(SeriesMarkers.CIRCLE);
                        });
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        chart.paint(g, WIDTH, HEIGHT);
        g.dispose();
        Pictures.write(png, image);
    }

    private static XYSeries line(XYChart chart, String name, double[] x, double[] y, Color color) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setMarker(SeriesMarkers.NONE);
        series.setMarkerColor(color);
        series.setLineColor(color);
        return series;
    }
}
