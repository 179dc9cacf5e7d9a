"""What users and scripts call: the ``stcr`` commands, and helpers of the tools."""

from .backbone_file import read_weights, select_backbone, write_backbone
from .clips import Clips, read_class_names, read_clips, read_labels
from .commands.doctor import doctor
from .commands.embed import embed
from .commands.evaluate import evaluate
from .commands.export import export
from .commands.finetune import finetune
from .commands.predict import predict
from .commands.pretrain import pretrain
from .commands.preview import preview
from .commands.search import search
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
