# title: Tokens added later need new rows only
# moment: 01:48:11
# keywords: gist tokens, prompt compression, add token, fine-tuning, embedding, freeze

import random

random.seed(1)
n_embd = 4
embedding = [[random.gauss(0, 1) for _ in range(n_embd)] for _ in range(5)]  # a trained table of five tokens
before = [list(row) for row in embedding]

embedding.append(
    [0.02 * random.gauss(0, 1) for _ in range(n_embd)]
)  # a gist token: a small random row to train
print(len(before), "->", len(embedding), "rows; the old rows unchanged:", embedding[:5] == before)
