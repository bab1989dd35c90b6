"""Text as ids: EncodedCorpus and its folder, those of vocabularies, and parts that become one."""

from textseq.text.encoded.corpus import EncodedCorpus

__all__ = ["EncodedCorpus"]
