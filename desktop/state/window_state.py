"""The state of the main window, and every change it can go through as a pure function."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from codec_format.settings import DEFAULT_QUALITY
from desktop.state.choice import Aim, Choice
from desktop.state.documents import CodedFile, Decoded, Glimpse, Model, Similarity, Source
from desktop.state.events import Progress
from desktop.state.text import QT_TRANSLATE_NOOP, Text

KEPT_PIXEL_BYTES = 512 * 2**20  # pictures of other block counts are kept up to this size, so that the slider is quick
_REFINEMENT_PACE_SECONDS = 0.7  # a decoding that takes longer makes the refinement skip blocks


@dataclass(frozen=True, eq=False)
class WindowState:
    """Everything that the window shows.

    Attributes:
        source: the picture that was opened, None when a `.qres` file was.
        glimpse: the preview of a file that is still being decoded.
        coded: the file that Save writes.
        shown: the decoded picture on screen; always one of ``coded``.
        decoded: pictures of ``coded`` that are kept, by the number of blocks in rising order.
        blocks: how many latent blocks the user wants to see; ``shown`` follows as soon as it is decoded.
        choice: how the source shall be encoded.
        chosen: the user has chosen that for this picture, and no file holds the outcome yet.
        models: the model packages to choose from.
        encode_paused: after a cancel or an error nothing is encoded until the user asks for it.
        refining: the blocks are being added one by one.
        activity: the work in the background, None when there is none.
        writing: the file that is being written, None when there is none.
        target: where this document was saved last, and where Save writes again.
        message: what happened last, for the status line.
        error: what went wrong, until it is dismissed or the user does something else.
        notes: sentences on what the opened file lacks or what could not be kept.
    """

    source: Source | None = None
    glimpse: Glimpse | None = None
    coded: CodedFile | None = None
    shown: Decoded | None = None
    decoded: tuple[Decoded, ...] = ()
    blocks: int = 0
    choice: Choice = field(default_factory=Choice)
    chosen: bool = False
    models: tuple[Model, ...] = ()
    encode_paused: bool = False
    refining: bool = False
    activity: Progress | None = None
    writing: Path | None = None
    target: Path | None = None
    message: str = ""
    error: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing has been opened yet."""
        return self.source is None and self.coded is None and self.glimpse is None

    @property
    def quality(self) -> int:
        """Where the quality slider stands: what was chosen, or what the target has led to."""
        if self.choice.goal.aim is Aim.QUALITY:
            return round(self.choice.goal.value)
        known = self.coded.quality if self.coded is not None else None
        return DEFAULT_QUALITY if known is None else known

    @property
    def can_be_lossless(self) -> bool:
        """The chosen model can encode losslessly, as far as that is known yet."""
        return any(model.lossless for model in self.models if model.path == self.choice.model)

    @property
    def is_current(self) -> bool:
        """The coded file is that of the source and the choice shown."""
        return self.coded is not None and (self.source is None or self.coded.choice == self.choice)

    @property
    def needs_encode(self) -> bool:
        """The source should be encoded as soon as the controls rest."""
        return self.source is not None and not self.is_current and not self.encode_paused

    @property
    def blocks_to_decode(self) -> int | None:
        """The number of blocks that is wanted but not on screen and not kept, None if all is there."""
        if self.coded is None or self.shown is None or self.shown.blocks == self.blocks:
            return None
        return self.blocks

    @property
    def to_measure(self) -> Decoded | None:
        """The picture on screen if it has not been compared with its source yet."""
        if self.source is None or self.shown is None or self.refining or self.shown.similarity is not None:
            return None
        return self.shown

    @property
    def can_save_as(self) -> bool:
        """There are bytes to write, and they are those of the settings shown."""
        return self.is_current and self.writing is None

    @property
    def can_save(self) -> bool:
        """As ``can_save_as``, and no file on disk holds these bytes yet."""
        return self.can_save_as and self.coded is not None and self.coded.path is None

    @property
    def can_save_blocks(self) -> bool:
        """The picture on screen is one of the first latent blocks, which make a smaller file of their own."""
        return self.can_export and self.coded is not None and self.blocks < self.coded.blocks

    @property
    def has_unsaved_choice(self) -> bool:
        """There is something to lose: a result that the user chose, and no file holds it."""
        return self.chosen and self.can_save

    @property
    def can_export(self) -> bool:
        """The picture on screen can be written as an ordinary picture file."""
        return self.shown is not None and self.is_current and self.writing is None

    @property
    def document_path(self) -> Path | None:
        """The file that the window is about."""
        if self.source is not None:
            return self.source.path
        if self.glimpse is not None:
            return self.glimpse.path
        return self.coded.path if self.coded is not None else None

    @property
    def document_name(self) -> str:
        """What the document is called, "" if there is none."""
        if self.source is not None:
            return self.source.name
        return self.document_path.name if self.document_path is not None else ""


