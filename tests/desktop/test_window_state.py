"""The state of the window: every change is a pure function."""

from pathlib import Path

import numpy as np

from codec_format.picture import Picture
from desktop.state import window_state as transitions
from desktop.state.documents import CodedFile, Decoded, Source
from desktop.state.events import Progress
from desktop.state.window_state import WindowState

PICTURE = Picture(np.zeros((4, 5, 3), np.uint8), source_notes=("The transparency is not kept.",))
SOURCE = Source(Path("/pictures/a.png"), PICTURE, 400)


def coded_file(quality: int | None = 60, blocks: int = 4, path: Path | None = None) -> CodedFile:
    ends = tuple(10 * (block + 1) for block in range(blocks))
    return CodedFile(bytes(ends[-1]), 5, 4, ends, blocks, "model", "cpu (test)", quality, 0.5, path)


def decoded(blocks: int) -> Decoded:
    return Decoded(blocks, Picture(np.full((4, 5, 3), blocks, np.uint8)), 0.1, 30.0)


def encoded_state() -> WindowState:
    state = transitions.source_opened(WindowState(), SOURCE)
    return transitions.encoded(state, coded_file(), decoded(4))


def test_an_opened_picture_needs_an_encoding_and_shows_its_notes() -> None:
    state = transitions.source_opened(WindowState(quality=30), SOURCE)
    assert state.needs_encode
    assert state.quality == 30
    assert state.notes == PICTURE.source_notes
    assert not state.can_save_as
    assert not state.can_export


def test_an_encoding_can_be_saved_only_while_the_slider_stands_at_its_quality() -> None:
    state = encoded_state()
    assert state.can_save
    assert not state.needs_encode
    moved = transitions.quality_chosen(state, 61)
    assert moved.needs_encode
    assert not moved.can_save_as
    assert not moved.can_export
    assert moved.shown is state.shown
    assert transitions.quality_chosen(moved, 60).can_save


def test_another_picture_leaves_nothing_of_the_one_before() -> None:
    state = transitions.saved(encoded_state(), coded_file(), Path("/pictures/a.qres"))
    state = transitions.source_opened(state, Source(Path("/pictures/b.png"), PICTURE, 400))
    assert (state.coded, state.shown, state.decoded, state.target) == (None, None, (), None)


def test_blocks_are_shown_when_they_are_decoded_and_at_once_when_they_are_kept() -> None:
    state = transitions.blocks_chosen(encoded_state(), 2)
    assert state.blocks_to_decode == 2
    assert state.shown is not None
    assert state.shown.blocks == 4
    state = transitions.blocks_decoded(state, decoded(2))
    assert state.blocks_to_decode is None
    assert state.shown is not None
    assert state.shown.blocks == 2
    state = transitions.blocks_chosen(state, 4)
    assert state.blocks_to_decode is None
    assert state.shown is not None
    assert state.shown.blocks == 4


def test_a_picture_that_is_not_wanted_any_more_is_kept_but_not_shown() -> None:
    state = transitions.blocks_chosen(transitions.blocks_chosen(encoded_state(), 2), 3)
    state = transitions.blocks_decoded(state, decoded(2))
    assert state.shown is not None
    assert state.shown.blocks == 4
    assert [one.blocks for one in state.decoded] == [2, 4]


def test_kept_pictures_stay_within_their_memory_and_the_complete_one_stays_longest() -> None:
    state = encoded_state()
    for blocks in (1, 2, 3):
        room_for_two = 2 * PICTURE.pixels.nbytes
        state = transitions.blocks_chosen(state, blocks)
        state = transitions.blocks_decoded(state, decoded(blocks), kept_pixel_bytes=room_for_two)
        assert [one.blocks for one in state.decoded] == [blocks, 4]


def test_blocks_are_limited_to_those_of_the_file() -> None:
    assert transitions.blocks_chosen(encoded_state(), 99).blocks == 4
    assert transitions.blocks_chosen(encoded_state(), 0).blocks == 1
    assert transitions.blocks_chosen(WindowState(), 3).blocks == 0


