"""What the window shows and how that changes; no Qt, so that it can be tested and reasoned about alone."""
