"""The state of the laboratory, where the model makes pictures up, and every change it can go through."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from codec_format.picture import Picture
from codec_format.settings import DEFAULT_QUALITY
from desktop.state.display import Display
from desktop.state.documents import Source
from desktop.state.text import QT_TRANSLATE_NOOP, Text

Region = tuple[int, int, int, int]
"""x, y, width and height in pixels."""

LARGEST_SEED = 2**31 - 1  # what a spin box holds
LARGEST_SIDE = 4096


class Experiment(StrEnum):
    """What the model makes."""

    SAMPLE = "sample"
    INTERPOLATION = "interpolation"
    INPAINTING = "inpainting"


@dataclass(frozen=True)
class Recipe:
    """How a picture is made.

    Attributes:
        experiment: which kind.
        quality: 0..100, the one whose latents are meant.
        temperature: of what is drawn, 0 to 1.
        seed: of what is drawn.
        width, height: of a sample, in pixels.
        position: of an interpolation, 0 (the open picture) to 1 (the other one).
        region: of an inpainting; None until there is one.
    """

    experiment: Experiment = Experiment.SAMPLE
    quality: int = DEFAULT_QUALITY
    temperature: float = 0.7
    seed: int = 1
    width: int = 512
    height: int = 384
    position: float = 0.5
    region: Region | None = None


@dataclass(frozen=True, eq=False)
class Creation:
    """A picture that was made.

    Attributes:
        recipe: how.
        picture: its pixels.
        display: the same for the screen.
        seconds: how long it took.
    """

    recipe: Recipe
    picture: Picture
    display: Display
    seconds: float


@dataclass(frozen=True, eq=False)
class Created:
    """The work has made a picture; notes say what it had to leave out."""

    creation: Creation
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class OtherOpened:
    """The other picture of an interpolation was read."""

    source: Source


LaboratoryEvent = Created | OtherOpened


@dataclass(frozen=True, eq=False)
class LaboratoryState:
    """What the page shows.

    Attributes:
        recipe: how the next picture is made.
        source: the picture that is open in the window, None without one.
        other: the other picture of an interpolation.
        creations: the last result of each experiment.
        activity: what is being done, None while nothing is.
        fraction: how much of it is done, 0..1; None where nobody knows.
        message: what became of the last thing that was done.
        error: what went wrong with it, "" if nothing did.
    """

    recipe: Recipe = Recipe()
    source: Source | None = None
    other: Source | None = None
    creations: dict[Experiment, Creation] = field(default_factory=dict)
    activity: Text | None = None
    fraction: float | None = None
    message: str = ""
    error: str = ""

    @property
    def creation(self) -> Creation | None:
        """The result that is shown."""
        return self.creations.get(self.recipe.experiment)

    @property
    def shown_source(self) -> Source | None:
        """The picture that the experiment changes, None for a sample."""
        return None if self.recipe.experiment is Experiment.SAMPLE else self.source

    @property
    def missing(self) -> Text | None:
        """What the user has to do first; None if the picture can be made."""
        experiment = self.recipe.experiment
        if experiment is not Experiment.SAMPLE and self.source is None:
            return Text(QT_TRANSLATE_NOOP("State", "Open a picture first."))
        if experiment is Experiment.INTERPOLATION and self.other is None:
            return Text(QT_TRANSLATE_NOOP("State", "Choose the other picture."))
        if experiment is Experiment.INPAINTING and self.recipe.region is None:
            return Text(QT_TRANSLATE_NOOP("State", "Draw a rectangle on the picture."))
        return None

    @property
    def can_make(self) -> bool:
        """Everything is there, and nothing is going on."""
        return self.missing is None and self.activity is None


def recipe_chosen(state: LaboratoryState, recipe: Recipe) -> LaboratoryState:
    """The next picture shall be made like this; a region is kept within the picture."""
    return replace(state, recipe=_fitting(recipe, state.source))


def source_shown(state: LaboratoryState, source: Source | None) -> LaboratoryState:
    """Another picture is open; what was made of the one before is gone with it."""
    creations = dict(state.creations)
    for experiment in (Experiment.INTERPOLATION, Experiment.INPAINTING):
        creations.pop(experiment, None)
    recipe = replace(state.recipe, region=None)
    return replace(state, source=source, creations=creations, recipe=recipe)


def other_opened(state: LaboratoryState, source: Source) -> LaboratoryState:
    """The other picture of an interpolation is there."""
    return replace(state, other=source, message="", error="")


def work_started(state: LaboratoryState) -> LaboratoryState:
    """A picture is being made."""
    label = Text(QT_TRANSLATE_NOOP("State", "Making a picture"))
    return replace(state, activity=label, fraction=None, message="", error="")


def work_progressed(state: LaboratoryState, label: Text, fraction: float | None) -> LaboratoryState:
    """The work goes on."""
    return replace(state, activity=label, fraction=fraction)


def work_ended(state: LaboratoryState) -> LaboratoryState:
    """The work is over, whatever became of it."""
    return replace(state, activity=None, fraction=None)


def cancelled(state: LaboratoryState) -> LaboratoryState:
    """The user does not want to wait any longer."""
    return replace(work_ended(state), message=Text(QT_TRANSLATE_NOOP("State", "Cancelled.")))


def created(state: LaboratoryState, event: Created) -> LaboratoryState:
    """There is a new result."""
    creations = state.creations | {event.creation.recipe.experiment: event.creation}
    return replace(state, creations=creations, message=" ".join(event.notes), error="")


def exported(state: LaboratoryState, path: Path, notes: tuple[str, ...]) -> LaboratoryState:
    """The result was written."""
    text = Text(QT_TRANSLATE_NOOP("State", "Exported {name}."), name=path.name)
    return replace(state, message=" ".join(notes) or text, error="")


def told(state: LaboratoryState, message: Text) -> LaboratoryState:
    """Say something."""
    return replace(state, message=message, error="")


def failed(state: LaboratoryState, sentence: str) -> LaboratoryState:
    """Something went wrong."""
    return replace(state, error=sentence, message="")


def _fitting(recipe: Recipe, source: Source | None) -> Recipe:
    if recipe.region is None or source is None:
        return replace(recipe, region=None)
    x, y, width, height = recipe.region
    left, top = min(max(x, 0), source.picture.width - 1), min(max(y, 0), source.picture.height - 1)
    right, bottom = min(x + width, source.picture.width), min(y + height, source.picture.height)
    return replace(recipe, region=(left, top, max(right - left, 1), max(bottom - top, 1)))