def test_refinement_waits_for_each_block_and_ends_with_the_last() -> None:
    opened = transitions.coded_file_opened(WindowState(), coded_file(None), decoded(1), ())
    assert opened.refining
    state, seen = opened, [1]
    while state.refining:
        state = transitions.refinement_stepped(state)
        # A step while the picture is not there yet changes nothing.
        assert transitions.refinement_stepped(state).blocks == state.blocks
        if state.blocks_to_decode is not None:
            state = transitions.blocks_decoded(state, decoded(state.blocks_to_decode))
            assert state.shown is not None
            seen.append(state.shown.blocks)
    assert seen == [1, 2, 3, 4]
    again = transitions.refinement_started(state)
    assert (again.blocks, again.refining) == (1, True)


def test_a_file_of_one_block_has_nothing_to_refine() -> None:
    state = transitions.coded_file_opened(WindowState(), coded_file(None, blocks=1), decoded(1), ())
    assert not state.refining
    assert not transitions.refinement_started(state).refining


def test_an_opened_coded_file_is_saved_already_but_can_be_copied() -> None:
    coded = coded_file(None, path=Path("/pictures/a.qres"))
    state = transitions.coded_file_opened(WindowState(), coded, decoded(1), ("The file ends early.",))
    assert not state.can_save
    assert state.can_save_as
    assert not state.needs_encode
    assert state.notes == ("The file ends early.",)
    assert not transitions.quality_chosen(state, 10).needs_encode


def test_after_a_cancel_the_controls_stand_at_what_is_shown() -> None:
    state = transitions.quality_chosen(transitions.blocks_chosen(encoded_state(), 2), 90)
    state = transitions.work_progressed(state, Progress("Encoding", 0.5))
    cancelled = transitions.work_cancelled(state)
    assert (cancelled.quality, cancelled.blocks, cancelled.activity) == (60, 4, None)
    assert cancelled.can_save
    assert not cancelled.needs_encode


def test_a_cancelled_first_encoding_waits_for_the_user() -> None:
    state = transitions.work_cancelled(transitions.source_opened(WindowState(), SOURCE))
    assert state.encode_paused
    assert not state.needs_encode
    assert transitions.encode_requested(state).needs_encode
    assert transitions.quality_chosen(state, 10).needs_encode


def test_a_failed_opening_keeps_the_picture_and_resumes_the_encoding_it_displaced() -> None:
    state = transitions.open_started(transitions.source_opened(WindowState(), SOURCE), Path("/b.png"))
    failed = transitions.open_failed(state, "b.png is not a picture.")
    assert failed.source is SOURCE
    assert failed.error == "b.png is not a picture."
    assert failed.needs_encode
    assert transitions.encoded(failed, coded_file(), decoded(4)).error == failed.error


def test_a_failed_encoding_is_not_tried_again_by_itself() -> None:
    failed = transitions.work_failed(transitions.source_opened(WindowState(), SOURCE), "No model.")
    assert failed.error == "No model."
    assert not failed.needs_encode


def test_saving_remembers_the_file_only_for_the_bytes_it_holds() -> None:
    state = encoded_state()
    assert state.coded is not None
    path = Path("/pictures/a.qres")
    writing = transitions.write_started(state, path)
    assert not writing.can_save_as
    saved = transitions.saved(writing, state.coded, path)
    assert saved.coded is not None
    assert (saved.coded.path, saved.target, saved.can_save) == (path, path, False)
    newer = transitions.encoded(transitions.quality_chosen(writing, 10), coded_file(10), decoded(4))
    late = transitions.saved(newer, state.coded, path)
    assert late.coded is not None
    assert late.coded.path is None
    assert late.can_save


def test_a_failed_write_keeps_everything_and_can_be_repeated() -> None:
    state = encoded_state()
    failed = transitions.write_failed(transitions.write_started(state, Path("/x/a.qres")), "The disk is full.")
    assert failed.coded is state.coded
    assert failed.can_save
    assert failed.error == "The disk is full."


def test_dismissing_hides_the_error_first_and_then_the_notes() -> None:
    state = transitions.open_failed(transitions.source_opened(WindowState(), SOURCE), "Wrong.")
    state = transitions.banner_dismissed(state)
    assert (state.error, state.notes) == (None, PICTURE.source_notes)
    assert transitions.banner_dismissed(state).notes == ()
