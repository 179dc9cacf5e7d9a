"""Which videos a folder holds."""

import os
import unicodedata

import pytest

from stcr_mmaction.videos import SUFFIXES, find_videos


def fill(root, names, content=b'x'):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def test_videos_are_found_however_deep_and_whatever_the_case(tmp_path):
    names = ['b.mp4', 'a/c.AVI', 'a/two words.webm', 'ä/日本.MkV', 'a/b/c/d.3gp']
    found = find_videos(fill(tmp_path, names))
    assert found.paths == sorted(names)
    assert found.left_out == {}


def test_every_suffix_is_taken(tmp_path):
    names = sorted(f'video{suffix}' for suffix in SUFFIXES)
    assert find_videos(fill(tmp_path, names)).paths == names


def test_all_other_files_are_told(tmp_path):
    fill(tmp_path, ['good.mp4', '.hidden.mp4', '.git/a.mp4', '__MACOSX/b.mp4', 'c.TXT'])
    fill(tmp_path, ['a\nb.mp4', 'a\u2028b.mp4', ' c.mp4', 'd', os.fsdecode(b'\xff.mp4')])
    fill(tmp_path, ['empty.mov'], b'')
    os.mkfifo(tmp_path / 'pipe.mp4')
    (tmp_path / 'dead.mp4').symlink_to(tmp_path / 'nowhere.mp4')
    found = find_videos(tmp_path)
    assert found.paths == ['good.mp4']
    assert found.left_out == {
        ' c.mp4': 'with a space in front of the name',
        '.git/a.mp4': 'hidden',
        '.hidden.mp4': 'hidden',
        '__MACOSX/b.mp4': 'hidden',
        '\\xff.mp4': 'with a name that is not UTF-8',
        'a\\nb.mp4': 'with a line break in the name',
        'a\\u2028b.mp4': 'with a line break in the name',
        'c.TXT': "with the suffix '.txt'",
        'd': "with the suffix ''",
        'dead.mp4': 'with an error: No such file or directory',
        'empty.mov': 'empty',
        'pipe.mp4': 'of a special kind',
    }


def test_links_are_followed_but_not_in_circles(tmp_path):
    fill(tmp_path, ['videos/a.mp4', 'disk/b.mp4'])
    (tmp_path / 'videos/disk').symlink_to(tmp_path / 'disk')
    (tmp_path / 'videos/c.mp4').symlink_to('a.mp4')
    (tmp_path / 'disk/back').symlink_to(tmp_path / 'videos')
    (tmp_path / 'videos/above').symlink_to(tmp_path)
    found = find_videos(tmp_path / 'videos')
    assert found.paths == ['a.mp4', 'c.mp4', 'disk/b.mp4']
    loop = 'in a loop of links'
    assert found.left_out == {'above': loop, 'disk/back': loop}


@pytest.mark.parametrize('place', ['{}.mp4', '{}/a.mp4', 'in/{}/a.mp4'])
def test_one_name_in_two_encodings_is_an_error_that_names_both(place, tmp_path):
    forms = [unicodedata.normalize(form, 'é') for form in ('NFC', 'NFD')]
    fill(tmp_path, [place.format(form) for form in forms])
    if len(list(tmp_path.rglob('*.mp4'))) < 2:
        pytest.skip('this file system has one encoding of names')
    with pytest.raises(ValueError, match=r'two encodings, .*e\\u0301.* and .*\\xe9'):
        find_videos(tmp_path)


def test_a_folder_without_videos_says_what_it_holds(tmp_path):
    with pytest.raises(ValueError, match='holds no video: it is empty$'):
        find_videos(tmp_path)
    fill(tmp_path, [f'{number}.txt' for number in range(12)])
    fill(tmp_path, ['.a.mp4'])
    told = "holds no video: 12 files with the suffix '.txt', 1 file hidden$"
    with pytest.raises(ValueError, match=told):
        find_videos(tmp_path)


def test_what_is_no_folder_is_told(tmp_path):
    fill(tmp_path, ['a.mp4'])
    with pytest.raises(OSError, match='a.mp4 is no folder .*: Not a directory$'):
        find_videos(tmp_path / 'a.mp4')
    with pytest.raises(OSError, match='none is no folder .*: No such file or directory$'):
        find_videos(tmp_path / 'none')


@pytest.mark.parametrize('locked', ['', 'in'])
def test_folders_that_may_not_be_read_are_told(locked, tmp_path, monkeypatch):
    """Root may read all, so that the refusal is played."""
    fill(tmp_path, ['a.mp4', 'in/b.mp4'])
    scandir = os.scandir

    def refuse(path):
        if os.fspath(path) == str(tmp_path / locked):
            raise PermissionError(13, 'Permission denied', path)
        return scandir(path)

    monkeypatch.setattr(os, 'scandir', refuse)
    if not locked:
        with pytest.raises(OSError, match='no folder that can be read: Permission den'):
            find_videos(tmp_path)
        return
    found = find_videos(tmp_path)
    assert found.paths == ['a.mp4']
    reason = 'in a folder that cannot be read: Permission denied'
    assert found.left_out == {'in': reason}
