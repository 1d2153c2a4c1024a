"""Makes one-score.pt: net.pt with the first channel alone of its classifier. Needs no PyTorch.

    python3 cut.py
"""
import zipfile

WEIGHT, BIAS = "net/data/7", "net/data/8"

with zipfile.ZipFile("net.pt") as net, zipfile.ZipFile("one-score.pt", "w") as cut:
    for entry in net.infolist():
        data = net.read(entry)
        if entry.filename in (WEIGHT, BIAS):
            data = data[: len(data) // 4]
        elif entry.filename.endswith("data.pkl"):
            # In the pickle: (storage, key, device, size), offset, shape (4, 8, 1, 1) and (4).
            for key, size, shape in ((b"7", 32, b"(K\x04K\x08K"), (b"8", 4, b"(K\x04t")):
                start = data.index(b"X\x01\0\0\0" + key)
                before, after = data[:start], data[start:]
                after = after.replace(b"K" + bytes([size]), b"K" + bytes([size // 4]), 1)
                after = after.replace(shape, shape.replace(b"\x04", b"\x01", 1), 1)
                data = before + after
        cut.writestr(entry, data, entry.compress_type)