def open_started(state: WindowState, name: str) -> WindowState:
    """A picture is being read; everything shown stays until it is there."""
    label = Text(QT_TRANSLATE_NOOP("State", "Opening {name}"), name=name)
    return replace(state, activity=Progress(label), refining=False, error=None, message="")


def open_failed(state: WindowState, sentence: str) -> WindowState:
    """The file cannot be opened; everything shown stays, and work that the opening has displaced is wanted again."""
    return replace(state, activity=None, error=sentence)


def source_opened(state: WindowState, source: Source) -> WindowState:
    """A picture replaces whatever was shown; the choice stays."""
    return WindowState(
        source=source,
        choice=state.choice,
        models=state.models,
        activity=state.activity,
        writing=state.writing,
        message=Text(QT_TRANSLATE_NOOP("State", "Opened {name}."), name=source.name),
        notes=source.picture.source_notes,
    )


def preview_read(state: WindowState, glimpse: Glimpse) -> WindowState:
    """A preview replaces whatever was shown."""
    return WindowState(
        glimpse=glimpse,
        choice=state.choice,
        models=state.models,
        activity=state.activity,
        writing=state.writing,
    )


def coded_file_opened(state: WindowState, coded: CodedFile, first: Decoded, notes: tuple[str, ...]) -> WindowState:
    """A `.qres` file replaces whatever was shown; its blocks are then added one by one."""
    return WindowState(
        coded=coded,
        shown=first,
        decoded=(first,),
        blocks=first.blocks,
        choice=state.choice,
        models=state.models,
        refining=first.blocks < coded.blocks,
        activity=state.activity,
        writing=state.writing,
        message=Text(QT_TRANSLATE_NOOP("State", "Opened {name}."), name=coded.path.name if coded.path else ""),
        notes=notes,
    )


def models_found(state: WindowState, models: tuple[Model, ...]) -> WindowState:
    """The model packages that can be chosen are known."""
    return replace(state, models=models)


def choice_made(state: WindowState, choice: Choice) -> WindowState:
    """A control moved."""
    if choice == state.choice:
        return state
    return replace(
        state,
        choice=choice,
        chosen=state.source is not None,
        encode_paused=False,
        refining=False,
        error=None,
        message="",
    )


def encode_requested(state: WindowState) -> WindowState:
    """The user asks to go on after a cancel or an error."""
    return replace(state, encode_paused=False, error=None, message="")


def encoded(state: WindowState, coded: CodedFile, complete: Decoded, notes: tuple[str, ...]) -> WindowState:
    """A new encoding of the source is shown, with all its blocks."""
    source_notes = state.source.picture.source_notes if state.source is not None else ()
    if complete.lossless:
        message = Text(QT_TRANSLATE_NOOP("State", "Encoded losslessly."))
    else:
        message = Text(QT_TRANSLATE_NOOP("State", "Encoded at quality {quality}."), quality=coded.quality)
    return replace(
        state,
        coded=coded,
        shown=complete,
        decoded=(complete,),
        blocks=complete.blocks,
        refining=False,
        message=message,
        # Those of the encoding before are out of date; those of the source stay until they are dismissed.
        notes=notes + tuple(note for note in state.notes if note in source_notes),
    )


def blocks_chosen(state: WindowState, blocks: int) -> WindowState:
    """The user wants to see the first so many blocks; shown at once if that picture is kept."""
    if state.coded is None:
        return state
    blocks = min(max(blocks, 1), state.coded.blocks)
    kept = next((decoded for decoded in state.decoded if decoded.blocks == blocks), None)
    return replace(state, blocks=blocks, shown=kept or state.shown)


def blocks_decoded(state: WindowState, decoded: Decoded, kept_pixel_bytes: int = KEPT_PIXEL_BYTES) -> WindowState:
    """One more picture of the coded file is there; it is shown if it is the one that is wanted."""
    others = [other for other in state.decoded if other.blocks != decoded.blocks]
    # The one with all blocks is what Save stands for and is asked for most: it goes last.
    others.sort(key=lambda other: state.coded is not None and other.blocks == state.coded.blocks)
    room = kept_pixel_bytes - _memory(decoded)
    while others and sum(_memory(other) for other in others) > room:
        del others[0]
    kept = sorted([*others, decoded], key=lambda other: other.blocks)
    return replace(state, decoded=tuple(kept), shown=decoded if decoded.blocks == state.blocks else state.shown)


