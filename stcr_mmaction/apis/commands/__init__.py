"""What the command line `stcr` does: one file and one function a command."""

from .doctor import doctor
from .embed import embed
from .evaluate import evaluate
from .export import export
from .finetune import finetune
from .predict import predict
from .pretrain import pretrain
from .preview import preview
from .search import search

__all__ = [
    'doctor',
    'embed',
    'evaluate',
    'export',
    'finetune',
    'predict',
    'pretrain',
    'preview',
    'search',
]
