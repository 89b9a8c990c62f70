"""Which part of a picture is on screen and how large. Both halves of the comparison look through the same one."""

from dataclasses import dataclass, replace

LARGEST_SCALE = 32.0
_STEPS = (0.05, 0.1, 0.167, 0.25, 0.333, 0.5, 0.667, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)


@dataclass(frozen=True)
class Viewport:
    """A view of a picture in a pane; all lengths on screen are device pixels.

    Attributes:
        picture_width, picture_height: size of the picture in its own pixels.
        pane_width, pane_height: size of the pane.
        scale: device pixels per picture pixel, None to fit the pane (never enlarging).
        centre_x, centre_y: the point of the picture, as fractions of its size, in the middle of the pane.
        margin: room that fitting leaves around the picture.
    """

    picture_width: int = 1
    picture_height: int = 1
    pane_width: float = 1.0
    pane_height: float = 1.0
    scale: float | None = None
    centre_x: float = 0.5
    centre_y: float = 0.5
    margin: float = 0.0

    @property
    def fit_scale(self) -> float:
        """The scale that shows the whole picture; small pictures are not enlarged."""
        horizontal = max(self.pane_width - 2 * self.margin, 1) / self.picture_width
        vertical = max(self.pane_height - 2 * self.margin, 1) / self.picture_height
        return min(horizontal, vertical, 1.0)

    @property
    def true_scale(self) -> float:
        """Device pixels per picture pixel as shown."""
        return self.fit_scale if self.scale is None else self.scale

    @property
    def is_fitted(self) -> bool:
        """The scale follows the size of the pane."""
        return self.scale is None

    @property
    def picture_rectangle(self) -> tuple[float, float, float, float]:
        """Left, top, width, height of the whole picture in pane coordinates; the corner lies on a device pixel."""
        width, height = self.picture_width * self.true_scale, self.picture_height * self.true_scale
        left = self.pane_width / 2 - self.centre_x * width
        top = self.pane_height / 2 - self.centre_y * height
        return round(left), round(top), width, height

    def with_pane(self, width: float, height: float, margin: float) -> "Viewport":
        """The pane was resized; the middle stays."""
        return replace(self, pane_width=max(width, 1.0), pane_height=max(height, 1.0), margin=margin)._kept_in_pane()

    def with_picture(self, width: int, height: int) -> "Viewport":
        """Another picture; the view starts fitted unless it has the same size."""
        if (width, height) == (self.picture_width, self.picture_height):
            return self
        return replace(self, picture_width=width, picture_height=height, scale=None, centre_x=0.5, centre_y=0.5)

    def fitted(self) -> "Viewport":
        """Show the whole picture."""
        return replace(self, scale=None, centre_x=0.5, centre_y=0.5)

    def scaled_to(self, scale: float, x: float | None = None, y: float | None = None) -> "Viewport":
        """Change the scale; the picture stays in place under the pane position (x, y), by default the middle."""
        x = self.pane_width / 2 if x is None else x
        y = self.pane_height / 2 if y is None else y
        scale = min(max(scale, min(self.fit_scale, _STEPS[0])), LARGEST_SCALE)
        # Distance of (x, y) from the middle, in picture widths, before and after.
        change = 1 / self.true_scale - 1 / scale
        centre_x = self.centre_x + (x - self.pane_width / 2) * change / self.picture_width
        centre_y = self.centre_y + (y - self.pane_height / 2) * change / self.picture_height
        return replace(self, scale=scale, centre_x=centre_x, centre_y=centre_y)._kept_in_pane()

    def stepped(self, direction: int, x: float | None = None, y: float | None = None) -> "Viewport":
        """The next larger (direction 1) or smaller (-1) scale of a fixed series, the fitting scale among them."""
        scale = self.true_scale
        steps = sorted({*_STEPS, self.fit_scale})
        further = [step for step in steps if (step > scale * 1.01 if direction > 0 else step < scale * 0.99)]
        if not further:
            return self
        return self.scaled_to(further[0] if direction > 0 else further[-1], x, y)

    def panned(self, dx: float, dy: float) -> "Viewport":
        """Drag the picture by so many device pixels."""
        centre_x = self.centre_x - dx / (self.picture_width * self.true_scale)
        centre_y = self.centre_y - dy / (self.picture_height * self.true_scale)
        return replace(self, centre_x=centre_x, centre_y=centre_y)._kept_in_pane()

    def _kept_in_pane(self) -> "Viewport":
        """A picture smaller than the pane is centred, a larger one has no border inside the pane beyond the margin."""

        def kept(centre: float, length: float, pane: float) -> float:
            hidden = length - (pane - 2 * self.margin)
            if hidden <= 0:
                return 0.5
            reach = hidden / 2 / length
            return min(max(centre, 0.5 - reach), 0.5 + reach)

        width, height = self.picture_width * self.true_scale, self.picture_height * self.true_scale
        return replace(
            self,
            centre_x=kept(self.centre_x, width, self.pane_width),
            centre_y=kept(self.centre_y, height, self.pane_height),
        )
