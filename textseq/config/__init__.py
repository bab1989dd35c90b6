"""Every option of textseq, once: name, type, default and one sentence of help.

In: nothing. Out: frozen dataclasses that turn into JSON and back, and recipes, which hold all
options of a training. `cli/options.py` makes the command-line options from their fields, so Python
and the command line cannot drift apart.
"""

from textseq.config.base import LARGEST_SEED, OptionError, choice, dumps
from textseq.config.machine import LONGEST_LINE, Device, longest_line, thread_count
from textseq.config.networks import (
    Cell,
    DataConfig,
    EchoStateConfig,
    Initialisation,
    Input,
    Precision,
    RNNConfig,
    Schedule,
    TrainConfig,
    TrialConfig,
)
from textseq.config.pictures import ExplorerConfig, Projection, ProjectionConfig
from textseq.config.recipe import Recipe
from textseq.config.recipes import RECIPES, find_recipe
from textseq.config.tasks import (
    AttentionKind,
    BleuTokenizer,
    CaptionerConfig,
    CharacterModel,
    ClassifierConfig,
    EchoPooling,
    EchoTextConfig,
    LanguageModelConfig,
    Pooling,
    TaggerConfig,
    TranslatorConfig,
)
from textseq.config.text import (
    SUBWORD,
    Duplicates,
    Errors,
    FilterConfig,
    KoreanForms,
    PadConfig,
    PadSide,
    TextConfig,
    TokenizerName,
    Unit,
)
from textseq.config.vectors import (
    CbowGradient,
    ChangeMeasure,
    CompareConfig,
    DuplicateWords,
    IndexConfig,
    Mode,
    Quantisation,
    TextVectorConfig,
    TextVectorMethod,
    UnknownWords,
    VectorChangeConfig,
    VectorFileConfig,
    Word2VecConfig,
)

__all__ = [
    "LARGEST_SEED", "LONGEST_LINE", "RECIPES", "SUBWORD", "AttentionKind", "BleuTokenizer",
    "CaptionerConfig", "CbowGradient", "Cell", "ChangeMeasure", "CharacterModel",
    "ClassifierConfig", "CompareConfig", "DataConfig", "Device", "DuplicateWords", "Duplicates",
    "EchoPooling", "EchoStateConfig", "EchoTextConfig", "Errors", "ExplorerConfig", "FilterConfig",
    "IndexConfig", "Initialisation", "Input", "KoreanForms", "LanguageModelConfig", "Mode",
    "OptionError", "PadConfig", "PadSide", "Pooling", "Precision", "Projection", "ProjectionConfig",
    "Quantisation", "RNNConfig", "Recipe", "Schedule", "TaggerConfig", "TextConfig",
    "TextVectorConfig", "TextVectorMethod", "TokenizerName", "TrainConfig", "TranslatorConfig",
    "TrialConfig", "Unit", "UnknownWords", "VectorChangeConfig", "VectorFileConfig",
    "Word2VecConfig", "choice", "dumps", "find_recipe", "longest_line", "thread_count",
]  # fmt: skip
