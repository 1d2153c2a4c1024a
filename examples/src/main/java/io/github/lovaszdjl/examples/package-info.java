/**
 * Short programs to copy, each showing one thing, on the {@code earth} data set of this repository.
 *
 * <p>Begin with {@link io.github.lovaszdjl.examples.TrainWithDjl}, which adds the loss to plain
 * DJL; {@link io.github.lovaszdjl.examples.TrainBinaryMasks} does the same for masks. The others
 * use the library's own trainer: {@link io.github.lovaszdjl.examples.TrainOwnFolder} stops and goes
 * on, and leaves a model for {@link io.github.lovaszdjl.examples.PredictImage}; {@link
 * io.github.lovaszdjl.examples.TrainOwnBlock} trains a network of its own, {@link
 * io.github.lovaszdjl.examples.FineTuneTorchScript} starts from a network of PyTorch, and {@link
 * io.github.lovaszdjl.examples.TrainOnAnotherEngine} trains on MXNet.
 *
 * <p>No program uses another one, and none uses the app. From the root of the repository: {@code
 * mvn -q test-compile exec:exec -Dexample=TrainWithDjl}, with arguments in {@code -Dargs}.
 */
package io.github.lovaszdjl.examples;
