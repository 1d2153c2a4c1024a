package io.github.lovaszdjl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lovaszdjl.Loopback;
import io.github.lovaszdjl.dataset.Normalization;
import io.github.lovaszdjl.internal.Checksum;
import io.github.lovaszdjl.internal.RemoteFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No name is fetched from where it is published: the server is on this machine. */
class NamedWeightsTest {

    private static final List<String> PROPERTIES =
            List.of("ai.djl.offline", "DJL_CACHE_DIR", "lovasz.url.small");

    private static final Normalization NORMALIZATION =
            new Normalization(List.of(0.1f, 0.2f, 0.3f), List.of(1f, 2f, 3f));

    private final Map<String, String> before = new HashMap<>();
    @TempDir private Path cache;
    private byte[] content;
    private Loopback server;

    @BeforeEach
    void start() throws IOException {
        PROPERTIES.forEach(name -> before.put(name, System.getProperty(name)));
        System.setProperty("ai.djl.offline", "false");
        System.setProperty("DJL_CACHE_DIR", cache.toString());
        content = Files.readAllBytes(TensorFileTest.PYTHON.resolve("f32.safetensors"));
        server = new Loopback(content);
    }

    @AfterEach
    void stop() {
        server.close();
        before.forEach(
                (name, value) -> {
                    if (value == null) {
                        System.clearProperty(name);
                    } else {
                        System.setProperty(name, value);
                    }
                });
    }

    @Test
    void weightsComeToDjlsCacheOnceWithTheirNormalization() throws Exception {
        NamedWeights named = small();
        assertFalse(named.isPresent());
        PretrainedWeights weights = named.fetch(null);
        assertTrue(named.isPresent());
        Path file =
                cache.resolve(
                        "cache/repo/model/cv/image_classification/io/github/lovaszdjl/small/1.0/"
                                + "small.safetensors");
        assertEquals(file, weights.file());
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(Optional.of(NORMALIZATION), weights.normalization());
        assertEquals(Loopback.sum("SHA-256", content), weights.checksum());
        assertEquals(file, named.fetch(null).file());
        assertEquals(1, server.requests.size());
    }

    @Test
    void aDownloadThatBreaksOffIsResumed() throws Exception {
        server.then(server.cutAfter(100), server.cutAfter(200));
        assertArrayEquals(content, Files.readAllBytes(small().fetch(null).file()));
        assertEquals(List.of("all", "bytes=100- if \"1\"", "bytes=300- if \"1\""), server.requests);
    }

    @Test
    void anotherFileIsRefusedAndDeleted() throws Exception {
        server.content = content.clone();
        server.content[content.length - 1] ^= 1;
        NamedWeights named = small();
        assertEquals(
                "small.safetensors: expected SHA-256 "
                        + Loopback.sum("SHA-256", content)
                        + ", got "
                        + Loopback.sum("SHA-256", server.content)
                        + "; it is deleted, fetch it again",
                assertThrows(IOException.class, () -> named.fetch(null)).getMessage());
        assertFalse(named.isPresent());
        server.content = content;
        named.fetch(null);
        // One that went bad in the cache is noticed, too.
        Files.write(named.file(), new byte[content.length]);
        assertThrows(IOException.class, () -> named.fetch(null));
        assertFalse(named.isPresent());
    }

    @Test
    void offlineNothingIsFetchedAndWhatIsHereIsTaken() throws Exception {
        System.setProperty("ai.djl.offline", "true");
        NamedWeights named = small();
        assertEquals(
                "small: cannot be fetched, DJL is in offline mode (ai.djl.offline); bring "
                        + server.url()
                        + " to "
                        + named.file(),
                assertThrows(IOException.class, () -> named.fetch(null)).getMessage());
        assertEquals(List.of(), server.requests);
        Files.createDirectories(named.file().getParent());
        Files.write(named.file(), content);
        assertEquals(named.file(), named.fetch(null).file());
    }

