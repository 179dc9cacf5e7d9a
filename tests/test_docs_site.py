"""The documentation: links lead somewhere, each page can be found, the site builds."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / 'docs'
OF_THE_ROOT = [ROOT / name for name in ('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md')]
PAGES = [*OF_THE_ROOT, *sorted(DOCS.rglob('*.md'))]
PLACES = os.pathsep.join([str(ROOT / '.venv-docs/bin'), os.environ['PATH']])
MKDOCS = shutil.which('mkdocs', path=PLACES)


def read_prose(page):
    """Return the text of a page without its blocks of code."""
    return re.sub(
        r'^ *```.*?^ *```', '', page.read_text(), flags=re.DOTALL | re.MULTILINE
    )


def name_anchors(page):
    """Return the anchors of a page's headings, as GitHub and the site name them."""
    headings = re.findall(r'^#+ +(.+)$', read_prose(page), re.MULTILINE)
    words = (re.sub(r'[^\w\- ]', '', heading.lower()) for heading in headings)
    return {heading.strip().replace(' ', '-') for heading in words}


def is_dead(page, link):
    """Whether a link of a page leads to no file, or to no heading of it."""
    name, _, anchor = link.partition('#')
    target = page.parent / name if name else page
    return not target.exists() or bool(anchor) and anchor not in name_anchors(target)


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_anchors_lead_somewhere(page):
    links = re.findall(r'\]\(([^\s()]+)\)', read_prose(page))
    assert not [link for link in links if '://' not in link and is_dead(page, link)]


@pytest.mark.parametrize('link', ['none.md', '#none', 'b.md#none', 'b.md#in-code'])
def test_a_dead_link_is_seen(tmp_path, link):
    page, other = tmp_path / 'a.md', tmp_path / 'b.md'
    page.write_text('# One, and `two`\n')
    other.write_text('# There\n\n```\n# In code\n```\n')
    assert is_dead(page, link)
    assert not is_dead(page, '#one-and-two') and not is_dead(page, 'b.md#there')


def test_each_page_is_once_in_the_navigation():
    navigation = (ROOT / 'mkdocs.yml').read_text().partition('\nnav:\n')[2]
    named = re.findall(r'[\w/]+\.(?:md|ipynb)$', navigation, re.MULTILINE)
    files = [*DOCS.rglob('*.md'), *DOCS.rglob('*.ipynb')]
    pages = [str(file.relative_to(DOCS)) for file in files]
    assert sorted(named) == sorted([*pages, 'contributing.md', 'changelog.md'])


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """The site, as `make docs` builds it."""
    folder = tmp_path_factory.mktemp('site')
    subprocess.run(
        [MKDOCS, 'build', '--strict', '-q', '-d', folder], cwd=ROOT, check=True
    )
    return folder


@pytest.mark.slow
@pytest.mark.skipif(MKDOCS is None, reason='needs requirements/docs.txt')
def test_the_site_builds_and_asks_no_other_host(site):
    request = re.compile(
        r'<(?:script|link|img|iframe)[^>]* (?:src|href)="?(?:https?:)?//'
    )
    pages = list(site.rglob('*.html'))
    assert len(pages) > 30
    assert not [page for page in pages if request.search(page.read_text())]


@pytest.mark.slow
@pytest.mark.skipif(MKDOCS is None, reason='needs requirements/docs.txt')
def test_parts_lead_to_their_docstrings(site):
    parts = (site / 'parts/index.html').read_text()
    models = (site / 'api/models/index.html').read_text()
    assert 'href="../api/models/#stcr_mmaction.models.STCRHead"' in parts
    assert 'id="stcr_mmaction.models.STCRHead"' in models
    assert ':class:' not in models
