# ruff: noqa: I001
"""The public names, grouped, each with its home: the one list, also for `textseq/__init__.py`."""

__version__: str

# options
from textseq.config import CaptionerConfig as CaptionerConfig
from textseq.config import ClassifierConfig as ClassifierConfig
from textseq.config import CompareConfig as CompareConfig
from textseq.config import DataConfig as DataConfig
from textseq.config import EchoStateConfig as EchoStateConfig
from textseq.config import ExplorerConfig as ExplorerConfig
from textseq.config import FilterConfig as FilterConfig
from textseq.config import find_recipe as find_recipe
from textseq.config import IndexConfig as IndexConfig
from textseq.config import LanguageModelConfig as LanguageModelConfig
from textseq.config import PadConfig as PadConfig
from textseq.config import ProjectionConfig as ProjectionConfig
from textseq.config import Recipe as Recipe
from textseq.config import RECIPES as RECIPES
from textseq.config import RNNConfig as RNNConfig
from textseq.config import TaggerConfig as TaggerConfig
from textseq.config import TextConfig as TextConfig
from textseq.config import TextVectorConfig as TextVectorConfig
from textseq.config import TrainConfig as TrainConfig
from textseq.config import TranslatorConfig as TranslatorConfig
from textseq.config import Word2VecConfig as Word2VecConfig

# text
from textseq.fetch.corpus_folder import fetch_corpus as fetch_corpus
from textseq.text.cleaning.steps import clean as clean
from textseq.text.encode import count_files as count_files
from textseq.text.encode import encode_files as encode_files
from textseq.text.encode import encode_lines as encode_lines
from textseq.text.encode import train_tokenizer as train_tokenizer
from textseq.text.encoded import EncodedCorpus as EncodedCorpus
from textseq.text.encoded.merging import merge_corpora as merge_corpora
from textseq.text.encoded.merging import merge_vocabs as merge_vocabs
from textseq.text.ray_encode import encode_on_ray as encode_on_ray
from textseq.text.rows.encodings import dense as dense
from textseq.text.rows.encodings import one_hot as one_hot
from textseq.text.rows.padded import load_padded as load_padded
from textseq.text.rows.padded import write_padded as write_padded
from textseq.text.rows.sequences import pad as pad
from textseq.text.tokens.tokenizer import load_tokenizer as load_tokenizer
from textseq.text.vocab import Vocab as Vocab
from textseq.text.encoded.vocab_folder import load_vocab as load_vocab
from textseq.text.encoded.vocab_folder import save_vocab as save_vocab

# vectors
from textseq.vectors.comparison.alignment import align as align
from textseq.vectors.comparison.association import weat as weat
from textseq.vectors.comparison.change import compare_vectors as compare_vectors
from textseq.vectors.scores.evaluation import evaluate_analogies as evaluate_analogies
from textseq.vectors.scores.evaluation import evaluate_pairs as evaluate_pairs
from textseq.vectors.scores.vector_scores import evaluate_vectors as evaluate_vectors
from textseq.vectors.files.formats import read_vectors as read_vectors
from textseq.vectors.files.formats import write_vectors as write_vectors
from textseq.vectors.files.hub import push_vectors as push_vectors
from textseq.vectors.preparation import Preparation as Preparation
from textseq.vectors.text_vectors import TextVectors as TextVectors
from textseq.vectors.word_movers import word_movers_distance as word_movers_distance
from textseq.pictures.figure import save_figure as save_figure
from textseq.vectors.show.explorer import write_explorer as write_explorer
from textseq.vectors.show.heat_map import draw_similarities as draw_similarities
from textseq.vectors.show.map_picture import draw_map as draw_map
from textseq.vectors.show.word_map import map_words as map_words
from textseq.vectors.word_vectors import WordVectors as WordVectors
from textseq.word2vec.ray_train import train_on_ray as train_on_ray
from textseq.word2vec.train import train_word2vec as train_word2vec
from textseq.word2vec.train import TrainingInterrupted as TrainingInterrupted

# data
from textseq.rnn.data.batching import BucketBatchSampler as BucketBatchSampler
from textseq.rnn.data.batching import lm_batches as lm_batches
from textseq.rnn.data.dataset import SequenceDataset as SequenceDataset
from textseq.rnn.data.splits import split as split

# models
from textseq.rnn.echo.echo_series import EchoSeries as EchoSeries
from textseq.rnn.echo.echo_state import EchoClassifier as EchoClassifier
from textseq.rnn.echo.echo_state import EchoTagger as EchoTagger
from textseq.rnn.layers.decoding import Sampling as Sampling
from textseq.rnn.models.bag_of_vectors import BagOfVectors as BagOfVectors
from textseq.rnn.models.captioner import Captioner as Captioner
from textseq.rnn.models.classifier import Classifier as Classifier
from textseq.rnn.models.language_model import LanguageModel as LanguageModel
from textseq.rnn.models.model import SequenceModel as SequenceModel
from textseq.rnn.models.tagger import Tagger as Tagger
from textseq.rnn.models.translator import Translator as Translator
from textseq.rnn.show.saliency import explain as explain
from textseq.rnn.training.fit import fit as fit
from textseq.rnn.training.fit import FitInterrupted as FitInterrupted
from textseq.rnn.training.history import History as History
