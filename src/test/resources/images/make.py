"""Makes the images of this folder, in colours that every decoder should see alike.

Run with Python 3.11 and Pillow 9.4 (libjpeg-turbo 2.1); prints what Pillow reads in the middle of
the four quarters, which are the numbers of ImageColoursTest.
"""

import io
import struct
import zlib

from PIL import Image

COLOURS = [(200, 60, 40), (30, 90, 210), (20, 140, 60), (240, 240, 80)]
SIZE = 32


def picture():
    image = Image.new("RGB", (SIZE, SIZE))
    for i, colour in enumerate(COLOURS):
        image.paste(colour, (i % 2 * 16, i // 2 * 16, i % 2 * 16 + 16, i // 2 * 16 + 16))
    return image


def jpeg(image, subsampling=0):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, subsampling=subsampling)
    return out.getvalue()


def marked(data, adobe=None, names=None):
    """Takes the marks of JFIF and Adobe out, puts another in, and names the channels."""
    out = b"\xff\xd8"
    if adobe is not None:
        out += b"\xff\xee\0\x0eAdobe" + struct.pack(">HHHB", 100, 0, 0, adobe)
    i = 2
    while data[i + 1] != 0xDA:
        length = 2 + struct.unpack(">H", data[i + 2 : i + 4])[0]
        segment = bytearray(data[i : i + length])
        if names and segment[1] in (0xC0, 0xC1, 0xC2):
            segment[10 : 10 + 3 * len(names) : 3] = names
        if segment[1] not in (0xE0, 0xEE):
            out += bytes(segment)
        i += length
    scan = bytearray(data[i:])
    if names:
        scan[5 : 5 + 2 * len(names) : 2] = names
    return out + bytes(scan)


def png(bits, colour_type, row, *chunks):
    """A PNG of rows that are made of bytes, with chunks before the pixels."""
    out = b"\x89PNG\r\n\x1a\n"
    pixels = zlib.compress(b"".join(b"\0" + row(y) for y in range(SIZE)))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, bits, colour_type, 0, 0, 0)
    for name, data in [(b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")]:
        out += struct.pack(">I", len(data)) + name + data
        out += struct.pack(">I", zlib.crc32(name + data))
    return out


def colour(x, y):
    return COLOURS[y // 16 * 2 + x // 16]


rgb = picture()
grey = rgb.convert("L")
cmyk = rgb.convert("CMYK")
# Channels that are stored as they are.
untransformed = Image.frombytes("YCbCr", rgb.size, rgb.tobytes())
alpha = rgb.copy()
alpha.putalpha(100)

files = {
    "jfif.jpg": jpeg(rgb, 2),
    "jfif-444.jpg": jpeg(rgb),
    "grey.jpg": jpeg(grey),
    "adobe-ycc.jpg": marked(jpeg(rgb, 2), adobe=1),
    "adobe-rgb.jpg": marked(jpeg(untransformed), adobe=0),
    "named-123.jpg": marked(jpeg(rgb)),
    "named-rgb.jpg": marked(jpeg(untransformed), names=b"RGB"),
    "named-012-420.jpg": marked(jpeg(rgb, 2), names=b"\0\1\2"),
    "named-012.jpg": marked(jpeg(rgb), names=b"\0\1\2"),
    "cmyk.jpg": marked(jpeg(cmyk)),
    "cmyk-adobe.jpg": jpeg(cmyk),
    "ycck-adobe.jpg": marked(jpeg(cmyk), adobe=2),
    "rgb-16.png": png(
        16,
        2,
        lambda y: b"".join(struct.pack(">3H", *(257 * v for v in colour(x, y))) for x in range(SIZE)),
    ),
    "grey-16.png": png(
        16, 0, lambda y: b"".join(struct.pack(">H", 257 * colour(x, y)[0]) for x in range(SIZE))
    ),
    "rgba.png": png(
        8, 6, lambda y: b"".join(bytes(colour(x, y)) + b"\x64" for x in range(SIZE))
    ),
    "grey-alpha.png": png(
        8, 4, lambda y: b"".join(bytes((colour(x, y)[0], 100)) for x in range(SIZE))
    ),
    "gamma.png": png(
        8,
        2,
        lambda y: b"".join(bytes(colour(x, y)) for x in range(SIZE)),
        (b"gAMA", struct.pack(">I", 100000)),
        (b"cHRM", struct.pack(">8I", 31270, 32900, 73500, 26500, 11500, 82600, 15700, 1800)),
    ),
    "grey-transparent.png": png(
        8,
        0,
        lambda y: bytes(colour(x, y)[0] for x in range(SIZE)),
        (b"tRNS", struct.pack(">H", 200)),
    ),
}
for name, data in files.items():
    with open(name, "wb") as file:
        file.write(data)
    image = Image.open(name)
    read = image if image.mode in ("I", "I;16") else image.convert("RGB")
    print(name, image.mode, [read.getpixel((x, y)) for y in (8, 24) for x in (8, 24)])
