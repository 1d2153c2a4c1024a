"""Writes src/test/resources/torchvision/NETWORK.csv of whole networks, which TorchvisionParityTest
compares with.

Run from the root like torchvision_parity.py, whose format the files have; `map:0` is the logits.
The encoders are torchvision's, the decoders are written here from the papers in torch's modules.
"""

import torch
from torch import nn
from torch.nn import functional as F

from torchvision_parity import mobilenet, mobilenet_maps, resnet, resnet_maps, write

CLASSES = 3


class Unit(nn.Module):
    def __init__(self, channels, filters, kernel, dilation=1, groups=1):
        super().__init__()
        padding = dilation * (kernel // 2)
        self.conv = nn.Conv2d(
            channels, filters, kernel, padding=padding, dilation=dilation, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(filters)

    def forward(self, features):
        return F.relu(self.norm(self.conv(features)))


class UNetDecoder(nn.Module):
    stride = 1
    channels = 16

    def __init__(self, channels, strides):
        super().__init__()
        self.strides = [1] + strides
        before = channels[-1]
        skips = [0] + channels[:-1]
        for level, width in enumerate([256, 128, 64, 32, 16]):
            self.add_module(f"level{level}a", Unit(before + skips[-1 - level], width, 3))
            self.add_module(f"level{level}b", Unit(width, width, 3))
            before = width

    def forward(self, maps):
        features = maps[-1]
        skips = [None] + maps[:-1]
        for level in range(5):
            factor = self.strides[-1 - level] // self.strides[-2 - level]
            features = F.interpolate(features, scale_factor=factor, mode="nearest")
            skip = skips[-1 - level]
            if skip is not None:
                features = torch.cat([features, skip], 1)
            features = getattr(self, f"level{level}a")(features)
            features = getattr(self, f"level{level}b")(features)
        return features


class DeepLabV3PlusDecoder(nn.Module):
    stride = 4
    channels = 256

    def __init__(self, channels, strides):
        super().__init__()
        deep = channels[-1]
        self.center = Unit(deep, 256, 1)
        for factor in (1, 2, 3):
            self.separable(f"atrous{factor}", deep, 6 * factor * 16 // strides[-1])
        self.pooled = nn.Conv2d(deep, 256, 1)
        self.project = Unit(5 * 256, 256, 1)
        self.narrow = Unit(channels[1], 48, 1)
        self.separable("refine1", 256 + 48, 1)
        self.separable("refine2", 256, 1)

    def separable(self, name, channels, rate):
        self.add_module(name + "depthwise", Unit(channels, channels, 3, rate, channels))
        self.add_module(name + "pointwise", Unit(channels, 256, 1))

    def apply_separable(self, name, features):
        return getattr(self, name + "pointwise")(getattr(self, name + "depthwise")(features))

    def forward(self, maps):
        deep, low = maps[-1], maps[1]
        parts = [self.center(deep)]
        parts += [self.apply_separable(f"atrous{factor}", deep) for factor in (1, 2, 3)]
        pooled = F.relu(self.pooled(F.adaptive_avg_pool2d(deep, 1)))
        parts.append(pooled.expand_as(parts[0]))
        context = self.project(torch.cat(parts, 1))
        context = F.interpolate(context, low.shape[2:], mode="bilinear", align_corners=False)
        features = torch.cat([context, self.narrow(low)], 1)
        return self.apply_separable("refine2", self.apply_separable("refine1", features))


class Network(nn.Module):
    def __init__(self, encoder, maps_of, decoder, channels, output_stride):
        super().__init__()
        self.encoder = encoder
        for head in ("fc", "classifier", "avgpool"):
            if hasattr(encoder, head):
                delattr(encoder, head)
        self.maps_of = maps_of
        strides = [min(stride, output_stride) for stride in (2, 4, 8, 16, 32)]
        self.decoder = decoder(channels, strides)
        self.classifier = nn.Conv2d(decoder.channels, CLASSES, 1)
        self.largest = output_stride

    def forward(self, images):
        height, width = images.shape[2:]
        down, right = -height % self.largest, -width % self.largest
        padded = F.pad(images, (0, right, 0, down), mode="replicate")
        logits = self.classifier(self.decoder(self.maps_of(self.encoder, padded)))
        if self.decoder.stride > 1:
            size = padded.shape[2:]
            logits = F.interpolate(logits, size, mode="bilinear", align_corners=False)
        return logits[:, :, :height, :width]


def network(name, encoder, maps_of, decoder, channels, output_stride, shape):
    whole = Network(encoder, maps_of, decoder, channels, output_stride)
    write(name, whole, lambda net, images: [net(images)], shape)


if __name__ == "__main__":
    small = [64, 64, 128, 256, 512]
    mobile = [16, 24, 40, 112, 960]
    network("resnet18-unet", resnet(18, 32), resnet_maps, UNetDecoder, small, 32, (2, 3, 40, 70))
    network(
        "mobilenetv3-deeplabv3plus",
        mobilenet(16),
        mobilenet_maps,
        DeepLabV3PlusDecoder,
        mobile,
        16,
        (2, 3, 48, 70),
    )
