"""The page of a run: all that is in it, nothing that is not, and nobody's markup."""

import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from stcr_mmaction.apis.own_videos.report import (
    Section,
    left_out,
    next_steps,
    retrieval,
    shorten,
    write_report,
)

NASTY = '<script>alert("1")</script> & \'"><img src=x>.mp4'
ROOT = Path(__file__).parents[3]


class Page(HTMLParser):
    """Keep what a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in ('meta', 'img'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.texts.append(text)


def read(tmp_path, *sections, run='runs/mine'):
    out = tmp_path / 'new' / 'report.html'
    write_report(Path(run), sections, out)
    page = Page(out.read_text(encoding='utf-8'))
    assert not page.open
    return page


def decode(picture):
    return cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)


def test_what_users_name_is_text_everywhere(tmp_path):
    section = Section(NASTY, f'{NASTY} `{NASTY}`', [(b'png', NASTY)], [[NASTY], [NASTY]])
    page = read(tmp_path, section, run=f'runs/{NASTY}')
    assert page.tags.count('img') == 1
    assert 'script' not in page.tags
    assert ('alt', NASTY) in page.attributes
    assert page.texts.count(NASTY) == 4  # heading, code, and both rows
    assert page.texts.count(f'Report of runs/{NASTY}') == 2  # and in the browser's tab


def test_names_that_are_no_text_are_shown_still(tmp_path):
    page = read(tmp_path, left_out({'a\udcff.mp4': 'the name is not UTF-8'}))
    assert r'a\udcff.mp4' in page.texts


def test_a_page_needs_nothing_else(tmp_path):
    sections = [Section(f'Part {n}', 'Text.', [(b'png', 'alt')]) for n in range(3)]
    page = read(tmp_path, *sections)
    links = [value for name, value in page.attributes if name in ('src', 'href')]
    assert (
        links == [f'#section-{n}' for n in (1, 2, 3)] + ['data:image/png;base64,cG5n'] * 3
    )
    assert not {'script', 'link', 'iframe'} & set(page.tags)
    styles = ''.join(page.texts)
    assert 'prefers-color-scheme: dark' in styles
    assert not re.search(r'url\(|@import|http', styles)
    assert any('width=device-width' in str(value) for _, value in page.attributes)


def test_sections_come_in_order_and_nothing_is_no_section(tmp_path):
    page = read(tmp_path, Section('A', 'One.\nTwo.'), None, Section('B', ''))
    assert page.tags.count('section') == 2
    assert page.tags.count('p') == 2
    assert 'nav' not in page.tags
    assert page.texts.index('A') < page.texts.index('One.') < page.texts.index('Two.')
    assert page.texts.index('Two.') < page.texts.index('B')


def test_the_first_row_of_a_table_is_its_head(tmp_path):
    page = read(tmp_path, Section('A', '', table=[['x', 'y'], ['1', '2'], ['3', '4']]))
    assert (page.tags.count('th'), page.tags.count('td')) == (2, 4)


def test_an_earlier_report_is_replaced(tmp_path):
    read(tmp_path, Section('Before', ''))
    assert 'Before' not in read(tmp_path, Section('After', '')).texts


def test_a_folder_in_its_place_is_named(tmp_path):
    with pytest.raises(OSError, match=str(tmp_path)):
        write_report(Path('run'), [], tmp_path)


@pytest.mark.parametrize(
    ('count', 'text'),
    [
        (1, 'One file is left out. The list is also in `left_out.csv`.'),
        (50, '50 files are left out. The list is also in `left_out.csv`.'),
        (51, '51 files are left out. Here are the first 50; all are in `left_out.csv`.'),
    ],
)
def test_files_that_are_left_out_are_counted(count, text):
    section = left_out({f'{n}.txt': 'no video' for n in range(count)})
    assert section.text == text
    assert section.table[0] == ('file', 'reason')
    assert section.table[-1] == (f'{min(count, 50) - 1}.txt', 'no video')
    assert len(section.table) == 1 + min(count, 50)


def test_nothing_to_show_is_no_section():
    assert left_out({}) is None
    assert next_steps([]) is None
    assert retrieval([], []) is None


def test_commands_are_set_as_code(tmp_path):
    page = read(tmp_path, next_steps(['Run `stcr doctor`.', 'Then go on.']))
    at = page.texts.index('stcr doctor')
    assert page.texts[at - 1 : at + 2] == ['Run ', 'stcr doctor', '.']
    assert page.tags.count('code') == 1


def test_frames_are_in_the_picture_by_row_and_column():
    colors = [[(255, 0, 0), (0, 255, 0)], [(0, 0, 255)]]
    frames = [[np.full((8, 8, 3), c, np.uint8) for c in row] for row in colors]
    section = retrieval(frames, [['a$b$', 'videos/b.mp4'], ['c']])
    ((picture, alt),) = section.pictures
    image = decode(picture)[..., ::-1]
    assert alt == '2 queries, each with the nearest videos'
    height, width = (size // 2 for size in image.shape[:2])
    for row, parts in enumerate(colors):
        for column, color in enumerate(parts):
            top, left = row * height, column * width
            part = image[top : top + height, left : left + width]
            assert (part == color).all(axis=-1).mean() > 0.1


def test_a_frame_without_a_title_is_an_error():
    with pytest.raises(ValueError, match='shorter'):
        retrieval([[np.zeros((8, 8, 3), np.uint8)] * 2], [['only one']])


def test_letters_that_the_font_lacks_are_no_warning(recwarn):
    retrieval([[np.zeros((8, 8, 3), np.uint8)]], [['动作']])
    assert not [w for w in recwarn if 'Glyph' in str(w.message)]


def test_long_names_keep_their_end():
    assert shorten('short') == 'short'
    assert shorten('x' * 30 + '/name.mp4') == '…' + 'x' * 14 + '/name.mp4'


def test_the_template_is_packaged():
    assert "'apis/*/*.jinja'" in (ROOT / 'setup.py').read_text()
    assert list((ROOT / 'stcr_mmaction').glob('apis/*/*.jinja'))
