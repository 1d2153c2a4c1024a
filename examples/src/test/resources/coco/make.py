"""Writes masks.jsonl: what COCO's mask API makes of polygons.

pip install pycocotools==2.0.11; python make.py > masks.jsonl

A line is an image of a size (height, width) with the rings of one instance, and the mask of their
union: its compressed run lengths and its area.
"""

import json
import math
import random

from pycocotools import mask

random.seed(20261128)


def point(height, width, beyond):
    return [random.uniform(-beyond, width + beyond), random.uniform(-beyond, height + beyond)]


def scattered(height, width, beyond, corners):
    return [c for _ in range(corners) for c in point(height, width, beyond)]


def star(height, width, radius, corners):
    x, y = point(height, width, 0)
    ring = []
    for i in range(corners):
        r = radius * random.uniform(0.3, 1)
        angle = 2 * math.pi * i / corners
        ring += [x + r * math.cos(angle), y + r * math.sin(angle)]
    return ring


def rounded(rings, digits):
    return [[round(c, digits) if digits else round(c) for c in ring] for ring in rings]


cases = []
for digits in (2, 1, None):
    for _ in range(10):
        h, w = random.randint(1, 60), random.randint(1, 60)
        cases.append((h, w, rounded([scattered(h, w, 10, random.randint(3, 12))], digits)))
        cases.append((h, w, rounded([star(h, w, 25, random.randint(3, 25))], digits)))
        parts = [star(h, w, 12, random.randint(3, 9)) for _ in range(random.randint(2, 5))]
        cases.append((h, w, rounded(parts, digits)))

# Halves and fifths, where rounding decides; rectangles, points twice, lines, less than a pixel.
for _ in range(20):
    ring = [random.randint(-10, 110) / 10 for _ in range(2 * random.randint(3, 6))]
    cases.append((10, 10, [ring]))
cases += [
    (6, 8, [[1, 1, 5, 1, 5, 4, 1, 4]]),
    (6, 8, [[1.5, 1.5, 5.5, 1.5, 5.5, 4.5, 1.5, 4.5]]),
    (6, 8, [[0, 0, 8, 0, 8, 6, 0, 6]]),
    (6, 8, [[-4, -4, 12, -4, 12, 10, -4, 10]]),
    (6, 8, [[1, 1, 1, 1, 5, 1, 5, 1, 5, 4, 1, 4, 1, 4]]),
    (6, 8, [[1, 1, 5, 4, 1, 1]]),
    (6, 8, [[2, 2, 2, 2, 2, 2]]),
    (6, 8, [[3.2, 2.2, 3.4, 2.2, 3.4, 2.4]]),
    # A ring around a hole, joined by a cut; a hole drawn as a part of its own, which COCO fills.
    (20, 20, [[2, 2, 18, 2, 18, 18, 2, 18, 2, 2, 6, 6, 6, 14, 14, 14, 14, 6, 6, 6]]),
    (20, 20, [[2, 2, 18, 2, 18, 18, 2, 18], [6, 6, 6, 14, 14, 14, 14, 6]]),
    # A bow.
    (20, 20, [[2, 2, 18, 18, 18, 2, 2, 18]]),
]

for h, w, rings in cases:
    whole = mask.merge(mask.frPyObjects([[float(c) for c in ring] for ring in rings], h, w))
    print(
        json.dumps(
            {
                "size": [h, w],
                "segmentation": rings,
                "counts": whole["counts"].decode(),
                "area": int(mask.area(whole)),
            }
        )
    )
