# title: What a larger vocabulary costs a model
# moment: 01:43:27
# keywords: vocab_size, embedding table, lm_head, parameters, transformer, n_embd

n_embd = 768  # GPT-2 small
for vocab_size in (256, 50257, 100277, 1000000):
    parameters = vocab_size * n_embd  # a row a token in the embedding table, and as many in the last layer
    print(f"{vocab_size:>9,} tokens: {parameters:>13,} parameters in the token embedding table")
