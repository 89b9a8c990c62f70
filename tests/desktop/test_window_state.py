"""The state of the window: every change is a pure function."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from codec_format.picture import Picture
from desktop.state import window_state as transitions
from desktop.state.choice import Aim, Choice, Goal
from desktop.state.display import prepare
from desktop.state.documents import CodedFile, Decoded, FileFacts, Similarity, Source
from desktop.state.events import Progress
from desktop.state.text import Text
from desktop.state.window_state import WindowState

PICTURE = Picture(np.zeros((4, 5, 3), np.uint8), source_notes=("The transparency is not kept.",))
SOURCE = Source(Path("/pictures/a.png"), "a.png", PICTURE, prepare(PICTURE), 400)
FACTS = FileFacts(1, 38, "00" * 16, (), None, (), 0, 0)


def at(quality: int) -> Choice:
    return Choice(Goal(Aim.QUALITY, quality))


AT_60 = at(60)


def coded_file(
    choice: Choice | None = AT_60, blocks: int = 4, path: Path | None = None, quality: int = 60
) -> CodedFile:
    return CodedFile(
        bytes(10 * blocks), 5, 4, (8,) * blocks, blocks, "model", "cpu (test)", FACTS, choice, quality, path=path
    )


def decoded(blocks: int, seconds: float = 0.1) -> Decoded:
    picture = Picture(np.full((4, 5, 3), blocks, np.uint8))
    return Decoded(blocks, picture, prepare(picture), seconds)


def encoded_state() -> WindowState:
    state = transitions.source_opened(WindowState(), SOURCE)
    return transitions.encoded(state, coded_file(), decoded(4), ())


def test_an_opened_picture_needs_an_encoding_and_shows_its_notes() -> None:
    state = transitions.source_opened(WindowState(choice=at(30)), SOURCE)
    assert state.needs_encode
    assert state.quality == 30
    assert state.notes == PICTURE.source_notes
    assert not state.can_save_as
    assert not state.can_export


def test_an_encoding_can_be_saved_only_while_the_slider_stands_at_its_quality() -> None:
    state = encoded_state()
    assert state.can_save
    assert not state.needs_encode
    moved = transitions.choice_made(state, at(61))
    assert moved.needs_encode
    assert not moved.can_save_as
    assert not moved.can_export
    assert moved.shown is state.shown
    assert transitions.choice_made(moved, at(60)).can_save


def test_another_picture_leaves_nothing_of_the_one_before() -> None:
    state = transitions.saved(encoded_state(), coded_file(), Path("/pictures/a.qres"), 4)
    state = transitions.source_opened(state, replace(SOURCE, path=Path("/pictures/b.png")))
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
        room_for_two = 4 * PICTURE.pixels.nbytes  # each for the codec and for the screen
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
    assert not transitions.choice_made(state, at(10)).needs_encode


def test_after_a_cancel_the_controls_stand_at_what_is_shown() -> None:
    state = transitions.choice_made(transitions.blocks_chosen(encoded_state(), 2), at(90))
    state = transitions.work_progressed(state, Progress(Text("Encoding"), 0.5))
    cancelled = transitions.work_cancelled(state)
    assert (cancelled.quality, cancelled.blocks, cancelled.activity) == (60, 4, None)
    assert cancelled.can_save
    assert not cancelled.needs_encode


def test_a_cancelled_first_encoding_waits_for_the_user() -> None:
    state = transitions.work_cancelled(transitions.source_opened(WindowState(), SOURCE))
    assert state.encode_paused
    assert not state.needs_encode
    assert transitions.encode_requested(state).needs_encode
    assert transitions.choice_made(state, at(10)).needs_encode


def test_a_failed_opening_keeps_the_picture_and_resumes_the_encoding_it_displaced() -> None:
    state = transitions.open_started(transitions.source_opened(WindowState(), SOURCE), "b.png")
    failed = transitions.open_failed(state, "b.png is not a picture.")
    assert failed.source is SOURCE
    assert failed.error == "b.png is not a picture."
    assert failed.needs_encode
    assert transitions.encoded(failed, coded_file(), decoded(4), ()).error == failed.error


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
    saved = transitions.saved(writing, state.coded, path, 4)
    assert saved.coded is not None
    assert (saved.coded.path, saved.target, saved.can_save) == (path, path, False)
    newer = transitions.encoded(transitions.choice_made(writing, at(10)), coded_file(at(10)), decoded(4), ())
    late = transitions.saved(newer, state.coded, path, 4)
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


def test_a_target_is_met_by_whatever_quality_was_found_for_it() -> None:
    target = Choice(Goal(Aim.KILOBYTES, 40))
    state = transitions.choice_made(encoded_state(), target)
    assert state.needs_encode
    assert state.quality == 60  # the slider stays until the search is over
    state = transitions.encoded(state, coded_file(target, quality=23), decoded(4), ())
    assert state.is_current
    assert state.quality == 23
    assert transitions.choice_made(state, at(23)).needs_encode


def test_metadata_model_and_device_belong_to_the_choice() -> None:
    state = encoded_state()
    for change in ({"keep_metadata": False}, {"model": Path("/a.qresmodel")}, {"device": "cpu"}):
        assert transitions.choice_made(state, replace(state.choice, **change)).needs_encode


def test_what_is_shown_is_measured_once_and_the_figures_stay_with_it() -> None:
    state = encoded_state()
    complete = state.to_measure
    assert complete is not None
    state = transitions.blocks_decoded(transitions.blocks_chosen(state, 2), decoded(2))
    # The figures of a picture that is not shown any more are kept with it.
    state = transitions.measured(state, complete, Similarity(33.0, None))
    assert state.to_measure is state.shown
    state = transitions.blocks_chosen(state, 4)
    assert state.shown is not None
    assert state.shown.similarity is not None
    assert state.shown.similarity.psnr == 33.0
    assert state.to_measure is None


def test_a_file_that_was_opened_has_nothing_to_be_compared_with() -> None:
    assert transitions.coded_file_opened(WindowState(), coded_file(None), decoded(4), ()).to_measure is None


def test_the_first_blocks_can_be_saved_only_while_they_are_shown() -> None:
    state = encoded_state()
    assert not state.can_save_blocks
    state = transitions.blocks_decoded(transitions.blocks_chosen(state, 3), decoded(3))
    assert state.can_save_blocks
    assert state.coded is not None
    assert state.coded.bytes_of_blocks(3) == 40 - 8
    # Saving them is not saving the result.
    assert transitions.saved(state, state.coded, Path("/pictures/b.qres"), 3).can_save


def test_a_refinement_that_is_slow_takes_larger_steps() -> None:
    state = transitions.coded_file_opened(WindowState(), coded_file(None, blocks=12), decoded(1, seconds=3.0), ())
    assert transitions.refinement_stepped(state).blocks == 5


def test_notes_of_an_encoding_go_with_the_next_one_and_those_of_the_source_stay() -> None:
    state = transitions.encoded(encoded_state(), coded_file(), decoded(4), ("The target was missed.",))
    assert state.notes == ("The target was missed.", *PICTURE.source_notes)
    assert transitions.encoded(state, coded_file(), decoded(4), ()).notes == PICTURE.source_notes
    assert transitions.encoded(transitions.banner_dismissed(state), coded_file(), decoded(4), ()).notes == ()
