"""Where this project began: one model, one prompt, one number of seconds.

It answers "how long did it take here, once" and nothing else: the first call pays for warming
up, one sample has no spread, and neither memory nor the reason is known. The rest of this
repository is what it takes to answer those. `make bench` runs the same shape beside the worker.

From the root of the checkout: python -m docs.baseline_script
"""

import sys
import time

from transformers import AutoModelForCausalLM, AutoTokenizer

from core.home import models_folder

folder = models_folder() / "smollm2-135m"
if not folder.is_dir():
    sys.exit("The bundled model is not prepared yet; run: make setup")

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder)

inputs = tokenizer("The quick brown fox jumps over the lazy", return_tensors="pt")
start = time.perf_counter()
tokens = model.generate(**inputs, max_length=50, no_repeat_ngram_size=2, early_stopping=True)
seconds = time.perf_counter() - start

print(tokenizer.decode(tokens[0], skip_special_tokens=True))
print(f"{seconds:.2f} s")
