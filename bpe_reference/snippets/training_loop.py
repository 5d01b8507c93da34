# title: Train: merge, and merge again
# moment: 00:34:58
# keywords: train, loop, vocab_size, num_merges, merges, compression ratio
# ruff: noqa: B905, RUF007


def get_stats(ids: list[int]) -> dict[tuple[int, int], int]:
    counts: dict[tuple[int, int], int] = {}
    for pair in zip(ids, ids[1:]):
        counts[pair] = counts.get(pair, 0) + 1
    return counts


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


text = "the cat sat on the mat, the rat sat on the cat, and that was that. " * 4
tokens = list(text.encode("utf-8"))

vocab_size = 264  # the size of the final vocabulary: ours to choose
ids = list(tokens)
merges: dict[tuple[int, int], int] = {}  # (child, child) -> new token
for idx in range(256, vocab_size):
    stats = get_stats(ids)
    pair = max(stats, key=lambda p: stats[p])
    print(f"merging {pair} into a new token {idx}")
    ids = merge(ids, pair, idx)
    merges[pair] = idx

print("bytes:", len(tokens))
print("ids:", len(ids))
print(f"compression ratio: {len(tokens) / len(ids):.2f}X")
