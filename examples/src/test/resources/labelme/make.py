"""Writes shapes.jsonl: the pixels that LabelMe's export gives to shapes.

pip install pillow==12.3.0; python make.py > shapes.jsonl

A line is a shape in an image of a size (height, width), and the lengths of its runs of pixels row
by row, the first of them outside. `draw` is what shape_to_mask of labelme 7.1.0 asks of Pillow.
"""

import json
import math
import random

from PIL import Image, ImageDraw

random.seed(20261128)


def draw(height, width, kind, points):
    image = Image.new("L", (width, height))
    canvas = ImageDraw.Draw(image)
    if kind == "circle":
        (x, y), (u, v) = points
        r = math.sqrt((x - u) ** 2 + (y - v) ** 2)
        canvas.ellipse([(x - r, y - r), (x + r, y + r)], fill=1, outline=1)
    elif kind == "rectangle":
        xs, ys = zip(*points)
        canvas.rectangle([(min(xs), min(ys)), (max(xs), max(ys))], fill=1, outline=1)
    else:
        canvas.polygon([tuple(p) for p in points], fill=1, outline=1)
    return image.tobytes()


def lengths(pixels):
    runs, value = [0], 0
    for pixel in pixels:
        if pixel != value:
            runs.append(0)
            value = pixel
        runs[-1] += 1
    return runs


def rounded(points):
    """Whole numbers, halves, tenths or hundredths."""
    parts = random.choice([1, 2, 10, 100])
    return [[round(c * parts) / parts for c in point] for point in points]


def point(height, width, beyond):
    return [random.uniform(-beyond, width + beyond), random.uniform(-beyond, height + beyond)]


def around(centre, radius):
    angle = random.uniform(0, 2 * math.pi)
    return [centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)]


def star(centre, radius, corners):
    angles = [2 * math.pi * i / corners for i in range(corners)]
    spokes = [(radius * random.uniform(0.3, 1), a) for a in angles]
    return [[centre[0] + r * math.cos(a), centre[1] + r * math.sin(a)] for r, a in spokes]


def thin(start, end):
    near = [around(end, 2), around(start, 2)]
    return [start, end] + near[: random.randint(1, 2)]


def wander(start, corners):
    points = [start]
    for _ in range(corners):
        points.append(around(points[-1], random.uniform(0, 4)))
    return points


cases = []
for _ in range(40):
    h, w = random.choice([(8, 40), (40, 8), (20, 20), (30, 24)])
    beyond = random.choice([0, 0, 8])

    def somewhere():
        return point(h, w, beyond)

    centre = somewhere()
    for kind, points in (
        ("polygon", [somewhere() for _ in range(random.randint(3, 9))]),
        ("polygon", star(centre, random.uniform(2, 16), random.randint(3, 24))),
        ("polygon", thin(somewhere(), somewhere())),
        ("polygon", wander(somewhere(), random.randint(3, 16))),
        ("rectangle", [somewhere(), somewhere()]),
        ("circle", [centre, around(centre, random.uniform(0, 3))]),
        ("circle", [centre, around(centre, random.uniform(0, 40))]),
    ):
        cases.append((h, w, kind, rounded(points)))
# Corners upon corners.
for _ in range(24):
    h, w = random.randint(6, 14), random.randint(6, 14)
    cases.append((h, w, "polygon", rounded([point(h, w, 0) for _ in range(40)])))
cases += [
    # A point twice, the first again at the end, a single pixel, lines, a bow.
    (6, 8, "polygon", [[1, 1], [1, 1], [5, 1], [5, 4], [5, 4], [1, 4], [1, 1]]),
    (6, 8, "polygon", [[3.2, 2.2], [3.4, 2.2], [3.4, 2.4]]),
    (6, 8, "polygon", [[1, 2], [6, 2], [3, 2]]),
    (6, 8, "polygon", [[2, 1], [2, 4], [2, 2]]),
    (6, 8, "polygon", [[1, 1], [6, 4], [1, 1]]),
    (20, 20, "polygon", [[2, 2], [18, 18], [18, 2], [2, 18]]),
    # Wholly outside, around all, on the border, where cutting off goes the other way.
    (6, 8, "polygon", [[-9, -9], [-2, -9], [-2, -1]]),
    (6, 8, "polygon", [[-9, -9], [20, -9], [20, 20], [-9, 20]]),
    (6, 8, "polygon", [[0, 0], [8, 0], [8, 6], [0, 6]]),
    (6, 8, "polygon", [[-0.9, -0.9], [3.9, -0.9], [3.9, 2.9], [-0.9, 2.9]]),
    (6, 8, "rectangle", [[-0.9, -0.9], [-0.1, 2.9]]),
    (6, 8, "rectangle", [[6, 4], [3, 2]]),
    (6, 8, "rectangle", [[3, 2], [3, 2]]),
    (6, 8, "circle", [[3, 2], [3, 2]]),
    (6, 8, "circle", [[3.5, 2.5], [3.5, 2.7]]),
    (6, 8, "circle", [[3.5, 2.5], [3.5, 3.1]]),
    (6, 8, "circle", [[0.5, 0.5], [2.5, 0.5]]),
    # Three and more edges that end in one pixel, upright ones among them; acute corners.
    (12, 11, "polygon", [[8, 4], [8, 9], [8, 4], [2, 5]]),
    (15, 21, "polygon", [[5, 11], [5, 4], [20, 11], [5, 4]]),
    (6, 7, "polygon", [[4, 3], [5, 5], [1, 4], [5, 5]]),
    (6, 8, "polygon", [[6, 2], [0, 0], [7, 5], [0, 0]]),
    (8, 13, "polygon", [[12, 3], [2, 2], [10, 3], [3, 1]]),
    (13, 29, "polygon", [[20, 1], [0, 5], [22, 1], [4, 3]]),
    # The halves 0.5, 6.5 and 14.5 in single precision: 0.49999997, 6.4999995 and 14.500001.
    (83, 6, "polygon", [[0, 0], [1, 82], [4, 82], [4, 0]]),
    (24, 22, "polygon", [[0, 0], [13, 22], [20, 22], [20, 0]]),
    (24, 30, "polygon", [[0, 0], [29, 22], [0, 22]]),
]

for h, w, kind, points in cases:
    runs = lengths(draw(h, w, kind, points))
    print(json.dumps({"size": [h, w], "type": kind, "points": points, "runs": runs}))
