"""Packaging of stcr_mmaction. Tool settings are in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def read(name: str) -> str:
    """Return the text of a file beside this one; empty where it is missing."""
    path = HERE / name
    return path.read_text(encoding='utf-8') if path.is_file() else ''


def version() -> str:
    """Return the version without importing the package (torch may be missing)."""
    return re.search(r"__version__ = '(.+)'", read('stcr_mmaction/version.py'))[1]


setup(
    name='stcr_mmaction',
    version=version(),
    description='Spatio-temporal consistency regularization (STCR) for MMAction2',
    long_description=read('README.md'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    license_files=['LICENSE'],
    keywords=['action recognition', 'self-supervised learning', 'video', 'MMAction2'],
    classifiers=[
        'Development Status :: 3 - Alpha',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
    ],
    packages=find_packages(include=['stcr_mmaction', 'stcr_mmaction.*']),
    py_modules=['stcr_cli'],
    entry_points={'console_scripts': ['stcr = stcr_cli:main']},
    # `.mim/configs` and `.mim/tools` are links to the folders at the root, so that
    # an editable install follows edits; a wheel holds the files themselves.
    package_data={
        'stcr_mmaction': ['.mim/*.yml', '.mim/*/**/*', 'apis/*/*.jinja', 'py.typed']
    },
    exclude_package_data={'': ['*.pyc'], 'stcr_mmaction': ['.mim/tools/experiments/*']},
    project_urls={'Paper': 'https://arxiv.org/abs/2008.02086'},
    python_requires='>=3.10',
    # Where two packages serve and own the same folder, neither is forced on you: the
    # import says what to install. They are `mmcv` (compiled, from `mim install`) and
    # `mmcv-lite`; `mmengine`, for which `setuptools<81` is needed, and `onedl-mmengine`;
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
        'dev': ['pytest>=8', 'pytest-xdist>=3', 'ruff>=0.9'],
    },
)
