"""Messages carry what a translation needs, wherever they go."""

import copy
import pickle

import pytest

from codec_format.errors import FormatError, Message, ModelMissingError, QresError, system_reason


def test_a_message_is_its_english_text_and_knows_its_template_and_values() -> None:
    message = Message("{count} of {name!r} at {share:.1%}.", count=3, name="a b", share=0.256)
    assert message == "3 of 'a b' at 25.6%."
    assert message.template == "{count} of {name!r} at {share:.1%}."
    assert message.values == {"count": 3, "name": "a b", "share": 0.256}


def test_braces_in_values_and_in_a_text_without_values_are_nothing_special() -> None:
    assert Message("{name} is empty.", name="{x}.png") == "{x}.png is empty."
    assert str(QresError("{x}.png is empty.")) == "{x}.png is empty."


def test_a_message_within_a_message_stays_one() -> None:
    inner = Message("it is a folder")
    outer = FormatError("Cannot read {name}: {reason}.", name="x", reason=inner).message
    assert outer == "Cannot read x: it is a folder."
    assert outer.values["reason"] is inner
    # So does what an exception says that is the reason of another one.
    assert Message("Why: {error}.", error=ValueError(inner)).values["error"] is inner
    assert Message("Why: {error}.", error=ValueError("x")).values["error"] == "x"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
@pytest.mark.parametrize("error", [FormatError("It has {count}.", count=3), ModelMissingError(bytes(16))])
def test_errors_reach_other_processes_whole(error: QresError, again: object) -> None:
    assert callable(again)
    other = again(error)
    assert type(other) is type(error)
    assert (other.message.template, other.message.values) == (error.message.template, error.message.values)
    assert str(other) == str(error)


def test_reasons_of_the_system_are_messages_where_they_are_common() -> None:
    assert isinstance(system_reason(FileNotFoundError(2, "No such file or directory")), Message)
    assert system_reason(OSError(5, "Input/output error")) == "Input/output error"
    assert system_reason(ValueError("embedded null byte")) == "embedded null byte"
