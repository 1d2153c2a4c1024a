package io.github.lovaszdjl.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrainingFaultsTest {

    private final TrainingFaults none = new TrainingFaults(Optional.empty());
    private final TrainingFaults some = new TrainingFaults(Optional.of(Path.of("run.zip")));

    private static String message(TrainingFaults faults, Throwable fault, int epoch) {
        IllegalStateException hidden = new IllegalStateException(fault);
        return assertThrows(Throwable.class, () -> faults.inTraining(hidden, epoch)).getMessage();
    }

    @Test
    void aFaultOfTheDataTellsEpochAndCheckpoint() {
        IOException fault = new IOException("a.png: gone");
        assertEquals("a.png: gone (in epoch 3)", message(none, fault, 3));
        assertEquals(
                "a.png: gone (in epoch 1); there is no checkpoint yet", message(some, fault, 1));
        assertEquals(
                "a.png: gone (in epoch 3); the checkpoint of epoch 2 is kept, run.zip",
                message(some, fault, 3));
    }

    @Test
    void memoryAlsoTellsWhatHelps() {
        assertEquals(
                "out of memory in epoch 2: Java heap space; java's option -Xmx allows more, and"
                        + " smaller batches, crops or images need less; the checkpoint of epoch 1"
                        + " is kept, run.zip",
                message(some, new OutOfMemoryError("Java heap space"), 2));
    }

    @Test
    void afterTrainingItIsTheValidationThatIsLeft() {
        assertEquals(
                "a.png: gone (in the validation of epoch 2); the training of the epoch is kept,"
                        + " run.zip, and resuming begins with its validation",
                assertThrows(
                                IOException.class,
                                () -> some.inValidation(new IOException("a.png: gone"), 2))
                        .getMessage());
    }

    @Test
    void anyOtherFaultStaysAsItIs() throws IOException {
        IllegalStateException fault = new IllegalStateException("a mistake");
        assertSame(fault, some.inTraining(fault, 1));
    }
}
