# title: From a string to tokens
# moment: 00:48:21
# keywords: encode, merges, min, inf, get_stats, order
# ruff: noqa: B905, RUF007

merges = {(101, 32): 256, (116, 104): 257, (257, 256): 258}


def merge(ids: list[int], pair: tuple[int, int], idx: int) -> list[int]:
    new_ids = []
    i = 0
    while i < len(ids):
        if i < len(ids) - 1 and (ids[i], ids[i + 1]) == pair:
            new_ids.append(idx)
            i += 2
        else:
            new_ids.append(ids[i])
            i += 1
    return new_ids


def encode(text: str) -> list[int]:
    tokens = list(text.encode("utf-8"))
    while len(tokens) >= 2:
        pairs = set(zip(tokens, tokens[1:]))
        pair = min(pairs, key=lambda p: merges.get(p, float("inf")))  # the earliest merge goes first
        if pair not in merges:
            break  # nothing else can be merged
        tokens = merge(tokens, pair, merges[pair])
    return tokens


print(encode("the cat"))
print(encode("h"))
print(encode(""))