def _memory(decoded: Decoded) -> int:
    return decoded.picture.pixels.nbytes + decoded.display.byte_count


def measured(state: WindowState, decoded: Decoded, similarity: Similarity) -> WindowState:
    """The figures of a decoded picture are there."""
    known = replace(decoded, similarity=similarity)
    return replace(
        state,
        shown=known if state.shown is decoded else state.shown,
        decoded=tuple(known if other is decoded else other for other in state.decoded),
    )


def refinement_started(state: WindowState) -> WindowState:
    """Show the blocks one by one; from the first if all are shown."""
    if state.coded is None:
        return state
    restarted = blocks_chosen(state, 1) if state.blocks >= state.coded.blocks else state
    return replace(restarted, refining=restarted.blocks < state.coded.blocks)


def refinement_stepped(state: WindowState) -> WindowState:
    """Add a block once those before are on screen; the last one ends the refinement.

    Where a decoding takes long, as many blocks are added at once as keep the pace.
    """
    if not state.refining or state.coded is None or state.shown is None or state.shown.blocks != state.blocks:
        return state
    if state.blocks >= state.coded.blocks:
        return refinement_stopped(state)
    return blocks_chosen(state, state.blocks + max(1, round(state.shown.seconds / _REFINEMENT_PACE_SECONDS)))


def refinement_stopped(state: WindowState) -> WindowState:
    """Stay at the block that is shown."""
    return replace(state, refining=False)


def work_progressed(state: WindowState, progress: Progress) -> WindowState:
    """The work in the background tells how far it is."""
    return replace(state, activity=progress)


def work_ended(state: WindowState) -> WindowState:
    """There is no more work in the background."""
    return replace(state, activity=None)


def work_failed(state: WindowState, sentence: str) -> WindowState:
    """The work ended with an error; what is shown stays.

    If it was an encoding that is still wanted, it is not tried again by itself.
    """
    return _at_rest(replace(state, error=sentence, message=""))


def work_cancelled(state: WindowState) -> WindowState:
    """The user stopped the work; what is shown stays."""
    return _at_rest(replace(state, message=Text(QT_TRANSLATE_NOOP("State", "Cancelled."))))


def _at_rest(state: WindowState) -> WindowState:
    """No work goes on; the controls return to what is on screen, so that they never promise something else."""
    done = state.coded.choice if state.coded is not None else None
    return replace(
        state,
        activity=None,
        refining=False,
        choice=state.choice if done is None else done,
        blocks=state.shown.blocks if state.shown is not None else 0,
        encode_paused=state.source is not None and state.coded is None,
    )


def write_started(state: WindowState, path: Path) -> WindowState:
    """A file is being written."""
    message = Text(QT_TRANSLATE_NOOP("State", "Writing {name} …"), name=path.name)
    return replace(state, writing=path, error=None, message=message)


def saved(state: WindowState, coded: CodedFile, path: Path, blocks: int) -> WindowState:
    """The bytes are on disk; the window remembers where if they are still those it shows."""
    if blocks < coded.blocks:
        message = Text(
            QT_TRANSLATE_NOOP("State", "Saved the first {blocks} of {count} latent blocks as {name}."),
            blocks=blocks,
            count=coded.block_count,
            name=path.name,
        )
        return replace(state, writing=None, message=message)
    if state.coded is not None and state.coded.data is coded.data:
        state = replace(state, coded=replace(state.coded, path=path), target=path, chosen=False)
    return replace(state, writing=None, message=Text(QT_TRANSLATE_NOOP("State", "Saved {name}."), name=path.name))


def exported(state: WindowState, path: Path, notes: tuple[str, ...]) -> WindowState:
    """The picture is on disk."""
    message = Text(QT_TRANSLATE_NOOP("State", "Exported {name}."), name=path.name)
    return replace(state, writing=None, message=message, notes=notes or state.notes)


def write_failed(state: WindowState, sentence: str) -> WindowState:
    """A file could not be written; everything shown stays."""
    return replace(state, writing=None, error=sentence, message="")


def told(state: WindowState, message: Text) -> WindowState:
    """Something worth saying has happened."""
    return replace(state, message=message)


def banner_dismissed(state: WindowState) -> WindowState:
    """The user has read the error or the notes."""
    return replace(state, error=None) if state.error is not None else replace(state, notes=())
