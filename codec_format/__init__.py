"""QRes, a learned image format: pictures <-> .qres bytes.

Example::

    picture = codec_format.load_picture(Path("photo.jpg"))
    data = codec_format.encode(picture, codec_format.EncodeSettings(quality=60))
    picture = codec_format.decode(data)
"""

from codec_format.codec import Codec, DecodeResult, LatentSymbols, decode, decode_progressive, encode
from codec_format.errors import (
    CancelledError,
    FormatError,
    InputError,
    IntegrityError,
    ModelError,
    ModelMissingError,
    OutputError,
    QresError,
    SettingsError,
    UnsupportedError,
)
from codec_format.generation import inpaint, interpolate, sample
from codec_format.imaging import load_picture, save_picture
from codec_format.model_package import ModelPackage, default_package, find_package, installed_packages
from codec_format.picture import Picture
from codec_format.sampling import Sampling
from codec_format.settings import EncodeSettings, quality_to_index

__all__ = [
    "CancelledError",
    "Codec",
    "DecodeResult",
    "EncodeSettings",
    "FormatError",
    "InputError",
    "IntegrityError",
    "LatentSymbols",
    "ModelError",
    "ModelMissingError",
    "ModelPackage",
    "OutputError",
    "Picture",
    "QresError",
    "Sampling",
    "SettingsError",
    "UnsupportedError",
    "decode",
    "decode_progressive",
    "default_package",
    "encode",
    "find_package",
    "inpaint",
    "installed_packages",
    "interpolate",
    "load_picture",
    "quality_to_index",
    "sample",
    "save_picture",
]
