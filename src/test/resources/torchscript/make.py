"""Makes the TorchScript files of this folder. They were made with PyTorch 1.13.0.

    python3 make.py
"""
import torch
from torch import nn


class Net(nn.Module):
    """A network of 4 classes with normalisation, whose statistics are buffers, and dropout."""

    def __init__(self):
        super().__init__()
        self.features = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Conv2d(8, 4, 1)

    def forward(self, x):
        return self.classifier(self.dropout(torch.relu(self.norm(self.features(x)))))


class Colours(nn.Module):
    """No parameters at all."""

    def forward(self, x):
        return torch.cat([x, x.mean(1, keepdim=True)], 1)


torch.manual_seed(0)
torch.jit.script(Net()).save("net.pt")
torch.jit.freeze(torch.jit.script(Net().eval())).save("frozen.pt")
torch.jit.script(Colours()).save("parameterless.pt")
