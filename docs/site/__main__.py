"""Makes the book one site of plain files, with search, which a browser can open from a folder.

    python docs/site                       writes build/site/index.html and the pages around it
    python docs/site --output FOLDER       writes them to that folder

It needs MkDocs with the theme Material: pip install "mkdocs-material>=9.5".  A link that leads nowhere, or
any other warning, is an error: then the exit code is 1.
"""

import argparse
import logging
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

OUTPUT = HERE.parents[1] / "build" / "site"
NEEDED = 'The site needs MkDocs with the theme Material: pip install "mkdocs-material>=9.5"'


def build(output: Path) -> None:
    """Builds the site; raises MkDocsException if there was a warning, after all of them were printed."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from session_lexer import register
    from staging import navigation, stage

    register()
    with tempfile.TemporaryDirectory() as folder:
        stage(Path(folder))
        config = load_config(
            str(HERE / "mkdocs.yml"), docs_dir=folder, site_dir=str(output), nav=navigation()
        )
        build(config)


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the book a site of plain files.")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="an empty folder, or one that this made")
    output = parser.parse_args().output.resolve()
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    try:
        import material  # noqa: F401 (it brings MkDocs)
    except ImportError:
        print(NEEDED, file=sys.stderr)
        return 2
    from mkdocs.exceptions import MkDocsException

    try:
        build(output)
    except MkDocsException as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Open {output / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
