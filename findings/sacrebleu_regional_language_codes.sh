#!/usr/bin/env bash
# sacrebleu 2.6.0, BLEU(trg_lang=...), which chooses the tokenizer by the language of the references.
#
# One expects zh_TW, zh-CN or zh-Hans, as WMT24++ and most data sets name Chinese, to be cut like zh:
# into characters. What happens: only the two letters zh, ja and ko are known; any other code takes
# 13a, the tokenizer of languages with spaces, without a warning. A sentence without spaces is one
# token then, so that there is no 4-gram: a perfect translation gets BLEU 0.0 where zh gives 100, and
# with effective_order=True, as sentence_bleu people set it, nothing but exact sentences scores. The
# same goes for th, km, lo and my, which have no spaces either and no tokenizer by default. The
# signature (tok:13a) is the only sign.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet sacrebleu==2.6.0 numpy==2.4.6 2>/dev/null

venv/bin/python - <<'PYTHON'
import logging
import warnings

from sacrebleu.metrics import BLEU

warnings.simplefilter("error")
records = []
logging.getLogger("sacrebleu").addHandler(type("Kept", (logging.Handler,), {
    "emit": lambda self, record: records.append(record)})())

CHINESE = ["我今天去学校上课了。", "他昨天没有来开会。"]
THAI = ["วันนี้ฉันไปโรงเรียน", "เมื่อวานเขาไม่มาประชุม"]
found = {}
for code, texts in [
    ("zh", CHINESE), ("zh_TW", CHINESE), ("zh-CN", CHINESE), ("zh-Hans", CHINESE), ("th", THAI),
]:
    metric = BLEU(trg_lang=code)
    score = metric.corpus_score(texts, [texts]).score
    tokenizer = str(metric.get_signature()).split("tok:")[1].split("|")[0]
    found[code] = (round(score, 1), tokenizer)
    print(f"{code}: a perfect translation has BLEU {score:.1f}, tok:{tokenizer}")
assert found["zh"] == (100.0, "zh")
assert all(found[code] == (0.0, "13a") for code in ("zh_TW", "zh-CN", "zh-Hans", "th"))
assert not [record for record in records if record.levelno >= logging.WARNING]
PYTHON

# zh: a perfect translation has BLEU 100.0, tok:zh
# zh_TW: a perfect translation has BLEU 0.0, tok:13a
# zh-CN: a perfect translation has BLEU 0.0, tok:13a
# zh-Hans: a perfect translation has BLEU 0.0, tok:13a
# th: a perfect translation has BLEU 0.0, tok:13a
