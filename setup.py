"""Packaging of stcr_mmaction. Tool settings are in pyproject.toml."""

import os
import re
from pathlib import Path
from urllib.parse import urljoin

from setuptools import find_packages, setup

HERE = Path(__file__).parent
HOME = os.environ.get('STCR_REPOSITORY', '').rstrip('/')
"""Address of the repository, in GitHub's form, if it has one."""

PICTURES = '.gif', '.jpg', '.png', '.svg', '.webp'
RELATIVE = r'(?!\w+:)'
TARGET = rf'(\]\(|(?:src|srcset|href)="){RELATIVE}([^)"\s]+)'
IMAGE = rf'!\[[^]]*\]\({RELATIVE}[^)]*\)'
IMAGE += rf'|<(?:img|source)\b[^>]*src(?:set)?="{RELATIVE}[^>]*>'
LINK = rf'\[((?:!\[[^]]*\]\([^)]*\)|[^][])*)\]\({RELATIVE}[^)]*\)'
ANCHOR = rf'<a\b[^>]*href="{RELATIVE}[^>]*>(.*?)</a>'


def read(name: str) -> str:
    """Return the text of a file beside this one; empty where it is missing."""
    path = HERE / name
    return path.read_text(encoding='utf-8') if path.is_file() else ''


def version() -> str:
    """Return the version without importing the package (torch may be missing)."""
    return re.search(r"__version__ = '(.+)'", read('stcr_mmaction/version.py'))[1]


def for_pypi(text: str, home: str) -> str:
    """Return README for PyPI, where relative links lead nowhere.

    Args:
        text (str): Markdown, with HTML in it or not.
        home (str): Address of the repository; links lead there. Without one, '', links
            become plain text, and pictures are left out.
    """
    parts = re.split(r'(```.*?```)', text, flags=re.DOTALL)
    parts[::2] = [link(part, home) if home else unlink(part) for part in parts[::2]]
    return ''.join(parts)


def link(text: str, home: str) -> str:
    """Lead relative links to the repository."""

    def complete(found: re.Match) -> str:
        kind = 'raw' if found[2].endswith(PICTURES) else 'blob'
        return found[1] + urljoin(f'{home}/{kind}/HEAD/README.md', found[2])

    return re.sub(TARGET, complete, text)


def unlink(text: str) -> str:
    """Leave the text of relative links alone, and nothing of pictures."""
    for pattern, kept in ((IMAGE, ''), (LINK, r'\1'), (ANCHOR, r'\1')):
        text = re.sub(pattern, kept, text, flags=re.DOTALL)
    return text


def project_urls() -> dict[str, str]:
    """Return where the project, and what it builds on, is found."""
    urls = {
        'Paper': 'https://arxiv.org/abs/2008.02086',
        'MMAction2': 'https://github.com/open-mmlab/mmaction2',
    }
    if not HOME:
        return urls
    return urls | {
        'Source': HOME,
        'Changelog': f'{HOME}/blob/HEAD/CHANGELOG.md',
        'Issues': f'{HOME}/issues',
    }


if __name__ == '__main__':
    setup(
        name='stcr_mmaction',
        version=version(),
        description='Spatio-temporal consistency regularization (STCR) for MMAction2',
        long_description=for_pypi(read('README.md'), HOME),
        long_description_content_type='text/markdown',
        license_expression='Apache-2.0',
        license_files=['LICENSE'],
        keywords=['action recognition', 'self-supervised learning', 'video', 'MMAction2'],
        classifiers=[
            'Development Status :: 3 - Alpha',
            'Intended Audience :: Science/Research',
            'Programming Language :: Python :: 3.10',
            'Programming Language :: Python :: 3.11',
            'Programming Language :: Python :: 3.12',
            'Programming Language :: Python :: 3.13',
            'Topic :: Scientific/Engineering :: Artificial Intelligence',
            'Topic :: Scientific/Engineering :: Image Recognition',
            'Typing :: Typed',
        ],
        packages=find_packages(include=['stcr_mmaction', 'stcr_mmaction.*']),
        py_modules=['stcr_cli'],
        entry_points={'console_scripts': ['stcr = stcr_cli:main']},
        # `.mim/configs` and `.mim/tools` are links to the folders at the root, so that
        # an editable install follows edits; a wheel holds the files themselves.
        package_data={
            'stcr_mmaction': ['.mim/*.yml', '.mim/*/**/*', 'apis/*/*.jinja', 'py.typed']
        },
        exclude_package_data={
            '': ['*.pyc'],
            'stcr_mmaction': ['.mim/tools/experiments/*'],
        },
        project_urls=project_urls(),
        python_requires='>=3.10',
        # Where two packages serve and own the same folder, neither is forced on you: the
        # import says what to install. They are `mmcv` (compiled, from `mim install`) and
        # `mmcv-lite`; `mmengine`, which needs `setuptools<81`, and `onedl-mmengine`;
        # `decord`, which mmaction2 brings along, and `decord2`.
        install_requires=[
            'torch>=2.6',
            'numpy>=1.26',
            'mmaction2==1.2.0',
            'av>=17',
            'importlib_metadata>=4.6.4',
            'scikit-learn>=1.3',
            'jinja2>=3',
            'matplotlib>=3.7',
            'rich>=13',
        ],
        extras_require={
            'mmengine': ['mmengine>=0.10.4,<1.0', 'setuptools<81'],
            'mmcv': ['mmcv-lite==2.1.0'],
            'tensorboard': ['tensorboard', 'future'],
            'docs': [
                'mkdocs-material>=9.8',
                'mkdocstrings[python]>=1',
                'mkdocs-jupyter>=0.26',
            ],
            'dev': ['pytest>=8', 'pytest-xdist>=3', 'ruff>=0.9'],
        },
    )
