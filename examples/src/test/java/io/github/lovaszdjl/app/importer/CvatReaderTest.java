package io.github.lovaszdjl.app.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** "CVAT for images 1.1", written after https://docs.cvat.ai/docs/other/xml_format. */
class CvatReaderTest {

    private static final String META =
            """
              <version>1.1</version>
              <meta>
                <task>
                  <id>4</id>
                  <name>segmentation</name>
                  <labels>
                    <label><name>road</name><color>#ff0000</color><type>any</type>
                      <attributes><attribute><name>wet</name></attribute></attributes></label>
                    <label><name>car</name><type>polygon</type><attributes></attributes></label>
                    <label><name>wheel</name><type>points</type></label>
                    <label><name>s1</name><type>skeleton</type></label>
                    <label><name>1</name><type>any</type><parent>s1</parent></label>
                  </labels>
                </task>
              </meta>
            """;

    @TempDir private Path temp;
    private ImportTesting files;

    @BeforeEach
    void writeImage() throws IOException {
        files = new ImportTesting(temp).image("images/a.png", 8, 6);
    }

    private Path cvat(String shapes) throws IOException {
        return files.write(
                "annotations.xml",
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n"
                        + META
                        + "  <image id=\"0\" name=\"a.png\" width=\"8\" height=\"6\">\n"
                        + shapes
                        + "  </image>\n</annotations>\n");
    }

    @Test
    void labelsOfTheTaskAreClassesAndZOrderDecides() throws IOException {
        Path file =
                cvat(
                        """
                        <polygon label="car" source="manual" occluded="0"
                          points="0.00,0.00;4.00,0.00;4.00,3.00;0.00,3.00" z_order="1">
                          <attribute name="wet">true</attribute>
                        </polygon>
                        <box label="road" xtl="2.00" ytl="0.00" xbr="8.00" ybr="6.00" z_order="0">
                        </box>
                        """);
        files.run(ImportFormat.CVAT, file);
        assertEquals(List.of("background", "road", "car"), files.classes());
        assertEquals("22221111\n".repeat(3) + "00111111\n".repeat(3), files.labels("a"));
    }

    /** The pixels that pycocotools 2.0.11 gives, one less than have their centres inside. */
    @Test
    void polygonsAreFilledAsCvatsOwnExportDoes() throws IOException {
        Path file = cvat("<polygon label=\"car\" points=\"1,0;7,3;2,5\" z_order=\"0\"></polygon>");
        files.run(ImportFormat.CVAT, file);
        assertEquals(
                "02000000\n02220000\n00222200\n00222200\n00200000\n00000000\n", files.labels("a"));
    }

    @Test
    void masksAreRunsOfABoxRowByRow() throws IOException {
        // .##. and #..# at column 3, row 2.
        Path file =
                cvat(
                        """
                        <mask label="car" source="manual" occluded="0" rle="1, 2, 1, 1, 2, 1"
                          left="3" top="2" width="4" height="2" z_order="0"></mask>
                        """);
        files.run(ImportFormat.CVAT, file);
        assertEquals(
                "00000000\n00000000\n00002200\n00020020\n00000000\n00000000\n", files.labels("a"));
    }

    /** The mask of the example on CVAT's page has the 13x15 pixels that it says. */
    @Test
    void theMaskOfTheManualIsWhole() throws IOException {
        files.image("images/a.png", 1600, 1200);
        Path file =
                cvat(
                        """
                        <mask label="car" source="manual" occluded="0" rle="3, 5, 7, 7, 5, 9, 3, 11,\
                         2, 11, 2, 12, 1, 12, 1, 26, 1, 12, 1, 12, 2, 11, 3, 9, 5, 7, 7, 5, 3"
                         left="707" top="888" width="13" height="15" z_order="0"></mask>
                        """);
        Files.writeString(file, Files.readString(file).replace("\"8\"", "\"1600\""));
        Files.writeString(file, Files.readString(file).replace("\"6\"", "\"1200\""));
        ImportResult result = files.run(ImportFormat.CVAT, file);
        assertEquals(
                5 + 7 + 9 + 11 + 11 + 12 + 12 + 26 + 12 + 12 + 11 + 9 + 7 + 5, result.pixels()[2]);
    }

    @Test
    void boxesAndEllipsesMayBeTurned() throws IOException {
        Path file =
                cvat(
                        """
                        <box label="car" xtl="1" ytl="2" xbr="5" ybr="4" rotation="90.0"></box>
                        <ellipse label="road" cx="7" cy="3" rx="2.5" ry="1" rotation="90"></ellipse>
                        """);
        files.run(ImportFormat.CVAT, file);
        assertEquals(
                "00000000\n00220011\n00220011\n00220011\n00220011\n00000000\n", files.labels("a"));
    }

    @Test
    void whatHasNoPixelsIsCounted() throws IOException {
        Path file =
                cvat(
                        """
                        <points label="wheel" points="1,1;2,2"></points>
                        <polyline label="road" points="1,1;2,2"></polyline>
                        <tag label="road"></tag>
                        <polygon label="road" points="1,1;2,2"></polygon>
                        <skeleton label="s1"><points label="1" points="1,1"></points></skeleton>
                        """);
        assertEquals(
                Map.of(
                        "<points>", 1,
                        "<polyline>", 1,
                        "<tag>", 1,
                        "<skeleton>", 1,
                        "polygons of fewer than 3 points", 1),
                files.run(ImportFormat.CVAT, file).passedOver());
    }

