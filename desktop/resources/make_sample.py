"""Renders the sample picture that the window shows when it is started without a file.

A mountain lake at dusk, computed from noise alone: no photograph, no texture and no data file goes in, so
the picture carries no rights of anybody else. The scene holds what is hard for a picture codec: a smooth sky,
fine rock and forest, blades of grass against the light, a rippled reflection, and film grain.

    python -m desktop.resources.make_sample          # writes sample.webp beside this file
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

WIDTH, HEIGHT = 1152, 768
SUPERSAMPLING = 2
SEED = 20

Array = npt.NDArray[np.floating[Any]]

# World: metres; x to the right, z away from the camera, height up; the lake lies at height 0.
EXTENT_X, EXTENT_Z = 5200.0, 9000.0
GRID_X, GRID_Z = 2080, 1800
CAMERA_HEIGHT = 7.0
HORIZON = 0.485  # of the picture height, from the top
FOCAL = 0.92  # of the picture width
SUN = np.array([-0.84, 0.30, -0.22], dtype=np.float32)
SUN /= np.linalg.norm(SUN)
SUN_LIGHT = np.array([3.3, 1.62, 0.78], dtype=np.float32)
SKY_LIGHT = np.array([0.20, 0.275, 0.42], dtype=np.float32)


def _hash(ix: npt.NDArray[np.int64], iy: npt.NDArray[np.int64], seed: int) -> Array:
    """A random angle for every lattice point."""
    n = (ix * 374761393 + iy * 668265263 + seed * 1274126177) & 0xFFFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0xFFFFFFFF
    n = ((n ^ (n >> 16)) * 2246822519) & 0xFFFFFFFF
    return ((n ^ (n >> 15)) & 0xFFFF).astype(np.float32) * np.float32(2 * np.pi / 65536)


def gradient_noise(x: Array, y: Array, seed: int) -> Array:
    """Perlin's gradient noise, about -1..1."""
    ix, iy = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = (x - ix).astype(np.float32), (y - iy).astype(np.float32)
    wx = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
    wy = fy * fy * fy * (fy * (fy * 6 - 15) + 10)

    def corner(dx: int, dy: int) -> Array:
        angle = _hash(ix + dx, iy + dy, seed)
        return np.cos(angle) * (fx - dx) + np.sin(angle) * (fy - dy)

    top = corner(0, 0) * (1 - wx) + corner(1, 0) * wx
    bottom = corner(0, 1) * (1 - wx) + corner(1, 1) * wx
    return ((top * (1 - wy) + bottom * wy) * 1.5).astype(np.float32)


def fractal(x: Array, y: Array, octaves: int, seed: int, gain: float = 0.5, ridged: bool = False) -> Array:
    """Sum of octaves of gradient noise; ridged: sharp crests, each octave sitting on the crests of the one before."""
    total, amplitude, weight = np.zeros_like(x), 1.0, np.ones_like(x)
    scale = 0.0
    for octave in range(octaves):
        # Each octave is turned, or the lattice directions add up to visible straight lines.
        turn = 0.5 + octave * 1.7
        u = (x * np.cos(turn) - y * np.sin(turn)).astype(np.float32) * np.float32(2.03**octave)
        v = (x * np.sin(turn) + y * np.cos(turn)).astype(np.float32) * np.float32(2.03**octave)
        value = gradient_noise(u, v, seed + octave)
        if ridged:
            value = (1 - np.abs(value)) ** 2 * weight
            weight = np.clip(value * 1.9, 0, 1)
        total += amplitude * value
        scale += amplitude
        amplitude *= gain
    return total / np.float32(scale)


