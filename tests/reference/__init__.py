"""A second decoder of .qres that follows codec_format/FORMAT.md: plain Python and NumPy int64, slow and simple.

It shares no code with the product. Section numbers in it are those of FORMAT.md.
"""
