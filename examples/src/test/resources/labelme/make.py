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
    # Single precision: halves that it misses, slopes that it rounds.
    (30, 1, "polygon", [[0, 0], [1, 28], [0, 29]]),
    (90, 3, "polygon", [[0, 0], [1, 86], [2, 14]]),
    (3, 300, "polygon", [[0, 0], [299, 1], [290, 2], [7, 2]]),
    (300, 3, "polygon", [[0, 0], [1, 299], [2, 290], [2, 7]]),
]

for h, w, kind, points in cases:
    runs = lengths(draw(h, w, kind, points))
    print(json.dumps({"size": [h, w], "type": kind, "points": points, "runs": runs}))
