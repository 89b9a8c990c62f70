"""The state of the main window, and every change it can go through as a pure function."""

from dataclasses import dataclass, replace
from pathlib import Path

from codec_format.settings import DEFAULT_QUALITY
from desktop.state.documents import CodedFile, Decoded, Source
from desktop.state.events import Progress
from desktop.state.measures import format_seconds

KEPT_PIXEL_BYTES = 192 * 2**20  # pictures of other block counts are kept up to this size, so that the slider is quick


@dataclass(frozen=True, eq=False)
class WindowState:
    """Everything that the window shows.

    Attributes:
        source: the picture that was opened, None when a `.qres` file was.
        coded: the file that Save writes.
        shown: the decoded picture on screen; always one of ``coded``.
        decoded: pictures of ``coded`` that are kept, by the number of blocks in rising order.
        blocks: how many latent blocks the user wants to see; ``shown`` follows as soon as it is decoded.
        quality: where the quality slider stands.
        quality_chosen: the user has moved it for this picture, and no file holds the outcome yet.
        encode_paused: after a cancel or an error nothing is encoded until the user asks for it.
        refining: the blocks are being added one by one.
        activity: the work in the background, None when there is none.
        writing: the file that is being written, None when there is none.
        target: where this document was saved last, and where Save writes again.
        message: what happened last, for the status line.
        error: a sentence about what went wrong, until it is dismissed or the user does something else.
        notes: sentences on what the opened file lacks or what could not be kept.
    """

    source: Source | None = None
    coded: CodedFile | None = None
    shown: Decoded | None = None
    decoded: tuple[Decoded, ...] = ()
    blocks: int = 0
    quality: int = DEFAULT_QUALITY
    quality_chosen: bool = False
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
        return self.source is None and self.coded is None

    @property
    def is_current(self) -> bool:
        """The coded file is that of the source at the quality the slider shows."""
        return self.coded is not None and (self.source is None or self.coded.quality == self.quality)

    @property
    def needs_encode(self) -> bool:
        """The source should be encoded as soon as the slider rests."""
        return self.source is not None and not self.is_current and not self.encode_paused

    @property
    def blocks_to_decode(self) -> int | None:
        """The number of blocks that is wanted but not on screen and not kept, None if all is there."""
        if self.coded is None or self.shown is None or self.shown.blocks == self.blocks:
            return None
        return self.blocks

    @property
    def can_save_as(self) -> bool:
        """There are bytes to write, and they are those of the settings shown."""
        return self.is_current and self.writing is None

    @property
    def can_save(self) -> bool:
        """As ``can_save_as``, and no file on disk holds these bytes yet."""
        return self.can_save_as and self.coded is not None and self.coded.path is None

    @property
    def has_unsaved_choice(self) -> bool:
        """There is something to lose: a result at a quality that the user chose, and no file holds it."""
        return self.quality_chosen and self.can_save

    @property
    def can_export(self) -> bool:
        """The picture on screen can be written as an ordinary picture file."""
        return self.shown is not None and self.is_current and self.writing is None

    @property
    def document_path(self) -> Path | None:
        """The file that the window is about."""
        if self.source is not None:
            return self.source.path
        return self.coded.path if self.coded is not None else None


def open_started(state: WindowState, path: Path) -> WindowState:
    """A file is being read; everything shown stays until it is there."""
    return replace(state, activity=Progress(f"Opening {path.name}"), refining=False, error=None, message="")


def open_failed(state: WindowState, sentence: str) -> WindowState:
    """The file cannot be opened; everything shown stays, and work that the opening has displaced is wanted again."""
    return replace(state, activity=None, error=sentence)


def source_opened(state: WindowState, source: Source) -> WindowState:
    """A picture file replaces whatever was shown; the quality stays."""
    return WindowState(
        source=source,
        quality=state.quality,
        activity=state.activity,
        writing=state.writing,
        message=f"Opened {source.path.name}.",
        notes=source.picture.source_notes,
    )


