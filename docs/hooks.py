"""Hooks of MkDocs: links that work on GitHub work on the site, too."""

from __future__ import annotations

import os.path
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PAGES_OF_THE_ROOT = 'CONTRIBUTING.md', 'CHANGELOG.md'
LINK = re.compile(r'(?<!!)\[([^\[\]]*)\]\(([^\s():#]+)(#[^\s()]*)?\)')
CLASS = re.compile(r'`([A-Z]\w+)`')
ROLE = re.compile(r':(?:func|class|meth|attr|data|mod):(?=<code>)')
SOURCE = re.compile(
    r'<details class="source" open>\s*<summary>(.*?)</summary>'
    r'\s*<p>(.*?)</p>\s*</details>',
    re.DOTALL,
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie beside docs/; the notebook gets an address of its own."""
    for name in PAGES_OF_THE_ROOT:
        path = str(ROOT / name)
        files.append(File.generated(config, name.lower(), abs_src_path=path))
    notebook = files.get_file_from_path('own_videos.ipynb')
    notebook.dest_uri = 'own_videos_notebook/index.html'
    del notebook.url, notebook.abs_dest_path  # both are computed from dest_uri
    return files


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Let links that lead out of docs/ lead to the API reference or the repository.

    Without a ``repo_url``, links to the repository become plain text.
    """
    folder = Path(page.file.abs_src_path).parent
    pages = {
        file.abs_src_path: file.src_uri for file in files if file.is_documentation_page()
    }

    def rewrite(link: re.Match) -> str:
        text, target, anchor = link.groups(default='')
        path = (folder / target).resolve()
        if uri := pages.get(str(path)):
            place = os.path.relpath(uri, os.path.dirname(page.file.src_uri) or '.')
            return f'[{text}]({place}{anchor})'
        if not path.exists():
            return link[0]  # MkDocs tells
        place = path.relative_to(ROOT)
        if place.parts[0] == 'stcr_mmaction' and CLASS.search(text):
            return CLASS.sub(rf'[`\1`][stcr_mmaction.{place.parts[1]}.\1]', text)
        url = f'{config.repo_url}/blob/HEAD/{place}{anchor}'
        return f'[{text}]({url})' if config.repo_url else text

    return LINK.sub(rewrite, markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Mend what Markdown leaves of the docstrings' reStructuredText."""
    html = SOURCE.sub(r'<p>Source: \1 \2</p>', html)
    return ROLE.sub('', html).replace('::</p>', ':</p>')
