"""What is written on the original and on the result."""

from desktop.state.window_state import WindowState
from desktop.views import texts
from desktop.views.texts import translate


def captions(state: WindowState) -> tuple[str, str]:
    """The words on the original and on the result; "" where there is no picture to write them on."""
    original = ""
    if state.source is not None:
        original = translate("Captions", "Original")
        if state.source.byte_count is not None:
            original += f" · {texts.size(state.source.byte_count)}"
    if state.coded is None or state.shown is None:
        if state.source is None:
            return "", translate("Captions", "Preview") if state.glimpse is not None else ""
        is_paused = state.encode_paused
        return original, translate("Captions", "No result yet") if is_paused else translate("Captions", "Encoding …")
    coded, blocks = state.coded, state.shown.blocks
    size = texts.size(coded.bytes_of_blocks(blocks))
    if blocks < coded.block_count:
        text = translate("Captions", "QRes, first {blocks} of {count} blocks")
        return original, f"{text.format(blocks=blocks, count=coded.block_count)} · {size}"
    if state.shown.lossless:
        lossless = translate("Captions", "QRes, lossless")
        return original, f"{lossless} · {size}"
    if coded.quality is None:
        return original, f"QRes · {size}"
    quality = translate("Captions", "QRes, quality {quality}").format(quality=coded.quality)
    return original, f"{quality} · {size}"
