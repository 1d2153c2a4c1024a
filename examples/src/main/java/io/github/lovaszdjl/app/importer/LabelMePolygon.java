package io.github.lovaszdjl.app.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A polygon as LabelMe's export fills it, to the pixel: with the pixels of its outline.
 *
 * <p>LabelMe draws with <a href="https://github.com/python-pillow/Pillow">Pillow</a>, {@code
 * ImageDraw.polygon}. This is the rule of Pillow 12.3 ({@code libImaging/Draw.c}, as built for
 * x86-64), the same since 11.2; earlier ones differ in single pixels at acute corners.
 *
 * <p>Vertices are cut off to whole numbers, which are pixels. Every row is painted from the first
 * place where it meets the outline to the second, from the third to the fourth, and so on (even-odd
 * rule); level edges are painted as they are. An edge has both of its ends. Its lower end counts
 * twice: where the outline goes on downwards, that makes three places with the upper end of the
 * next edge, of which two paint the vertex. In the last row ends count once.
 *
 * <p>Arithmetic is that of the original, mostly of single precision, as it decides of pixels.
 */
final class LabelMePolygon implements Region {

    private final double[] xy;

    /** An edge between the middles of two pixels. */
    private record Edge(int x0, int y0, int x1, int y1) {

        int top() {
            return Math.min(y0, y1);
        }

        int bottom() {
            return Math.max(y0, y1);
        }

        boolean isLevel() {
            return y0 == y1;
        }

        boolean isUpright() {
            return x0 == x1;
        }

        /** Returns where the edge, which is not level, meets a row. */
        float at(int row) {
            float slope = (float) (x1 - x0) / (y1 - y0);
            return (row - y0) * slope + x0;
        }
    }

    /**
     * Constructs a polygon.
     *
     * @param xy the vertices, x and y in turn, in pixels; the last is joined to the first
     */
    LabelMePolygon(double... xy) {
        this.xy = xy;
    }

    /**
     * Returns a rectangle; it has the pixels of both corners.
     *
     * @param x0 the column of a corner
     * @param y0 its row
     * @param x1 the column of the opposite corner
     * @param y1 its row
     */
    static LabelMePolygon rectangle(double x0, double y0, double x1, double y1) {
        return new LabelMePolygon(x0, y0, x1, y0, x1, y1, x0, y1);
    }

    @Override
    public void addTo(PixelMask mask) {
        for (double coordinate : xy) {
            mask.checkCoordinate(coordinate);
        }
        int top = Integer.MAX_VALUE;
        int bottom = Integer.MIN_VALUE;
        List<Edge> notLevel = new ArrayList<>();
        for (Edge edge : edges()) {
            top = Math.min(top, edge.top());
            bottom = Math.max(bottom, edge.bottom());
            if (edge.isLevel()) {
                int left = Math.min(edge.x0, edge.x1);
                mask.addRow(edge.y0, left, Math.max(edge.x0, edge.x1) + 1);
            } else {
                notLevel.add(edge);
            }
        }
        float[] places = new float[2 * notLevel.size()];
        int end = Math.min(bottom, mask.height() - 1);
        for (int row = Math.max(top, 0); row <= end; row++) {
            int count = meet(notLevel, row, row == bottom, places);
            Arrays.sort(places, 0, count);
            for (int i = 0; i + 1 < count; i += 2) {
                mask.addRow(row, halfOutwards(places[i]), halfInwards(places[i + 1]) + 1);
            }
        }
    }

    /** A ring that ends where it began gets an edge of one pixel more, which is painted anyway. */
    private List<Edge> edges() {
        List<Edge> edges = new ArrayList<>();
        for (int i = 0; i < xy.length; i += 2) {
            int next = (i + 2) % xy.length;
            edges.add(new Edge((int) xy[i], (int) xy[i + 1], (int) xy[next], (int) xy[next + 1]));
        }
        return edges;
    }

    /** Finds where edges meet a row and returns in how many places. */
    private static int meet(List<Edge> edges, int row, boolean last, float[] places) {
        Map<Integer, Edge> corners = new HashMap<>();
        int count = 0;
        for (Edge edge : edges) {
            if (row < edge.top() || row > edge.bottom()) {
                continue;
            }
            float x = edge.at(row);
            if (row == edge.bottom() && !last) {
                places[count++] = x;
            } else if ((row == edge.top() || row == edge.bottom()) && !edge.isUpright()) {
                Edge other = corners.putIfAbsent(nearest(x), edge);
                if (other != null) {
                    int inner = last ? row - 1 : row + 1;
                    x = corner(x, edge.at(inner), other.at(inner));
                }
            }
            places[count++] = x;
        }
        return count;
    }

    /**
     * Returns how far a row goes at its end where two edges meet in an acute corner to one side, so
     * that there is no gap to the next row: to the pixel after the nearer edge there.
     *
     * @param x where they meet
     * @param a where one of them meets the next row
     * @param b where the other does
     */
    private static float corner(float x, float a, float b) {
        if (x > a + 1 && x > b + 1) {
            return nearest(Math.max(a, b)) + 1;
        }
        if (x < a - 1 && x < b - 1) {
            return nearest(Math.min(a, b)) - 1;
        }
        return x;
    }

    /** Rounds, halves away from 0. */
    private static int nearest(float value) {
        int magnitude = (int) Math.floor(Math.abs((double) value) + 0.5);
        return value >= 0 ? magnitude : -magnitude;
    }

    /** Rounds, halves away from 0; so is the number next below one half, as the sum rounds to 1. */
    private static int halfOutwards(float value) {
        return value >= 0 ? (int) Math.floor(value + 0.5f) : nearest(value);
    }

    /** Rounds, halves towards 0. */
    private static int halfInwards(float value) {
        int magnitude = (int) Math.ceil(Math.abs((double) value) - 0.5);
        return value >= 0 ? magnitude : -magnitude;
    }
}
