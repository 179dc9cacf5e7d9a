"""Labels from each of their sources, and all that can be wrong with them."""

import random

import pytest

from stcr_mmaction.apis.own_videos.labels import read_labels_of

CLIPS = ('a.mp4', 'in/b, c.mp4', 'two words.mp4', 'd.mp4')


@pytest.fixture
def videos(tmp_path):
    for clip in CLIPS:
        path = tmp_path / 'videos' / clip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'x')
    return tmp_path / 'videos'


def read(videos, text, name='labels.csv', **options):
    source = videos.parent / name
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_labels_of(source, videos, **options)


@pytest.mark.parametrize('delimiter', ',;\t')
@pytest.mark.parametrize('header', ['', 'path', 'Video', 'file', 'FILENAME'])
@pytest.mark.parametrize('mark', ['', '\ufeff'])
@pytest.mark.parametrize('end', ['\n', '\r\n'])
def test_every_form_of_a_table_says_the_same(videos, delimiter, header, mark, end):
    rows = [['a.mp4', 'run'], ['"in/b, c.mp4"', ' jump '], ['two words.mp4', '']]
    rows = [[header, 'label'], *rows] if header else rows
    text = mark + end.join(delimiter.join(row) for row in rows) + end * 2
    labeled = read(videos, text)
    assert labeled.paths == [videos / clip for clip in CLIPS[:3]]
    assert labeled.classes == ['jump', 'run']
    assert labeled.labels == [1, 0, -1]
    assert labeled.groups is None and labeled.splits is None


def test_commas_in_names_do_not_divide_cells(videos):
    assert read(videos, 'in/b, c.mp4;run\na.mp4;jump\n').labels == [1, 0]


def test_groups_and_splits_are_read_from_columns_of_any_order(videos):
    text = 'path,split,label,group\na.mp4,train,x,g\nd.mp4,VALID,y\ntwo words.mp4,,,\n'
    labeled = read(videos, text)
    assert labeled.groups == ['g', '', '']
    assert labeled.splits == ['train', 'val', '']
    for number, word in enumerate(('validation', 'val', 'test')):
        labeled = read(videos, f'path,label,split\na.mp4,x,train\nd.mp4,y,{word}\n')
        assert labeled.splits[1] == ('test' if number == 2 else 'val')


def test_without_a_header_the_third_column_is_told_from_what_it_holds(videos):
    labeled = read(videos, 'a.mp4,x,g\nd.mp4,y,train\n')
    assert labeled.groups == ['g', 'train'] and labeled.splits is None
    labeled = read(videos, 'a.mp4,x,train\nd.mp4,y,val\n')
    assert labeled.groups is None and labeled.splits == ['train', 'val']
    labeled = read(videos, 'a.mp4,x,train,val\nd.mp4,y,,train\n')
    assert labeled.groups == ['train', ''] and labeled.splits == ['val', 'train']


@pytest.mark.parametrize(
    ('names', 'ordered'),
    [
        (['10', '9', '-1', '2.5'], ['-1', '2.5', '9', '10']),
        (['10', '9', 'b', 'a'], ['10', '9', 'a', 'b']),
    ],
)
def test_classes_are_sorted_and_numbers_as_numbers(videos, names, ordered):
    rows = [f'"{clip}",{name}\n' for clip, name in zip(CLIPS, names, strict=True)]
    random.shuffle(rows)
    assert read(videos, ''.join(rows)).classes == ordered


def test_paths_begin_in_the_folder_of_videos_or_that_of_the_source(videos):
    near = videos.parent / 'near.mp4'
    near.write_bytes(b'y')
    labeled = read(videos, f'a.mp4,1\nnear.mp4,2\n{videos / "d.mp4"},2\n')
    assert labeled.paths == [videos / 'a.mp4', near, videos / 'd.mp4']


def test_a_path_that_may_be_either_of_two_files_is_refused(videos):
    other = videos.parent / 'a.mp4'
    other.symlink_to(videos / 'a.mp4')
    assert read(videos, 'a.mp4,1\nd.mp4,2\n').paths[0] == videos / 'a.mp4'
    other.unlink()
    other.write_bytes(b'y')
    with pytest.raises(ValueError, match="'a.mp4' may be .* or .*: write absolute"):
        read(videos, 'a.mp4,1\nd.mp4,2\n')


def test_paths_are_absolute_wherever_one_is(videos, monkeypatch):
    read(videos, 'a.mp4,1\nd.mp4,2\n')
    monkeypatch.chdir(videos)
    (videos / 'labels.csv').write_text('./a.mp4,1\nin/../d.mp4,2\n')
    assert read_labels_of('labels.csv').paths == [videos / 'a.mp4', videos / 'd.mp4']
    found = read_labels_of('../videos/labels.csv', '.').paths
    assert found == [videos / 'a.mp4', videos / 'd.mp4']


def test_a_file_called_as_a_header_is_no_header(videos):
    (videos / 'video').write_bytes(b'x')
    labeled = read(videos, 'video,label\na.mp4,other\n')
    assert labeled.classes == ['label', 'other']


@pytest.mark.parametrize('names', [['run', 'jump'], None])
def test_a_list_of_mmaction2_is_read(videos, names):
    if names:
        (videos.parent / 'label_map.txt').write_text('\n'.join(names) + '\n')
    text = 'a.mp4 0\ntwo words.mp4 1\n\nin/b, c.mp4\nd.mp4 -1\n'
    labeled = read(videos, text, 'list.txt')
    assert labeled.classes == (['jump', 'run'] if names else ['0', '1'])
    assert labeled.labels == ([1, 0, -1, -1] if names else [0, 1, -1, -1])
    assert [path.name for path in labeled.paths][1] == 'two words.mp4'