def coded_file_opened(state: WindowState, coded: CodedFile, first: Decoded, notes: tuple[str, ...]) -> WindowState:
    """A `.qres` file replaces whatever was shown; its blocks are then added one by one."""
    return WindowState(
        coded=coded,
        shown=first,
        decoded=(first,),
        blocks=first.blocks,
        quality=state.quality,
        refining=first.blocks < coded.blocks,
        activity=state.activity,
        writing=state.writing,
        message=f"Opened {coded.path.name}." if coded.path else "",
        notes=notes,
    )


def quality_chosen(state: WindowState, quality: int) -> WindowState:
    """The slider moved."""
    if quality == state.quality:
        return state
    return replace(
        state,
        quality=quality,
        quality_chosen=state.source is not None,
        encode_paused=False,
        refining=False,
        error=None,
        message="",
    )


def encode_requested(state: WindowState) -> WindowState:
    """The user asks to go on after a cancel or an error."""
    return replace(state, encode_paused=False, error=None, message="")


def encoded(state: WindowState, coded: CodedFile, complete: Decoded) -> WindowState:
    """A new encoding of the source is shown, with all its blocks."""
    return replace(
        state,
        coded=coded,
        shown=complete,
        decoded=(complete,),
        blocks=complete.blocks,
        refining=False,
        message=_encoded_message(coded),
    )


def _encoded_message(coded: CodedFile) -> str:
    if coded.quality is None or coded.encode_seconds is None:
        return ""
    return f"Encoded at quality {coded.quality} in {format_seconds(coded.encode_seconds)}."


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
    room = kept_pixel_bytes - decoded.picture.pixels.nbytes
    while others and sum(other.picture.pixels.nbytes for other in others) > room:
        del others[0]
    kept = sorted([*others, decoded], key=lambda other: other.blocks)
    return replace(state, decoded=tuple(kept), shown=decoded if decoded.blocks == state.blocks else state.shown)


def refinement_started(state: WindowState) -> WindowState:
    """Show the blocks one by one; from the first if all are shown."""
    if state.coded is None:
        return state
    restarted = blocks_chosen(state, 1) if state.blocks >= state.coded.blocks else state
    return replace(restarted, refining=restarted.blocks < state.coded.blocks)


def refinement_stepped(state: WindowState) -> WindowState:
    """Add one block once the one before is on screen; the last one ends the refinement."""
    if not state.refining or state.coded is None or state.shown is None or state.shown.blocks != state.blocks:
        return state
    if state.blocks >= state.coded.blocks:
        return refinement_stopped(state)
    return blocks_chosen(state, state.blocks + 1)


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
    return _at_rest(replace(state, message="Cancelled."))


def _at_rest(state: WindowState) -> WindowState:
    """No work goes on; the controls return to what is on screen, so that they never promise something else."""
    quality = state.coded.quality if state.coded is not None and state.coded.quality is not None else state.quality
    return replace(
        state,
        activity=None,
        refining=False,
        quality=quality,
        blocks=state.shown.blocks if state.shown is not None else 0,
        encode_paused=state.source is not None and state.coded is None,
    )


def write_started(state: WindowState, path: Path) -> WindowState:
    """A file is being written."""
    return replace(state, writing=path, error=None, message=f"Writing {path.name} …")


def saved(state: WindowState, coded: CodedFile, path: Path) -> WindowState:
    """The bytes are on disk; the window remembers where if they are still those it shows."""
    if state.coded is not None and state.coded.data is coded.data:
        state = replace(state, coded=replace(state.coded, path=path), target=path, quality_chosen=False)
    return replace(state, writing=None, message=f"Saved {path.name}.")


def exported(state: WindowState, path: Path, notes: tuple[str, ...]) -> WindowState:
    """The picture is on disk."""
    return replace(state, writing=None, message=f"Exported {path.name}.", notes=notes or state.notes)


def write_failed(state: WindowState, sentence: str) -> WindowState:
    """A file could not be written; everything shown stays."""
    return replace(state, writing=None, error=sentence, message="")


def banner_dismissed(state: WindowState) -> WindowState:
    """The user has read the error or the notes."""
    return replace(state, error=None) if state.error is not None else replace(state, notes=())
