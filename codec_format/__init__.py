"""QRes: the image format, its codec and its command line."""
