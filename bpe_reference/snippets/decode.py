# title: From tokens back to a string
# moment: 00:42:47
# keywords: decode, vocab, bytes, errors, replace, utf-8, invalid start byte

merges = {(101, 32): 256, (116, 104): 257, (257, 256): 258}

vocab = {idx: bytes([idx]) for idx in range(256)}
for (p0, p1), idx in merges.items():  # in the order in which they were made
    vocab[idx] = vocab[p0] + vocab[p1]


def decode(ids: list[int]) -> str:
    tokens = b"".join(vocab[idx] for idx in ids)
    return tokens.decode("utf-8", errors="replace")


print(repr(decode([258, 99, 97, 116])))
print(repr(decode([128])))  # not every sequence of bytes is UTF-8
try:
    vocab[128].decode("utf-8")
except UnicodeDecodeError as error:
    print(error)