    @Test
    void severalThreadsFetchOnce() throws Exception {
        NamedWeights named = small();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Callable<PretrainedWeights> fetch = () -> named.fetch(null);
            for (Future<PretrainedWeights> each :
                    threads.invokeAll(List.of(fetch, fetch, fetch, fetch))) {
                assertEquals(named.file(), each.get().file());
            }
        } finally {
            threads.shutdownNow();
        }
        assertEquals(1, server.requests.size());
    }

    @Test
    void aMirrorIsOneAddressAway() {
        System.setProperty("lovasz.url.small", "https://mirror.example/x");
        assertEquals(URI.create("https://mirror.example/x"), small().getSource());
        System.setProperty("lovasz.url.small", "ftp://mirror.example/x");
        assertEquals(
                "lovasz.url.small: expected an http or https address, got ftp://mirror.example/x",
                assertThrows(IllegalArgumentException.class, () -> small().fetch(null))
                        .getMessage());
    }

    @Test
    void theNamesThatThereAreSayWhatTheyAre() {
        Set<String> names = new HashSet<>();
        Set<URI> sources = new HashSet<>();
        Set<EncoderName> encoders = new HashSet<>();
        for (NamedWeights named : EncoderWeights.all()) {
            assertTrue(names.add(named.getName()), named.getName());
            assertTrue(sources.add(named.getSource()), named.getName());
            assertTrue(
                    named.getSource()
                            .toString()
                            .matches(named.getPage() + "/resolve/[0-9a-f]{40}/model[.]safetensors"),
                    named.getName());
            encoders.add(named.getEncoder());
            assertEquals(Normalization.imageNet(), named.getNormalization());
            boolean nvidia = named.getName().startsWith("mit-");
            assertEquals(nvidia, named.getLicence().contains("no commercial use"));
            assertEquals(named, EncoderWeights.find(named.getName()));
        }
        assertEquals(Set.of(EncoderName.values()), encoders);
        assertEquals(
                List.of("resnet50.a1_in1k", "resnet50.tv_in1k"),
                EncoderWeights.of(EncoderName.RESNET50).stream().map(Object::toString).toList());
    }

    /** Of names whose size is not known, too. */
    @Test
    void aMirrorCannotSendWhatNoEncoderHas() {
        for (NamedWeights named : EncoderWeights.all()) {
            String property = "lovasz.url." + named.getName();
            System.setProperty(property, server.url());
            CountDownLatch end = new CountDownLatch(1);
            server.then(
                    exchange -> {
                        exchange.sendResponseHeaders(200, 300_000_000);
                        try {
                            end.await(); // hanging up first would be another fault
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
            try {
                String message =
                        assertThrows(IOException.class, () -> named.fetch(null)).getMessage();
                assertTrue(message.startsWith(server.url() + ": expected "), message);
                assertTrue(message.endsWith(" bytes, got 300000000"), message);
            } finally {
                end.countDown();
                System.clearProperty(property);
            }
        }
        assertEquals(EncoderWeights.all().size(), server.requests.size());
    }

    @Test
    void anUnknownNameListsThoseThereAreAndTheNearest() {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> EncoderWeights.find("resnet18.a1_in2k"))
                        .getMessage();
        assertTrue(
                message.startsWith("weights: expected one of resnet18.a1_in1k, resnet18.tv_in1k, "),
                message);
        assertTrue(
                message.endsWith(", got \"resnet18.a1_in2k\"; did you mean resnet18.a1_in1k?"),
                message);
    }

    private NamedWeights small() {
        try {
            return new NamedWeights(
                    new NamedWeights.Card(
                            "small",
                            EncoderName.RESNET18,
                            NORMALIZATION,
                            "none",
                            URI.create("http://x/")),
                    new RemoteFile(
                            "small.safetensors",
                            server.url(),
                            "lovasz.url.small",
                            content.length,
                            Optional.of(Checksum.sha256(Loopback.sum("SHA-256", content)))),
                    Loopback.FAST);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
