"""Settings for the whole test run."""

import os

# Windows are drawn into memory: no screen is needed. Set QT_QPA_PLATFORM yourself to watch them.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
