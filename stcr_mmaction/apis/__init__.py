"""What scripts and users call: the commands of ``stcr``, and what tools are made of."""

from .backbone_file import read_weights, select_backbone, write_backbone
from .clips import Clips, read_class_names, read_clips, read_labels
from .commands import (
    doctor,
    embed,
    evaluate,
    export,
    finetune,
    predict,
    pretrain,
    preview,
    search,
)
from .network import NONE, Network, load_network
from .retrieve import PROTOCOLS, to_retrieval
from .stock_tool import run_stock_tool
from .switch_on import switch_on

__all__ = [
    'NONE',
    'PROTOCOLS',
    'Clips',
    'Network',
    'doctor',
    'embed',
    'evaluate',
    'export',
    'finetune',
    'predict',
    'pretrain',
    'preview',
    'search',
    'load_network',
    'read_class_names',
    'read_clips',
    'read_labels',
    'read_weights',
    'run_stock_tool',
    'select_backbone',
    'switch_on',
    'to_retrieval',
    'write_backbone',
]