def smoothstep(low: float, high: float, value: Array) -> Array:
    """0 below low, 1 above high, and a smooth curve between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def mix(first: Array, second: Array, weight: Array) -> Array:
    """Blend two colours [..., 3]; weight [...] is 0 for the first, 1 for the second."""
    return first + (second - first) * weight[..., None]


def make_terrain() -> tuple[Array, Array]:
    """Heights [z, x] in metres, and the light leaving the ground [z, x, 3], linear."""
    x = np.linspace(-EXTENT_X, EXTENT_X, GRID_X, dtype=np.float32)[None, :].repeat(GRID_Z, 0)
    z = np.linspace(0, EXTENT_Z, GRID_Z, dtype=np.float32)[:, None].repeat(GRID_X, 1)
    warp_x = x + 320 * fractal(x / 1500, z / 1500, 3, SEED + 1)
    warp_z = z + 320 * fractal(x / 1500, z / 1500, 3, SEED + 7)
    ridges = fractal(warp_x / 2300, warp_z / 2300, 10, SEED + 40, gain=0.53, ridged=True)
    hills = fractal(warp_x / 900, warp_z / 900, 6, SEED + 60)
    # The lake narrows with the distance and ends in a valley; the ground climbs with the distance from its shore.
    centre = 170 * np.sin(z / 1500) - 60
    half_width = 1150 - 0.20 * z + 190 * fractal(x / 700, z / 700, 5, SEED + 3)
    inland = np.abs(x - centre) - half_width
    inland = np.maximum(inland, (z - 4050) * 0.8 + 210 * hills)
    climb = smoothstep(-100, 2500, inland)
    # One summit that the eye can rest on, a little right of the middle, and a lower companion.
    summit = 1050 * np.exp(-(((x - 620) / 900) ** 2 + ((z - 7000) / 1200) ** 2))
    summit += 520 * np.exp(-(((x + 1500) / 850) ** 2 + ((z - 7700) / 1100) ** 2))
    height = inland * 0.045 + climb * (ridges * 1330 - 80) + climb * summit * (0.35 + 0.62 * ridges)
    height += hills * 55 * smoothstep(0, 500, inland)
    height = np.where(inland < 0, np.minimum(height, -1.0), np.maximum(height, inland * 0.05)).astype(np.float32)

    step_x, step_z = 2 * EXTENT_X / (GRID_X - 1), EXTENT_Z / (GRID_Z - 1)
    slope_z, slope_x = np.gradient(height, step_z, step_x)
    normal = np.stack([-slope_x, np.ones_like(height), -slope_z], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)

    # Cast shadows: walk towards the sun and see whether the ground rises above the ray.
    lit = np.ones_like(height)
    for distance in np.geomspace(15, 4200, 90):
        dx, dz = int(np.rint(distance * SUN[0] / step_x)), int(np.rint(distance * SUN[2] / step_z))
        other = np.roll(height, (-dz, -dx), (0, 1))
        lit = np.minimum(lit, 1 - smoothstep(-0.012, 0.012, (other - height - distance * SUN[1]) / distance))

    texture = fractal(x / 60, z / 60, 6, SEED + 80, gain=0.65)
    strata = gradient_noise(height / 42 + hills * 2, x / 900, SEED + 90)
    rock = np.array([0.128, 0.122, 0.122]) * (1 + 0.95 * texture + 0.30 * strata)[..., None]
    meadow = np.array([0.088, 0.098, 0.040]) * (1 + 0.5 * texture)[..., None]
    forest = np.array([0.021, 0.035, 0.020]) * (1 + 0.6 * texture)[..., None]
    snow = np.array([0.80, 0.82, 0.86]) * (1 + 0.05 * texture)[..., None]
    steep = 1 - normal[..., 1]
    albedo = mix(forest, meadow, smoothstep(380, 560, height + 160 * hills + 80 * texture))
    albedo = mix(
        albedo,
        rock,
        np.maximum(
            smoothstep(0.22, 0.34, steep + 0.08 * texture), smoothstep(560, 760, height + 200 * hills + 60 * texture)
        ),
    )
    snow_line = 700 + 170 * hills + 170 * texture - 120 * normal[..., 2]
    flat_enough = 1 - smoothstep(0.40, 0.58, steep + 0.16 * texture)
    albedo = mix(albedo, snow, smoothstep(0, 160, height - snow_line) * flat_enough)
    beach = (1 - smoothstep(2, 7, height)) * smoothstep(-0.2, 0.3, height)
    albedo = mix(albedo, np.array([0.15, 0.135, 0.115]) * (1 + 0.4 * texture)[..., None], beach)
    sunlight = np.clip(normal @ SUN, 0, None) ** 1.25 * lit
    openness = 0.45 + 0.55 * normal[..., 1]
    light = sunlight[..., None] * SUN_LIGHT + openness[..., None] * SKY_LIGHT
    return height, (albedo * light).astype(np.float32)


def sample_grid(grid: Array, x: Array, z: Array) -> Array:
    """Bilinear look-up at world positions; grid is [z, x] or [z, x, channel]."""
    u = np.clip((x + EXTENT_X) / (2 * EXTENT_X) * (GRID_X - 1), 0, GRID_X - 1.001).astype(np.float32)
    v = np.clip(z / EXTENT_Z * (GRID_Z - 1), 0, GRID_Z - 1.001).astype(np.float32)
    iu, iv = u.astype(np.int32), v.astype(np.int32)
    fu, fv = u - iu, v - iv
    if grid.ndim == 3:
        fu, fv = fu[..., None], fv[..., None]
    top = grid[iv, iu] * (1 - fu) + grid[iv, iu + 1] * fu
    bottom = grid[iv + 1, iu] * (1 - fu) + grid[iv + 1, iu + 1] * fu
    return np.asarray(top * (1 - fv) + bottom * fv, dtype=np.float32)


def haze(colour: Array, depth: Array, bearing: Array) -> Array:
    """Air between the eye and the ground; warmer towards the sun (left)."""
    towards_sun = smoothstep(0.55, -0.65, bearing)
    air = mix(np.array([0.205, 0.235, 0.36], np.float32), np.array([0.56, 0.38, 0.33], np.float32), towards_sun)
    return mix(colour, air, (1 - np.exp(-np.maximum(depth - 600, 0) / 24000)).astype(np.float32))


def make_sky(bearing: Array, elevation: Array) -> Array:
    """Light from the sky [..., 3] in directions (bearing, elevation as tangents)."""
    up = np.clip(elevation, 0.002, None)
    glow = np.exp(-((bearing + 0.75) ** 2) / 0.5).astype(np.float32)
    low = mix(np.array([0.50, 0.42, 0.50], np.float32), np.array([1.28, 0.70, 0.38], np.float32), glow)
    middle = mix(np.array([0.21, 0.30, 0.50], np.float32), np.array([0.52, 0.45, 0.52], np.float32), glow)
    high = np.broadcast_to(np.array([0.055, 0.115, 0.285], np.float32), low.shape)
    sky = mix(mix(low, middle, smoothstep(0.0, 0.20, up)), high, smoothstep(0.14, 0.62, up))
    # A cloud layer is a plane above the camera; perspective gives the banks their rows.
    far = np.minimum(1 / (up + 0.055), 14)
    cloud_x, cloud_z = bearing * far, far
    warp = fractal(cloud_x * 0.5, cloud_z * 0.5, 4, SEED + 120)
    density = fractal(cloud_x * 0.52 + warp * 0.9, cloud_z * 1.05 + warp * 0.7, 8, SEED + 130, gain=0.54)
    banks = fractal(cloud_x * 0.17, cloud_z * 0.26, 2, SEED + 150)
    cover = smoothstep(-0.06, 0.40, density + banks * 0.6) * smoothstep(0.02, 0.10, up)
    # Light comes from the left and below the layer: compare the density a little towards the sun.
    nearer = fractal(cloud_x * 0.52 + warp * 0.9 - 0.10, cloud_z * 1.05 + warp * 0.7 + 0.06, 6, SEED + 130, gain=0.54)
    relief = np.clip(0.5 + (density - nearer) * 2.6, 0, 1)
    shade = mix(np.array([0.155, 0.165, 0.26], np.float32), np.array([0.42, 0.27, 0.29], np.float32), glow)
    bright = mix(np.array([0.80, 0.46, 0.42], np.float32), np.array([1.55, 0.82, 0.46], np.float32), glow)
    cloud = mix(shade, bright, (relief * (1 - 0.55 * smoothstep(0.45, 1.0, cover))).astype(np.float32))
    return mix(sky, cloud, cover * 0.88)


class View:
    """A pinhole camera at a given height above (or, for the reflection, below) the lake."""

    def __init__(self, width: int, height: int, camera_height: float) -> None:
        self.width, self.height, self.camera_height = width, height, camera_height
        self.focal = FOCAL * width
        self.horizon = HORIZON * height
        self.bearing: Array = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / self.focal
        self.elevation: Array = (self.horizon - np.arange(height, dtype=np.float32) - 0.5) / self.focal

    def render(self, ground: Array, light: Array, trees: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
        """The picture [height, width, 3] and where there is land in it."""
        depth = self._depth(ground)
        land = np.isfinite(depth)
        bearing = np.broadcast_to(self.bearing, depth.shape)
        picture = make_sky(bearing, np.broadcast_to(self.elevation[:, None], depth.shape))
        at = np.where(land, depth, 0).astype(np.float32)
        picture[land] = haze(sample_grid(light, bearing * at, at)[land], at[land], bearing[land])
        self._draw_trees(picture, depth, trees)
        return picture, np.isfinite(depth)

    def _depth(self, ground: Array) -> Array:
        """Distance of the first ground seen in each pixel, infinite for sky; columns are filled from near to far."""
        depth = np.full((self.height, self.width), np.inf, np.float32)
        filled = np.full(self.width, self.height)  # first row that is already taken
        rows = np.arange(self.height)[:, None]
        above_water = self.camera_height > 0
        distance = 250.0
        while distance < EXTENT_Z - 10:
            z = np.full(self.width, distance, np.float32)
            height = sample_grid(ground, self.bearing * z, z)
            top = np.ceil(self.horizon - (height - self.camera_height) / distance * self.focal).astype(np.int64)
            top = np.where(height > 0, np.clip(top, 0, self.height), self.height)
            low, high = int(top.min()), int(filled.max())
            if (top < filled).any():
                # The foot of the ground on the water line must not smear over the water in front of it.
                water_line = np.ceil(self.horizon + self.camera_height / distance * self.focal)
                foot = water_line if above_water else self.height
                band = rows[low:high]
                new = (band >= top) & (band < np.minimum(filled, foot))
                depth[low:high][new] = distance
                filled = np.minimum(filled, top)
            distance *= 1.0016
        return depth

    def _draw_trees(self, picture: Array, depth: Array, trees: Array) -> None:
        """trees: rows of x, z, ground height, tree height, shade, seed; drawn from far to near against the depth."""
        for x, z, foot, size, shade, seed in trees:
            column = self.width / 2 + x / z * self.focal
            bottom = self.horizon - (foot - self.camera_height) / z * self.focal
            tall = size / z * self.focal
            if tall < 2.5 or not -20 < column < self.width + 20:
                continue
            top_row, bottom_row = int(bottom - tall), int(bottom) + 1
            wide = max(1.2, tall * 0.19)
            left, right = int(column - wide), int(column + wide) + 1
            y0, y1, x0, x1 = max(top_row, 0), min(bottom_row, self.height), max(left, 0), min(right, self.width)
            if y1 <= y0 or x1 <= x0:
                continue
            down = ((np.arange(y0, y1) - (bottom - tall)) / tall).astype(np.float32)[:, None]
            across = ((np.arange(x0, x1) + 0.5 - column) / wide).astype(np.float32)[None, :]
            whorls = 0.72 + 0.28 * np.sin(down * (26 + 8 * np.sin(seed)) + seed + 2.2 * across * np.sign(across))
            ragged = 0.16 * np.sin(seed * 7 + across * 9 + down * 31)
            inside = np.abs(across) < np.clip(down, 0, 1) ** 0.85 * (whorls + ragged)
            # A tree hides what is behind its foot, and is hidden by ground well in front of it.
            inside &= (depth[y0:y1, x0:x1] > z * 0.985) & (down < 0.99)
            side = np.clip(0.5 - across * 0.9, 0, 1) * (0.4 + 0.6 * whorls)
            colour = np.array([0.016, 0.024, 0.017]) + side[..., None] * shade * np.array([0.20, 0.115, 0.036])
            colour *= np.float32(0.75 + 0.5 * np.abs(np.sin(seed * 3)))
            distance = np.full(inside.shape, z, np.float32)
            colour = haze(colour, distance, np.broadcast_to(np.float32(x / z), inside.shape))
            picture[y0:y1, x0:x1][inside] = colour[inside]
            depth[y0:y1, x0:x1][inside] = z


def plant_trees(ground: Array, light: Array, random: np.random.Generator) -> Array:
    """Conifers on the lower slopes, densest by the shore: rows of x, z, ground height, tree height, shade, seed."""
    count = 260_000
    z = (420 + 4800 * random.random(count) ** 1.25).astype(np.float32)
    x = ((random.random(count) * 2 - 1) * 0.62 * z).astype(np.float32)
    foot = sample_grid(ground, x, z)
    groves = fractal(x / 260, z / 260, 4, SEED + 200)
    steep = np.abs(sample_grid(ground, x + 12, z) - foot) / 12 + np.abs(sample_grid(ground, x, z + 12) - foot) / 12
    wanted = (foot > 1.5) & (foot < 520 + 150 * groves) & (steep < 1.5)
    wanted &= random.random(count) < np.clip(0.62 + 1.2 * groves - foot / 900, 0.05, 1)
    brightness = sample_grid(light, x, z).mean(-1)
    size = 13 + 15 * random.random(count) ** 1.5
    shade = np.clip(brightness / 0.05 - 0.25, 0.05, 1.3) * (0.5 + 0.8 * random.random(count))
    rows = np.stack([x, z, foot, size, shade, random.random(count) * 6.28], -1)[wanted]
    return np.asarray(rows[np.argsort(-rows[:, 1])], dtype=np.float32)


def make_water(view: View, reflected: Array) -> Array:
    """The lake [height, width, 3] for every row below the horizon, from the mirror picture and the ripples."""
    rows = np.arange(view.height, dtype=np.float32)[:, None]
    below = np.clip((rows + 0.5 - view.horizon) / view.focal, 2e-4, None)
    z = np.minimum(view.camera_height / below, 6000)
    x = view.bearing * z
    z = np.broadcast_to(z, x.shape).astype(np.float32)
    # Calm and ruffled stretches, and ripples that are long across the view.
    breeze = smoothstep(-0.12, 0.45, fractal(x / 260, z / 420, 3, SEED + 230))
    fine = fractal(x / 1.3, z / 0.75, 4, SEED + 240, gain=0.6)
    swell = fractal(x / 9, z / 3.8, 4, SEED + 250, gain=0.5)
    fade = np.exp(-z / 700)
    slope = (fine * (0.012 + 0.030 * breeze) + swell * (0.016 + 0.016 * breeze)) * (0.25 + 0.75 * fade)
    sideways = gradient_noise(x / 2.2, z / 1.6, SEED + 260) * 0.006 * fade
    mirror_row = 2 * view.horizon - rows + slope * view.focal * 1.5 - 0.018 * breeze * view.focal
    mirror_column = np.arange(view.width)[None, :] + sideways * view.focal
    take_row = np.clip(mirror_row, 0, view.horizon - 1).astype(np.int64)
    take_column = np.clip(mirror_column, 0, view.width - 1).astype(np.int64)
    image = reflected[take_row, take_column]
    grazing = np.clip(below + slope * 1.1 + 0.01, 0.004, 1)
    fresnel = np.clip(0.02 + 0.98 * (1 - grazing) ** 5.0, 0, 1).astype(np.float32)
    depths = np.array([0.010, 0.030, 0.038], np.float32) * (1 + 0.35 * swell)[..., None]
    return mix(depths, image * np.array([0.90, 0.93, 0.95], np.float32), fresnel)


def draw_bank(picture: Array, random: np.random.Generator) -> None:
    """Boulders in the shallows and tall grass against the light, in the lower corners."""
    height, width = picture.shape[:2]
    unit = width / 1152
    stones = [
        (0.175, 0.905, 74, 26),
        (0.262, 0.952, 52, 20),
        (0.098, 0.872, 40, 13),
        (0.318, 0.925, 24, 8),
        (0.79, 0.955, 66, 24),
        (0.715, 0.975, 34, 13),
        (0.855, 0.918, 30, 10),
    ]
    for index, (cx, cy, rx, ry) in enumerate(stones):
        cx, cy, rx, ry = cx * width, cy * height, rx * unit, ry * unit
        y0, y1 = int(cy - ry * 1.6), min(int(cy + ry * 1.1), height)
        x0, x1 = max(int(cx - rx * 1.3), 0), min(int(cx + rx * 1.3), width)
        py, px = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        u, v = (px - cx) / rx, (py - cy) / ry
        bump = fractal(px / (rx * 0.55) + index * 9, py / (ry * 0.9), 6, SEED + 300, gain=0.58)
        radius = np.sqrt(u * u + (v * np.where(v < 0, 0.86, 1.9)) ** 2) + bump * 0.24
        inside = smoothstep(1.0, 0.965, radius)
        dome = np.sqrt(np.clip(1 - np.clip(radius, 0, 1) ** 2, 0, 1))
        slope_y, slope_x = np.gradient(dome * 1.1 + bump * 0.34, 1 / ry, 1 / rx)
        length = np.sqrt(slope_x**2 + slope_y**2 + 1)
        warm = np.clip((-slope_x * -0.72 + -slope_y * -0.28 + 0.42) / length, 0, 1) ** 1.3
        wet = smoothstep(0.08, 0.32, v + bump * 0.2)
        speckle = fractal(px / (5 * unit), py / (4 * unit), 3, SEED + 310)
        grey = 0.125 * (1 + 0.9 * bump + 0.35 * speckle) * (1 - 0.68 * wet)
        from_above = 0.25 + 0.75 * np.clip(-v, 0, 1)
        light = warm[..., None] * np.array([1.15, 0.66, 0.42]) + from_above[..., None] * SKY_LIGHT * 0.75
        stone = (np.clip(grey, 0.012, None)[..., None] * np.array([1.0, 0.95, 0.92]) * light).astype(np.float32)
        picture[y0:y1, x0:x1] = mix(picture[y0:y1, x0:x1], stone, inside)

    for _ in range(2900):
        left = random.random() < 0.52
        reach = random.random() ** 1.6
        root_x = (reach * 0.37 if left else 1 - reach * 0.33) * width
        edge = 1 - reach
        tall = (26 + 150 * edge**1.5 * random.random() ** 0.7) * unit
        root_y = height * (1.015 + 0.02 * random.random())
        lean = random.normal(0.10, 0.26) * tall
        points = max(int(tall * 1.2), 8)
        t = np.linspace(0, 1, points, dtype=np.float32)
        px = root_x + lean * t**2.1
        py = root_y - tall * t * (1 - 0.14 * t * abs(lean) / tall)
        thickness = (1.7 * unit * (1 - t) ** 0.7 + 0.35 * unit) * (0.6 + 0.6 * random.random())
        base = np.array([0.016, 0.022, 0.011]) * (0.5 + random.random())
        tip = np.array([0.36, 0.215, 0.070]) * (0.15 + 0.85 * random.random() ** 2)
        colour = (base + (tip - base) * (t**1.5)[:, None]).astype(np.float32)
        for offset in range(-int(2 * unit), int(2 * unit) + 1):
            column, row = np.round(px + offset).astype(int), np.round(py).astype(int)
            cover = np.clip(thickness + 0.5 - abs(offset), 0, 1)
            seen = (cover > 0) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
            where = (row[seen], column[seen])
            picture[where] += (colour[seen] - picture[where]) * cover[seen, None]
        if random.random() < 0.16:  # seed heads
            for _ in range(26):
                along = 1 - 0.20 * random.random()
                index = min(int(along * points), points - 1)
                column = int(px[index] + random.normal(0, 2.3 * unit))
                row = int(py[index] + random.normal(0, 1.5 * unit))
                if 0 <= column < width - 1 and 0 <= row < height - 1:
                    spot = picture[row : row + 2, column : column + 2]
                    spot += (np.array([0.42, 0.26, 0.10], np.float32) * np.float32(0.4 + random.random()) - spot) * 0.75


def develop(picture: Array, random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Linear light -> sRGB bytes: reduction, bloom, tone curve, grain."""
    height, width = picture.shape[:2]
    height, width = height // SUPERSAMPLING, width // SUPERSAMPLING
    picture = picture.reshape(height, SUPERSAMPLING, width, SUPERSAMPLING, 3).mean((1, 3))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    blur = np.exp(-((frequency * 60) ** 2))
    bloom = np.stack([np.fft.irfft2(np.fft.rfft2(picture[..., c]) * blur, s=(height, width)) for c in range(3)], -1)
    picture = picture * 0.93 + np.clip(bloom, 0, None) * 0.07
    y, x = np.mgrid[0:height, 0:width]
    vignette = 1 - 0.20 * (((x / width - 0.5) * 1.15) ** 2 + ((y / height - 0.5) * 0.95) ** 2) / 0.5
    picture = picture * vignette[..., None] * 1.42
    curve = np.clip(picture * (2.51 * picture + 0.03) / (picture * (2.43 * picture + 0.59) + 0.14), 0, 1)
    grey = curve.mean(-1, keepdims=True)
    curve = np.clip(grey + (curve - grey) * 1.10, 0, 1)
    encoded = np.where(curve <= 0.0031308, curve * 12.92, 1.055 * curve ** (1 / 2.4) - 0.055)
    # Grain: mostly the same in the three layers, one to two pixels wide, strongest in the middle tones.
    common, layers = random.normal(size=(height, width, 1)), random.normal(size=(height, width, 3))
    grain = 0.8 * common + 0.4 * layers
    grain = 0.62 * grain + 0.19 * (np.roll(grain, 1, 0) + np.roll(grain, 1, 1))
    encoded = encoded + grain * 0.0115 * (0.35 + 0.65 * np.sin(np.pi * np.clip(encoded, 0, 1)))
    return (np.clip(encoded, 0, 1) * 255 + 0.5).astype(np.uint8)


def render() -> npt.NDArray[np.uint8]:
    """The sample picture: uint8 [HEIGHT, WIDTH, 3], sRGB."""
    random = np.random.default_rng(SEED)
    ground, light = make_terrain()
    trees = plant_trees(ground, light, random)
    width, height = WIDTH * SUPERSAMPLING, HEIGHT * SUPERSAMPLING
    view = View(width, height, CAMERA_HEIGHT)
    picture, land = view.render(ground, light, trees)
    reflected, _ = View(width, height, -CAMERA_HEIGHT).render(ground, light, trees)
    water = ~land & (view.elevation[:, None] < 0)
    picture[water] = make_water(view, reflected)[water]
    draw_bank(picture, random)
    return develop(picture, random)


def main() -> None:
    """Render and write the file."""
    parser = argparse.ArgumentParser(description="Render the sample picture.")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("sample.webp"))
    output: Path = parser.parse_args().output
    Image.fromarray(render()).save(output, lossless=True, quality=90, method=6)
    sys.stdout.write(f"{output}: {output.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
