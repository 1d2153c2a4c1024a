"""Writes src/test/resources/torchvision/*.csv, which TorchvisionParityTest compares encoders with.

Run from the root with torchvision 0.14.1 and torch 1.13 (Debian's python3-torchvision):

    python3 src/test/python/torchvision_parity.py

All numbers come from torchvision's own networks in float64. No weights are stored: parameters,
images and patterns are functions of a name and an index (see `uniform`), which the test computes
by itself. Of every array a file holds its shape, its norm, and its product with a pattern; the
product sees a change of any value. A line is

    what,shape,norm in evaluation,product in evaluation,norm in training,product in training

and what is one of

    map:0                  a feature map
    gradient:input         the gradient of the images; of a parameter by its name
    running:bn1.running_mean    a statistic after the step

The gradients are those of the sum over all maps of map times pattern.
"""

import pathlib

import numpy as np
import torch
import torchvision
from torchvision.models import mobilenetv3

OUT = pathlib.Path("src/test/resources/torchvision")


def uniform(name, size):
    """Returns values in [-1, 1) with 24 bits: splitmix64 from the FNV-1a hash of the name."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) % 2**64
    z = np.uint64(state) + np.arange(1, size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def parameter(name, shape):
    """Returns values that keep activations near one, rounded to float32."""
    size = int(np.prod(shape))
    values = uniform(name, size)
    if len(shape) > 1:
        values *= np.sqrt(6 * shape[0] / size)  # He's variance
    elif name.endswith("running_var"):
        values = 1 + values / 2
    elif name.endswith("weight"):
        values = 0.5 + values / 4
    else:
        values /= 4
    return torch.tensor(values.astype(np.float32).reshape(shape), dtype=torch.float64)


def pattern(name, shape):
    return torch.tensor(uniform(name, int(np.prod(shape))).reshape(shape), dtype=torch.float64)


def resnet_maps(network, images):
    features = network.relu(network.bn1(network.conv1(images)))
    maps = [features]
    features = network.maxpool(features)
    for layer in (network.layer1, network.layer2, network.layer3, network.layer4):
        features = layer(features)
        maps.append(features)
    return maps


def mobilenet_maps(network, images):
    maps = []
    features = images
    for index, layer in enumerate(network.features):
        features = layer(features)
        if index in (1, 3, 6, 12, 16):
            maps.append(features)
    return maps


def step(network, maps_of, shape, training):
    """Returns all arrays of a forward and backward pass by what they are."""
    state = {
        name: parameter(name, tensor.shape)
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    network.load_state_dict(state, strict=False)
    network.zero_grad()
    network.train(training)
    images = (2 * pattern("input", shape)).requires_grad_()
    maps = maps_of(network, images)
    sum((m * pattern(f"map:{i}", m.shape)).sum() for i, m in enumerate(maps)).backward()
    arrays = {f"map:{i}": m for i, m in enumerate(maps)}
    arrays["gradient:input"] = images.grad
    for name, value in network.named_parameters():
        if value.grad is not None:
            arrays[f"gradient:{name}"] = value.grad
    for name, value in network.named_buffers():
        if "running" in name:
            arrays[f"running:{name}"] = value
    return {name: array.detach().clone() for name, array in arrays.items()}


def numbers(name, array):
    return f"{array.norm().item():.12g},{(array * pattern(name, array.shape)).sum().item():.12g}"


def write(case, network, maps_of, shape):
    network = network.double()
    evaluation = step(network, maps_of, shape, False)
    training = step(network, maps_of, shape, True)
    deviations = [f"{m.std().item():.2g}" for n, m in evaluation.items() if "map" in n]
    print(case, "standard deviations of the maps:", *deviations)
    with open(OUT / f"{case}.csv", "w") as file:
        for name in evaluation:
            size = "x".join(str(n) for n in evaluation[name].shape)
            first = numbers(name, evaluation[name])
            second = numbers(name, training[name])
            print(name, size, first, second, sep=",", file=file)


def resnet(depth, output_stride):
    dilate = [False, output_stride == 8, output_stride <= 16]
    make = getattr(torchvision.models, f"resnet{depth}")
    return make(weights=None, replace_stride_with_dilation=dilate)


def mobilenet(output_stride):
    if output_stride > 8:
        return torchvision.models.mobilenet_v3_large(weights=None, dilated=output_stride == 16)
    units, last_channel = mobilenetv3._mobilenet_v3_conf("mobilenet_v3_large", dilated=True)
    for unit in units[6:]:  # the same rule one stride earlier, which torchvision has no option for
        unit.dilation *= 2
    return mobilenetv3.MobileNetV3(units, last_channel)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write("resnet18-32", resnet(18, 32), resnet_maps, (2, 3, 64, 96))
    write("resnet34-32", resnet(34, 32), resnet_maps, (2, 3, 33, 65))
    write("resnet50-32", resnet(50, 32), resnet_maps, (2, 3, 33, 65))
    write("resnet50-16", resnet(50, 16), resnet_maps, (1, 3, 33, 49))
    write("resnet50-8", resnet(50, 8), resnet_maps, (1, 3, 33, 40))
    write("mobilenetv3-32", mobilenet(32), mobilenet_maps, (2, 3, 33, 65))
    write("mobilenetv3-16", mobilenet(16), mobilenet_maps, (2, 3, 64, 96))
    write("mobilenetv3-8", mobilenet(8), mobilenet_maps, (1, 3, 33, 40))
