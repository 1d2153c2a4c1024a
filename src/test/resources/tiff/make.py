"""Writes the TIFF files beside it, with tifffile 2026.3.3 and imagecodecs 2026.3.6.

    python make.py

NAME is BITS-CHANNELS-more. Sample c of the pixel (x, y) is what `samples` says; TiffFilesTest has
the same formula.
"""
import itertools
import numpy as np
import tifffile

HEIGHT, WIDTH = 18, 21


def samples(bits, channels):
    y, x, c = np.meshgrid(
        np.arange(HEIGHT), np.arange(WIDTH), np.arange(channels), indexing="ij")
    value = x * 7 + y * 13 + c * 29 + x * y * (c + 1)
    return (value * (257 if bits == 16 else 1) % (1 << bits)).astype("u%d" % (bits // 8))


def write(name, bits, channels, photometric="minisblack", **options):
    pixels = samples(bits, channels)
    if options.get("planarconfig") == "separate":
        pixels = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    elif channels == 1:
        pixels = pixels[..., 0]
    else:
        options["planarconfig"] = "contig"
    if "tile" not in options:
        options["rowsperstrip"] = 5
    tifffile.imwrite("%d-%d-%s.tif" % (bits, channels, name), pixels, metadata=None,
                     photometric=photometric, software=False, **options)


for bits in 8, 16:
    write("plain", bits, 1, byteorder=">")
    write("white", bits, 1, photometric="miniswhite")
    write("tiles", bits, 2, tile=(16, 16), byteorder=">")
    write("lzw", bits, 4, compression="lzw")
    write("lzw-differences", bits, 6, compression="lzw", predictor=2, byteorder=">")
    write("deflate-differences-tiles", bits, 4, compression="zlib", predictor=2, tile=(16, 16))
    write("planes", bits, 5, planarconfig="separate")
    write("planes-differences-tiles", bits, 5, planarconfig="separate", compression="zlib",
          predictor=2, tile=(16, 16))
    write("rgb-packbits", bits, 3, photometric="rgb", compression="packbits")
    write("rgb-infrared", bits, 4, photometric="rgb", extrasamples=(0,))
    write("rgb-alpha", bits, 4, photometric="rgb", extrasamples=(2,))
    write("deflate", bits, 64, compression="zlib")
pixels = samples(16, 1)[..., 0]
for name, kind in ("signed", "i2"), ("float", "f4"), ("32-bits", "u4"):
    tifffile.imwrite("refused-%s.tif" % name, pixels.astype(kind), metadata=None, software=False,
                     photometric="minisblack")
tifffile.imwrite("refused-big.tif", pixels, bigtiff=True, metadata=None, software=False)
tifffile.imwrite("refused-pages.tif", np.stack([pixels] * 3), metadata=None, software=False,
                 photometric="minisblack")
tifffile.imwrite("refused-jpeg.tif", samples(8, 3), compression="jpeg", metadata=None,
                 software=False, photometric="ycbcr")
tifffile.imwrite("refused-cmyk.tif", samples(8, 4), metadata=None, software=False,
                 photometric="separated", planarconfig="contig")
tifffile.imwrite("refused-zstd.tif", pixels, compression="zstd", metadata=None, software=False)
tifffile.imwrite("refused-65-channels.tif", samples(8, 65), metadata=None, software=False,
                 photometric="minisblack", planarconfig="contig")