def test_folders_are_classes_and_loose_videos_have_none(tmp_path):
    for name in ('run/deep/a.mp4', 'jump/a.mp4', 'loose.mp4', 'run/notes.txt'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b'x')
    labeled = read_labels_of(tmp_path)
    names = ('jump/a.mp4', 'loose.mp4', 'run/deep/a.mp4')
    assert labeled.paths == [tmp_path / name for name in names]
    assert labeled.classes == ['jump', 'run'] and labeled.labels == [0, -1, 1]
    assert labeled.left_out == {'run/notes.txt': "with the suffix '.txt'"}


def test_known_classes_keep_their_order(videos):
    labeled = read(videos, 'a.mp4,run\n', classes=['walk', 'run', 'jump'])
    assert labeled.labels == [1] and labeled.classes == ['walk', 'run', 'jump']


def test_some_videos_can_be_chosen(videos):
    labeled = read(videos, 'a.mp4,x,g\nd.mp4,y\ntwo words.mp4,\n')
    chosen = labeled.choose([2, 0])
    assert [path.name for path in chosen.paths] == ['two words.mp4', 'a.mp4']
    assert chosen.labels == [-1, 0] and chosen.classes == labeled.classes
    assert chosen.groups == ['', 'g'] and chosen.splits is None


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'labels.csv has no video with a label$'),
        ('path,label\n', 'has no video with a label$'),
        ('a.mp4,\nd.mp4,\n', 'has no video with a label$'),
        ('a.mp4,x\nd.mp4,x\n', "has one class alone, 'x': give two"),
        ('a.mp4\nd.mp4\n', "has no column 'label', only path: rename one$"),
        ('path,class\na.mp4,x\n', "'label', only path, class: rename one$"),
        ('File,Class\na.mp4,x\n', "'label', only File, Class: rename one$"),
        ('path,label,fps\na.mp4,x,9\n', 'columns path, label, fps: give path, label, gr'),
        ('path,label,label\na.mp4,x,y\n', 'label, label: give .* each once'),
        ('path,label\na.mp4,x,y\n', 'row 2 has 3 cells, but there are 2 columns, path, '),
        ('a.mp4,x,g,val,9\n', 'row 1 has 5 cells, but there are 4 columns'),
        ('path,label\n,x\n', 'labels.csv, row 2 names no video$'),
        ('a.mp4,"x\ny"\n', 'row 1 has a cell with a line break$'),
        (
            'path,label,split\na.mp4,x,all\n',
            "row 2: split 'all' must be train, val or te",
        ),
        ('path,label,split\na.mp4,x,val\nd.mp4,y\n', 'row 3 has a label but no split'),
        ('a.mp4,x\n\na.mp4,x\n', "row 1 and row 3 both name 'a.mp4': remove one"),
        (
            'a.mp4,x\n./a.mp4,y\n',
            "row 1 and row 2 give './a.mp4' two labels, 'x' and 'y'",
        ),
        ('a.mp4,"x\n', 'labels.csv, line 1 is not a CSV file: unexpected end of data$'),
        (b'a.mp4,\xe4\n', 'labels.csv is not UTF-8 text: save it as'),
        (
            'a.mp4,x\nn1,x\nn2,x\nn3,x\nn4,x\n',
            "4 of 5 videos do not exist, such as row 2 'n1', row 3 'n2', row 4 'n3'; p",
        ),
    ],
)
def test_each_error_of_a_table_is_told_in_one_line(videos, text, message):
    with pytest.raises(ValueError, match=message) as raised:
        read(videos, text)
    assert '\n' not in str(raised.value) and 'labels.csv' in str(raised.value)


@pytest.mark.parametrize(
    ('names', 'text', 'message'),
    [
        ('x\ny\n', 'a.mp4 2\n', 'list.txt, line 1: label 2 must be 0 to 1 of label_map'),
        ('x\nx\n', 'a.mp4 0\n', 'label_map.txt must give each label its own name'),
        ('x\n\ny\n', 'a.mp4 0\n', 'label_map.txt must give each label its own name'),
        (None, 'a.mp4 -2\n', 'list.txt, line 1: label -2 must be 0 or above, or -1'),
        (None, 'a.mp4 0 1\n', "1 of 1 videos do not exist, such as line 1 'a.mp4 0'"),
        (None, 'a.mp4\n', 'list.txt has no video with a label'),
    ],
)
def test_each_error_of_a_list_is_told(videos, names, text, message):
    if names:
        (videos.parent / 'label_map.txt').write_text(names)
    with pytest.raises(ValueError, match=message):
        read(videos, text, 'list.txt')


def test_an_unknown_class_of_a_test_is_told(videos):
    told = "labels.csv, row 2: label 'fly' is none of the classes jump, run$"
    with pytest.raises(ValueError, match=told):
        read(videos, 'a.mp4,run\nd.mp4,fly\n', classes=['jump', 'run'])


@pytest.mark.parametrize('names', [['train/x/a.mp4', 'val/x/b.mp4'], ['a.mp4', 'b.mp4']])
def test_a_folder_without_classes_is_told(names, tmp_path):
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b'x')
    with pytest.raises(
        ValueError, match='must hold one folder a class.*path,label,split'
    ):
        read_labels_of(tmp_path)


def test_a_source_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OSError, match='none.csv cannot be read: No such file'):
        read_labels_of(tmp_path / 'none.csv')
