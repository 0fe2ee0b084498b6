"""Programs that tests compile are kept beside pytest's own cache, not in the user's."""

import os
from pathlib import Path

os.environ.setdefault("DFC_BRIAN_CACHE", str(Path(__file__).parent.parent / ".pytest_cache" / "dfc_brian"))
