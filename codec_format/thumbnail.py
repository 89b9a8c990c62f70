"""Small pictures for listings, of picture files and of .qres files; no model package is needed."""

import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from codec_format.batch_plan import NO_PICTURES
from codec_format.container import MAGIC, read_container
from codec_format.errors import InputError, UnsupportedError, system_reason


def read_thumbnail(path: Path, side: int) -> Image.Image:
    """A picture in RGB or RGBA of at most ``side`` pixels a side, upright.

    That of a .qres file is its preview, which has 256 pixels a side at most.

    Raises:
        InputError: the file cannot be read, or is not a picture.
        FormatError: it is not a valid .qres file.
        UnsupportedError: the .qres file holds no preview.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            "{path} cannot be read: {reason}; check the path.", path=path, reason=system_reason(error)
        ) from error
    if data.startswith(MAGIC):
        preview = read_container(data).preview
        if preview is None:
            raise UnsupportedError("{path} holds no preview; encode the picture again to get one.", path=path)
        data = preview
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as image:
            warnings.simplefilter("ignore")  # remarks on unusual files
            if image.format in NO_PICTURES:
                raise InputError("{path} is not a picture; choose another file.", path=path)
            image.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((side, side))
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except InputError:
        raise
    except Exception as error:  # Pillow raises many types for damaged files
        raise InputError(
            "{path} is not a readable picture; it may be damaged or of an unknown type.", path=path
        ) from error
