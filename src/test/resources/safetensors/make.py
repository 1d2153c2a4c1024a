"""Makes the files of this folder: python3 make.py

Written with safetensors 0.8.0, torch 1.13.1, torchvision 0.14.1 and timm 1.0.29. timm is imported
for the names and shapes of a network, and to compare its outputs; no weights are fetched.
"""

import timm
import torch
import torchvision
from safetensors.torch import save_file

METADATA = {"mean": "0.5,0.25,0.125", "std": "1,2,4"}


def small(dtype):
    """A convolution and its normalisation, every value a multiple of 1/8, with a head."""

    def values(*shape, start):
        return (torch.arange(torch.Size(shape).numel()) / 8 + start).reshape(shape)

    return {
        "conv1.weight": values(2, 3, 3, 3, start=-3).to(dtype),
        "bn1.weight": values(2, start=1).to(dtype),
        "bn1.bias": values(2, start=-1).to(dtype),
        "bn1.running_mean": values(2, start=2).to(dtype),
        "bn1.running_var": values(2, start=4).to(dtype),
        "bn1.num_batches_tracked": torch.tensor(7),
        "fc.weight": values(5, 2, start=0).to(dtype),
        "fc.bias": values(5, start=0).to(dtype),
    }


def names(timm_net, torchvision_net):
    """Names and shapes of a MobileNetV3 in timm and torchvision; both list layers in one order."""
    with open("mobilenetv3-names.txt", "w") as out:
        for (a, x), (b, y) in zip(timm_net.state_dict().items(), torchvision_net.state_dict().items()):
            if a.startswith("conv_head"):
                break
            assert x.shape == y.shape, (a, b)
            out.write(f"{a} {b} {'x'.join(map(str, x.shape)) or 1}\n")


def compare(timm_net, torchvision_net):
    """What timm's weights compute in torchvision's network, with gamma changed for its epsilon."""
    with torch.no_grad():
        for module in timm_net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                # As small as variances come, where the epsilon matters most.
                module.running_var.uniform_(1e-4, 1)
                module.running_mean.normal_()
                module.weight.uniform_(0.5, 1.5)
        state = list(timm_net.state_dict().items())[: len(list(torchvision_net.features.state_dict()))]
        new = {}
        for (name, value), target in zip(state, torchvision_net.features.state_dict()):
            variance = timm_net.state_dict().get(name[: -len("weight")] + "running_var")
            if name.endswith("weight") and variance is not None:
                value = value * ((variance + 1e-3) / (variance + 1e-5)).sqrt()
            new[target] = value
        torchvision_net.features.load_state_dict(new)
        images = torch.rand(2, 3, 64, 64)
        a = timm_net.eval().forward_features(images)
        b = torchvision_net.eval().features(images)
        print("largest difference", float((a - b).abs().max()), "of", float(a.abs().max()))


if __name__ == "__main__":
    torch.manual_seed(1)
    for kind, dtype in [
        ("f32", torch.float32),
        ("f16", torch.float16),
        ("bf16", torch.bfloat16),
        ("f64", torch.float64),
    ]:
        save_file(small(dtype), kind + ".safetensors", metadata=METADATA)
    nets = timm.create_model("mobilenetv3_large_100"), torchvision.models.mobilenet_v3_large()
    names(*nets)
    compare(*nets)