    /** As the export of a project has them, images/SUBSET/NAME. */
    @Test
    void imagesMayLieInTheFolderOfTheirSubset() throws IOException {
        files.image("images/Train/b.png", 8, 6);
        Path file = cvat("<box label=\"car\" xtl=\"0\" ytl=\"0\" xbr=\"1\" ybr=\"1\"/>");
        String text = Files.readString(file);
        Files.writeString(file, text.replace("name=\"a.png\"", "name=\"b.png\" subset=\"Train\""));
        assertEquals(1, files.run(ImportFormat.CVAT, file).count());
    }

    @Test
    void withoutATaskLabelsAreInTheOrderOfTheAlphabet() throws IOException {
        Path file =
                cvat(
                        """
                        <box label="zebra" xtl="0" ytl="0" xbr="1" ybr="1"></box>
                        <box label="ant" xtl="1" ytl="0" xbr="2" ybr="1"></box>
                        """);
        Files.writeString(file, Files.readString(file).replace(META, ""));
        files.run(ImportFormat.CVAT, file);
        assertEquals(List.of("background", "ant", "zebra"), files.classes());
    }

    @Test
    void otherBytesThanUtf8AreSaid() throws IOException {
        Path file = cvat("<box label=\"car\" xtl=\"0\" ytl=\"0\" xbr=\"1\" ybr=\"1\"></box>");
        String text = Files.readString(file);
        Files.writeString(file, '\uFEFF' + text);
        assertEquals(1, files.run(ImportFormat.CVAT, file).pixels()[2]);
        files = new ImportTesting(temp.resolve("other"));
        Files.write(file, text.replace("car", "\u00e9").getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(file, "expected XML of CVAT: bytes that are not UTF-8");
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, '<', 0});
        assertRefused(file, "expected XML of CVAT: bytes that are not UTF-8");
    }

    /** A document type can name files of this machine, and text that grows without end. */
    @Test
    void documentTypesAndEntitiesAreNotRead() throws IOException {
        Path secret = files.write("secret.txt", "secret");
        String box = "<box label=\"car\" xtl=\"0\" ytl=\"0\" xbr=\"1\" ybr=\"1\"></box>";
        Path file = cvat(box);
        String text = Files.readString(file);
        String external =
                "<!DOCTYPE annotations [<!ENTITY x SYSTEM \"" + secret.toUri() + "\">]>\n";
        Files.writeString(
                file,
                text.replace("<annotations>", external + "<annotations>")
                        .replace("<name>car</name>", "<name>&x;</name>"));
        assertRefused(file, "expected XML of CVAT: DOCTYPE is disallowed");
        String laughs =
                "<!DOCTYPE annotations [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>\n";
        Files.writeString(
                file,
                text.replace("<annotations>", laughs + "<annotations>")
                        .replace("label=\"car\"", "label=\"&b;\""));
        assertRefused(file, "expected XML of CVAT: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "label='car' | name='car' | image[0].polygon: label: expected one, got none",
                "label='car' | label=' ' | image[0].polygon: label: expected the name of a class",
                "points='0,0; | points='0; | image[0].polygon: points: expected x,y;x,y and so on",
                "points='0,0; | points='0,x; | image[0].polygon: points: expected a number, got",
                "points='0,0; | points='0,NaN; | image[0].polygon: points: expected a number",
                "points='0,0; | points='0,1e9; | image[0][0]: expected coordinates from -1000",
                "z_order='0' | z_order='x' | z_order: expected a whole number, got \"x\"",
                "rle='1,2,1' | rle='1,2,2' | image[0].mask: rle: expected runs of the 4 pixels",
                "rle='1,2,1' | rle='1,-2,5' | rle: expected lengths of runs from 0 on, got -2",
                "rle='1,2,1' | rle='1,99999999999' | rle: expected a whole number, got \"9999",
                "left='0' | left='7' | image[0][1]: expected a mask within 8x6, got 2x2 at 7, 0",
                "width='2' | width='2147483647' | width: expected 1 to 134217728 pixels, got",
                "name='a.png' | title='a.png' | image[0]: name: expected one, got none",
                "width='8' | width='0' | image[0]: width: expected 1 to 134217728 pixels, got",
                "<image | <track | expected \"CVAT for images 1.1\", got tracks",
                "</image> | </picture> | expected XML of CVAT: ",
                "<annotations> | <html> | expected <annotations>, got <html>",
                "<name>car</name> | | meta.label: name: expected the name of a class, got an empty",
            })
    void whatIsNoCvatIsRefused(String from, String to, String message) throws IOException {
        Path file =
                cvat(
                        """
                        <polygon label="car" points="0,0;4,0;4,3" z_order="0"></polygon>
                        <mask label="car" rle="1,2,1" left="0" top="0" width="2" height="2"></mask>
                        """);
        String text = Files.readString(file);
        String changed =
                text.replace(from.replace('\'', '"'), to == null ? "" : to.replace('\'', '"'));
        assertTrue(!changed.equals(text), from);
        Files.writeString(file, changed);
        assertRefused(file, message);
    }

    private void assertRefused(Path file, String message) {
        MalformedAnnotationsException e =
                assertThrows(
                        MalformedAnnotationsException.class,
                        () -> files.run(ImportFormat.CVAT, file));
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(Files.notExists(files.out()));
    }
}
